import type { JWTVerifyGetKey } from "jose";
import { z } from "zod";
import { outsideError } from "../../core/error";

/** The workflow that sends a token of GitHub Actions, by what GitHub says in it. */
export interface WorkflowIdentity {
  /** Of the token, once. */
  readonly id: string;
  readonly repository: string;
  /** The full ref that the workflow runs for. */
  readonly ref: string;
  readonly commit: string;
}

/** Returns who sends a token; undefined for one that isn't valid here and now. */
export type IdentityOf = (token: string) => Promise<WorkflowIdentity | undefined>;

/** Who issues the tokens of workflows on github.com. */
export const GITHUB_ISSUER = "https://token.actions.githubusercontent.com";

const claims = z.object({
  jti: z.string().min(1),
  repository: z.string(),
  repository_owner: z.string(),
  ref: z.string(),
  sha: z.string(),
});

/**
 * Returns what verifies the tokens that GitHub gives to workflows with `id-token: write`.
 * @param audience whom they have to be for
 * @param owners organizations and users whose workflows count; the case of letters doesn't
 * @param keys the issuer's keys. Default: as the issuer publishes them
 */
export async function workflowIdentities(
  audience: string,
  owners: ReadonlySet<string>,
  keys?: JWTVerifyGetKey,
): Promise<IdentityOf> {
  const { createRemoteJWKSet, errors, jwtVerify } = await import("jose");
  const known = keys ?? createRemoteJWKSet(new URL(`${GITHUB_ISSUER}/.well-known/jwks`));
  return async (token) => {
    try {
      const options = { issuer: GITHUB_ISSUER, audience, algorithms: ["RS256"] };
      const { payload } = await jwtVerify(token, known, options);
      const { data } = claims.safeParse(payload);
      if (data === undefined || !owners.has(data.repository_owner.toLowerCase())) return undefined;
      const { jti: id, repository, ref, sha: commit } = data;
      return { id, repository, ref, commit };
    } catch (cause) {
      if (cause instanceof errors.JWKSTimeout || !(cause instanceof errors.JOSEError)) {
        const reason = cause instanceof Error ? cause.message : String(cause);
        throw outsideError(`the keys of ${GITHUB_ISSUER} can't be read: ${reason}; try again`);
      }
      return undefined;
    }
  };
}
