import { createHash } from "node:crypto";
import type { GithubRepositoryApi } from "../adapters/github/repository";
import { bringArtifacts } from "../app/promotion/artifact-evidence";
import { promote, type PromotionRequest, type PromotionResult } from "../app/promotion/promote";
import type { Reporter } from "../app/reporter";
import type { World } from "../app/world";
import type { Proposal } from "../core/promotion/proposal";
import { proposeFiles, titleAndBody } from "./proposed-files";

/**
 * Promotes services by pull request: the pins on a branch of one commit, or the merge of a branch. The
 * working tree stays as it is. Returns the promotion and what was done about it, in a line; a tag can only
 * be made by hand, and its commands are returned.
 * @param into the branch of the working tree
 */
export async function promoteByPullRequest(
  world: World,
  request: PromotionRequest,
  into: string,
  github: GithubRepositoryApi,
  report: Reporter,
): Promise<{ result: PromotionResult; done: string }> {
  const result = await promote(world, { ...request, dryRun: true }, report);
  if (result.kind === "nothing") return { result, done: "Nothing to promote." };
  if (result.kind === "refused") return { result, done: "" };
  if (request.artifacts && !request.dryRun) {
    await bringArtifacts(world, result.proposal.artifacts, report);
  }
  return { result, done: await propose(world, result, into, github) };
}

async function propose(
  world: World,
  result: Extract<PromotionResult, { kind: "pins" | "ref" }>,
  into: string,
  github: GithubRepositoryApi,
): Promise<string> {
  const { message } = result.proposal;
  if (result.kind === "ref") {
    const { action, from, name, commands } = result.ref;
    if (action === "merge") {
      return github.proposeChange({ branch: from, into: name, ...titleAndBody(message) });
    }
    return `This promotion is a tag, which is made by hand:\n\n${commands.join("\n")}`;
  }
  const branch = branchOf(result.to, result.proposal);
  const files = new Map(result.files.map(({ file, text }) => [file, text]));
  return proposeFiles(world, { branch, into, message, files }, github);
}

/** Returns the branch of a promotion: the same for the same services of the same place. */
function branchOf(to: string, { moves }: Proposal): string {
  const names = [...new Set(moves.map(({ name }) => name))].sort();
  const [only] = names;
  if (only !== undefined && names.length === 1) return `promote/${to}/${only}`;
  const hash = createHash("sha256").update(names.join(" ")).digest("hex");
  return `promote/${to}/${hash.slice(0, SHORT_HASH)}`;
}

/** Digits that tell promotions apart which are open at the same time. */
const SHORT_HASH = 8;
