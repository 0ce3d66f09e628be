import * as fs from "node:fs";
import * as path from "node:path";
import { lock } from "proper-lockfile";
import writeFileAtomic from "write-file-atomic";
import type { Issue } from "../core/input/issue";
import type { ProposedText, StackText } from "../core/promotion/proposal";
import { issuesFor, planStack, withStackText, type Repository } from "../core/repository";
import type { Service } from "../core/list/service";
import type { StackPlan } from "../core/stack/plan";
import {
  EXIT,
  FindingsError,
  OutsideError,
  UsageError,
  type ExitCode,
  type Io,
  type Options,
} from "../cli/command";
import { openRepository } from "./open";
import { showProposal } from "../format/print-proposal";

/** Decides what to change in one stack's config. Throws UsageError for names that aren't there. */
export type Propose<Proposed> = (stack: StackText) => Proposed | Promise<Proposed>;

/** What must have happened before a proposal is written. */
export type Prepare<Proposed> = (proposal: Proposed) => Promise<void>;

/**
 * Edits one stack's config as it is proposed: nothing where a gate refuses or the result would have a
 * finding that isn't there now, and else the whole file at once. A second edit waits for the first.
 */
export async function editStack<Proposed extends ProposedText>(
  options: Options,
  io: Io,
  propose: Propose<Proposed>,
  prepare: Prepare<Proposed> = () => Promise.resolve(),
): Promise<ExitCode> {
  if (options.stack === undefined) throw new UsageError("which stack? Say it with --stack");
  const file = `Pulumi.${options.stack}.yaml`;
  const full = path.join(options.path, file);
  if (!fs.existsSync(full)) {
    throw new UsageError(`no stack "${options.stack}": there is no ${file} in ${options.path}`);
  }
  // Read under the lock: what another edit wrote meanwhile must not be lost.
  const release = options.dryRun === true ? undefined : await lockFile(full);
  try {
    const repository = openRepository(options.path);
    const before = planOf(repository, options.stack);
    if (before.plan === undefined) throw new FindingsError(before.issues);
    const text = fs.readFileSync(full, "utf8");
    const proposal = await propose({ file, text, plan: before.plan });
    const refused = proposal.gates.filter(({ pass }) => !pass);
    if (refused.length === 0) {
      const bytes = new TextEncoder().encode(proposal.text);
      const after = withStackText(repository, { file, bytes });
      refuseNewFindings(before.issues, planOf(after, options.stack).issues);
      if (release !== undefined) await prepare(proposal);
      if (release !== undefined && proposal.text !== text) {
        await writeFileAtomic(full, proposal.text);
      }
    }
    showProposal(proposal, options, io);
    return refused.length === 0 ? EXIT.fine : EXIT.findings;
  } finally {
    await release?.();
  }
}

/**
 * Returns a service of a stack's list.
 * @throws UsageError where there is none of the name
 */
export function serviceOf({ list }: StackPlan, name: string): Service {
  const service = list.find((service) => service.name === name);
  if (service === undefined) throw new UsageError(`no service "${name}" in the list`);
  return service;
}

/** Waits for up to ten seconds for another edit of the same file; one that was killed is passed over. */
async function lockFile(file: string): Promise<() => Promise<void>> {
  try {
    return await lock(file, { retries: { retries: 50, factor: 1, minTimeout: 200 } });
  } catch (cause) {
    if (!(cause instanceof Error) || !("code" in cause)) throw cause;
    throw new OutsideError(`${file} is being edited by another run: ${cause.message}. Try again`);
  }
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

/** What was wrong before doesn't stop an edit, which may be what mends it. */
function refuseNewFindings(before: readonly Issue[], after: readonly Issue[]): void {
  const known = new Set(before.map(({ code, message }) => `${code} ${message}`));
  const added = after.filter(
    ({ code, message, severity }) => severity === "error" && !known.has(`${code} ${message}`),
  );
  if (added.length > 0) throw new FindingsError(added);
}
