import { proofOf, type FoundSignature, type Trusted } from "../adapters/sigstore/proofs";
import { sha256Of } from "../adapters/sigstore/sha256";
import type { HelmRenderer } from "../adapters/helm/helm";
import type { Service } from "../core/list/service";
import { otherImageIn, type ChartContents } from "../core/verify/chart-image";
import type { Deployment, StackConfig } from "../core/stack/plan";
import type { Proven, Subject, Unproven } from "../core/verify/judge";
import type { Policy } from "../core/verify/policy";
import { parseRecord, provenIn, recordFile } from "../core/verify/record";
import { signedOf } from "../core/verify/subjects";
import type { KnownArtifact, Verification } from "../core/verify/verification";
import type { Signatures } from "./signatures";
import { trustOf, trustedDigests, type TrustOf } from "./trust";
import type { World } from "./world";

/** What a verification is about. */
export interface Verified {
  readonly deployment: Pick<Deployment, "service" | "chart" | "version" | "digest">;
  readonly config: StackConfig;
  readonly policy: Policy;
}

/** Returns what reads charts; undefined where Helm isn't installed. */
type ReadCharts = () => Pick<HelmRenderer, "contents"> | undefined;

/** Asks for signatures and verifies them, each once in a run, however many stacks run its image. */
export class Verifier {
  readonly #signatures: Signatures;
  readonly #read: (file: string) => string | undefined;
  readonly #charts: ReadCharts;
  readonly #known = new Map<string, Proven | Unproven>();
  readonly #contents = new Map<string, ChartContents>();
  /** By the files that are trusted: to read a trust root takes longer than to verify with it. */
  readonly #trust = new Map<string, TrustOf>();

  /**
   * @param read returns a trust root or a key; undefined where there is no such file
   * @param charts returns what reads charts, once there is one; undefined without Helm
   */
  constructor(
    signatures: Signatures,
    read: (file: string) => string | undefined,
    charts: ReadCharts,
  ) {
    this.#signatures = signatures;
    this.#read = read;
    this.#charts = charts;
  }

  /**
   * Returns what the signatures of a deployment prove.
   * @param elsewhere further image repositories that may have them
   * @throws ReleasesError of kind `outside` when a registry or GitHub can't be asked, or nothing can be verified here
   */
  async verify(
    { deployment, config, policy }: Verified,
    elsewhere: readonly string[] = [],
  ): Promise<Verification> {
    const { trusted, problems } = this.#trustOf(policy);
    const broken = problems.map((problem): Unproven => ({ place: "this repository", problem }));
    const signed = await this.#signatures.of(deployment, config, policy, elsewhere);
    const artifacts = signed.map((artifact): KnownArtifact => {
      if ("problem" in artifact) return artifact;
      const { subject, found } = artifact;
      const other = this.#otherImageIn(subject, deployment.service);
      if (other !== undefined) return { name: subject.name, problem: other };
      const proofs = found.map((signature) => this.#proofOf(signature, subject, trusted));
      return {
        subject,
        proven: proofs.flatMap((proof) => ("problem" in proof ? [] : proof)),
        unproven: [...broken, ...proofs.flatMap((proof) => ("problem" in proof ? proof : []))],
      };
    });
    return { asked: true, artifacts };
  }

  /** Returns why a chart isn't one for the pinned image; undefined where it is, and for all else. */
  #otherImageIn({ kind, name, digest, image }: Subject, service: Service): string | undefined {
    if (kind !== "chart" || image === undefined) return undefined;
    const charts = this.#charts();
    if (charts === undefined) {
      return "which image it names isn't known without helm; install it, https://helm.sh/docs/intro/install";
    }
    const contents = this.#contents.get(digest) ?? charts.contents(name, digest);
    this.#contents.set(digest, contents);
    return otherImageIn(contents, service, image);
  }

  #trustOf(policy: Policy): TrustOf {
    const { root, signatories } = policy;
    const files = signatories.map((one) => (one.kind === "key" ? `key ${one.file}` : root));
    const key = JSON.stringify([...new Set(files)]);
    const trust = this.#trust.get(key) ?? trustOf(policy, this.#read);
    this.#trust.set(key, trust);
    return trust;
  }

  #proofOf(found: FoundSignature, { digest }: Subject, trusted: readonly Trusted[]) {
    const by = trusted.map((one) => one.digest);
    const annotations = Object.entries(found.annotations ?? {});
    const key = JSON.stringify([digest, sha256Of(found.bytes), found.place, annotations, by]);
    const proof = this.#known.get(key) ?? proofOf(found, digest, trusted);
    this.#known.set(key, proof);
    return proof;
  }
}

/**
 * Returns what was recorded of a deployment's signatures, with the trust of today; nobody is asked. A record of
 * another trust root or key proves nothing any more.
 */
export function recordedVerification(
  files: Pick<World["files"], "exists" | "text">,
  { deployment, config, policy }: Verified,
): Verification {
  const read = readerOf(files);
  const today = trustedDigests(policy, read);
  const artifacts = signedOf(deployment, config).map((signed): KnownArtifact => {
    if ("problem" in signed) return signed;
    const { subject } = signed;
    const { image } = subject;
    const record = parseRecord(read(recordFile(subject.digest)) ?? "", subject.digest);
    if (record !== undefined && image !== undefined && record.images?.includes(image) !== true) {
      const problem = `whether it names ${image} isn't recorded`;
      return { subject, proven: [], unproven: [{ place: "its record", problem }] };
    }
    const proofs = record === undefined ? [] : provenIn(record);
    return {
      subject,
      proven: proofs.filter(({ trust }) => today.has(trust)),
      unproven: proofs
        .filter(({ trust }) => !today.has(trust))
        .map(() => ({ place: "its record", problem: "verified with another trust root or key" })),
    };
  });
  return { asked: false, artifacts };
}

/** Returns what reads files of the repository, of which some may be missing. */
export function readerOf(files: Pick<World["files"], "exists" | "text">) {
  return (file: string): string | undefined => (files.exists(file) ? files.text(file) : undefined);
}
