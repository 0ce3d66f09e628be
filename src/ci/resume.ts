import * as path from "node:path";
import type { GithubRepositoryApi } from "../adapters/github/repository";
import type { EnvironmentReader } from "../app/environments";
import type { Environment } from "../core/environments";
import { planContext, startedAgain, waitsUntil } from "../core/promotion/plan-status";
import { Ref } from "../core/ref";
import { DEPLOY_WORKFLOW } from "../core/verify/promotion-type";

/** What is asked of GitHub, and done there. */
type Waiting = Pick<
  GithubRepositoryApi,
  "statusesOf" | "leaveStatus" | "ranSince" | "startWorkflow"
>;

/** The workflow that deploys, by the name of its file. */
export const DEPLOY_FILE = path.posix.basename(DEPLOY_WORKFLOW);

/** Environments that one run deploys. */
interface Line {
  /** A branch or a tag, by its name at GitHub. */
  readonly ref: string;
  readonly commit: string;
  readonly environments: readonly Environment[];
}

/**
 * Starts the deployment of each ref again whose plan waited for a time that has come, once: what waits is marked, and
 * where a run was started since, by this or by a person, none is. The run makes a new plan, which all gates judge.
 * Returns what was done, a line for each ref that waits or waited.
 * @throws ReleasesError of kind `outside` when GitHub can't be asked
 */
export async function resumeDeployments(
  reader: EnvironmentReader,
  github: Waiting,
  now: Date,
): Promise<string[]> {
  const lines: string[] = [];
  for (const line of linesOf(reader)) lines.push(...(await resume(line, github, now)));
  return lines;
}

async function resume(
  { ref, commit, environments }: Line,
  github: Waiting,
  now: Date,
): Promise<string[]> {
  const statuses = await github.statusesOf(commit);
  const own = environments.flatMap(({ name }) => {
    const status = statuses.get(planContext(name));
    return status === undefined ? [] : [{ name, status, until: waitsUntil(status) }];
  });
  const waiting = own.flatMap(({ name, status, until }) =>
    until === undefined ? [] : [{ name, at: status.at, until }],
  );
  if (waiting.length === 0) return [];
  const names = waiting.map(({ name }) => name).join(", ");
  const failed = own.find(({ status }) => status.state === "failure");
  // The run would end at the same refusal.
  if (failed !== undefined) return [`${names}: ${failed.name} is refused at ${ref}`];
  const until = new Date(Math.max(...waiting.map(({ until }) => until.getTime())));
  if (until > now) return [`${names}: waits until ${until.toISOString()}`];
  const since = new Date(Math.max(...waiting.map(({ at }) => at.getTime())));
  const isStarted = await github.ranSince({ workflow: DEPLOY_FILE, commit, since });
  if (!isStarted) await github.startWorkflow(DEPLOY_FILE, ref);
  for (const { name } of waiting) {
    await github.leaveStatus(commit, { context: planContext(name), ...startedAgain(now) });
  }
  const what = isStarted ? "was started already" : "is started again";
  return [`${names}: the deployment of ${ref} ${what}`];
}

/** Returns the refs of environments, each with the environments that stand there. */
function linesOf(reader: EnvironmentReader): Line[] {
  const lines = new Map<string, Line>();
  for (const environment of reader.environments.values()) {
    const resolved = reader.resolved(environment);
    if (environment.ref === undefined || resolved === undefined) continue;
    const { isPattern } = Ref.ofEnvironment(environment.ref);
    // A clone may have a branch as its remote's alone.
    const ref = isPattern ? resolved.ref.name : environment.ref;
    const { commit } = resolved;
    const key = `${isPattern ? "tag" : "branch"} ${ref}`;
    const { environments = [] } = lines.get(key) ?? {};
    lines.set(key, { ref, commit, environments: [...environments, environment] });
  }
  return [...lines.values()];
}
