import * as path from "node:path";
import { InvalidArgumentError } from "commander";
import { PROGRAM } from "../../app/open";
import type { World } from "../../app/world";
import type { Actions } from "../../ci/actions";
import { recordArtifacts } from "../../ci/artifact-records";
import { attestDeployment, signingOf } from "../../ci/attestation";
import {
  type DeploymentPlan,
  beginDeployment,
  endDeployment,
  leavePlanStatuses,
  planDeployments,
} from "../../ci/deployments";
import { resumeDeployments } from "../../ci/resume";
import { isError } from "../../core/error";
import { printable } from "../../core/printable";
import { formatAttested } from "../../format/attested";
import type { Context, RepositoryOptions } from "../context";
import { EXIT } from "../io";
import { type Steps, readerOf, refOf, repositoryOn } from "./step";

/** Where the jobs that may read states left what they read. */
const HISTORY = [
  "--history <folder>",
  "<stack>.json for each stack, as pulumi stack history --json prints it (default: ask Pulumi)",
] as const;

interface HistoryOptions extends RepositoryOptions {
  readonly history?: string;
}

/** Adds the steps of a deployment, from its plan to its record. */
export function addDeployment({ step, context, actions }: Steps): void {
  const { io, report } = context;

  step(
    "deployments",
    "plan what GITHUB_REF deploys, output the stacks of wave1, wave2, ..., leave commit statuses (GATES)",
  )
    .option(...HISTORY)
    .requiredOption("--waves <number>", "how many waves the workflow has jobs for", numberOf)
    .action(async (options: HistoryOptions & { waves: number }) => {
      const world = context.world(options);
      const ref = refOf(actions);
      const reader = readerOf(context, world);
      const appWaits = actions.optional("GATES") === "app";
      const known = { kept: options.history, most: options.waves, appWaits };
      const plan = await planDeployments(world, reader, ref, known, report);
      for (const refusal of plan.refusals) io.err(printable(refusal));
      actions.summarize(plan.text);
      for (let wave = 1; wave <= options.waves; wave += 1)
        actions.output(`wave${wave}`, JSON.stringify(plan.waves[wave - 1] ?? []));
      await leaveStatuses(context, world, actions, plan);
      context.code = plan.refusals.length > 0 ? EXIT.findings : EXIT.fine;
    });

  step("resume", "start deploy.yml again where the time has come that its plan waited for").action(
    async (options: RepositoryOptions) => {
      const world = context.world(options);
      const github = await repositoryOn(world, actions);
      const lines = await resumeDeployments(readerOf(context, world), github, world.now());
      for (const line of lines) io.out(printable(line));
    },
  );

  step("begin", "judge what was approved (SINCE, FINGERPRINT) again, and record that it begins")
    .argument("<stack>")
    .option(...HISTORY)
    .action(async (stack: string, options: HistoryOptions) => {
      const world = context.world(options);
      const [since, fingerprint] = [actions.variable("SINCE"), actions.variable("FINGERPRINT")];
      const approved = { stack, since, fingerprint };
      const github = await repositoryOn(world, actions);
      const reader = readerOf(context, world);
      const at = { ref: refOf(actions), kept: options.history };
      const begun = await beginDeployment(world, reader, approved, at, github, report);
      if (typeof begun === "number") {
        actions.output("deployment", String(begun));
        actions.output("policies", path.join(PROGRAM, "policy"));
        return;
      }
      for (const refusal of begun) io.err(printable(refusal));
      context.code = EXIT.findings;
    });

  step(
    "attest",
    "attest to each image that a stack is about to run, of the gates that let it pass (SINCE)",
  )
    .argument("<stack>")
    .option("--key <file>", "sign with this private key (default: as the workflow that runs)")
    .option(...HISTORY)
    .action(async (stack: string, options: HistoryOptions & { key?: string }) => {
      const world = context.world(options);
      const signing = signingOf(actions, options.key);
      if (signing === undefined) {
        io.err(
          "nothing is attested to: the job has no permission id-token: write, and there is no --key",
        );
        return;
      }
      const server = actions.optional("GITHUB_SERVER_URL") ?? "https://github.com";
      const page = `${server}/${actions.variable("GITHUB_REPOSITORY")}`;
      const since = actions.variable("SINCE");
      const github = (await world.github())?.repository(actions.variable("GITHUB_REPOSITORY"));
      const attestation = { stack, since, page, signing, kept: options.history };
      const reader = readerOf(context, world);
      const result = await attestDeployment(world, reader, attestation, github, report);
      for (const refusal of result.refused) io.err(printable(refusal));
      for (const line of formatAttested(result)) io.out(printable(line));
      context.code = result.refused.length > 0 ? EXIT.findings : EXIT.fine;
    });

  step("record", "record at GitHub which digests a stack runs")
    .argument("<stack>")
    .action(async (stack: string, options: RepositoryOptions) => {
      const world = context.world(options);
      const github = await repositoryOn(world, actions);
      const lines = await recordArtifacts(readerOf(context, world), stack, github);
      for (const line of lines) io.out(printable(line));
    });

  step("end", "record how a deployment ended (ENVIRONMENT_URL)")
    .argument("<deployment>")
    .argument("<outcome>", "success, failure, cancelled or skipped")
    .action(async (deployment: string, outcome: string, options: RepositoryOptions) => {
      const links = { url: actions.optional("ENVIRONMENT_URL"), log: actions.log };
      const github = await repositoryOn(context.world(options), actions);
      await endDeployment(Number(deployment), outcome, links, github);
    });
}

/** Leaves statuses of a plan. Where GitHub doesn't take them that is told: the plan is what counts. */
async function leaveStatuses(
  { io }: Context,
  world: World,
  actions: Actions,
  plan: DeploymentPlan,
): Promise<void> {
  const [repository, commit] = [actions.optional("GITHUB_REPOSITORY"), world.git.commitOf("HEAD")];
  if (repository === undefined || commit === undefined) return;
  try {
    const github = (await world.github())?.repository(repository);
    if (github !== undefined) await leavePlanStatuses(plan, { commit, url: actions.log }, github);
  } catch (cause) {
    if (!isError(cause, "outside")) throw cause;
    io.err(printable(`no status is left: ${cause.message}`));
  }
}

/** Returns the number of an option, from 1 to 99. */
function numberOf(text: string): number {
  if (/^[1-9]\d?$/.test(text)) return Number(text);
  throw new InvalidArgumentError("Give a number from 1 to 99.");
}
