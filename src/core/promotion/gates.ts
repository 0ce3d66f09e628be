import ms, { type StringValue } from "ms";
import type { Environment } from "../environments";
import type { ImageEvidence } from "./artifacts";
import { canBecomeFinal } from "./moves";
import type { Service } from "../list/service";
import type { StackConfig } from "../stack/plan";
import { formatPin, haveOrder, Tag, textOrder, Version, type Pin } from "../version";

/**
 * Why something is evaluated. `inspection`: a tree is looked at as it is. `bump`: one pin is set by hand.
 * `promotion`: a version comes from upstream. `rollback`: an earlier version comes back.
 */
export type Intent = "inspection" | "bump" | "promotion" | "rollback";

/** What a gate must know besides the list, the promotion path and the stack configs. */
export type Needs = "nothing" | "clock" | "history" | "network";

/** The verdict of one gate on one service. */
export interface GateResult {
  readonly gate: GateName;
  readonly service: string;
  readonly pass: boolean;
  /** What isn't known here: it passes for now alone, and who deploys asks. */
  readonly pending?: Pending;
  /** Why it passes, or why it refuses and what to do. */
  readonly reason: string;
  /** When it will pass by itself, in ISO 8601 and UTC, where time decides. */
  readonly passesAt: string | null;
}

/** What nobody can answer without a credential. */
export interface Pending {
  /** The version whose bytes in the registry decide; absent where approvals of a pull request do. */
  readonly version?: string;
}

/** A reason why neither a freeze nor soaking counts. */
export interface BreakGlass {
  readonly reason: string;
  /** Whether a member of the environment's `breakGlass.teams` approved it; absent where nobody was asked. */
  readonly approved?: boolean;
  /** Why nobody knows whether it was approved. */
  readonly problem?: string;
}

/** One service that is about to run at a pin, and what is known about that. */
export interface Candidate {
  readonly intent: Intent;
  readonly service: Service;
  readonly pin: Pin;
  /** What runs there now; absent when nothing does. */
  readonly current?: Pin;
  /** Whether the pin ran there before, and what runs there now came after it; absent where nobody asked. */
  readonly wasReplaced?: boolean;
  /** For a promotion: each environment of `from`. */
  readonly upstreams?: readonly Upstream[];
  /** What registries know of the image; absent where they weren't asked. */
  readonly images?: readonly ImageEvidence[];
  /** Whether GitHub has the release; absent where it wasn't asked. */
  readonly released?: boolean;
  /** Why neither a freeze nor soaking counts for it this time. */
  readonly breakGlass?: BreakGlass;
}

/** An environment that a promotion comes from: what it ran, or why that isn't known. */
export type Upstream = UnknownUpstream | KnownUpstream;

/** An environment that can't be read, or doesn't run the service. */
export interface UnknownUpstream {
  readonly environment: string;
  readonly problem: string;
}

/** What runs, or ran, in an environment that a promotion comes from. */
export interface KnownUpstream {
  readonly environment: string;
  /** The pin that moves where it ran there; else the one that runs. */
  readonly pin: Pin;
  /** What moves: the version, the chart, the image repository. */
  readonly parts: readonly UpstreamPart[];
}

/** One part of what runs of a service, and when it ran upstream. */
export interface UpstreamPart {
  /** What moves, in words: `v1.1.3`, `chart orders 1.4.0`. */
  readonly what: string;
  /** What runs upstream, in the same words. */
  readonly runs: string;
  /** When it ran upstream; absent where it never did. */
  readonly ran?: Ran;
}

/** A time for which something ran in an environment. */
export interface Ran {
  /**
   * Since when, or why that isn't known: it isn't committed, it comes with the change that is judged, no
   * update brought it, or there is no git.
   */
  readonly since: Date | "uncommitted" | "coming" | "undeployed" | "unknown";
  /** When something else replaced it; absent where it runs. */
  readonly until?: Date;
}

/** Input of the gates that need nothing: an environment and all that a stack would run in it. */
export interface StaticInput {
  readonly environment: Environment;
  /** Services of the list that the stack owns: what other stacks run isn't known here. */
  readonly owned: ReadonlySet<string>;
  /** All that the stack would run, by service. */
  readonly running: ReadonlyMap<string, Pick<Candidate, "service" | "pin">>;
  /** What of it requires a service. */
  readonly dependents: ReadonlyMap<string, readonly Service[]>;
  readonly config: StackConfig;
}

/** Input of every gate. */
export interface GateInput extends StaticInput {
  /** Decides about freezes, soaking and holds. */
  readonly now: Date;
  /** Whether no stack of the environment was ever deployed: nothing can have come the path then. */
  readonly isFirst?: boolean;
}

interface Verdict {
  readonly pass: boolean;
  readonly pending?: Pending;
  readonly reason: string;
  readonly passesAt?: Date;
}

/** One condition that a version must meet before it runs in an environment. */
export interface Gate<Input = GateInput> {
  readonly name: GateName;
  readonly needs: Needs;
  /** The intents that it judges. */
  readonly intents: readonly Intent[];
  readonly evaluate: (candidate: Candidate, input: Input) => Verdict;
}

const ALWAYS: readonly Intent[] = ["inspection", "bump", "promotion", "rollback"];
const MOVES: readonly Intent[] = ["bump", "promotion", "rollback"];
const PROMOTIONS: readonly Intent[] = ["promotion"];

export type GateName =
  | "path"
  | "rejected"
  | "accepted"
  | "prerelease"
  | "digest"
  | "requires"
  | "required-by"
  | "hold"
  | "order"
  | "soak"
  | "freeze"
  | "downgrade"
  | "same-digest"
  | "artifact"
  | "release";

/** The gates that need nothing. Those of an inspection are findings of lint and of the program, too. */
export const STATIC_GATES: readonly Gate<StaticInput>[] = [
  { name: "accepted", needs: "nothing", intents: ALWAYS, evaluate: accepted },
  { name: "prerelease", needs: "nothing", intents: ALWAYS, evaluate: prerelease },
  { name: "digest", needs: "nothing", intents: ALWAYS, evaluate: digest },
  { name: "requires", needs: "nothing", intents: ALWAYS, evaluate: requires },
  { name: "required-by", needs: "nothing", intents: MOVES, evaluate: requiredBy },
  { name: "rejected", needs: "nothing", intents: MOVES, evaluate: rejected },
];

/** Every gate, in the order in which their verdicts are printed. */
export const GATES: readonly Gate[] = [
  ...STATIC_GATES,
  { name: "hold", needs: "clock", intents: ["bump", "promotion"], evaluate: hold },
  { name: "order", needs: "history", intents: PROMOTIONS, evaluate: order },
  { name: "soak", needs: "history", intents: PROMOTIONS, evaluate: soak },
  { name: "freeze", needs: "clock", intents: MOVES, evaluate: freeze },
  { name: "downgrade", needs: "nothing", intents: PROMOTIONS, evaluate: downgrade },
  { name: "same-digest", needs: "nothing", intents: PROMOTIONS, evaluate: sameDigest },
  { name: "artifact", needs: "network", intents: PROMOTIONS, evaluate: artifact },
  { name: "release", needs: "network", intents: PROMOTIONS, evaluate: release },
];

/** Returns the verdicts of all gates that judge a candidate's intent: every one, whatever the first is. */
export function evaluateGates(candidate: Candidate, input: GateInput): GateResult[] {
  return verdicts(GATES, candidate, input);
}

/** Returns the verdicts of the gates that need nothing. */
export function evaluateStaticGates(candidate: Candidate, input: StaticInput): GateResult[] {
  return verdicts(STATIC_GATES, candidate, input);
}

function verdicts<Input>(
  gates: readonly Gate<Input>[],
  candidate: Candidate,
  input: Input,
): GateResult[] {
  return gates
    .filter(({ intents }) => intents.includes(candidate.intent))
    .map(({ name, evaluate }) => {
      return resultOf(name, candidate.service.name, evaluate(candidate, input));
    });
}

function resultOf(
  gate: GateName,
  service: string,
  { pass, pending, reason, passesAt }: Verdict,
): GateResult {
  const at = passesAt?.toISOString() ?? null;
  return { gate, service, pass, ...(pending !== undefined && { pending }), reason, passesAt: at };
}

/** Returns the verdict of the freeze on a change that moves no version, by the name of what changes. */
export function freezeOf(
  name: string,
  { environment, now }: Pick<GateInput, "environment" | "now">,
  breakGlass?: BreakGlass,
): GateResult {
  return resultOf("freeze", name, overridden(frozen(environment, now), environment, breakGlass));
}

/** Returns what refuses, without what passes. */
export function refusals(results: readonly GateResult[]): GateResult[] {
  return results.filter(({ pass }) => !pass);
}

/** Returns a gate's reason, with when it will pass where time decides. */
export function reasonOf({ reason, passesAt }: Pick<GateResult, "reason" | "passesAt">): string {
  return `${reason}${passesAt === null ? "" : ` (passes at ${passesAt})`}`;
}

/** Returns a refusal in one line: `soak refuses orders: has been running ...`. */
export function formatRefusal(refusal: Omit<GateResult, "pass">): string {
  return `${refusal.gate} refuses ${refusal.service}: ${reasonOf(refusal)}`;
}

/** Whether the environment takes releases, or commits, at all. Which releases, the next gate says. */
function accepted({ service, pin }: Candidate, { environment }: StaticInput): Verdict {
  const { version } = pin;
  if (version instanceof Tag)
    return acceptsOneOf(environment, ["tag"], `${version.text} is an image's own tag`);
  if (version instanceof Version) {
    const kinds = version.isPrerelease
      ? (["prerelease", "release"] as const)
      : ["release" as const];
    return acceptsOneOf(environment, kinds, `${version.text} is a release`);
  }
  const ofBranch = service.deploy.strategy === "branch";
  const kinds = ofBranch ? (["branch", "commit"] as const) : ["commit" as const];
  return acceptsOneOf(environment, kinds, `${version.text} is a commit`);
}

/** Whether a pre-release may come here. A build (`v1.12.2-ce60d74`) is a release. */
function prerelease({ service, pin }: Candidate, { environment }: StaticInput): Verdict {
  const { version } = pin;
  if (!(version instanceof Version) || !version.isPrerelease) {
    return { pass: true, reason: `${version.text} is not a pre-release` };
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

/** Whether the exact bytes are pinned, where the environment requires it. Templates have no image. */
function digest(candidate: Candidate, { environment }: StaticInput): Verdict {
  const { intent, service, pin, images } = candidate;
  const { name } = environment;
  if (service.docker === undefined) return { pass: true, reason: "the service has no image" };
  if (pin.digest !== undefined) return { pass: true, reason: `pinned by ${pin.digest}` };
  if (environment.digest !== "required") return { pass: true, reason: `${name} requires none` };
  if (intent === "promotion" && images === undefined) {
    return { pass: true, reason: "registries weren't asked; a promotion resolves the digest" };
  }
  const reason = `${name} requires digests; pin it as ${pin.version.text}@sha256:...`;
  return { pass: false, reason };
}

/** Whether every service that it requires runs there, in the range. */
function requires({ service }: Candidate, target: StaticInput): Verdict {
  const { environment, owned, running } = target;
  const unmet: string[] = [];
  for (const [name, range] of service.requires) {
    if (!owned.has(name)) continue;
    const there = running.get(name)?.pin;
    if (there?.version.satisfies(range) === true) continue;
    const found =
      there === undefined
        ? `which doesn't run in ${environment.name}`
        : `and ${there.version.text} runs there`;
    unmet.push(`it requires ${name} ${range}, ${found}`);
  }
  if (unmet.length > 0) return { pass: false, reason: unmet.join("; ") };
  return { pass: true, reason: "every requirement runs there" };
}

/** Whether the requirements of the services that run there still hold. */
function requiredBy({ service: { name }, pin }: Candidate, { dependents }: StaticInput): Verdict {
  const unmet = (dependents.get(name) ?? []).flatMap((other) => {
    const range = other.requires.get(name) ?? "*";
    return pin.version.satisfies(range)
      ? []
      : `${other.name} runs there and requires ${name} ${range}`;
  });
  if (unmet.length > 0) return { pass: false, reason: unmet.join("; ") };
  return { pass: true, reason: "no service there requires another version" };
}

/** Whether the version isn't one that must never run again. */
function rejected({ service, pin }: Candidate, { environment }: StaticInput): Verdict {
  const refused = (environment.rejected[service.name] ?? []).find(
    ({ version: { version, digest } }) => {
      const isVersion = version.text === pin.version.text;
      return digest === undefined
        ? isVersion
        : digest === pin.digest || (isVersion && pin.digest === undefined);
    },
  );
  if (refused === undefined) return { pass: true, reason: "not rejected" };
  const reason = `${formatPin(refused.version)} is rejected: ${refused.reason}; release another version`;
  return { pass: false, reason };
}

/** Whether it ran in every environment that this one takes versions from. */
function order(candidate: Candidate, { environment, isFirst }: GateInput): Verdict {
  const { service, upstreams = [] } = candidate;
  const { name, from, enters = [] } = environment;
  if (isFirst === true) return { pass: true, reason: `the first deployment of ${name}` };
  if (enters.includes(service.name)) return { pass: true, reason: `it may enter ${name}` };
  const outside = upstreams.find((upstream) => !from.includes(upstream.environment));
  if (outside !== undefined) {
    const path =
      from.length === 0 ? "begins the promotion path" : `takes versions from ${from.join(", ")}`;
    return { pass: false, reason: `${name} ${path}, not from ${outside.environment}` };
  }
  const reasons = from.map((one): Verdict => {
    const upstream = upstreams.find(({ environment }) => environment === one);
    return upstream === undefined
      ? unknownUpstream(one, "nobody knows what runs there")
      : ranIn(upstream);
  });
  return together(reasons, `${name} begins the promotion path`);
}

function unknownUpstream(environment: string, problem: string): Verdict {
  const way = `repair it, promote the service to ${environment} first, or name it in "enters" of environments.yaml`;
  return { pass: false, reason: `${environment}: ${problem}; ${way}` };
}

function ranIn(upstream: Upstream): Verdict {
  const { environment } = upstream;
  if ("problem" in upstream) return unknownUpstream(environment, upstream.problem);
  return together(
    upstream.parts.map(({ what, runs, ran }): Verdict => {
      if (ran === undefined)
        return { pass: false, reason: `${environment} runs ${runs}, not ${what}` };
      if (ran.since instanceof Date) {
        const verb = ran.until === undefined ? "runs" : "ran";
        return { pass: true, reason: `${what} ${verb} in ${environment}` };
      }
      return { pass: false, reason: `${environment} doesn't run ${what} yet: ${WHY[ran.since]}` };
    }),
    `${environment} runs the same`,
  );
}

/** Why nobody knows since when something runs. */
const WHY = {
  uncommitted: "the change isn't committed",
  coming: "it comes with the same change",
  undeployed: "no update there has brought it; deploy it there first",
  unknown: "there is no git history",
} as const;

/** Returns one verdict of several: they pass together. */
function together(verdicts: readonly Verdict[], none: string): Verdict {
  const refused = verdicts.filter(({ pass }) => !pass);
  const decisive = refused.length > 0 ? refused : verdicts;
  if (decisive.length === 0) return { pass: true, reason: none };
  const reason = [...new Set(decisive.map(({ reason }) => reason))].join("; ");
  const pending = verdicts.find(({ pending }) => pending !== undefined)?.pending;
  const times = refused.flatMap(({ passesAt }) => passesAt?.getTime() ?? []);
  // It passes by itself where time is all that each of them waits for.
  const passesAt =
    times.length > 0 && times.length === refused.length ? new Date(Math.max(...times)) : undefined;
  return {
    pass: refused.length === 0,
    reason,
    ...(refused.length === 0 && pending !== undefined && { pending }),
    ...(passesAt !== undefined && { passesAt }),
  };
}

/** Whether a pin is the version that ran upstream, or the release that it was a candidate for. */
export function comesFrom({ version }: Pin, { version: ran }: Pin): boolean {
  return [ran.text, ran instanceof Version ? ran.release.text : ""].includes(version.text);
}

/** Whether it has run long enough in every environment that it comes from. Whether it ran, order judges. */
function soak(candidate: Candidate, { environment, now, isFirst }: GateInput): Verdict {
  const { service, upstreams = [], breakGlass } = candidate;
  const { name, soak: wanted, enters = [] } = environment;
  if (wanted === undefined) return { pass: true, reason: `${name} requires no soaking` };
  if (isFirst === true) return { pass: true, reason: `the first deployment of ${name}` };
  if (enters.includes(service.name)) return { pass: true, reason: `it may enter ${name}` };
  const verdict = together(
    upstreams.map((upstream): Verdict => {
      const { environment: from } = upstream;
      if ("problem" in upstream) return { pass: true, reason: `nothing is known of ${from}` };
      return together(
        upstream.parts.map((part) => soaked(from, part, wanted, now)),
        `${from} runs the same`,
      );
    }),
    "nothing soaks before",
  );
  return overridden(verdict, environment, breakGlass);
}

function soaked(from: string, { what, ran }: UpstreamPart, wanted: string, now: Date): Verdict {
  if (ran === undefined) {
    return { pass: false, reason: `${what} never ran in ${from}; ${wanted} required` };
  }
  const { since, until } = ran;
  if (!(since instanceof Date)) {
    const reason = `running time in ${from} is unknown: ${WHY[since]}; ${wanted} required`;
    return { pass: false, reason };
  }
  const passesAt = new Date(since.getTime() + ms(wanted as StringValue));
  if (until !== undefined) {
    const ran = `ran in ${from} from ${since.toISOString()} to ${until.toISOString()}`;
    return { pass: passesAt <= until, reason: `${ran}; ${wanted} required` };
  }
  const reason = `has been running in ${from} since ${since.toISOString()}; ${wanted} required`;
  return passesAt <= now ? { pass: true, reason } : { pass: false, reason, passesAt };
}

/** Whether the environment isn't frozen. A rollback passes, and so does a broken glass. */
function freeze({ intent, breakGlass }: Candidate, { environment, now }: GateInput): Verdict {
  const verdict = frozen(environment, now);
  if (verdict.pass || intent !== "rollback") return overridden(verdict, environment, breakGlass);
  return { pass: true, reason: "a rollback passes a freeze" };
}

function frozen(environment: Environment, now: Date): Verdict {
  const closed = (environment.freeze ?? []).filter(
    ({ from, until }) => Date.parse(from) <= now.getTime() && now.getTime() < Date.parse(until),
  );
  const [first] = closed;
  if (first === undefined) return { pass: true, reason: `${environment.name} isn't frozen` };
  const until = new Date(Math.max(...closed.map(({ until }) => Date.parse(until))));
  const reason = `${environment.name} is frozen: ${first.reason}; a hotfix passes with --break-glass REASON`;
  return { pass: false, reason, passesAt: until };
}

/** Returns a verdict, overridden by a reason where the environment lets it count. */
function overridden(
  verdict: Verdict,
  { breakGlass: rule }: Environment,
  glass: BreakGlass | undefined,
): Verdict {
  if (verdict.pass || glass === undefined) return verdict;
  const reason = `overridden by --break-glass: ${glass.reason}`;
  if (rule === undefined || glass.approved === true) return { pass: true, reason };
  const members = `a member of ${rule.teams.join(" or ")}`;
  const condition = `its reason counts once ${members} has approved the pull request`;
  if (glass.approved === undefined) {
    return { pass: true, pending: {}, reason: `${reason}; ${condition}` };
  }
  const why = glass.problem === undefined ? "" : `, which nobody knows: ${glass.problem}`;
  return { ...verdict, reason: `${verdict.reason}; ${condition}${why}` };
}

/** Whether the service isn't held. */
function hold(
  { service: { name, deploy, sound, source } }: Candidate,
  { config, now }: GateInput,
): Verdict {
  const held = config.holds.get(name);
  if (deploy.strategy === "suspend") {
    const reason = sound
      ? `suspended by its definition in ${source.file}`
      : `its definition in ${source.file} has an error, which releases lint shows`;
    return { pass: false, reason };
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

/**
 * Whether the version doesn't go down, and, where versions have no order, isn't one that was replaced here. A
 * rollback, or a bump, goes back.
 */
function downgrade(
  { service, pin, current, wasReplaced }: Candidate,
  { environment, config }: GateInput,
): Verdict {
  const [from, to] = [current?.version, pin.version];
  if (from === undefined) return { pass: true, reason: "the service doesn't run there yet" };
  const move = `${from.text} -> ${to.text}`;
  const back = `${environment.name} does that by releases rollback ${service.name} --stack ${config.stack}`;
  if (!(from instanceof Version && to instanceof Version) || !haveOrder(from, to)) {
    const unordered = `${from.text} and ${to.text} have no order`;
    if (wasReplaced !== true) return { pass: true, reason: unordered };
    const reason = `${unordered}, and ${to.text} ran in ${environment.name} before; ${back} --to ${formatPin(pin)} --reason R`;
    return { pass: false, reason };
  }
  if (to.compare(from) >= 0) return { pass: true, reason: `${move} doesn't go back` };
  const spelling = textOrder(from, to);
  if (spelling !== undefined) return { pass: false, reason: `${move} goes back: ${spelling}` };
  return { pass: false, reason: `${move} goes back; ${back} --to ${to.text} --reason R` };
}

/** Whether the bytes are those that ran upstream, and a version that runs already keeps its bytes. */
function sameDigest(
  { service, pin, current, upstreams = [] }: Candidate,
  { environment }: GateInput,
): Verdict {
  if (service.docker === undefined) return { pass: true, reason: "the service has no image" };
  const other =
    // Who publishes an image may build a tag again: the digest tells the two apart.
    !(pin.version instanceof Tag) &&
    current?.version.text === pin.version.text &&
    current.digest !== undefined &&
    pin.digest !== undefined &&
    current.digest !== pin.digest;
  if (other) {
    const reason = `${environment.name} runs ${formatPin(current)}; the same version with other bytes needs a new number`;
    return { pass: false, reason };
  }
  return together(
    upstreams.flatMap((upstream) => ("problem" in upstream ? [] : sameBytes(pin, upstream))),
    "nothing ran before",
  );
}

function sameBytes(pin: Pin, { environment, pin: ran }: KnownUpstream): Verdict {
  if (!comesFrom(pin, ran)) return { pass: true, reason: `${environment} runs another version` };
  if (ran.digest === undefined && pin.digest !== undefined) {
    const reason = `${environment} pins no digest; the registry is asked before it is deployed`;
    return { pass: true, pending: { version: ran.version.text }, reason };
  }
  if (ran.digest === undefined) return { pass: true, reason: "upstream has no pinned digest" };
  if (pin.digest !== undefined && ran.digest !== pin.digest) {
    return { pass: false, reason: `${environment} runs ${ran.digest}, and this is ${pin.digest}` };
  }
  return { pass: true, reason: `the bytes that ran in ${environment}` };
}

/** Whether the registry of the environment has the image, or can get it. */
function artifact({ service, images }: Candidate): Verdict {
  if (service.docker === undefined) return { pass: true, reason: "the service has no image" };
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
function release(
  { service, pin, upstreams = [], released }: Candidate,
  { config }: GateInput,
): Verdict {
  const [known] = upstreams.filter((upstream) => "pin" in upstream);
  const { version } = known?.pin ?? pin;
  if (!(version instanceof Version)) {
    const what = version instanceof Tag ? "an image's own tag" : "a commit";
    return { pass: true, reason: `${what} has no release` };
  }
  if (released === undefined) return { pass: true, reason: "GitHub wasn't asked" };
  if (released) return { pass: true, reason: `${version.text} is released on GitHub` };
  const where = `${config.githubOwner ?? ""}/${service.github}`;
  const reason = `GitHub shows no release ${version.text} of ${where}; publish it, or give a GITHUB_TOKEN that may read the repository`;
  return { pass: false, reason };
}
