import { reasonOf, type GateResult } from "../core/promotion/gates";
import type { Proposal, ProposedText } from "../core/promotion/proposal";
import type { Io, Options } from "../cli/command";
import { moveTable } from "./table";

/** Prints a proposal that was written, or that would be. */
export function showProposal(proposal: ProposedText, { json, dryRun }: Options, io: Io): void {
  const { text: _text, ...printed } = proposal;
  if (json) {
    io.out(JSON.stringify(printed, null, 2));
    return;
  }
  if (showRefusals(proposal.gates, io)) return;
  if (proposal.edits.length === 0) {
    io.out("Nothing to change: it is so already.");
    return;
  }
  showMoves(proposal, io);
  for (const { file, path, from, to } of proposal.edits) {
    io.out(`${file}  ${path}: ${from ?? "(nothing)"} -> ${to ?? "(nothing)"}`);
  }
  io.out(
    dryRun === true
      ? "\nNothing was written (--dry-run). Commit message:\n"
      : "\nCommit it with:\n",
  );
  io.out(indented(proposal.message));
}

/** Prints what gates refuse, each with its reason and with when it will pass. */
export function showRefusals(gates: readonly GateResult[], io: Io): boolean {
  const refused = gates.filter(({ pass }) => !pass);
  for (const result of refused) {
    io.err(`${result.gate} refuses ${result.service}: ${reasonOf(result)}`);
  }
  return refused.length > 0;
}

export function showMoves({ moves, artifacts }: Proposal, io: Io): void {
  if (moves.length > 0) io.out(`${moveTable(moves)}\n`);
  for (const { action, source, target } of artifacts) {
    if (action !== "none") io.out(`${action}  ${source} -> ${target}`);
  }
}

/** Returns a text with each line of it moved to the right. */
export function indented(text: string): string {
  return text.replaceAll(/^(?=.)/gm, "  ");
}
