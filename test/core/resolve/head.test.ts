import assert from "node:assert/strict";
import { headFrom, type Head, type ReportedHead } from "../../../src/core/resolve/head";

const report = (before: string | undefined, after: string | undefined): ReportedHead => ({
  ...{ repository: "acme/orders", branch: "main" },
  ...(before !== undefined && { before }),
  ...(after !== undefined && { after }),
});

/** Returns the head, or the question. */
function decided(answered: Head, ...reports: ReportedHead[]): string {
  const answer = headFrom(answered, reports);
  if ("head" in answer) return answer.head ?? "deleted";
  const [yes, no] = [answer.answer(true), answer.answer(false)].map((head) => head ?? "deleted");
  return `does ${answer.older} lead to ${answer.newer}: ${yes ?? ""}, else ${no ?? ""}`;
}

describe("the head of a branch", () => {
  const rows: readonly [string, string][] = [
    [decided("A"), "A"],
    [decided(undefined), "deleted"],
    [decided("B", report("A", "B")), "B"],
    [decided("A", report("A", "B")), "B"],
    [decided("A", report("B", "C"), report("A", "B")), "C"],
    [decided("B", report("A", "B"), report("B", "C")), "C"],
    // A new branch that GitHub doesn't show yet.
    [decided(undefined, report(undefined, "A")), "A"],
    [decided("X", report("A", "B")), "does X lead to B: B, else X"],
    // The branch was deleted, and GitHub still shows it, or it was made again.
    [decided("A", report("A", undefined)), "deleted"],
    [decided("X", report("A", undefined)), "does X lead to A: deleted, else X"],
    [decided(undefined, report("A", undefined)), "deleted"],
    [decided("A", report("A", "0".repeat(40))), "deleted"],
    [decided("X", report("0".repeat(40), "A")), "does X lead to A: A, else X"],
    // Back to where it was, by force: the last report counts.
    [decided("B", report("A", "B"), report("B", "A")), "A"],
    [decided("A", report("A", "B"), report("B", "A")), "A"],
    [decided("A", report("A", "B"), report("B", "C"), report("C", "A")), "A"],
    // Deleted and restored, made again at another commit, and made and deleted.
    [decided("A", report("A", undefined), report(undefined, "A")), "A"],
    [decided(undefined, report("A", undefined), report(undefined, "A")), "A"],
    [decided("A", report("A", undefined), report(undefined, "B")), "B"],
    [decided("A", report("A", undefined), report(undefined, "B"), report("B", "C")), "C"],
    [decided("A", report(undefined, "A"), report("A", undefined)), "deleted"],
    [decided("B", report(undefined, "A"), report("A", "B"), report("B", undefined)), "deleted"],
    [
      decided("B", report("A", undefined), report(undefined, "B"), report("B", undefined)),
      "deleted",
    ],
  ];
  for (const [found, expected] of rows) it(expected, () => assert.equal(found, expected));
});
