import { ECRClient, GetAuthorizationTokenCommand } from "@aws-sdk/client-ecr";
import { outsideError } from "../../core/error";

/**
 * Returns the password of the user AWS for ECR in a region, which lasts for 12 hours. Credentials come
 * from the SDK's chain: environment, profile, SSO, web identity, instance. The password opens every
 * registry that these credentials may use, those of other accounts included.
 * @throws ReleasesError of kind `outside`, with the SDK's message, when AWS can't be reached or refuses
 */
export async function ecrLogin(region: string): Promise<string> {
  const client = new ECRClient({ region });
  try {
    const { authorizationData } = await client.send(new GetAuthorizationTokenCommand({}));
    const token = Buffer.from(authorizationData?.[0]?.authorizationToken ?? "", "base64");
    return token.toString("utf8").replace(/^AWS:/, "");
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause;
    const advice = "renew the login with aws sso login, or name another profile with AWS_PROFILE";
    throw outsideError(`AWS gives no login to ECR in ${region}: ${cause.message}; ${advice}`);
  } finally {
    client.destroy();
  }
}
