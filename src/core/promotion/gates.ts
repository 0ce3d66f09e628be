import type { Environment } from "../environments";
import type { ImageEvidence } from "./artifacts";
import { canBecomeFinal } from "./moves";
import type { Service } from "../list/service";
import type { StackConfig } from "../stack/plan";
import { Commit, formatPin, type Pin } from "../version";

/** What one gate says of one service. */
export interface GateResult {
  readonly gate: GateName;
  readonly service: string;
  readonly pass: boolean;
  /** Why it passes, or why it refuses and what to do. */
  readonly reason: string;
  /** When it will pass by itself, in ISO 8601 and UTC, where time decides. */
  readonly passesAt: string | null;
}

/** One service that is about to run at a pin, and what is known about that. */
export interface Candidate {
  readonly service: Service;
  readonly pin: Pin;
  /** What runs there now; absent when nothing does. */
  readonly current?: Pin;
  /** What is promoted; absent where nothing is: a bump, a rollback, a look at a stack config. */
  readonly upstream?: Upstream;
  /** What registries say of the image; absent where they weren't asked. */
  readonly images?: readonly ImageEvidence[];
  /** Whether GitHub has the release; absent where it wasn't asked. */
  readonly released?: boolean;
}

/** What runs, or ran, in the environment that a promotion comes from. */
export interface Upstream {
  readonly environment: string;
  readonly pin: Pin;
  /** Since when, or why nobody knows: it isn't committed, or there is no git. */
  readonly since: Date | "uncommitted" | "unknown";
  /** When something else came in its place; absent where it runs. */
  readonly until?: Date;
}

/** Where it is about to run. */
export interface Target {
  readonly environment: Environment;
  readonly config: StackConfig;
  /** Services of the list that the stack owns: what others run isn't known here. */
  readonly owned: ReadonlySet<string>;
  /** All that the stack would run, by service. */
  readonly running: ReadonlyMap<string, Pick<Candidate, "service" | "pin">>;
  /** What of it requires a service. */
  readonly dependents: ReadonlyMap<string, readonly Service[]>;
  /** Decides about freezes, soaking and holds. */
  readonly now: Date;
  /** Why neither a freeze nor soaking counts this time. */
  readonly breakGlass?: string;
}

interface Verdict {
  readonly pass: boolean;
  readonly reason: string;
  readonly passesAt?: Date;
}

type Gate<Where> = (candidate: Candidate, target: Where) => Verdict;
/** Some of the gates, by name. */
export type Gates<Name extends string, Where> = Readonly<Record<Name, Gate<Where>>>;

/** What decides where neither network nor clock nor history does: what may stand in a stack config at all. */
export type StandingTarget = Pick<Target, "environment" | "owned" | "running">;

/** The gates that lint and the program evaluate as well. */
export const STANDING_GATES = { accepted, prerelease, digest, requires } satisfies Gates<
  string,
  StandingTarget
>;

const MOVE_GATES = { ...STANDING_GATES, "required-by": requiredBy };

/** The gates of a bump. */
export const EDIT_GATES = { ...MOVE_GATES, hold } satisfies Gates<string, Target>;

/** The gates of a rollback: it passes holds, and freezes as their gate says. */
export const ROLLBACK_GATES = { ...MOVE_GATES, freeze } satisfies Gates<string, Target>;

/** Every gate there is. */
export const PROMOTION_GATES = {
  ...EDIT_GATES,
  order,
  soak,
  freeze,
  downgrade,
  "same-digest": sameDigest,
  artifact,
  release,
} satisfies Gates<string, Target>;

export type GateName = keyof typeof PROMOTION_GATES;

/** Returns what gates say of a service that is about to run: all of them, whatever the first says. */
export function evaluateGates<Name extends GateName, Where>(
  gates: Gates<Name, Where>,
  candidate: Candidate,
  target: Where,
): (GateResult & { readonly gate: Name })[] {
  return (Object.keys(gates) as Name[]).map((gate) => {
    const { pass, reason, passesAt } = gates[gate](candidate, target);
    const at = passesAt?.toISOString() ?? null;
    return { gate, service: candidate.service.name, pass, reason, passesAt: at };
  });
}

/** Returns a gate's reason, with when it will pass where time decides. */
export function reasonOf({ reason, passesAt }: Pick<GateResult, "reason" | "passesAt">): string {
  return `${reason}${passesAt === null ? "" : ` (passes at ${passesAt})`}`;
}

/** Whether the environment takes releases, or commits, at all. Which releases, the next gate says. */
function accepted({ service, pin }: Candidate, { environment }: StandingTarget): Verdict {
  const { version } = pin;
  if (!(version instanceof Commit)) {
    const kinds = version.isPrerelease
      ? (["prerelease", "release"] as const)
      : ["release" as const];
    return acceptsOneOf(environment, kinds, `${version.text} is a release`);
  }
  const ofBranch = service.deploy.strategy === "branch";
  const kinds = ofBranch ? (["branch", "commit"] as const) : ["commit" as const];
  return acceptsOneOf(environment, kinds, `${version.text} is a commit`);
}

/** Whether a pre-release may come here. The suffix of a build (`v1.12.2-ce60d74`) makes it none. */
function prerelease({ service, pin }: Candidate, { environment }: StandingTarget): Verdict {
  const { version } = pin;
  if (version instanceof Commit || !version.isPrerelease) {
    return { pass: true, reason: `${version.text} is no pre-release` };
  }
  const { pass, reason } = acceptsOneOf(
    environment,
    ["prerelease"],
    `${version.text} is a pre-release`,
  );
  if (pass || !canBecomeFinal(service)) return { pass, reason };
  return { pass, reason: `${reason}; promote it, and it becomes ${version.release.text}` };
}

function acceptsOneOf(
  { accepts, name }: Environment,
  kinds: readonly Environment["accepts"][number][],
  what: string,
): Verdict {
  const pass = kinds.some((kind) => accepts.includes(kind));
  const all = accepts.join(", ") || "nothing";
  return { pass, reason: `${what}, ${pass ? "as" : "and"} ${name} accepts ${all}` };
}

/** Whether the exact bytes are said, where the environment asks for them. Templates have no image. */
function digest({ service, pin }: Candidate, { environment }: StandingTarget): Verdict {
  const { name } = environment;
  if (service.docker === undefined) return { pass: true, reason: "it has no image" };
  if (pin.digest !== undefined) return { pass: true, reason: `pinned by ${pin.digest}` };
  if (environment.digest !== "required") return { pass: true, reason: `${name} asks for none` };
  const reason = `${name} requires digests; pin it as ${pin.version.text}@sha256:...`;
  return { pass: false, reason };
}

/** Whether what it requires runs there, in the range. */
function requires({ service }: Candidate, target: StandingTarget): Verdict {
  const { environment, owned, running } = target;
  const unmet: string[] = [];
  for (const [name, range] of service.requires) {
    if (!owned.has(name)) continue;
    const there = running.get(name)?.pin;
    if (there !== undefined && satisfies(there, range)) continue;
    const found =
      there === undefined
        ? `which doesn't run in ${environment.name}`
        : `and ${there.version.text} runs there`;
    unmet.push(`it requires ${name} ${range}, ${found}`);
  }
  if (unmet.length > 0) return { pass: false, reason: unmet.join("; ") };
  return { pass: true, reason: "what it requires runs there" };
}

/** Whether what requires it there still gets what it needs. */
function requiredBy({ service: { name }, pin }: Candidate, { dependents }: Target): Verdict {
  const unmet = (dependents.get(name) ?? []).flatMap((other) => {
    const range = other.requires.get(name) ?? "*";
    return satisfies(pin, range) ? [] : `${other.name} runs there and requires ${name} ${range}`;
  });
  if (unmet.length > 0) return { pass: false, reason: unmet.join("; ") };
  return { pass: true, reason: "nothing that runs there requires another version" };
}

/** A commit has no order, so no range can refuse it. */
function satisfies({ version }: Pin, range: string): boolean {
  return version instanceof Commit || version.satisfies(range);
}

/** Whether it comes from the environment before this one, and ran there. */
function order({ pin, upstream }: Candidate, { environment: { name, from } }: Target): Verdict {
  if (upstream === undefined) return { pass: true, reason: "nothing is promoted" };
  if (from !== upstream.environment) {
    const path = from === undefined ? "begins the promotion path" : `takes versions from ${from}`;
    return { pass: false, reason: `${name} ${path}, not from ${upstream.environment}` };
  }
  const ran = upstream.pin.version;
  if (upstream.since === "uncommitted") {
    const reason = `${from} doesn't run ${ran.text} yet: its change isn't committed`;
    return { pass: false, reason };
  }
  if (!comesFrom(pin, upstream.pin)) {
    return { pass: false, reason: `${from} runs ${ran.text}, and not ${pin.version.text}` };
  }
  const verb = upstream.until === undefined ? "runs" : "ran";
  return { pass: true, reason: `${ran.text} ${verb} in ${from}` };
}

/** Whether a pin is of the version that ran upstream, or of the release that it was a candidate for. */
export function comesFrom({ version }: Pin, { version: ran }: Pin): boolean {
  return [ran.text, ran instanceof Commit ? "" : ran.release.text].includes(version.text);
}

/** Whether it has run long enough in the environment before this one. */
function soak({ upstream }: Candidate, { environment, now, breakGlass }: Target): Verdict {
  const { soak: wanted } = environment;
  if (wanted === undefined) {
    return { pass: true, reason: `${environment.name} asks for no soaking` };
  }
  if (upstream === undefined) return { pass: true, reason: "nothing is promoted" };
  if (breakGlass !== undefined) return broken(breakGlass);
  const { since, until, environment: from } = upstream;
  if (!(since instanceof Date)) {
    const why = since === "uncommitted" ? "its change isn't committed" : "there is no git history";
    return { pass: false, reason: `it must run in ${from} for ${wanted}, and ${why}` };
  }
  const passesAt = new Date(since.getTime() + millisecondsIn(wanted));
  if (until !== undefined) {
    const ran = `it ran in ${from} from ${since.toISOString()} to ${until.toISOString()}`;
    return { pass: passesAt <= until, reason: `${ran}, and must for ${wanted}` };
  }
  const reason = `it runs in ${from} since ${since.toISOString()}, and must for ${wanted}`;
  return passesAt <= now ? { pass: true, reason } : { pass: false, reason, passesAt };
}

function millisecondsIn(duration: string): number {
  const seconds = { s: 1, m: 60, h: 60 * 60, d: 24 * 60 * 60 }[duration.slice(-1)] ?? NaN;
  return Number.parseInt(duration, 10) * seconds * 1000;
}

/** Whether nothing is frozen. A rollback passes, and so does a reason to break the glass. */
function freeze({ upstream }: Candidate, { environment, now, breakGlass }: Target): Verdict {
  const closed = (environment.freeze ?? []).filter(
    ({ from, until }) => Date.parse(from) <= now.getTime() && now.getTime() < Date.parse(until),
  );
  const [first] = closed;
  if (first === undefined) return { pass: true, reason: `${environment.name} isn't frozen` };
  if (upstream === undefined) return { pass: true, reason: "a rollback passes a freeze" };
  if (breakGlass !== undefined) return broken(breakGlass);
  const until = new Date(Math.max(...closed.map(({ until }) => Date.parse(until))));
  const reason = `${environment.name} is frozen: ${first.reason}; a hotfix passes with --break-glass REASON`;
  return { pass: false, reason, passesAt: until };
}

function broken(reason: string): Verdict {
  return { pass: true, reason: `glass broken: ${reason}` };
}

/** Whether nobody holds it. */
function hold({ service: { name, deploy, source } }: Candidate, { config, now }: Target): Verdict {
  const held = config.holds.get(name);
  if (deploy.strategy === "suspend") {
    return { pass: false, reason: `suspended by its definition in ${source.file}` };
  }
  if (held === undefined) return { pass: true, reason: "not held" };
  const { reason, until } = held;
  if (until !== undefined && Date.parse(until) <= now.getTime()) {
    return { pass: true, reason: `its hold ended at ${until}` };
  }
  return {
    pass: false,
    reason: `held: ${reason}; lift it with releases unhold ${name} --stack ${config.stack}`,
    ...(until !== undefined && { passesAt: new Date(until) }),
  };
}

/** Whether the version doesn't fall. Going back is said by a rollback, or by a bump. */
function downgrade({ service, pin, current }: Candidate, { environment, config }: Target): Verdict {
  const [from, to] = [current?.version, pin.version];
  if (from === undefined) return { pass: true, reason: "nothing runs there yet" };
  if (from instanceof Commit || to instanceof Commit || !from.isOrderedWith(to)) {
    return { pass: true, reason: `${from.text} and ${to.text} have no order` };
  }
  const move = `${from.text} -> ${to.text}`;
  if (to.compare(from) >= 0) return { pass: true, reason: `${move} doesn't go back` };
  const back = `releases rollback ${service.name} --stack ${config.stack} --to ${to.text} --reason R`;
  return { pass: false, reason: `${move} goes back; ${environment.name} does that by ${back}` };
}

/** Whether it is what ran upstream to the byte, and a version that runs already keeps its bytes. */
function sameDigest({ pin, current, upstream }: Candidate, { environment }: Target): Verdict {
  const before = upstream?.pin.digest;
  if (before !== undefined && pin.digest !== undefined && before !== pin.digest) {
    const reason = `${upstream?.environment ?? ""} runs ${before}, and this is ${pin.digest}`;
    return { pass: false, reason };
  }
  const other =
    current?.version.text === pin.version.text &&
    current.digest !== undefined &&
    pin.digest !== undefined &&
    current.digest !== pin.digest;
  if (other) {
    const reason = `${environment.name} runs ${formatPin(current)}; the same version with other bytes needs a new number`;
    return { pass: false, reason };
  }
  if (before === undefined) return { pass: true, reason: "upstream is pinned without a digest" };
  return { pass: true, reason: `the bytes that ran in ${upstream?.environment ?? ""}` };
}

/** Whether the image is where the environment pulls from, or can be brought there. */
function artifact({ service, images }: Candidate): Verdict {
  if (service.docker === undefined) return { pass: true, reason: "it has no image" };
  if (images === undefined) return { pass: true, reason: "registries weren't asked" };
  const problems = images.flatMap((image) => ("problem" in image ? image.problem : []));
  if (problems.length > 0) return { pass: false, reason: problems.join("; ") };
  const todo = images.flatMap((image) =>
    "action" in image && image.action !== "none" ? image : [],
  );
  if (todo.length === 0) return { pass: true, reason: "the image is there" };
  return { pass: true, reason: todo.map(({ action, target }) => `${action} ${target}`).join("; ") };
}

/** Whether the version is released on GitHub. */
function release({ service, pin, upstream, released }: Candidate, { config }: Target): Verdict {
  const { version } = upstream?.pin ?? pin;
  if (version instanceof Commit) return { pass: true, reason: "a commit has no release" };
  if (released === undefined) return { pass: true, reason: "GitHub wasn't asked" };
  if (released) return { pass: true, reason: `${version.text} is released on GitHub` };
  const where = `${config.githubOwner ?? ""}/${service.github}`;
  const reason = `GitHub shows no release ${version.text} of ${where}; publish it, or give a GITHUB_TOKEN that may read the repository`;
  return { pass: false, reason };
}
