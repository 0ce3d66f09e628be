import { coversToday, readTrustedRoot } from "../adapters/sigstore/trusted-root";
import { Findings } from "../core/input/findings";
import { error, warning, type Issue } from "../core/input/issue";
import type { Repository } from "../core/repository";
import type { StackPlan } from "../core/stack/plan";
import { formatPin } from "../core/version";
import { policyOf, type Policy } from "../core/verify/policy";
import { verdictOf } from "../core/verify/verification";
import { plansIn } from "./plan-stacks";
import { readerOf, recordedVerification } from "./verification";
import type { World } from "./world";

/**
 * Returns the findings about signatures, from what is recorded: what is pinned without evidence that satisfies the
 * policy of today, and what the policies trust that is missing, broken or old. Nobody is asked.
 */
export function evidenceIssues(
  { files, now }: Pick<World, "files" | "now">,
  repository: Repository,
): Issue[] {
  const checked = plansIn(repository).flatMap(checkedIn);
  const trusted = trustIssues(
    checked.map(({ policy }) => policy),
    readerOf(files),
    now(),
  );
  return [...trusted, ...checked.flatMap((one) => unverified(files, one))];
}

/** One service of a stack, and what its environment demands. */
interface Checked {
  readonly plan: StackPlan;
  readonly deployment: StackPlan["deployments"][number];
  readonly policy: Policy;
}

function checkedIn(plan: StackPlan): Checked[] {
  const { environments, config, deployments } = plan;
  const environment = environments?.get(config.environment);
  if (environment?.verify === undefined) return [];
  return deployments
    .map((deployment): Checked => {
      const policy = policyOf(environment, deployment.service, config.githubOwner);
      return { plan, deployment, policy };
    })
    .filter(({ policy }) => policy.mode !== "off");
}

function unverified(files: World["files"], { plan, deployment, policy }: Checked): Issue[] {
  const { config, from } = plan;
  const recorded = recordedVerification(files, { deployment, config, policy });
  const { pass, reason } = verdictOf(recorded, policy);
  if (pass) return [];
  const findings = new Findings(from);
  const { name } = deployment.service;
  const run = `run releases verify ${name} --stack ${config.stack}`;
  const message = `"${name}" ${formatPin(deployment)} has no evidence on record: ${reason}; ${run}`;
  const path = ["versions", name];
  if (policy.mode === "require") findings.refuse("unverified", message, path);
  else findings.warn("unverified", message, path);
  return findings.issues;
}

function trustIssues(
  policies: readonly Policy[],
  read: (file: string) => string | undefined,
  now: Date,
): Issue[] {
  const signatories = policies.flatMap((policy) => policy.signatories);
  const keys = new Set(signatories.flatMap((one) => (one.kind === "key" ? one.file : [])));
  const roots = new Set(
    policies
      .filter((policy) => policy.signatories.some(({ kind }) => kind !== "key"))
      .map(({ root }) => root),
  );
  return [
    ...[...roots].flatMap((file) => rootIssues(file, read(file), now)),
    ...[...keys].flatMap((file) => keyIssues(file, read(file))),
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
  if (text?.trim().startsWith("-----BEGIN PUBLIC KEY-----") === true) return [];
  const found =
    text === undefined
      ? "the public key is missing; commit it, or take it out of environments.yaml"
      : "the file isn't a public key in PEM; commit the public half of the key alone";
  return [error("trust-root", file, found)];
}
