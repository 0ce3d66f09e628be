import type { Environment } from "../environments";
import { formatPin, haveOrder, Tag, textOrder, Version } from "../version";
import { frozenUntil } from "../freeze";
import { overridden } from "./break-glass";
import type {
  BreakGlass,
  Candidate,
  Gate,
  GateInput,
  GateName,
  GateResult,
  Intent,
  StaticInput,
  Verdict,
} from "./gate";
import { hasDigests, isClassic, type Chart } from "../list/service";
import { chartText } from "../part-texts";
import { mutableTagOf } from "../stack/mutable-tags";
import { canBecomeFinal } from "./moves";
import { checks, order, sameDigest, soak } from "./upstream-gates";
import { verified } from "./verified-gate";

const ALWAYS: readonly Intent[] = ["inspection", "bump", "promotion", "rollback"];
const MOVES: readonly Intent[] = ["bump", "promotion", "rollback"];
const PROMOTIONS: readonly Intent[] = ["promotion"];

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
  { name: "checks", needs: "network", intents: PROMOTIONS, evaluate: checks },
  { name: "freeze", needs: "clock", intents: MOVES, evaluate: freeze },
  { name: "downgrade", needs: "nothing", intents: PROMOTIONS, evaluate: downgrade },
  {
    name: "same-digest",
    needs: "nothing",
    intents: ["promotion", "rollback"],
    evaluate: sameDigest,
  },
  { name: "artifact", needs: "network", intents: PROMOTIONS, evaluate: artifact },
  { name: "release", needs: "network", intents: PROMOTIONS, evaluate: release },
  { name: "verified", needs: "network", intents: MOVES, evaluate: verified },
];

/** Returns the verdicts of all gates that judge a candidate's intent: every one, whatever the first is. */
export function evaluateGates(candidate: Candidate, input: GateInput): GateResult[] {
  return verdicts(GATES, candidate, input);
}

/** Returns the verdicts of the gates that need nothing. */
export function evaluateStaticGates(candidate: Candidate, input: StaticInput): GateResult[] {
  return verdicts(STATIC_GATES, candidate, input);
}

function verdicts<Input extends StaticInput>(
  gates: readonly Gate<Input>[],
  candidate: Candidate,
  input: Input,
): GateResult[] {
  return gates
    .filter(({ intents }) => intents.includes(candidate.intent))
    .map(({ name, evaluate }) => {
      return resultOf(name, candidate.service.name, input, evaluate(candidate, input));
    });
}

function resultOf(
  gate: GateName,
  service: string,
  { config: { stack } }: Pick<StaticInput, "config">,
  { pass, pending, reason, passesAt }: Verdict,
): GateResult {
  const at = passesAt?.toISOString() ?? null;
  const open = pending === undefined ? {} : { pending };
  return { gate, stack, service, pass, ...open, reason, passesAt: at };
}

/** Returns the verdict of the freeze on a change that moves no version, by the name of what changes. */
export function freezeOf(
  name: string,
  input: Pick<GateInput, "environment" | "now" | "config">,
  breakGlass?: BreakGlass,
): GateResult {
  const { environment, now } = input;
  const verdict = overridden(frozen(environment, now), environment, breakGlass);
  return resultOf("freeze", name, input, verdict);
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
export function formatRefusal(refusal: Omit<GateResult, "pass" | "stack">): string {
  return `${refusal.gate} refuses ${refusal.service}: ${reasonOf(refusal)}`;
}

/**
 * Whether the environment takes releases, commits, or tags of images, at all. Which releases, the next gate says. A
 * mutable tag is a tag and never a release, whatever its spelling.
 */
function accepted({ service, pin }: Candidate, { environment, config }: StaticInput): Verdict {
  const { version } = pin;
  const moves = mutableTagOf(service, version, config);
  if (moves !== undefined) {
    const what = `${moves.tag} is a mutable tag (${moves.pattern})`;
    return acceptsOneOf(environment, ["tag"], what);
  }
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
function prerelease({ service, pin }: Candidate, { environment, config }: StaticInput): Verdict {
  const { version } = pin;
  const moves = mutableTagOf(service, version, config) !== undefined;
  if (moves || !(version instanceof Version) || !version.isPrerelease) {
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
function digest(candidate: Candidate, { environment, running }: StaticInput): Verdict {
  const { intent, service, pin, images } = candidate;
  const { name } = environment;
  if (service.docker === undefined) return { pass: true, reason: "the service has no image" };
  const isRequired = environment.digest === "required";
  if (pin.digest !== undefined) {
    const about = aboutChart(running.get(service.name)?.chart, isRequired);
    return { pass: true, reason: `pinned by ${pin.digest}${about}` };
  }
  if (!isRequired) return { pass: true, reason: `${name} requires none` };
  if (intent === "promotion" && images === undefined) {
    return { pass: true, reason: "registries weren't asked; a promotion resolves the digest" };
  }
  const reason = `${name} requires digests; pin it as ${pin.version.text}@sha256:...`;
  return { pass: false, reason };
}

/** Returns what holds a chart to its bytes, where that isn't Helm by a digest, or its folder. */
function aboutChart(chart: Chart | undefined, isRequired: boolean): string {
  if (chart === undefined || !hasDigests(chart)) return "";
  if (chart.digest === undefined) {
    return isRequired ? `; its chart ${chartText(chart)} is pinned by its version alone` : "";
  }
  if (!isClassic(chart)) return "";
  return `; Helm compares no digest of ${chart.repository}, so promote and ci begin do`;
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

/** Whether the environment isn't frozen. A rollback passes, and so does a broken glass. */
function freeze({ intent, breakGlass }: Candidate, { environment, now }: GateInput): Verdict {
  const verdict = frozen(environment, now);
  if (verdict.pass || intent !== "rollback") return overridden(verdict, environment, breakGlass);
  return { pass: true, reason: "a rollback passes a freeze" };
}

function frozen(environment: Environment, now: Date): Verdict {
  const closed = (environment.freeze ?? []).flatMap((freeze) => {
    const until = frozenUntil(freeze, now);
    return until === undefined ? [] : [{ reason: freeze.reason, until }];
  });
  const [first] = closed;
  if (first === undefined) return { pass: true, reason: `${environment.name} isn't frozen` };
  const until = new Date(Math.max(...closed.map(({ until }) => until.getTime())));
  const reason = `${environment.name} is frozen: ${first.reason}; a hotfix passes with --break-glass REASON`;
  return { pass: false, reason, passesAt: until };
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

/** Whether the registry of the environment has the image, or can get it, and the chart has the bytes of its digest. */
function artifact({ service, images, chartProblem }: Candidate): Verdict {
  if (service.docker === undefined) return { pass: true, reason: "the service has no image" };
  if (chartProblem !== undefined) return { pass: false, reason: chartProblem };
  if (images === undefined) return { pass: true, reason: "registries weren't asked" };
  const problems = images.flatMap((image) => ("problem" in image ? image.problem : []));
  if (problems.length > 0) return { pass: false, reason: problems.join("; ") };
  const todo = images.flatMap((image) =>
    "action" in image && image.action !== "none" ? image : [],
  );
  if (todo.length === 0) return { pass: true, reason: "the image is there" };
  return { pass: true, reason: todo.map(({ action, target }) => `${action} ${target}`).join("; ") };
}

/** Whether the version is released on GitHub, with the files that its definition names. */
function release(
  { service, pin, upstreams = [], released, lacks = [] }: Candidate,
  { config, environment: { unreleased = [] } }: GateInput,
): Verdict {
  const { name } = service;
  if (unreleased.includes(name)) return { pass: true, reason: `${name} has no releases on GitHub` };
  const [known] = upstreams.filter((upstream) => "pin" in upstream);
  const { version } = known?.pin ?? pin;
  if (!(version instanceof Version)) {
    const what = version instanceof Tag ? "an image's own tag" : "a commit";
    return { pass: true, reason: `${what} has no release` };
  }
  if (released === undefined) return { pass: true, reason: "GitHub wasn't asked" };
  const where = `${config.githubOwner ?? ""}/${service.github}`;
  if (lacks.length > 0) {
    const reason = `the release ${version.text} of ${where} lacks ${lacks.join(", ")}; upload it`;
    return { pass: false, reason };
  }
  if (released) return { pass: true, reason: `${version.text} is released on GitHub` };
  const reason = `GitHub shows no release ${version.text} of ${where}; publish it, or give a GITHUB_TOKEN that may read the repository`;
  return { pass: false, reason };
}
