import { proofOf, type FoundSignature, type Trusted } from "../../adapters/sigstore/proofs";
import { sha256Of } from "../../adapters/sigstore/sha256";
import type { HelmRenderer } from "../../adapters/helm/helm";
import type { Service } from "../../core/list/service";
import { otherImageIn, otherNameIn, type ChartContents } from "../../core/verify/chart-image";
import type { Deployment, StackConfig } from "../../core/stack/plan";
import type { Proven, Subject, Unproven } from "../../core/verify/judge";
import { trustFiles, type Policy } from "../../core/verify/policy";
import type { KnownArtifact, Verification } from "../../core/verify/verification";
import type { FoundArtifact, Signatures } from "./signatures";
import { trustOf, type ReadFile, type TrustOf } from "./trust";

/** What a verification is about. */
export interface Verified {
  readonly deployment: Pick<Deployment, "service" | "chart" | "version" | "digest">;
  readonly config: StackConfig;
  readonly policy: Policy;
}

/** Returns what reads charts; undefined where Helm isn't installed. */
type ReadCharts = () => Pick<HelmRenderer, "contents" | "packaged"> | undefined;

/** Asks for signatures and verifies them, each once in a run, however many stacks run its image. */
export class Verifier {
  readonly #signatures: Signatures;
  readonly #read: ReadFile;
  readonly #charts: ReadCharts;
  readonly #known = new Map<string, Proven | Unproven>();
  readonly #contents = new Map<string, ChartContents>();
  /** By the files that are trusted: to read a trust root takes longer than to verify with it. */
  readonly #trust = new Map<string, TrustOf>();

  /**
   * @param read returns a trust root or a key; undefined where there is no such file
   * @param charts returns what reads charts, once there is one; undefined without Helm
   */
  constructor(signatures: Signatures, read: ReadFile, charts: ReadCharts) {
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
      const other = this.#otherChart(artifact, deployment.service);
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

  /**
   * Returns why a chart isn't one for the pinned image, or isn't of the version that is pinned; undefined where it is,
   * and for all else.
   */
  #otherChart({ subject, chart, bytes }: FoundArtifact, service: Service): string | undefined {
    const { name, digest, image } = subject;
    if (chart === undefined || (image === undefined && bytes === undefined)) return undefined;
    const charts = this.#charts();
    if (charts === undefined) {
      return "which image it names isn't known without helm; install it, https://helm.sh/docs/intro/install";
    }
    const known = this.#contents.get(digest);
    const contents =
      known ?? (bytes === undefined ? charts.contents(name, digest) : charts.packaged(name, bytes));
    this.#contents.set(digest, contents);
    const other = otherNameIn(contents, chart);
    if (other !== undefined || image === undefined) return other;
    return otherImageIn(contents, service, image);
  }

  #trustOf(policy: Policy): TrustOf {
    const key = JSON.stringify(trustFiles(policy));
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
