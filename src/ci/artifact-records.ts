import type { GithubRepositoryApi } from "../adapters/github/repository";
import type { EnvironmentReader } from "../app/environments";
import { planOf } from "../app/plan-stacks";
import { isError, usageError } from "../core/error";
import { signedOf } from "../core/verify/subjects";

/**
 * Records at GitHub which digests a stack runs, so that the page of a package shows where it is deployed. Returns a
 * line for each image: a record is for people to read, and what GitHub doesn't take stops nothing.
 */
export async function recordArtifacts(
  { current }: EnvironmentReader,
  stack: string,
  github: Pick<GithubRepositoryApi, "recordArtifact">,
): Promise<string[]> {
  const values = current.stacks.get(stack);
  if (values === undefined) throw usageError(`there is no stack "${stack}"`);
  const { config, deployments } = planOf(current, values);
  const lines: string[] = [];
  for (const deployment of deployments) {
    const { service, version } = deployment;
    for (const signed of signedOf(deployment, config)) {
      if ("problem" in signed || signed.subject.kind !== "image") continue;
      const { name, digest } = signed.subject;
      const artifact = {
        ...{ name, digest, version: version.text, environment: config.environment },
        cluster: config.cluster?.context,
        place: `${stack}-${service.name}`,
        repository: service.githubSource === "" ? undefined : service.githubSource,
      };
      try {
        await github.recordArtifact(artifact);
        lines.push(`recorded ${name}@${digest}`);
      } catch (cause) {
        if (!isError(cause, "outside")) throw cause;
        lines.push(`not recorded: ${cause.message}`);
      }
    }
  }
  return lines;
}
