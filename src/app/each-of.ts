import type { Progress, Reporter } from "./reporter";

/** Questions that are open at once: registries and GitHub slow down whoever asks more. */
const CONCURRENCY = 8;

/** Returns the results for items in their order. After a failure no further one is begun. */
export function eachOf<Item, Result>(
  items: readonly Item[],
  activity: Progress["activity"],
  report: Reporter,
  act: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  return withConcurrency(CONCURRENCY, items, activity, report, act);
}

/** As `eachOf`, one item after the other. */
export function inTurn<Item, Result>(
  items: readonly Item[],
  activity: Progress["activity"],
  report: Reporter,
  act: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  return withConcurrency(1, items, activity, report, act);
}

async function withConcurrency<Item, Result>(
  concurrency: number,
  items: readonly Item[],
  activity: Progress["activity"],
  report: Reporter,
  act: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const { default: pMap } = await import("p-map");
  let done = 0;
  const tell = (): void => report.progress({ activity, done, total: items.length });
  tell();
  try {
    return await pMap(
      items,
      async (item) => {
        const result = await act(item);
        done++;
        tell();
        return result;
      },
      { concurrency },
    );
  } finally {
    report.progress(undefined);
  }
}
