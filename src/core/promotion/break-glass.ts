import type { Environment } from "../environments";
import type { BreakGlass, Verdict } from "./gate";

/** Returns a verdict, overridden by a reason where the environment lets it count. */
export function overridden(
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
