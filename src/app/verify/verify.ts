import { usageError } from "../../core/error";
import type { Repository } from "../../core/repository";
import type { Deployment, StackPlan } from "../../core/stack/plan";
import { registryRoles } from "../../core/stack/registry";
import { suggestion } from "../../core/suggestion";
import { formatPin } from "../../core/version";
import type { SubjectVerdict } from "../../core/verify/judge";
import { policyIn } from "../../core/verify/demanded";
import { formatPolicy, type Policy } from "../../core/verify/policy";
import { formatRecord, parseRecord, recordFile, recordWith } from "../../core/verify/record";
import { verdictOf, type Verification } from "../../core/verify/verification";
import { eachOf } from "../each-of";
import { openRepository } from "../open";
import { checkStacks, planOf } from "../plan-stacks";
import { RecordedEvidence } from "./recorded-evidence";
import type { Reporter } from "../reporter";
import { Signatures } from "./signatures";
import { readerOf } from "./trust";
import { Verifier } from "./verification";
import type { World } from "../world";

export interface VerifyRequest {
  /** By name; all without any. */
  readonly services: readonly string[];
  /** Stacks or environments; all without any. */
  readonly stacks: readonly string[];
  /** Whether what is recorded is asked for all the same, as of what was verified with another trust root. */
  readonly again: boolean;
  /** Whether what was verified is recorded. */
  readonly record: boolean;
}

/** Whether what a stack runs of a service is signed as its environment demands. */
export interface VerifiedService {
  readonly stack: string;
  readonly service: string;
  /** The pin, with its digest where it has one. */
  readonly version: string;
  readonly mode: Policy["mode"];
  /** What its environment demands, in words. */
  readonly demands: string;
  readonly pass: boolean;
  /** `record`: by what was recorded, without asking anybody. */
  readonly by: "nothing" | "record" | "signatures";
  readonly reason: string;
}

export interface VerifyResult {
  /** By stack in the order of the promotion path, then by name. */
  readonly services: readonly VerifiedService[];
  /** Records that were written. */
  readonly recorded: readonly string[];
}

/** One service of a stack whose environment demands signatures. */
interface Open {
  readonly deployment: Deployment;
  readonly plan: StackPlan;
  readonly policy: Policy;
}

/**
 * Verifies the signatures of what the working tree pins, and records what was verified, so that a second run asks
 * nobody.
 * @throws ReleasesError of kind `usage` for names that aren't known, of kind `findings` where a stack can't be
 *   planned, of kind `outside` when a registry or GitHub can't be asked
 */
export async function verify(
  world: World,
  request: VerifyRequest,
  report: Reporter,
): Promise<VerifyResult> {
  const repository = openRepository(world);
  const plans = checkStacks(repository, request.stacks, report).flatMap((stack) => {
    const values = repository.stacks.get(stack);
    return values === undefined ? [] : planOf(repository, values);
  });
  checkServices(request.services, repository, plans);
  const chosen = plans.flatMap((plan) =>
    plan.deployments
      .filter(({ service: { name } }) => {
        return request.services.length === 0 || request.services.includes(name);
      })
      .map((deployment): Open => ({
        deployment,
        plan,
        policy: policyIn(plan, deployment.service),
      })),
  );
  noticePreviews(plans, request.services, report);
  const evidence = new RecordedEvidence(world.files);
  const known = new Map(chosen.map((open) => [open, recordedOf(evidence, open, request.again)]));
  const unknown = chosen.filter((open) => known.get(open) === undefined);
  const asked = await askFor(world, repository, plans, unknown, report);
  const verified = chosen.map((open) => verifiedOf(open, known.get(open) ?? asked.get(open)));
  const accepted = verified.flatMap(({ verdicts }) => verdicts);
  const recorded = request.record ? await writeRecords(world, accepted) : [];
  return { services: verified.map(({ service }) => service), recorded };
}

/** Tells of copies for pull requests where signatures are asked for: nobody verifies theirs. */
function noticePreviews(
  plans: readonly StackPlan[],
  names: readonly string[],
  report: Reporter,
): void {
  for (const plan of plans) {
    const { list, copies, config } = plan;
    for (const { open, deployment } of copies) {
      const service = list.find(({ name }) => name === open.service);
      if (service === undefined || policyIn(plan, service).mode === "off") continue;
      if (names.length > 0 && !names.includes(open.service)) continue;
      const { name } = deployment.service;
      const reason = "nobody verifies a preview";
      report.notice({ kind: "unverified", stack: config.stack, service: name, reason });
    }
  }
}

function checkServices(
  names: readonly string[],
  { list }: Repository,
  plans: readonly StackPlan[],
): void {
  const running = new Set(
    plans.flatMap(({ deployments }) => deployments.map(({ service: { name } }) => name)),
  );
  for (const name of names) {
    if (running.has(name)) continue;
    const known = list.map((service) => service.name);
    if (known.includes(name)) throw usageError(`no stack of these runs "${name}"`);
    throw usageError(`unknown service "${name}"; ${suggestion(name, known)}`);
  }
}

/** Returns what nobody has to be asked about: what is off, and what was recorded and passes. */
function recordedOf(
  evidence: RecordedEvidence,
  { deployment, plan: { config }, policy }: Open,
  again: boolean,
): Verification | undefined {
  if (policy.mode === "off") return { asked: false, artifacts: [] };
  // Only GitHub knows which files a release has now.
  if (again || deployment.service.assets.length > 0) return undefined;
  const recorded = evidence.of({ deployment, config, policy });
  return verdictOf(recorded, policy).pass ? recorded : undefined;
}

async function askFor(
  world: World,
  { list }: Repository,
  plans: readonly StackPlan[],
  unknown: readonly Open[],
  report: Reporter,
): Promise<Map<Open, Verification>> {
  if (unknown.length === 0) return new Map();
  const registries = world.registries(registryRoles(...plans.map(({ config }) => config)));
  try {
    const github = await world.github();
    if (github === undefined)
      report.notice({ kind: "no-github-token", about: "releases and attestations" });
    const charts = world.chartRepositories();
    const signatures = new Signatures({ registries, github, charts, list });
    const verifier = new Verifier(signatures, readerOf(world.files), world.helm);
    const found = await eachOf(unknown, "verifying signatures", report, async (open) => {
      const { deployment, plan, policy } = open;
      const { config } = plan;
      return [open, await verifier.verify({ deployment, config, policy })] as const;
    });
    return new Map(found);
  } finally {
    registries.close();
  }
}

function verifiedOf(
  { deployment, plan, policy }: Open,
  verification: Verification | undefined,
): { service: VerifiedService; verdicts: readonly SubjectVerdict[] } {
  if (verification === undefined) throw new Error("every service was asked about");
  const { mode } = policy;
  const isOff = mode === "off";
  const { pass, subjects, reason } = verdictOf(verification, policy);
  const service: VerifiedService = {
    stack: plan.config.stack,
    service: deployment.service.name,
    version: formatPin(deployment),
    mode,
    demands: formatPolicy(policy),
    pass,
    by: isOff ? "nothing" : verification.asked ? "signatures" : "record",
    reason: isOff ? `${plan.config.environment} demands no signature` : reason,
  };
  return { service, verdicts: isOff || !verification.asked ? [] : subjects };
}

/** Records what was verified, of each digest once. Returns the files that changed. */
async function writeRecords(
  { files, now }: World,
  verdicts: readonly SubjectVerdict[],
): Promise<string[]> {
  const written: string[] = [];
  const read = readerOf(files);
  for (const { subject, pass, accepted } of verdicts) {
    if (!pass) continue;
    const file = recordFile(subject.digest);
    const before = read(file);
    const former = parseRecord(before ?? "", subject.digest);
    const text = formatRecord(recordWith(former, subject, accepted, now()));
    if (text === before) continue;
    await files.write(file, text);
    written.push(file);
  }
  return [...new Set(written)].sort();
}
