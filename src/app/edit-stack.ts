import { findingsError } from "../core/error";
import type { Issue } from "../core/input/issue";
import { refusals } from "../core/promotion/gates";
import type { Proposal, ProposedText, StackText } from "../core/promotion/proposal";
import { issuesFor, planStack, withStackText, type Repository } from "../core/repository";
import type { StackPlan } from "../core/stack/plan";
import { openRepository } from "./open";
import type { World } from "./world";

/** An edit of one stack's config that was decided: written, refused, or only proposed. */
export interface EditResult {
  readonly stack: string;
  readonly proposal: Proposal;
  /** Whether a gate refuses. Then nothing was written. */
  readonly isRefused: boolean;
  /** The file as it is after the edit, or as it would be. */
  readonly file: string;
  readonly text: string;
}

/**
 * Edits one stack's config as proposed: not at all where a gate refuses or lint would have a new error,
 * else the whole file at once. A second edit of the file waits for the first.
 * @param propose decides under the lock, on the file as it is then
 * @param prepare runs just before the file is written
 * @throws ReleasesError of kind `findings` when the stack can't be understood, or would have a new error
 */
export async function editStack(
  world: World,
  stack: string,
  dryRun: boolean,
  propose: (stack: StackText) => ProposedText | Promise<ProposedText>,
  prepare: (proposal: Proposal) => Promise<void> = () => Promise.resolve(),
): Promise<EditResult> {
  const file = `Pulumi.${stack}.yaml`;
  const edit = async (write?: (text: string) => Promise<void>): Promise<EditResult> => {
    const repository = openRepository(world);
    const before = planOf(repository, stack);
    if (before.plan === undefined) throw findingsError(before.issues);
    const old = world.files.text(file);
    const { text, ...proposal } = await propose({ file, text: old, plan: before.plan });
    const isRefused = refusals(proposal.gates).length > 0;
    if (!isRefused) {
      const bytes = new TextEncoder().encode(text);
      refuseNewErrors(
        before.issues,
        planOf(withStackText(repository, { file, bytes }), stack).issues,
      );
      if (write !== undefined) await prepare(proposal);
      if (write !== undefined && text !== old) await write(text);
    }
    return { stack, proposal, isRefused, file, text };
  };
  // Read under the lock: another edit that was written meanwhile must not be lost.
  return dryRun ? edit() : world.files.edit(file, edit);
}

function planOf(
  repository: Repository,
  stack: string,
): { plan: StackPlan | undefined; issues: Issue[] } {
  const values = repository.stacks.get(stack);
  const planned =
    values === undefined ? { plan: undefined, issues: [] } : planStack(repository, values);
  return { plan: planned.plan, issues: [...issuesFor(repository, stack), ...planned.issues] };
}

/** An error that was there before doesn't stop an edit: the edit may fix it. */
function refuseNewErrors(before: readonly Issue[], after: readonly Issue[]): void {
  const known = new Set(before.map(({ code, message }) => `${code} ${message}`));
  const added = after.filter(
    ({ code, message, severity }) => severity === "error" && !known.has(`${code} ${message}`),
  );
  if (added.length > 0) throw findingsError(added);
}
