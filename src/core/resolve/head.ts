/** What a push said about a branch. */
export interface ReportedHead {
  /** `acme/orders`. */
  readonly repository: string;
  readonly branch: string;
  /** The commit before the push; absent for a new branch. */
  readonly before?: string;
  /** The commit after it; absent where the branch was deleted. */
  readonly after?: string;
}

/** The newest commit of a branch; undefined where there is no such branch. */
export type Head = string | undefined;

/** What the head is, or the question that decides it: whether one commit leads to another. */
export type HeadAnswer =
  | { readonly head: Head }
  | { readonly older: string; readonly newer: string; readonly answer: (leads: boolean) => Head };

/**
 * Returns the head of a branch, by GitHub's answer and by what pushes reported. What was reported counts as long as
 * GitHub's answer is older: pushes are compared with each other, as the time of a commit may be any.
 * @param reported of this branch, in the order in which they came. Deliveries overtake each other, so the order decides
 *   only where the commits don't: a branch went back to where it was, or was made again
 */
export function headFrom(answered: Head, reported: readonly ReportedHead[]): HeadAnswer {
  const reports = reported.map(withoutZeros);
  const tip = newestOf(reports);
  if (tip === undefined || answered === tip.after) return { head: answered };
  if (answered === undefined) return { head: tip.after };
  const passed = reports.flatMap(({ before, after }) => [before, after]);
  if (passed.includes(answered)) return { head: tip.after };
  // Of a deleted branch only the commit before is known.
  const newer = tip.after ?? tip.before;
  if (newer === undefined) return { head: answered };
  return { older: answered, newer, answer: (leads) => (leads ? tip.after : answered) };
}

/** Returns a report in which the commit of zeros, by which GitHub says that there is none, is none. */
function withoutZeros({ before, after, ...branch }: ReportedHead): ReportedHead {
  const isCommit = (commit: string | undefined): commit is string =>
    commit !== undefined && !/^0+$/.test(commit);
  return {
    ...branch,
    ...(isCommit(before) && { before }),
    ...(isCommit(after) && { after }),
  };
}

/** Returns the report that no other one goes on from; of several the last. */
function newestOf(reports: readonly ReportedHead[]): ReportedHead | undefined {
  const tips = reports.filter((one, at) => {
    return !reports.some((other, otherAt) => {
      const isLater = otherAt > at;
      return goesOn(one, other, isLater) && (isLater || !goesOn(other, one, true));
    });
  });
  return tips.at(-1) ?? reports.at(-1);
}

/** Whether a report goes on from another one. After its end a branch can only be made again. */
function goesOn(from: ReportedHead, report: ReportedHead, isLater: boolean): boolean {
  if (from.after !== undefined) return report.before === from.after;
  return isLater && report.before === undefined && report.after !== undefined;
}
