import * as fs from "node:fs";
import * as path from "node:path";
import { InvalidArgumentError, type Command } from "commander";
import { drift } from "../app/drift";
import { PROGRAM } from "../app/open";
import { EnvironmentReader } from "../app/environments";
import { GITHUB_MIRROR, PUBLIC_MIRROR } from "../adapters/sigstore/tuf";
import type { GithubClient } from "../adapters/github/github";
import type { World } from "../app/world";
import { Actions } from "../ci/actions";
import { recordArtifacts } from "../ci/artifact-records";
import { attestDeployment, signingOf } from "../ci/attestation";
import { changedCharts } from "../ci/charts";
import { leaveComments } from "../ci/comments";
import {
  beginDeployment,
  endDeployment,
  leavePlanStatuses,
  planDeployments,
  type DeploymentPlan,
} from "../ci/deployments";
import { reportDrift, writeDrift } from "../ci/drift";
import { deployedJobs, jobsAt, jobsOf, promotingRole, type JobRole } from "../ci/jobs";
import { writePlans } from "../ci/plans";
import { promoteByPullRequest } from "../ci/promotion";
import { proposeNewerRoot } from "../ci/newer-root";
import { verifyAgain, writeSignatures } from "../ci/signatures";
import { fetchRelease, publishRelease, releaseTag } from "../ci/release";
import { repositoriesOf, resolveByPullRequest, resolvingRole } from "../ci/resolution";
import { resumeDeployments } from "../ci/resume";
import { isError, outsideError, usageError } from "../core/error";
import { printable } from "../core/printable";
import { Ref } from "../core/ref";
import { formatAttested } from "../format/attested";
import { mutableTagsIn } from "../core/repository";
import { formatMoves, formatRefusals } from "../format/proposal";
import { formatFinding } from "../format/resolve";
import { onRepository, type Context, type RepositoryOptions } from "./context";
import { EXIT } from "./io";
import { promotionRequestOf, type PromoteOptions } from "./promote";
import { addPublishing } from "./publishing";
import { isSettled } from "./resolve";

const ENVIRONMENT = `
Reads GitHub Actions' own variables, and GITHUB_TOKEN where it asks GitHub about GITHUB_REPOSITORY.
Outputs go to GITHUB_OUTPUT and GITHUB_STEP_SUMMARY, or to stdout where these aren't set.`;

/** Where the jobs that may read states left what they read. */
const HISTORY = [
  "--history <folder>",
  "<stack>.json for each stack, as pulumi stack history --json prints it (default: ask Pulumi)",
] as const;

interface HistoryOptions extends RepositoryOptions {
  readonly history?: string;
}

/** `ci COMMAND`: the steps of pipelines, one command each. */
export function addCi(program: Command, context: Context): void {
  const ci = program.command("ci").description("run a step of a pipeline");
  ci.addHelpText("after", ENVIRONMENT);
  const { io, report } = context;
  const actions = new Actions(process.env, io.out);

  const step = (name: string, description: string): Command =>
    onRepository(ci.command(name).description(description));

  step("stacks", "output the stacks as they are deployed, and what their jobs must know")
    .option(
      "--at-ref",
      "instead, those of the working tree that a deployment of GITHUB_REF asks about",
    )
    .action((options: RepositoryOptions & { atRef?: true }) => {
      const world = context.world(options);
      const reader = readerOf(context, world);
      const jobs = options.atRef ? jobsAt(reader, refOf(actions)) : deployedJobs(world, reader);
      actions.output("stacks", JSON.stringify(jobs));
    });

  step("plans", "write the report of a change, a text for each environment; output its stacks")
    .argument("<folder>")
    .requiredOption("--since <ref>", "the commit that the change starts from")
    .action(async (folder: string, options: RepositoryOptions & { since: string }) => {
      const world = context.world(options);
      const reader = readerOf(context, world);
      const changed = await writePlans(world, folder, reader, options.since, report);
      actions.output("stacks", JSON.stringify(jobsOf(reader.current, changed)));
    });

  step(
    "comments",
    "leave these texts on the pull request of HEAD_OWNER, HEAD_BRANCH, HEAD_COMMIT (RUN_URL)",
  )
    .argument("<folder>")
    .action(async (folder: string, options: RepositoryOptions) => {
      const world = context.world(options);
      const known = [...readerOf(context, world).environments.keys()];
      const head = {
        owner: actions.variable("HEAD_OWNER"),
        branch: actions.variable("HEAD_BRANCH"),
        commit: actions.variable("HEAD_COMMIT"),
      };
      const url = actions.variable("RUN_URL");
      const github = await repositoryOn(world, actions);
      for (const line of await leaveComments(folder, known, { head, url }, github))
        io.out(printable(line));
    });

  step("check-drift", "write the drift of a stack into a folder")
    .argument("<stack>")
    .argument("<folder>")
    .action(async (stack: string, folder: string, options: RepositoryOptions) => {
      writeDrift(folder, stack, await drift(context.world(options), stack, report));
    });

  step("report-drift", "keep one issue about the drift in a folder")
    .argument("<folder>")
    .action(async (folder: string, options: RepositoryOptions) => {
      const world = context.world(options);
      const stacks = deployedJobs(world, readerOf(context, world)).map(({ stack }) => stack);
      io.out(await reportDrift(folder, stacks, await repositoryOn(world, actions)));
    });

  step("check-signatures", "write which signatures of a stack don't count into a folder")
    .argument("<stack>")
    .argument("<folder>")
    .action(async (stack: string, folder: string, options: RepositoryOptions) => {
      const world = context.world(options);
      // Without it nobody knows which attestations GitHub has.
      await connected(world);
      await writeSignatures(world, readerOf(context, world), folder, stack, report);
    });

  step(
    "verify",
    "keep one issue about signatures that don't count, and propose to take their evidence back",
  )
    .argument("[folder]", "what check-signatures wrote of each stack (default: ask about all)")
    .action(async (folder: string | undefined, options: RepositoryOptions) => {
      const world = context.world(options);
      const at = { github: await repositoryOn(world, actions), into: branchOf(actions) };
      const lines = await verifyAgain(world, readerOf(context, world), folder, at, report);
      for (const line of lines) io.out(printable(line));
    });

  step(
    "refresh-root",
    "propose a newer trust root into GITHUB_REF, with the records that it verifies",
  )
    .option(
      "--tuf <url...>",
      "TUF repositories to ask; the root to begin with is <host>.json beside the trust root",
      [PUBLIC_MIRROR, GITHUB_MIRROR],
    )
    .action(async (options: RepositoryOptions & { tuf: string[] }) => {
      const world = context.world(options);
      const at = { github: await repositoryOn(world, actions), into: branchOf(actions) };
      const reader = readerOf(context, world);
      for (const line of await proposeNewerRoot(world, reader, options.tuf, at, report))
        io.out(printable(line));
    });

  step("charts", "refuse charts of the repository that changed under the same version")
    .requiredOption("--since <ref>", "the commit that the change starts from")
    .action((options: RepositoryOptions & { since: string }) => {
      const world = context.world(options);
      const refusals = changedCharts(world, readerOf(context, world).current, options.since);
      for (const refusal of refusals) io.err(printable(refusal));
      context.code = refusals.length > 0 ? EXIT.findings : EXIT.fine;
    });

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

  step(
    "promote",
    "open the pull request of a promotion into GITHUB_REF; all services without a name",
  )
    .argument("[service...]")
    .option("--from <environment>", "where they come from (default: as the promotion path says)")
    .option("--to <environment>", "where they go to")
    .option("--ready", "leave out what a gate refuses")
    .option("--break-glass <reason>", "override freezes and soaking; the commit records the reason")
    .option("--artifacts", "tag and copy the images that the target's registry lacks")
    .option("--role", "instead, output the role of AWS that does so, and its region")
    .action(async (services: string[], options: PromoteOptions & { role?: true }) => {
      if (options.role === true) {
        const { to } = options;
        if (to === undefined) throw usageError("--to is required");
        outputRole(actions, promotingRole(readerOf(context, context.world(options)), to));
        return;
      }
      const all = services.length === 0 ? { all: true as const } : {};
      const request = promotionRequestOf(services, { ...options, ...all });
      const into = branchOf(actions);
      const world = context.world(options);
      const github = await repositoryOn(world, actions);
      const { result, done } = await promoteByPullRequest(world, request, into, github, report);
      if (result.kind === "refused") {
        for (const line of formatRefusals(result.proposal)) io.err(line);
        context.code = EXIT.findings;
        return;
      }
      if (result.kind !== "nothing") io.out(formatMoves(result.proposal).join("\n"));
      io.out(done);
    });

  step("resolve", "keep a pull request for each stack that is deployed from GITHUB_REF")
    .option("--branch <name>", "the branch that the repository is checked out from, in its place")
    .option("--repositories", "instead, output the repositories that it asks, and its role of AWS")
    .action(async (options: RepositoryOptions & { branch?: string; repositories?: true }) => {
      const into = options.branch ?? branchOf(actions);
      const world = context.world(options);
      if (options.repositories) {
        actions.output("repositories", repositoriesOf(world, into).join(","));
        outputRole(actions, resolvingRole(world, into));
        return;
      }
      const github = await pullRequestsOn(world, actions);
      for (const resolved of await resolveByPullRequest(world, { into }, github, report)) {
        const { stack, result, done } = resolved;
        for (const finding of result.findings) io.err(formatFinding(finding));
        if (result.isRefused) for (const line of formatRefusals(result.proposal)) io.err(line);
        io.out(printable(`${stack}: ${done}`));
        if (!isSettled(result)) context.code = EXIT.findings;
      }
    });

  step("release", "publish the files of a folder as the release of GITHUB_REF")
    .argument("<folder>")
    .requiredOption("--notes <file>", "the notes of the release, in Markdown")
    .action(async (folder: string, options: RepositoryOptions & { notes: string }) => {
      const release = {
        ref: refOf(actions),
        commit: actions.variable("GITHUB_SHA"),
        notes: fs.readFileSync(options.notes, "utf8"),
      };
      const world = context.world(options);
      const { environments, current } = readerOf(context, world);
      const rules = { environments, mutableTags: mutableTagsIn(current) };
      const releases = await releasesOn(world, actions);
      const published = await publishRelease(folder, release, rules, releases);
      if ("address" in published) return io.out(published.address);
      io.err(published.refusal);
      context.code = EXIT.findings;
    });

  step("fetch", "download the release of GITHUB_REF, and compare it with its checksums")
    .argument("<folder>")
    .action(async (folder: string, options: RepositoryOptions) => {
      const releases = await releasesOn(context.world(options), actions);
      const wrong = await fetchRelease(folder, tagOf(actions), releases);
      for (const line of wrong) io.err(printable(line));
      context.code = wrong.length > 0 ? EXIT.findings : EXIT.fine;
    });

  step("start", "start a workflow at the release of GITHUB_REF")
    .argument("<workflow>", "its file, such as deploy.yml")
    .action(async (workflow: string, options: RepositoryOptions) => {
      const github = await repositoryOn(context.world(options), actions);
      await github.startWorkflow(workflow, tagOf(actions));
    });

  addPublishing(step, context, actions);
}

/** Outputs the role of a job and its region; empty texts where it needs none. */
function outputRole(actions: Actions, role: JobRole | undefined): void {
  actions.output("role", role?.arn ?? "");
  actions.output("region", role?.region ?? "");
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

/** Returns the environments of a repository. Its findings are for the reports, and stop no step. */
function readerOf({ report }: Context, world: World): EnvironmentReader {
  return new EnvironmentReader(world, report, () => false);
}

async function connected(world: World, token?: string): Promise<GithubClient> {
  const github = await world.github(token);
  if (github === undefined) throw outsideError("there is no GITHUB_TOKEN");
  return github;
}

async function repositoryOn(world: World, actions: Actions) {
  return (await connected(world)).repository(actions.variable("GITHUB_REPOSITORY"));
}

/** Returns the repository, to be written to with PULL_REQUESTS_TOKEN where GITHUB_TOKEN may only read. */
async function pullRequestsOn(world: World, actions: Actions) {
  const github = await connected(world, actions.optional("PULL_REQUESTS_TOKEN"));
  return github.repository(actions.variable("GITHUB_REPOSITORY"));
}

async function releasesOn(world: World, actions: Actions) {
  return (await connected(world)).releases(actions.variable("GITHUB_REPOSITORY"));
}

/** Returns the number of an option, from 1 to 99. */
function numberOf(text: string): number {
  if (/^[1-9]\d?$/.test(text)) return Number(text);
  throw new InvalidArgumentError("Give a number from 1 to 99.");
}

/** Returns the branch or the tag of GITHUB_REF; other refs, such as those of pull requests, are refused. */
function refOf(actions: Actions): Ref {
  const name = actions.variable("GITHUB_REF");
  const ref = Ref.parse(name);
  if (ref === undefined)
    throw usageError(`GITHUB_REF is ${name}, which is neither a branch nor a tag`);
  return ref;
}

/** Returns the branch of GITHUB_REF. */
function branchOf(actions: Actions): string {
  const { kind, name } = refOf(actions);
  if (kind !== "branch") throw usageError(`GITHUB_REF is the ${kind} ${name}; use a branch`);
  return name;
}

/** Returns the tag of the release of GITHUB_REF. */
function tagOf(actions: Actions): string {
  const ref = refOf(actions);
  const tag = releaseTag(ref);
  if (tag === undefined) throw usageError(`${ref.name} has no release`);
  return tag;
}
