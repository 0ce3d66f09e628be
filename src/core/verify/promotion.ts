import { Ref } from "../ref";
import { asMapping } from "../mapping";
import type { Subject } from "./judge";
import { DEPLOY_WORKFLOW, promotionType } from "./promotion-type";
import { imageByDigest } from "./subjects";

/** Predicate type of a verification summary: https://slsa.dev/spec/v1.1/verification_summary */
export const SUMMARY_TYPE = "https://slsa.dev/verification_summary/v1";

/** What is attested to of one thing that a stack runs. */
export interface Promotion {
  /** Page of the repository that deploys. */
  readonly page: string;
  readonly environment: string;
  /** The environments that it came from; empty where the promotion path begins. */
  readonly from: readonly string[];
  readonly stack: string;
  readonly service: string;
  /** The pin, with its digest. */
  readonly version: string;
  /** The commit that is deployed. */
  readonly commit: string;
  /** The commit that pinned it, and its pull request; absent where git's history doesn't tell. */
  readonly pinned?: { readonly commit: string; readonly pullRequest?: number | undefined };
  /** SHA-256 of environments.yaml at that commit, in hexadecimal digits. */
  readonly policy: string;
  /** Gates that judged its move, and passed; empty where it ran there already. */
  readonly gates: readonly string[];
  /** Why soaking and freezes didn't count, where they didn't. */
  readonly breakGlass?: string | undefined;
  /** Whether its signatures are as the environment demands. */
  readonly isVerified: boolean;
  /** Digests of the bundles that were verified. */
  readonly inputs: readonly string[];
  readonly at: Date;
}

/** A statement that is to be signed. */
export interface ToSign {
  readonly predicateType: string;
  /** In-toto, as JSON. */
  readonly statement: string;
}

/** Returns what is attested to: a verification summary for anybody, and a record for the environment's cluster. */
export function promotionStatements(promotion: Promotion, subject: Subject): ToSign[] {
  const { page, environment } = promotion;
  return [
    statementOf(SUMMARY_TYPE, summaryOf(promotion, subject), subject),
    statementOf(promotionType(page, environment), recordOf(promotion), subject),
  ];
}

function statementOf(predicateType: string, predicate: object, { name, digest }: Subject): ToSign {
  const [algorithm = "", hex = ""] = digest.split(":");
  const statement = {
    _type: "https://in-toto.io/Statement/v1",
    subject: [{ name, digest: { [algorithm]: hex } }],
    predicateType,
    predicate,
  };
  return { predicateType, statement: JSON.stringify(statement) };
}

function summaryOf(promotion: Promotion, subject: Subject): object {
  const { page, inputs, at } = promotion;
  return {
    verifier: { id: page },
    timeVerified: at.toISOString(),
    resourceUri: imageByDigest(subject),
    policy: policyOf(promotion),
    inputAttestations: inputs.map((digest) => ({ digest: digestOf(digest) })),
    verificationResult: "PASSED",
    verifiedLevels: levelsOf(promotion),
  };
}

function recordOf(promotion: Promotion): object {
  const { from, environment, stack, service, version, commit, gates, pinned, at } = promotion;
  return {
    from,
    to: environment,
    stack,
    service,
    version,
    commit,
    pinnedBy: pinned?.commit ?? null,
    pullRequest: pinned?.pullRequest ?? null,
    policy: policyOf(promotion),
    gates,
    breakGlass: promotion.breakGlass ?? null,
    at: at.toISOString(),
  };
}

function policyOf({ page, commit, policy }: Promotion): object {
  return { uri: `${page}/blob/${commit}/environments.yaml`, digest: { sha256: policy } };
}

/** Names of what passed. None begins with SLSA_, which is for what SLSA itself defines. */
function levelsOf({ gates, isVerified, environment }: Promotion): string[] {
  return [
    environmentLevel(environment),
    ...(gates.includes("order") ? ["RELEASES_ORDER"] : []),
    ...(gates.includes("soak") ? ["RELEASES_SOAK"] : []),
    ...(isVerified ? ["RELEASES_VERIFIED"] : []),
  ];
}

function environmentLevel(environment: string): string {
  return `RELEASES_ENVIRONMENT_${environment.toUpperCase()}`;
}

function digestOf(digest: string): Record<string, string> {
  const [algorithm = "", hex = ""] = digest.split(":");
  return { [algorithm]: hex };
}

/** Whether an attestation says what another one of the same type, environment and policy would say. */
export function isSamePromotion(
  predicateType: string | undefined,
  predicate: unknown,
  { page, environment, policy }: Pick<Promotion, "page" | "environment" | "policy">,
  wanted: string,
): boolean {
  if (predicateType !== wanted) return false;
  const { policy: judgedBy, verifier, verifiedLevels } = asMapping(predicate);
  if (asMapping(asMapping(judgedBy)["digest"])["sha256"] !== policy) return false;
  if (wanted !== SUMMARY_TYPE) return true;
  return (
    asMapping(verifier)["id"] === page &&
    Array.isArray(verifiedLevels) &&
    verifiedLevels.includes(environmentLevel(environment))
  );
}

/**
 * Whether a certificate is of the workflow that deploys an environment, at that environment's ref: what the policies
 * for clusters accept.
 * @param ref of environments.yaml; where there is none, no certificate is
 */
export function isPromoter(subject: string, page: string, ref: string | undefined): boolean {
  const [workflow = "", at = "", ...more] = subject.split("@");
  const isWorkflow = workflow.toLowerCase() === `${page}/${DEPLOY_WORKFLOW}`.toLowerCase();
  const own = Ref.parse(at);
  return (
    isWorkflow &&
    more.length === 0 &&
    ref !== undefined &&
    own !== undefined &&
    Ref.ofEnvironment(ref).matches(own)
  );
}
