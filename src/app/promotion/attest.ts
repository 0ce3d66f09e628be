import { verifyBundle } from "../../adapters/sigstore/bundle";
import type { ImageRegistries } from "../../adapters/oci/image-registries";
import type { Trusted } from "../../adapters/sigstore/proofs";
import { sha256Of } from "../../adapters/sigstore/sha256";
import type { StatementSigner } from "../../adapters/sigstore/signing";
import { outsideError, usageError } from "../../core/error";
import { parseImageReference } from "../../core/image-reference";
import type { GateResult } from "../../core/promotion/gate";
import { formatRefusal } from "../../core/promotion/gates";
import { movesBetween } from "../../core/promotion/moves";
import type { Deployment, StackPlan } from "../../core/stack/plan";
import { imagePrefix, imageRepositories, registryRoles } from "../../core/stack/registry";
import type { Subject } from "../../core/verify/judge";
import { demandedIn } from "../../core/verify/demanded";
import {
  isPromoter,
  isSamePromotion,
  promotionStatements,
  type Promotion,
  type ToSign,
} from "../../core/verify/promotion";
import { imageByDigest, signedOf } from "../../core/verify/subjects";
import { verdictOf } from "../../core/verify/verification";
import { formatPin } from "../../core/version";
import { BrokenGlass, type Approvals } from "./broken-glass";
import { judged } from "../report/change-report";
import { AskedChecks, type CheckSource } from "./checks";
import type { EnvironmentReader } from "../environments";
import { planOf } from "../plan-stacks";
import type { Reporter } from "../reporter";
import { Signatures } from "../verify/signatures";
import type { Base } from "./upstreams";
import { MoveJudge } from "./move-judge";
import { readerOf } from "../verify/trust";
import { Verifier } from "../verify/verification";
import type { World } from "../world";

export interface AttestRequest {
  readonly stack: string;
  /** The commit that was deployed before. */
  readonly since: string;
  /** Page of the repository that deploys: `https://github.com/acme/releases`. */
  readonly page: string;
  readonly signer: StatementSigner;
  /** What the signer's bundles are verified with. */
  readonly trusted: Trusted;
  /** As `reportChanges` takes them. */
  readonly updates?: Base["updates"];
  readonly approvals?: Approvals;
  /** Who knows what GitHub checked. Default: nobody is asked, and nobody says of checks that they are green. */
  readonly checks?: CheckSource;
}

/** What was attested to of one image or chart. */
export interface Attested {
  readonly service: string;
  /** By digest. */
  readonly name: string;
  /** Predicate types that were attached; none where all of them were there. */
  readonly attached: readonly string[];
}

export interface AttestResult {
  readonly attested: readonly Attested[];
  /** Why nothing is attested to of something, a clause each. */
  readonly left: readonly string[];
  /** What gates and signatures refuse, a line each: then nothing is attested to at all. */
  readonly refused: readonly string[];
}

/** Predicate types of one subject that are there already aren't written again. */
interface Work {
  readonly subject: Subject;
  readonly promotion: Promotion;
}

/**
 * Attests to what the working tree is about to run in a stack: that the gates let it pass, and that its signatures
 * are as the environment demands. Each digest gets one summary and one record for each environment and content of
 * environments.yaml, so that a second run adds nothing.
 * @throws ReleasesError of kind `outside` where nothing can be signed, attached or read back
 */
export async function attest(
  world: World,
  reader: EnvironmentReader,
  request: AttestRequest,
  report: Reporter,
): Promise<AttestResult> {
  const plan = planAt(reader, request.stack);
  const { config, environments } = plan;
  const environment = environments?.get(config.environment);
  const demanded = demandedIn(plan);
  if (environment === undefined || demanded.length === 0) {
    return { attested: [], left: [`${config.environment} demands no signature`], refused: [] };
  }
  const { facts, refusals: refused } = await judgedFacts(world, reader, plan, request, report);
  if (refused.length > 0) return { attested: [], left: [], refused };
  const registries = world.registries(registryRoles(config));
  try {
    const verifier = new Verifier(
      new Signatures({
        ...{ registries, github: await world.github() },
        ...{ charts: world.chartRepositories(), list: reader.current.list },
      }),
      readerOf(world.files),
      world.helm,
    );
    const left: string[] = [];
    const works: Work[] = [];
    for (const one of demanded) {
      const { deployment, policy } = one;
      const verdict = verdictOf(await verifier.verify(one), policy);
      const { name } = deployment.service;
      if (!verdict.pass && policy.mode === "require") refused.push(`${name}: ${verdict.reason}`);
      const inputs = verdict.subjects.flatMap(({ accepted }) =>
        accepted.map(({ bundle }) => bundle),
      );
      const promotion: Promotion = {
        ...facts(deployment),
        isVerified: verdict.pass,
        inputs: [...new Set(inputs)].sort(),
      };
      const { subjects, problems } = subjectsOf(deployment, plan);
      left.push(...problems);
      works.push(...subjects.map((subject) => ({ subject, promotion })));
    }
    if (refused.length > 0) return { attested: [], left: [], refused };
    const writer = new Writer(registries, request, environment.ref);
    const attested: Attested[] = [];
    for (const work of works) attested.push(await writer.write(work));
    return { attested, left, refused };
  } finally {
    registries.close();
  }
}

function planAt({ current }: EnvironmentReader, stack: string): StackPlan {
  const values = current.stacks.get(stack);
  if (values === undefined) throw usageError(`there is no stack "${stack}"`);
  return planOf(current, values);
}

/** Judges the gates of what moves. Returns what is known of each deployment besides its signatures. */
async function judgedFacts(
  world: World,
  reader: EnvironmentReader,
  plan: StackPlan,
  { since, page, updates, approvals, checks }: AttestRequest,
  report: Reporter,
) {
  const { stack, environment: name } = plan.config;
  const commit = world.git.commitOf(since);
  if (commit === undefined) throw usageError(`no commit "${since}" in ${world.folder}`);
  const before = reader.at(commit);
  const former = before.stacks.get(stack);
  const old = former === undefined ? undefined : planOf(before, former);
  const asked = new AskedChecks(() => Promise.resolve(checks), report);
  const judge = new MoveJudge(world, reader, { commit, ...(updates && { updates }) }, asked);
  const glass = new BrokenGlass(world, reader, commit, report, approvals);
  const moves = movesBetween(old, plan);
  const verdicts = await judged(judge, { old, now: plan, moves, changes: [] }, glass);
  const refusals = verdicts.filter(({ pass }) => !pass).map(formatRefusal);
  const environment = plan.environments?.get(name);
  const reasons = await glass.of(stack, environment?.breakGlass?.teams);
  const entries =
    environment === undefined ? [] : (reader.history([environment]).get(name)?.entries ?? []);
  const head = world.git.commitOf("HEAD") ?? "";
  const policy = sha256Of(world.files.text("environments.yaml")).slice("sha256:".length);
  const at = world.now();
  const facts = (deployment: Deployment): Omit<Promotion, "isVerified" | "inputs"> => {
    const { service } = deployment;
    const pin = formatPin(deployment);
    const isMoved = moves.some((move) => move.name === service.name);
    const breakGlass = isMoved ? reasons.get(service.name)?.reason : undefined;
    const pinned = entries.find((entry) => {
      return (
        entry.stack === stack &&
        entry.service === service.name &&
        entry.to &&
        formatPin(entry.to) === pin
      );
    });
    return {
      page,
      environment: name,
      from: environment?.from ?? [],
      stack,
      service: service.name,
      version: pin,
      commit: head,
      ...(pinned && { pinned: { commit: pinned.commit, pullRequest: pinned.pullRequest } }),
      policy,
      gates: gatesOf(verdicts, service.name, breakGlass),
      breakGlass,
      at,
    };
  };
  return { facts, refusals };
}

/** The gates that a broken glass is about. */
const OVERRIDDEN: ReadonlySet<string> = new Set(["soak", "checks", "freeze"]);

/** Returns the gates that let a service pass. Of what a broken glass is about nobody says that it did. */
function gatesOf(
  verdicts: readonly GateResult[],
  name: string,
  breakGlass: string | undefined,
): string[] {
  const passed = verdicts.filter(({ service, pending }) => service === name && !pending);
  const names = passed.map(({ gate }) => gate);
  const own = names.filter((gate) => {
    return breakGlass === undefined || !OVERRIDDEN.has(gate);
  });
  return [...new Set(own)];
}

/** Returns what a stack may attach something to: what is in its own registry, under each of its names. */
function subjectsOf(
  deployment: Deployment,
  { config }: StackPlan,
): { subjects: Subject[]; problems: string[] } {
  const prefix = imagePrefix(config);
  const { service } = deployment;
  const subjects: Subject[] = [];
  const problems: string[] = [];
  for (const signed of signedOf(deployment, config)) {
    if ("problem" in signed) problems.push(`${signed.name}: ${signed.problem}`);
    else if (signed.subject.kind === "image") {
      const names = imageRepositories(service).map((docker) => `${prefix}${docker}`);
      subjects.push(...names.map((name) => ({ ...signed.subject, name })));
    } else if (prefix !== "" && signed.subject.name.startsWith(prefix)) {
      subjects.push(signed.subject);
    } else {
      problems.push(`${signed.subject.name} isn't in the registry of ${config.stack}`);
    }
  }
  return { subjects, problems };
}

/** Signs what is missing of a subject, attaches it, and believes it once it reads it back. */
class Writer {
  readonly #registries: ImageRegistries;
  readonly #request: AttestRequest;
  readonly #ref: string | undefined;

  constructor(registries: ImageRegistries, request: AttestRequest, ref: string | undefined) {
    [this.#registries, this.#request, this.#ref] = [registries, request, ref];
  }

  async write({ subject, promotion }: Work): Promise<Attested> {
    const name = imageByDigest(subject);
    const image = parseImageReference(name);
    const known = await this.#registries.attachedTo(image);
    const wanted = promotionStatements(promotion, subject).filter((one) => {
      return !known.some(({ kind, bytes }) => {
        return kind === "bundle" && this.#problemOf(bytes, subject, promotion, one) === undefined;
      });
    });
    for (const one of wanted) {
      const text = await this.#request.signer.sign(one.statement);
      const problem = this.#problemOf(Buffer.from(text), subject, promotion, one);
      if (problem !== undefined) {
        throw outsideError(
          `what was signed for ${name} wouldn't count: ${problem}; nothing is attached`,
        );
      }
      const { predicateType } = one;
      await this.#registries.attach(image, { text, predicateType, at: promotion.at });
      const digest = sha256Of(text);
      const after = await this.#registries.attachedTo(image);
      if (after.some((attached) => attached.digest === digest)) continue;
      throw outsideError(`${name} doesn't show what was attached to it; check its registry`);
    }
    const attached = wanted.map(({ predicateType }) => predicateType);
    return { service: promotion.service, name, attached };
  }

  /** Returns why a bundle isn't the attestation that is wanted; undefined where it is. */
  #problemOf(
    bundle: Uint8Array,
    { digest }: Subject,
    promotion: Promotion,
    { predicateType }: ToSign,
  ): string | undefined {
    const { trusted, page } = this.#request;
    const verified = verifyBundle(bundle, { digest }, trusted.trust);
    if ("problem" in verified) return verified.problem;
    const { signer, statement } = verified;
    if (signer.kind === "keyless" && !isPromoter(signer.subject, page, this.#ref)) {
      return `${signer.subject} isn't the workflow that deploys ${promotion.environment}`;
    }
    const { predicate } = statement ?? {};
    return isSamePromotion(verified.predicateType, predicate, promotion, predicateType)
      ? undefined
      : "it attests to something else";
  }
}
