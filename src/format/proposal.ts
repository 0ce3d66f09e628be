import { printable, printableLines } from "../core/printable";
import { formatRefusal, refusals } from "../core/promotion/gates";
import type { Proposal } from "../core/promotion/proposal";
import { moveTable } from "./table";
import { indented } from "./text";

/** Returns a proposal that was written, or would be with `dryRun`. */
export function formatEdit(proposal: Proposal, dryRun: boolean): string {
  if (proposal.edits.length === 0) return "Already up to date.";
  const edits = proposal.edits.map(({ file, path, from, to }) =>
    printable(`${file}  ${path}: ${from ?? "(nothing)"} -> ${to ?? "(nothing)"}`),
  );
  const next = dryRun ? "Nothing was written (--dry-run). Commit message:" : "Commit it with:";
  return [
    ...formatMoves(proposal),
    ...edits,
    "",
    next,
    "",
    indented(printableLines(proposal.message)),
  ].join("\n");
}

/** Returns the moves of a proposal and the images that they need, each part with a line after it. */
export function formatMoves({ moves, artifacts }: Proposal): string[] {
  const todo = artifacts.filter(({ action }) => action !== "none");
  return [
    ...(moves.length > 0 ? [moveTable(moves), ""] : []),
    ...todo.map(({ action, source, target }) => printable(`${action}  ${source} -> ${target}`)),
    ...(todo.length > 0 ? [""] : []),
  ];
}

/** Returns the refusals of a proposal, each with its reason and with when it will pass; of several stacks with which. */
export function formatRefusals({ gates }: Pick<Proposal, "gates">): string[] {
  const hasStacks = new Set(gates.map(({ stack }) => stack)).size > 1;
  return refusals(gates).map((refusal) => {
    return printable((hasStacks ? `${refusal.stack}: ` : "") + formatRefusal(refusal));
  });
}
