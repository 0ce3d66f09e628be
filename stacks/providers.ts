import type * as pulumi from "@pulumi/pulumi";
import { Provider as AwsProvider } from "@pulumi/aws/provider";
import { Provider as GithubProvider } from "@pulumi/github/provider";
import { Provider as KubernetesProvider } from "@pulumi/kubernetes/provider";
import { required } from "../src/core/required";
import type { StackConfig } from "../src/core/stack/plan";

/** Returns the AWS provider of a stack. It refuses every account but the stack's own. */
export function awsProvider({ account, region }: StackConfig): pulumi.ProviderResource {
  const args = {
    allowedAccountIds: [required(account, "account")],
    region: required(region, "aws:region"),
  };
  return withoutAmbient(() => new AwsProvider("aws", args));
}

/** Returns the Kubernetes provider of a stack, bound to its context and never to the current one. */
export function kubernetesProvider({ cluster }: StackConfig): pulumi.ProviderResource {
  const { context, identifier } = required(cluster, "cluster");
  const args = { context, ...(identifier !== undefined && { clusterIdentifier: identifier }) };
  return withoutAmbient(() => new KubernetesProvider("kubernetes", args));
}

/** Returns the GitHub provider of an owner. Its newer client waits for rate limits by itself. */
export function githubProvider({
  githubOwner,
}: Pick<StackConfig, "githubOwner">): pulumi.ProviderResource {
  const args = { owner: required(githubOwner, "github.owner"), legacyClient: false };
  return withoutAmbient(() => new GithubProvider("github", args));
}

/** What the provider constructors copy from the environment into their inputs. */
const AMBIENT = /^(?:GITHUB_TOKEN|KUBECONFIG|PULUMI_K8S_\w+|AWS_REGION|AWS_DEFAULT_REGION)$/;

/**
 * Constructs a provider without what the environment would add to its inputs. The provider's own
 * process reads the same variables by itself; as inputs they would be in the state, a token in
 * plain text and a kubeconfig's path as a difference on every other machine.
 */
function withoutAmbient<T>(construct: () => T): T {
  const ambient = Object.entries(process.env).filter(([key]) => AMBIENT.test(key));
  for (const [key] of ambient) Reflect.deleteProperty(process.env, key);
  try {
    return construct();
  } finally {
    for (const [key, value] of ambient) process.env[key] = value;
  }
}
