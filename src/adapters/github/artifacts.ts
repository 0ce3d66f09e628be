import { asking } from "./ask";
import type { GithubConnection } from "./connection";

/** An image that runs somewhere. */
export interface RunningArtifact {
  /** `ghcr.io/acme/orders` */
  readonly name: string;
  readonly digest: string;
  readonly version: string;
  readonly environment: string;
  /** The kubeconfig's context; absent where the stack has no cluster. */
  readonly cluster?: string | undefined;
  /** The same for each version that runs in its place. */
  readonly place: string;
  /** The repository that it was built from, of the same owner; absent where nobody knows it. */
  readonly repository?: string | undefined;
}

/** GitHub's own limits, in characters. */
const MAX_NAME = 256;
const MAX_VERSION = 100;

/** Records what runs somewhere, as `GithubRepositoryApi.recordArtifact` describes. */
export async function recordArtifact(
  { octokit, at }: GithubConnection,
  { name, digest, version, environment, cluster, place, repository }: RunningArtifact,
): Promise<void> {
  await asking(`to record that ${name} is deployed`, () =>
    octokit.request("POST /orgs/{org}/artifacts/metadata/deployment-record", {
      org: at.owner,
      name: name.slice(0, MAX_NAME),
      digest,
      version: version.slice(0, MAX_VERSION),
      status: "deployed",
      logical_environment: environment,
      ...(cluster !== undefined && { cluster }),
      deployment_name: place,
      ...(repository !== undefined && { github_repository: repository }),
      return_records: false,
    }),
  );
}
