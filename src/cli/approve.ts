import type { Command } from "commander";
import { EnvironmentReader } from "../app/environments";
import { approvable, approve } from "../ci/approval";
import { outsideError, usageError } from "../core/error";
import { printable } from "../core/printable";
import { changeText } from "../format/change-report";
import { onRepository, withExample, type Context, type RepositoryOptions } from "./context";
import { EXIT } from "./io";

interface ApproveOptions extends RepositoryOptions {
  readonly fingerprint?: readonly string[];
  readonly history?: string;
  readonly repository?: string;
  readonly yes?: true;
}

/** `approve`: exits with 1 where a gate refuses, and where nobody says yes. */
export function addApprove(program: Command, context: Context): void {
  const command = program.command("approve");
  command
    .description("show what waits for a reviewer in an environment, and approve it at GitHub")
    .argument("<environment>", "environment")
    .option("--fingerprint <sha256...>", "approve no other plan; one for each stack")
    .option("--yes", "ask nothing; it needs --fingerprint")
    .option(
      "--history <folder>",
      "<stack>.json of each stack, as the run left it (default: ask Pulumi)",
    )
    .option("--repository <owner/name>", "the repository that deploys (default: git's origin)");
  onRepository(command);
  withExample(
    command,
    "releases approve production",
    "releases approve production --yes --fingerprint sha256:...",
  );
  command.action(async (environment: string, options: ApproveOptions) => {
    const { io, report } = context;
    const { fingerprint, yes, history } = options;
    if (yes && fingerprint === undefined) throw usageError("--yes needs --fingerprint");
    const world = context.world(options);
    const github = (await world.github())?.repository(
      repositoryOf(options, world.git.githubPage()),
    );
    if (github === undefined) throw outsideError("there is no GITHUB_TOKEN");
    const reader = new EnvironmentReader(world, report);
    const found = await approvable(world, reader, environment, history, github, report);
    io.out(`${printable(found.environment)} waits at ${printable(found.url)}\n`);
    for (const plan of found.plans) io.out(`${changeText(plan)}\n`);
    for (const refusal of found.refusals) io.err(printable(refusal));
    if (found.refusals.length > 0) {
      context.code = EXIT.findings;
      return;
    }
    const answer = yes ? "yes" : await io.ask?.("Approve it? yes or no", "no");
    if (answer === "yes") {
      await approve(found, fingerprint, github);
      io.out(`Approved ${found.environment}: ${found.fingerprints.join(", ")}`);
      return;
    }
    io.err("Nothing was approved; --yes with --fingerprint approves it.");
    context.code = EXIT.findings;
  });
}

function repositoryOf({ repository }: ApproveOptions, page: string | undefined): string {
  if (repository !== undefined) return repository;
  if (page !== undefined) return new URL(page).pathname.slice(1);
  throw usageError("git's origin isn't at GitHub; give --repository owner/name");
}
