import { ECRClient, GetAuthorizationTokenCommand } from "@aws-sdk/client-ecr";
import { fromTemporaryCredentials } from "@aws-sdk/credential-providers";
import { outsideError } from "../../core/error";

/**
 * Returns the password of the user AWS for ECR in a region, which lasts for 12 hours. Credentials come
 * from the SDK's chain: environment, profile, SSO, web identity, instance. The password opens every
 * registry that these credentials may use, those of other accounts included.
 * @param role the ARN of a role that these credentials assume for it. Default: none
 * @throws ReleasesError of kind `outside`, with the SDK's message, when AWS can't be reached or refuses
 */
export async function ecrLogin(region: string, role?: string): Promise<string> {
  const client = ecrClient(region, role);
  try {
    const { authorizationData } = await client.send(new GetAuthorizationTokenCommand({}));
    const token = Buffer.from(authorizationData?.[0]?.authorizationToken ?? "", "base64");
    return token.toString("utf8").replace(/^AWS:/, "");
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause;
    const by = role === undefined ? "" : ` as ${role}`;
    throw outsideError(
      `AWS gives no login to ECR in ${region}${by}: ${cause.message}; ${advice(role)}`,
    );
  } finally {
    client.destroy();
  }
}

/**
 * Returns a client of ECR in a region, which whoever asks for it destroys.
 * @param role the ARN of a role to assume. Default: none
 */
export function ecrClient(region: string, role?: string): ECRClient {
  return new ECRClient({
    region,
    ...(role !== undefined && { credentials: assumed(role, region) }),
  });
}

/** Returns credentials of a role. Its sessions are called `releases` in AWS's logs, and last for an hour. */
function assumed(role: string, region: string) {
  return fromTemporaryCredentials({
    params: { RoleArn: role, RoleSessionName: "releases" },
    clientConfig: { region },
  });
}

function advice(role: string | undefined): string {
  const login = "renew the login with aws sso login, or name another profile with AWS_PROFILE";
  return role === undefined
    ? login
    : `check that its trust policy allows these credentials, or ${login}`;
}
