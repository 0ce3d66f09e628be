import type { World } from "../../app/world";
import type { Actions } from "../../ci/actions";
import { type JobRole, promotingRole } from "../../ci/jobs";
import { promoteByPullRequest } from "../../ci/promotion";
import { repositoriesOf, resolveByPullRequest, resolvingRole } from "../../ci/resolution";
import { usageError } from "../../core/error";
import { printable } from "../../core/printable";
import { formatMoves, formatRefusals } from "../../format/proposal";
import { formatFinding } from "../../format/resolve";
import type { RepositoryOptions } from "../context";
import { EXIT } from "../io";
import { type PromoteOptions, promotionRequestOf } from "../promote";
import { isSettled } from "../resolve";
import { type Steps, branchOf, connected, readerOf, repositoryOn } from "./step";

/** Adds the steps that propose pins by pull request. */
export function addProposals({ step, context, actions }: Steps): void {
  const { io, report } = context;

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
}

/** Outputs the role of a job and its region; empty texts where it needs none. */
function outputRole(actions: Actions, role: JobRole | undefined): void {
  actions.output("role", role?.arn ?? "");
  actions.output("region", role?.region ?? "");
}

/** Returns the repository, to be written to with PULL_REQUESTS_TOKEN where GITHUB_TOKEN may only read. */
async function pullRequestsOn(world: World, actions: Actions) {
  const github = await connected(world, actions.optional("PULL_REQUESTS_TOKEN"));
  return github.repository(actions.variable("GITHUB_REPOSITORY"));
}
