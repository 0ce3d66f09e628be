import type { Pending } from "../adapters/intents/intent-store";
import type { ReportedHead } from "../core/resolve/head";

/** Returns what pushes reported of branches, in the order in which they came, whenever they are due. */
export function reportedHeads(pending: readonly Pending[]): ReportedHead[] {
  return [...pending]
    .sort((a, b) => a.receivedAt - b.receivedAt)
    .flatMap(({ intent }) => {
      if (intent.kind !== "push") return [];
      const { repository, branch, before, after } = intent;
      return [
        {
          ...{ repository, branch },
          ...(before !== null && { before }),
          ...(after !== null && { after }),
        },
      ];
    });
}
