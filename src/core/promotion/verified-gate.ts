import { policyOf } from "../verify/policy";
import { verdictOf } from "../verify/verification";
import type { Candidate, StaticInput, Verdict } from "./gate";

/**
 * Whether what is to run is signed as the environment demands. What was recorded answers nothing here: whoever
 * edits the repository may have written it, so who deploys asks again.
 */
export function verified(
  { service, verification }: Candidate,
  { environment, config }: StaticInput,
): Verdict {
  const { name } = environment;
  const policy = policyOf(environment, service, config.githubOwner);
  if (policy.mode === "off") return { pass: true, reason: `${name} demands no signature` };
  const isDemanded = policy.mode === "require";
  if (verification === undefined) {
    return {
      pass: true,
      ...(isDemanded && { pending: { signatures: true } }),
      reason: "signatures weren't asked for; who deploys asks",
    };
  }
  const { pass, reason } = verdictOf(verification, policy);
  if (verification.asked) {
    return { pass: pass || !isDemanded, reason: pass || isDemanded ? reason : `warned: ${reason}` };
  }
  const recorded = pass ? `recorded: ${reason}` : `not recorded yet: ${reason}`;
  return { pass: true, ...(isDemanded && { pending: { signatures: true } }), reason: recorded };
}
