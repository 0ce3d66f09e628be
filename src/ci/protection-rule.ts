import type { GithubRepositoryApi } from "../adapters/github/repository";
import { reportChanges } from "../app/report/change-report";
import type { EnvironmentReader } from "../app/environments";
import { stacksOfEnvironment } from "../app/plan-stacks";
import type { Reporter } from "../app/reporter";
import type { World } from "../app/world";
import type { Environment } from "../core/environments";
import { isError, type ReleasesError } from "../core/error";
import { formatIssue } from "../core/input/issue";
import { formatRefusal } from "../core/promotion/gates";
import type { ProtectionRule } from "../core/receive/intent";
import { DEPLOY_WORKFLOW } from "../core/verify/promotion-type";
import { deployedCommit, updatesFor } from "./deployed";

/** What became of a deployment that waits for a protection rule. */
export type RuleOutcome =
  /**
   * It is approved, if only by the App, or waits no more: it is another run, of another workflow, or of a commit of the
   * past.
   */
  | { readonly kind: "done"; readonly reason: string }
  /** A gate refuses. */
  | {
      readonly kind: "waits";
      /** What is to be read in the dialog. */
      readonly said: string;
      /** When to ask again, where time alone decides; undefined where something else has to happen first. */
      readonly passesAt: Date | undefined;
      /** Why it couldn't be reported; undefined where it was, now or before. */
      readonly untold?: ReleasesError;
    };

/** What is asked and told about a deployment that waits. */
type RuleSource = Pick<GithubRepositoryApi, "waitingRun" | "answerRule" | "checksOn">;

/**
 * Approves a deployment whose gates pass, and otherwise reports in GitHub's own dialog which refuse and until when; the
 * same report isn't made twice, and an attempt of a run is approved once. It never rejects: who pushed decides whether
 * to wait. `ci begin` judges again after the approval, and refuses any other plan than the one that was approved.
 * @param reader of the commit that is deployed
 * @throws ReleasesError of kind `outside` where what is deployed isn't known, and where GitHub can't be asked
 */
export async function answerProtectionRule(
  world: World,
  reader: EnvironmentReader,
  rule: ProtectionRule,
  github: RuleSource,
  report: Reporter,
): Promise<RuleOutcome> {
  const { run, environment: name, commit } = rule;
  const waiting = await github.waitingRun(run, name);
  if (waiting === undefined) return done(`the run ${run} waits for ${name} no more`);
  if (waiting.commit !== commit) return done(`the run ${run} is of ${waiting.commit}`);
  // In another one no gate would be asked again before `up`.
  if (waiting.workflow !== DEPLOY_WORKFLOW)
    return done(`${waiting.workflow} isn't the deploy workflow`);
  const environment = reader.environments.get(name);
  if (environment === undefined) return done(`${name} is no environment of the promotion path`);
  const current = reader.resolved(environment)?.commit;
  if (current !== commit) return done(`${name} is at ${current ?? "no commit"} now`);
  const beginning = `All gates pass in attempt ${waiting.attempt}, for the plan `;
  if (waiting.approvals.some((comment) => comment.startsWith(beginning)))
    return done(`the run ${run} is approved, and waits for others`);
  const { fingerprints, refused } = await judge(world, reader, environment, github, report);
  if (refused.length === 0) {
    const comment = `${beginning}${fingerprints.join(", ")}.`;
    await github.answerRule({ run, environment: name, isApproved: true, comment });
    return done(comment);
  }
  const said = refused.map((one) => `- ${one.line}`).join("\n");
  const passesAt = latest(refused);
  if (rule.said === null || said === rule.said) return { kind: "waits", said, passesAt };
  try {
    await github.answerRule({ run, environment: name, isApproved: false, comment: said });
    return { kind: "waits", said, passesAt };
  } catch (untold) {
    // GitHub takes ten reports of one deployment. One that is missing mustn't keep it from being approved in time.
    if (!isError(untold, "outside")) throw untold;
    return { kind: "waits", said, passesAt, untold };
  }
}

function done(reason: string): RuleOutcome {
  return { kind: "done", reason };
}

interface Refused {
  readonly line: string;
  readonly passesAt: string | null;
}

/**
 * Judges what the stacks of an environment would get, each since its own last update. A stack that can't be read
 * or declared is refused: nobody knows what it would get.
 */
async function judge(
  world: World,
  reader: EnvironmentReader,
  environment: Environment,
  checks: RuleSource,
  report: Reporter,
): Promise<{ fingerprints: string[]; refused: Refused[] }> {
  const { name } = environment;
  const unreadable = reader.inWorkingTree(environment).unreadable.map(formatIssue);
  const stacks = stacksOfEnvironment(reader.current, name);
  const isEmpty = stacks.length === 0 && unreadable.length === 0;
  const unknown = isEmpty ? [`${name} has no stack config`] : unreadable;
  const refused: Refused[] = unknown.map((line) => ({ line, passesAt: null }));
  const fingerprints: string[] = [];
  for (const stack of stacks) {
    const updates = updatesFor(world, reader, { stack, environment: name }, undefined, report);
    const since = deployedCommit(world, stack, updates);
    const known = { updates, checks };
    try {
      const changes = await reportChanges(world, reader, since, [stack], report, known);
      fingerprints.push(changes.fingerprint);
      for (const refusal of changes.stacks[stack]?.refused ?? []) {
        const { passesAt } = refusal;
        refused.push({ line: `${stack}: ${formatRefusal(refusal)}`, passesAt });
      }
    } catch (cause) {
      // What can't be declared has no plan, and somebody has to mend it.
      if (!isError(cause, "findings")) throw cause;
      const errors = cause.issues.filter(({ severity }) => severity === "error");
      refused.push(...errors.map((issue) => ({ line: formatIssue(issue), passesAt: null })));
    }
  }
  return { fingerprints, refused };
}

/** Returns when the last of them passes; undefined where one doesn't pass by itself. */
function latest(refused: readonly Refused[]): Date | undefined {
  const times = refused.map(({ passesAt }) => (passesAt === null ? NaN : Date.parse(passesAt)));
  const last = Math.max(...times);
  return Number.isNaN(last) ? undefined : new Date(last);
}
