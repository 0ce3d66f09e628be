import { coversToday, readTrustedRoot } from "../../adapters/sigstore/trusted-root";
import { Findings } from "../../core/input/findings";
import { error, warning, type Issue } from "../../core/input/issue";
import type { Repository } from "../../core/repository";
import type { StackPlan } from "../../core/stack/plan";
import { formatPin } from "../../core/version";
import { demandedIn, type Demanded } from "../../core/verify/demanded";
import { trustFiles, type TrustFiles } from "../../core/verify/policy";
import { isPublicKeyText } from "../../core/verify/public-key";
import { verdictOf } from "../../core/verify/verification";
import { plansIn } from "../plan-stacks";
import { RecordedEvidence } from "./recorded-evidence";
import { readerOf, type ReadFile } from "./trust";
import type { World } from "../world";

/**
 * Returns the findings about signatures, from what is recorded: what is pinned without evidence that satisfies the
 * policy of today, and what the policies trust that is missing, broken or old. Nobody is asked.
 */
export function evidenceIssues(
  { files, now }: Pick<World, "files" | "now">,
  repository: Repository,
): Issue[] {
  const plans = plansIn(repository).map((plan) => ({ plan, demanded: demandedIn(plan) }));
  const policies = plans.flatMap(({ demanded }) => demanded.map(({ policy }) => policy));
  const evidence = new RecordedEvidence(files);
  return [
    ...issuesOfTrust(trustFiles(...policies), readerOf(files), now()),
    ...plans.flatMap(({ plan, demanded }) => unverified(evidence, plan, demanded)),
  ];
}

/** Returns the findings about what the policies of a repository trust: what is missing, broken or old. */
export function trustIssues(
  { files, now }: Pick<World, "files" | "now">,
  repository: Repository,
): Issue[] {
  const policies = plansIn(repository).flatMap((plan) =>
    demandedIn(plan).map(({ policy }) => policy),
  );
  return issuesOfTrust(trustFiles(...policies), readerOf(files), now());
}

function unverified(
  evidence: RecordedEvidence,
  { config, from }: StackPlan,
  demanded: readonly Demanded[],
): Issue[] {
  const findings = new Findings(from);
  for (const one of demanded) {
    const { deployment, policy } = one;
    const { pass, reason } = verdictOf(evidence.of(one), policy);
    if (pass) continue;
    const { name } = deployment.service;
    const run = `run releases verify ${name} --stack ${config.stack}`;
    const message = `"${name}" ${formatPin(deployment)} has no evidence on record: ${reason}; ${run}`;
    const path = ["versions", name];
    if (policy.mode === "require") findings.refuse("unverified", message, path);
    else findings.warn("unverified", message, path);
  }
  return findings.issues;
}

function issuesOfTrust({ roots, keys }: TrustFiles, read: ReadFile, now: Date): Issue[] {
  return [
    ...roots.flatMap((file) => rootIssues(file, read(file), now)),
    ...keys.flatMap((file) => keyIssues(file, read(file))),
  ];
}

function rootIssues(file: string, text: string | undefined, now: Date): Issue[] {
  if (text === undefined) {
    const found = "the trust root is missing; write it with gh attestation trusted-root";
    return [error("trust-root", file, found)];
  }
  const root = readTrustedRoot(text, file);
  if ("problem" in root) {
    return [error("trust-root", file, root.problem, { line: root.line, column: 1 })];
  }
  if (coversToday(root, now)) return [];
  const found =
    "no authority of the trust root signs any more; write it anew with gh attestation trusted-root";
  return [warning("old-trust-root", file, found)];
}

function keyIssues(file: string, text: string | undefined): Issue[] {
  if (text !== undefined && isPublicKeyText(text)) return [];
  const found =
    text === undefined
      ? "the public key is missing; commit it, or take it out of environments.yaml"
      : "the file isn't a public key in PEM; commit the public half of the key alone";
  return [error("trust-root", file, found)];
}
