import type { PendingDeployment } from "../adapters/github/pending-deployments";
import type { GithubRepositoryApi } from "../adapters/github/repository";
import { reportChanges, type ChangeReport } from "../app/report/change-report";
import type { CheckSource } from "../app/promotion/checks";
import type { Approvals } from "../app/promotion/broken-glass";
import type { EnvironmentReader } from "../app/environments";
import { stacksOfEnvironment } from "../app/plan-stacks";
import type { Reporter } from "../app/reporter";
import type { World } from "../app/world";
import { findingsError, usageError } from "../core/error";
import { formatRefusal } from "../core/promotion/gates";
import { Ref } from "../core/ref";
import { deployedCommit, updatesFor } from "./deployed";
import { DEPLOY_FILE } from "./resume";

/** What is asked of GitHub about a deployment that waits. */
type WaitingDeployments = CheckSource & Approvals & Pick<GithubRepositoryApi, "pendingDeployment">;

/** A deployment that waits for a reviewer, and what it does. */
export interface Approvable {
  readonly environment: string;
  /** GitHub's number of the environment. */
  readonly id: number;
  readonly run: number;
  readonly url: string;
  /** Of each stack of the environment, since its last update: what the run plans, made anew. */
  readonly plans: readonly ChangeReport[];
  /** Of the plans, sorted. */
  readonly fingerprints: readonly string[];
  /** By gates, a line each: such a deployment isn't approved. */
  readonly refusals: readonly string[];
}

/**
 * Returns what waits for a reviewer in an environment: the deployment of the newest run at its ref, with the plan that
 * this clone makes of the run's commit.
 * @param kept a folder of earlier answers of states, `<stack>.json`; without it the Pulumi CLI is asked
 * @throws ReleasesError of kind `usage` where nothing waits, or the clone isn't at the run's commit, of kind `findings`
 *   where the commit can't be declared, of kind `outside` where GitHub or a state can't be asked
 */
export async function approvable(
  world: World,
  reader: EnvironmentReader,
  name: string,
  kept: string | undefined,
  github: WaitingDeployments,
  report: Reporter,
): Promise<Approvable> {
  const { environment, stack: one } = reader.place(name);
  if (one !== undefined) throw usageError(`${name} is a stack; approve ${environment.name}`);
  const ref = refOf(reader, name);
  const about = { workflow: DEPLOY_FILE, ref, environment: name };
  const waiting = await github.pendingDeployment(about);
  if (waiting?.environment === undefined) {
    const what = waiting === undefined ? `no run deploys ${ref}` : `${waiting.url} doesn't wait`;
    throw usageError(`nothing of ${name} waits for an approval: ${what}`);
  }
  if (!waiting.canApprove) {
    throw usageError(`${waiting.url} waits for ${name}, and not for you: its reviewers approve it`);
  }
  checkClone(world, ref, waiting);
  const plans: ChangeReport[] = [];
  const stacks = stacksOfEnvironment(reader.current, name);
  for (const stack of stacks) {
    const updates = updatesFor(world, reader, { stack, environment: name }, kept, report);
    const since = deployedCommit(world, stack, updates);
    const known = { updates, approvals: github, checks: github };
    plans.push(await reportChanges(world, reader, since, [stack], report, known));
  }
  const { unreadable } = reader.inWorkingTree(environment);
  if (unreadable.length > 0) throw findingsError(unreadable);
  if (stacks.length === 0) throw usageError(`${name} has no stack config, so there is no plan`);
  return {
    environment: name,
    id: waiting.environment,
    run: waiting.run,
    url: waiting.url,
    plans,
    fingerprints: [...new Set(plans.map(({ fingerprint }) => fingerprint))].sort(),
    refusals: plans.flatMap(({ stacks }) =>
      Object.entries(stacks).flatMap(([stack, { refused }]) =>
        refused.map((refusal) => `${stack}: ${formatRefusal(refusal)}`),
      ),
    ),
  };
}

/**
 * Approves what waits.
 * @param expected the fingerprints that were read before; without them those of the plans, which were shown
 * @throws ReleasesError of kind `usage` where a gate refuses, and where the plans have other fingerprints, of kind
 *   `outside` where GitHub refuses
 */
export async function approve(
  { environment, id, run, fingerprints, refusals }: Approvable,
  expected: readonly string[] | undefined,
  github: Pick<GithubRepositoryApi, "approveDeployment">,
): Promise<void> {
  const [refusal] = refusals;
  if (refusal !== undefined) throw usageError(`a gate refuses: ${refusal}`);
  const [own, given] = [fingerprints, expected ?? fingerprints].map((all) =>
    [...new Set(all)].sort().join(" "),
  );
  if (own !== given) {
    throw usageError(`the plan of ${environment} is ${own}, and not ${given}; read it again`);
  }
  const comment = `Approved by releases approve for the plan ${fingerprints.join(", ")}`;
  await github.approveDeployment({ run, environment: id, comment });
}

/** Returns the branch or the tag at which an environment is deployed, by its name at GitHub. */
function refOf(reader: EnvironmentReader, name: string): string {
  const { environment } = reader.place(name);
  const { ref } = environment;
  if (ref === undefined) throw usageError(`${name} has no ref, so no workflow deploys it`);
  if (!Ref.ofEnvironment(ref).isPattern) return ref;
  const tag = reader.resolved(environment)?.ref.name;
  if (tag === undefined) throw usageError(`${name}: no tag matches ${ref}; fetch the tags`);
  return tag;
}

/** Refuses a clone that has another commit than the run: its plan would be another one. */
function checkClone({ git }: World, ref: string, { commit, url }: PendingDeployment): void {
  const head = git.commitOf("HEAD");
  if (head !== commit) {
    const way = `git fetch --tags && git checkout --detach ${commit}`;
    throw usageError(
      `${url} deploys ${commit} of ${ref}, and this clone is at ${head ?? "no commit"}; ${way}`,
    );
  }
  if (!git.isClean()) {
    throw usageError(
      "the folder has changes that aren't committed; stash them, so that the plan is the run's",
    );
  }
}
