import type { Pin } from "../version";
import type { Change, PartChange } from "./replay";

/** A time for which a stack ran something of a service, and what brought it. */
export interface Run<What> {
  readonly service: string;
  readonly stack: string;
  readonly what: What;
  readonly from: Date;
  /** Undefined: it runs now. */
  readonly until: Date | undefined;
  readonly commit: string;
  /** The file that says so. */
  readonly file: string;
}

/**
 * Returns every pin that the stacks of an environment ran, of each stack and service newest first.
 * @param changes newest first
 */
export function pinRuns(changes: readonly Change[]): Run<Pin>[] {
  return [...byStackAndService(changes).values()].flatMap((own) =>
    own.flatMap(({ service, stack, to, at, commit, path }, index) => {
      const until = own[index - 1]?.at;
      return to === undefined
        ? []
        : { service, stack, what: to, from: at, until, commit, file: path };
    }),
  );
}

/**
 * Returns every chart that the stacks of an environment ran, in one text each, of each stack and service newest
 * first. A chart begins and ends with its service; in between each change of it is one of `parts`.
 * @param changes newest first
 * @param parts newest first
 * @param now the chart that a stack runs of a service; undefined where it runs none
 */
export function chartRuns(
  changes: readonly Change[],
  parts: readonly PartChange[],
  now: (stack: string, service: string) => string | undefined,
): Run<string>[] {
  const charts = byStackAndService(parts.filter(({ part }) => part === "chart"));
  return [...byStackAndService(changes).values()].flatMap((own) => {
    const [newest] = own;
    if (newest === undefined) return [];
    const { service, stack } = newest;
    const moved = charts.get(keyOf(newest)) ?? [];
    return lives(own).flatMap(({ began, ended }) => {
      const within = moved.filter(
        ({ at }) => at >= began.at && (ended === undefined || at <= ended),
      );
      const last = within[0]?.to ?? (ended === undefined ? now(stack, service) : undefined);
      const oldest = within.at(-1)?.from ?? last;
      const steps = within.map(({ to, at, commit, path }) => ({ to, at, commit, path }));
      if (oldest !== undefined) steps.push({ ...began, to: oldest });
      return steps.map(({ to: what, at: from, commit, path: file }, index) => {
        return { service, stack, what, from, until: steps[index - 1]?.at ?? ended, commit, file };
      });
    });
  });
}

type Begin = Pick<Change, "at" | "commit" | "path">;

/** Returns the times for which a stack ran a service at all, newest first. */
function lives(own: readonly Change[]): { began: Begin; ended: Date | undefined }[] {
  const found: { began: Begin; ended: Date | undefined }[] = [];
  let ended: Date | undefined;
  for (const [index, { from, to, ...change }] of own.entries()) {
    if (to === undefined) ended = change.at;
    // In a shallow clone the history begins in the middle.
    const begins = from === undefined || own[index + 1] === undefined;
    if (to !== undefined && begins) found.push({ began: change, ended });
  }
  return found;
}

/** How much of what ran a stack may go back to. */
export interface Recent {
  /** How many different ones of each service, besides the one that runs now. */
  readonly depth: number;
  /** What ran after this time counts besides. */
  readonly since: Date;
}

/**
 * Returns what stacks run or may go back to, of each stack and service. A stack that was taken away, or has another
 * name, keeps its last ones under the old name.
 * @param runs of each stack and service newest first
 * @param textOf tells different ones apart
 */
export function recentRuns<What>(
  runs: readonly Run<What>[],
  { depth, since }: Recent,
  textOf: (what: What) => string,
): Run<What>[] {
  return [...byStackAndService(runs).values()].flatMap((own) => {
    const seen = new Set<string>();
    return own.filter(({ what, until }) => {
      const text = textOf(what);
      const isNear = seen.has(text) || seen.size <= depth;
      if (isNear) seen.add(text);
      return isNear || until === undefined || until >= since;
    });
  });
}

/** Returns changes, or runs, by the stack and the service that they are of, in their order. */
function byStackAndService<One extends Pick<Change, "stack" | "service">>(
  changes: readonly One[],
): Map<string, One[]> {
  const found = new Map<string, One[]>();
  for (const change of changes) {
    const key = keyOf(change);
    const own = found.get(key);
    if (own === undefined) found.set(key, [change]);
    else own.push(change);
  }
  return found;
}

function keyOf({ stack, service }: Pick<Change, "stack" | "service">): string {
  return JSON.stringify([stack, service]);
}
