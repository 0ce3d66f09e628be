import type { Ledger, Time } from "./ledger";
import {
  environmentOf,
  isAccepted,
  isDeclarable,
  runsOf,
  type Environment,
  type Path,
  type Run,
  type Tree,
} from "./tree";

/** A change of one stack, and all that is true about it. */
export interface Judged {
  /** What the stack's newest deployment was made from; absent where it was never deployed. */
  readonly before: Tree | undefined;
  readonly after: Tree;
  readonly stack: string;
  readonly now: number;
  /** What ran before this change. */
  readonly ledger: Ledger;
  /** Services that a commit with a reason is about. */
  readonly glass: ReadonlySet<string>;
  /** Whether an environment was never deployed. */
  readonly isFirst: (environment: string) => boolean;
}

/** Something of a change that must not reach the stack's environment now. */
export interface Wait {
  readonly rule:
    "path" | "order" | "soak" | "freeze" | "hold" | "downgrade" | "bytes" | "rejected" | "accepts";
  readonly service: string;
}

const HOUR = 3_600_000;

/**
 * Returns what of a change must wait. The rules, which both the path of before and the change's own ask:
 *
 * - `path`: no change takes the promotion path away, and nothing moves by one that nobody can read.
 * - `order`: a version, a chart or an image repository that moves ran in each environment of `from` before, in
 *   each of its stacks that run the service, a release perhaps as its candidate. Services of `enters` and an environment's first deployment needn't.
 *   The registry's host counts where it is what moves: environments, and a stack that is new, may have their own.
 * - `soak`: it ran there for `soak` at a stretch, unless the glass is broken for it.
 * - `bytes`: where both environments name a digest of a version, it is the same; so it is where a version stays.
 * - `freeze`: nothing of a service changes in a freeze, unless the glass is broken for it: its values and its
 *   cluster as little as its version.
 * - `hold`: what is held or suspended, before or after, doesn't move.
 * - `downgrade`: a version doesn't go back where versions come from another environment.
 * - `rejected`: such a version doesn't arrive. `accepts`: neither does one of another kind, or without its digest.
 *
 * A rollback is a new hold with a lower version, or other bytes of the same one, that ran in the environment, whose chart and image repository stay
 * or ran there, too; of all rules `path`, `rejected` and `accepts` alone ask it. A stack that is new in an
 * environment where others run is as any other: all that it runs moves. A stack belongs to the environment that it had before: who gives a stack to another one
 * in one change, and moves it in the next, is for whoever owns its file.
 * @param strict whether only the newest time for which something ran counts, only of what still runs there in some
 *   version, and only of versions that ran in no other bytes: what doesn't wait then surely passes
 */
export function whatWaits(judged: Judged, strict = false): Wait[] {
  const { before, after, stack } = judged;
  const [old, now] = [before?.stacks[stack], after.stacks[stack]];
  const isKnown = before !== undefined && isDeclarable(before, stack);
  const runs = [isKnown ? runsOf(before, stack) : NOTHING, runsOf(after, stack)] as const;
  const changed = [...new Set([...runs[0].keys(), ...runs[1].keys()])].filter(
    (name) => !isSame(runs[0].get(name), runs[1].get(name)),
  );
  if (before?.path !== undefined && after.path === undefined)
    return [wait("path", "environments.yaml")];
  if (changed.length > 0 && before?.path?.broken === true)
    return [wait("path", "environments.yaml")];
  const paths: [Path | undefined, string | undefined][] = [
    [before?.path, old && isKnown ? environmentOf(stack, old) : now && environmentOf(stack, now)],
    [after.path, now && environmentOf(stack, now)],
  ];
  const waits = paths.flatMap(([path, name]) => {
    const environment = name === undefined ? undefined : path?.environments[name];
    if (path === undefined || name === undefined || environment === undefined) return [];
    return changed.flatMap((service) => {
      const about = { judged, path, name, environment, service, strict };
      return waitsOf(about, runs[0].get(service), runs[1].get(service));
    });
  });
  return [...new Map(waits.map((one) => [`${one.rule} ${one.service}`, one])).values()];
}

const NOTHING: ReadonlyMap<string, Run> = new Map();

/** A service of a change, and the environment and the path that judge it. */
interface About {
  readonly judged: Judged;
  readonly path: Path;
  readonly name: string;
  readonly environment: Environment;
  readonly service: string;
  readonly strict: boolean;
}

function waitsOf(about: About, old: Run | undefined, now: Run | undefined): Wait[] {
  const { judged, path, environment, service } = about;
  const { glass } = judged;
  const rules: Wait["rule"][] = [];
  const isBack = isRollback(about, old, now);
  const { freeze } = environment;
  const frozen = freeze !== undefined && freeze.from <= judged.now && judged.now < freeze.until;
  if (frozen && !isBack && !glass.has(service)) rules.push("freeze");
  if (now !== undefined && isMoved(old, now)) {
    if (path.rejected.some((one) => one.service === service && one.version === now.version)) {
      rules.push("rejected");
    }
    if (!isAccepted(now, environment)) rules.push("accepts");
    if (!isBack) {
      if (old !== undefined && isHeld(about)) rules.push("hold");
      rules.push(...upstreamRules(about, old, now));
    }
  }
  return rules.map((rule) => wait(rule, service));
}

function upstreamRules(about: About, old: Run | undefined, now: Run): Wait["rule"][] {
  const { environment, service, judged, name } = about;
  const { from, enters } = environment;
  const rules: Wait["rule"][] = [];
  if (from.length === 0) return rules;
  if (old !== undefined && isLower(now.version, old.version)) rules.push("downgrade");
  if (old?.version === now.version && isOther(old.digest, now.digest)) rules.push("bytes");
  if (about.strict && from.some((upstream) => ranInOtherBytes(about, upstream, now))) {
    rules.push("bytes");
  }
  if (judged.isFirst(name) || enters.includes(service)) return rules;
  return [...rules, ...from.flatMap((upstream) => rulesAt(about, upstream, old, now))];
}

/** Whether a run is the version of another one, or its candidate. */
function isVersionOf({ version }: Run, now: Run): boolean {
  return [version, releaseOf(version)].includes(now.version);
}

function ranInOtherBytes({ judged, service }: About, upstream: string, now: Run): boolean {
  const isIt = (run: Run): boolean => isVersionOf(run, now) && isOther(run.digest, now.digest);
  return judged.ledger.everywhere(upstream, service, isIt).length > 0;
}

/** What has to have run in one environment: each part that moves. */
function rulesAt(about: About, upstream: string, old: Run | undefined, now: Run): Wait["rule"][] {
  const { service, judged, strict } = about;
  const { ledger } = judged;
  const isVersion = (run: Run): boolean => isVersionOf(run, now);
  const parts: ((run: Run) => boolean)[] = [];
  const rules: Wait["rule"][] = [];
  const running = ledger.running(upstream, service);
  if (strict && running.size === 0) rules.push("order");
  if (old?.version !== now.version || old.digest !== now.digest) {
    const isIt = (run: Run): boolean => isVersion(run) && !isOther(run.digest, now.digest);
    const ran = ledger.everywhere(upstream, service, isVersion).length > 0;
    if (ran && ledger.everywhere(upstream, service, isIt).length === 0) rules.push("bytes");
    else parts.push(isIt);
  }
  if (isChartMoved(old, now)) {
    parts.push((run) => run.chart === now.chart);
    // What runs no chart any more is nowhere that one comes from.
    if (strict && [...running.values()].some(({ chart }) => chart === "")) rules.push("order");
  }
  const isHost = old !== undefined && old.host !== now.host;
  if (old?.image !== now.image || isHost) {
    parts.push((run) => run.image === now.image && (!isHost || run.host === now.host));
  }
  const stacks = [...running.keys()];
  for (const isIt of parts) {
    const all =
      stacks.length === 0
        ? [ledger.everywhere(upstream, service, isIt)]
        : stacks.map((stack) => ledger.times(upstream, stack, service, isIt));
    rules.push(...all.flatMap((times) => rulesOfTimes(about, upstream, times)));
  }
  return rules;
}

/** What the times for which a part ran say about it. */
function rulesOfTimes(about: About, upstream: string, all: readonly Time[]): Wait["rule"][] {
  const { environment, service, judged, strict } = about;
  const times = strict ? all.slice(-1) : all;
  if (times.length === 0) return ["order"];
  const left = strict ? (judged.ledger.left(upstream, service) ?? 0) : 0;
  const soak = (environment.soak ?? 0) * HOUR;
  const isLong = times.some(({ from, until = judged.now }) => until - Math.max(from, left) >= soak);
  return isLong || judged.glass.has(service) ? [] : ["soak"];
}

/** Whether a new hold comes with a lower version that ran in the environment. */
function isRollback(
  { judged, name, service, strict }: About,
  old: Run | undefined,
  now: Run | undefined,
): boolean {
  const { before, after, stack, ledger } = judged;
  const hold = after.stacks[stack]?.holds[service];
  const isNew = hold !== undefined && hold.reason !== before?.stacks[stack]?.holds[service]?.reason;
  if (!isNew || old === undefined || now === undefined) return false;
  const isRebuilt = now.version === old.version && isOther(old.digest, now.digest);
  if (!isLower(now.version, old.version) && !isRebuilt) return false;
  const parts: ((run: Run) => boolean)[] = [
    (run) => run.version === now.version && !isOther(run.digest, now.digest),
    (run) => !isChartMoved(run, now),
    (run) => run.image === now.image && run.host === now.host,
  ];
  const timesOf = (isIt: (run: Run) => boolean): Time[] =>
    strict ? ledger.times(name, stack, service, isIt) : ledger.everywhere(name, service, isIt);
  return parts.every((isIt) => isIt(old) || timesOf(isIt).length > 0);
}

function isHeld({ judged, service }: About): boolean {
  return [judged.before, judged.after].some((tree) => {
    const hold = tree?.stacks[judged.stack]?.holds[service];
    const isSuspended = tree?.services.some(
      (one) => one.name === service && one.release === undefined,
    );
    const isOver = hold?.until !== undefined && Date.parse(hold.until) <= judged.now;
    return isSuspended === true || (hold !== undefined && !isOver);
  });
}

function wait(rule: Wait["rule"], service: string): Wait {
  return { rule, service };
}

/** Whether two digests are known and differ. */
function isOther(a: string | undefined, b: string | undefined): boolean {
  return a !== undefined && b !== undefined && a !== b;
}

function isMoved(old: Run | undefined, now: Run): boolean {
  const { version, digest, image, host } = now;
  return !(
    old?.version === version &&
    old.digest === digest &&
    old.image === image &&
    old.host === host &&
    !isChartMoved(old, now)
  );
}

/** Whether another chart comes. Where none does any more, what Helm deployed is deleted: that is a change. */
function isChartMoved(old: Run | undefined, now: Run): boolean {
  return now.chart !== "" && old?.chart !== now.chart;
}

function isSame(a: Run | undefined, b: Run | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return !isMoved(a, b) && a.chart === b.chart && a.rest === b.rest;
}

export function releaseOf(version: string): string {
  return version.replace(/-.*/, "");
}

/** Whether a version comes before another one; versions are `v1.2.3` and `v1.2.3-rc.4`. */
export function isLower(version: string, than: string): boolean {
  const parts = (text: string): number[] => {
    const [, major, minor, patch, rc] = /^v(\d+)\.(\d+)\.(\d+)(?:-rc\.(\d+))?$/.exec(text) ?? [];
    return [major, minor, patch, rc ?? Infinity].map(Number);
  };
  const [a, b] = [parts(version), parts(than)];
  const at = a.findIndex((part, index) => part !== b[index]);
  return at !== -1 && (a[at] ?? 0) < (b[at] ?? 0);
}
