import { findingsError, isError, outsideError } from "../core/error";
import type { Issue } from "../core/input/issue";
import type { MessageTitle } from "../core/promotion/commit-message";
import { refusals } from "../core/promotion/gates";
import {
  proposalOf,
  type Proposal,
  type ProposedText,
  type StackText,
} from "../core/promotion/proposal";
import { withStackText, type Repository } from "../core/repository";
import type { StackPlan } from "../core/stack/plan";
import { openRepository } from "./open";
import { planAndIssues } from "./plan-stacks";
import type { Reporter } from "./reporter";
import type { World } from "./world";

/** An edit of stack configs that was decided: written, refused, or only proposed. */
export interface EditResult {
  readonly proposal: Proposal;
  /** Whether a gate refuses. Then nothing was written. */
  readonly isRefused: boolean;
  /** Each file, in the order in which they are written. */
  readonly files: readonly EditedFile[];
}

/** A stack config as it is after an edit, or as it would be. */
export interface EditedFile {
  /** Absent for a file of the list. */
  readonly stack?: string;
  readonly file: string;
  readonly text: string;
}

/** What is edited, and how. */
export interface StackEdit {
  readonly stacks: readonly string[];
  readonly title: MessageTitle;
  readonly dryRun: boolean;
  /** Decides about one stack under the lock, on its file as it is then. */
  readonly propose: (stack: StackText) => ProposedText | Promise<ProposedText>;
  /** Runs just before the first file is written. */
  readonly prepare?: (proposal: Proposal) => Promise<void>;
}

/**
 * Edits the configs of stacks as proposed: none where a gate refuses or lint would have a new error, else one
 * after the other, each file whole. Where one can't be written the earlier ones stay, and a second run finishes.
 * A second edit of one of the files waits for the first.
 * @throws ReleasesError of kind `findings` when a stack can't be understood, or would have a new error, of kind
 *   `outside` where a file can't be written
 */
export async function editStacks(
  world: World,
  edit: StackEdit,
  report: Reporter,
): Promise<EditResult> {
  const { stacks, title, dryRun, propose, prepare } = edit;
  const act = async (writers: readonly Write[]): Promise<EditResult> => {
    const repository = openRepository(world);
    const proposed: (ProposedText & Edited)[] = [];
    for (const stack of stacks) proposed.push(await proposedFor(world, repository, stack, propose));
    const proposal = proposalOf(title, proposed);
    const isRefused = refusals(proposal.gates).length > 0;
    if (!isRefused) {
      for (const one of proposed) refuseNewErrors(repository, one);
      tellDone(proposed, report);
      if (writers.length > 0) await prepare?.(proposal);
      await writeAll(proposed, writers);
    }
    const files = proposed.map(({ stack, file, text }) => ({ stack, file, text }));
    return { proposal, isRefused, files };
  };
  // Read under the locks: another edit that was written meanwhile must not be lost.
  return dryRun ? act([]) : locked(world, stacks.map(fileOf), act);
}

type Write = (text: string) => Promise<void>;

/** A file before and after an edit. */
interface Edited extends EditedFile {
  readonly stack: string;
  readonly old: string;
  readonly plan: StackPlan;
  readonly issues: readonly Issue[];
}

const fileOf = (stack: string): string => `Pulumi.${stack}.yaml`;

/** Runs `act` while no other run edits the files. They are locked in one order, so that no two runs wait for each other. */
async function locked<Result>(
  { files }: World,
  names: readonly string[],
  act: (writers: readonly Write[]) => Promise<Result>,
): Promise<Result> {
  const writers = new Map<string, Write>();
  const lock = ([first, ...rest]: readonly string[]): Promise<Result> => {
    if (first === undefined) return act(names.flatMap((name) => writers.get(name) ?? []));
    return files.edit(first, (write) => {
      writers.set(first, write);
      return lock(rest);
    });
  };
  return lock([...names].sort());
}

async function proposedFor(
  world: World,
  repository: Repository,
  stack: string,
  propose: StackEdit["propose"],
): Promise<ProposedText & Edited> {
  const file = fileOf(stack);
  const { plan, issues } = planAndIssues(repository, stack);
  if (plan === undefined) throw findingsError(issues);
  const old = world.files.text(file);
  return { stack, file, old, plan, issues, ...(await propose({ file, text: old, plan })) };
}

/** Writes the files that change, one after the other. */
async function writeAll(edited: readonly Edited[], writers: readonly Write[]): Promise<void> {
  const written: string[] = [];
  for (const [index, { file, old, text }] of edited.entries()) {
    const write = writers[index];
    if (write === undefined || text === old) continue;
    try {
      await write(text);
    } catch (cause) {
      if (written.length === 0 || !isError(cause, "outside")) throw cause;
      const found = `${written.join(", ")} ${written.length === 1 ? "is" : "are"} written, ${file} isn't: ${cause.message}; run it again to finish`;
      throw outsideError(found);
    }
    written.push(file);
  }
}

/** Tells which stacks have already what others get now. */
function tellDone(proposed: readonly (ProposedText & Edited)[], report: Reporter): void {
  const moved = new Map(
    proposed
      .filter(({ edits }) => edits.length > 0)
      .flatMap(({ moves }) => moves.map(({ name, to }) => [name, to] as const)),
  );
  for (const { stack, edits, plan } of proposed) {
    if (edits.length > 0) continue;
    const services = plan.deployments.flatMap(({ service: { name }, version }) => {
      return moved.get(name) === version.text ? name : [];
    });
    if (services.length > 0) report.notice({ kind: "already-there", stack, services });
  }
}

/** An error that was there before doesn't stop an edit: the edit may fix it. */
function refuseNewErrors(repository: Repository, { stack, file, text, issues }: Edited): void {
  const bytes = new TextEncoder().encode(text);
  const after = planAndIssues(withStackText(repository, { file, bytes }), stack).issues;
  const known = new Set(issues.map(({ code, message }) => `${code} ${message}`));
  const added = after.filter(
    ({ code, message, severity }) => severity === "error" && !known.has(`${code} ${message}`),
  );
  if (added.length > 0) throw findingsError(added);
}
