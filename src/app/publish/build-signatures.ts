import type { ImageRegistries } from "../../adapters/oci/image-registries";
import { parseJson } from "../../adapters/sigstore/json-lines";
import { proofOf, type Trusted } from "../../adapters/sigstore/proofs";
import { sha256Of } from "../../adapters/sigstore/sha256";
import type { StatementSigner } from "../../adapters/sigstore/signing";
import { outsideError } from "../../core/error";
import { formatImageReference, type ImageReference } from "../../core/image-reference";
import { asMapping } from "../../core/mapping";
import {
  provenanceFor,
  saysTheSame,
  signatureOf,
  type Build,
  type Product,
} from "../../core/publish/build";
import { judge, type Subject } from "../../core/verify/judge";
import type { Policy } from "../../core/verify/policy";
import type { ToSign } from "../../core/verify/promotion";

/** Who signs what is built, and whose signature counts. */
export interface BuildSigning {
  readonly signer: StatementSigner;
  /** What the signer's bundles are verified with. Absent: nothing here can, and what is signed is believed. */
  readonly trusted?: Trusted;
  /** Who has to have signed. */
  readonly policy: Policy;
}

/** A statement with its bundle. */
export interface SignedStatement extends ToSign {
  /** As JSON. */
  readonly bundle: string;
}

/** What is signed of a build: an image or a chart, and files beside it. */
export interface SignedBuild {
  /** In its registry; absent where a build is files alone. */
  readonly image?: Subject;
  readonly files: readonly Product[];
}

/** Signs what is built, each statement once: what is attached already and counts is taken again. */
export class BuildSignatures {
  readonly #registries: ImageRegistries;
  readonly #signing: BuildSigning;
  readonly #now: () => Date;

  constructor(registries: ImageRegistries, signing: BuildSigning, now: () => Date) {
    [this.#registries, this.#signing, this.#now] = [registries, signing, now];
  }

  /**
   * Returns the signature of an image, and the provenance of it and its files. Nothing is attached yet.
   * @param at the image by its digest, where its registry may have it
   * @throws ReleasesError of kind `outside` where nothing can be signed, or what is signed wouldn't count
   */
  async of(
    { image, files }: SignedBuild,
    build: Build,
    at: ImageReference | undefined,
  ): Promise<SignedStatement[]> {
    const products = [...(image === undefined ? [] : [image]), ...files];
    const [first] = products;
    if (first === undefined) return [];
    const subject: Subject = image ?? { kind: "asset", ...first };
    const known = at === undefined ? [] : await this.#registries.attachedTo(at);
    const bundles = known.flatMap(({ kind, bytes }) => (kind === "bundle" ? bytes.toString() : []));
    const wanted = [
      ...(image === undefined ? [] : [signatureOf(image)]),
      provenanceFor(build, products),
    ];
    const signed: SignedStatement[] = [];
    for (const one of wanted) {
      const found = this.#known(bundles, subject, one);
      signed.push({ ...one, bundle: found ?? (await this.#sign(subject, one)) });
    }
    return signed;
  }

  /**
   * Attaches bundles to an image by its digest, as far as they aren't, and believes it once it reads them back.
   * @throws ReleasesError of kind `outside` where the registry doesn't take them
   */
  async attach(at: ImageReference, signed: readonly SignedStatement[]): Promise<void> {
    const known = await this.#registries.attachedTo(at);
    const missing = signed.filter(({ bundle }) => {
      return !known.some(({ digest }) => digest === sha256Of(bundle));
    });
    for (const { bundle: text, predicateType } of missing) {
      await this.#registries.attach(at, { text, predicateType, at: this.#now() });
    }
    const after = missing.length === 0 ? known : await this.#registries.attachedTo(at);
    if (signed.every(({ bundle }) => after.some(({ digest }) => digest === sha256Of(bundle)))) {
      return;
    }
    const name = formatImageReference(at);
    throw outsideError(`${name} doesn't show what was attached to it; check its registry`);
  }

  /** Returns a bundle that says what is wanted, and counts. Without anything to verify it with none does. */
  #known(bundles: readonly string[], subject: Subject, wanted: ToSign): string | undefined {
    if (this.#signing.trusted === undefined) return undefined;
    return bundles.find((bundle) => this.#problemOf(bundle, subject, wanted) === undefined);
  }

  async #sign(subject: Subject, wanted: ToSign): Promise<string> {
    const bundle = await this.#signing.signer.sign(wanted.statement);
    const problem = this.#problemOf(bundle, subject, wanted);
    if (problem === undefined) return bundle;
    throw outsideError(
      `what was signed for ${subject.name} wouldn't count: ${problem}; nothing is published`,
    );
  }

  #problemOf(bundle: string, subject: Subject, wanted: ToSign): string | undefined {
    const { trusted, policy } = this.#signing;
    if (!saysTheSame(payloadOf(bundle), wanted)) return "it says something else";
    if (trusted === undefined) return undefined;
    const found = { place: "its bundle", kind: "bundle", bytes: Buffer.from(bundle) } as const;
    const proof = proofOf(found, subject.digest, [trusted]);
    if ("problem" in proof) return proof.problem;
    const demanded = { ...policy, predicates: [wanted.predicateType] };
    const { pass, reason } = judge(subject, [proof], [], demanded);
    return pass ? undefined : reason;
  }
}

/** Returns the DSSE envelope of a bundle, as JSON in one line; undefined for a bundle without one. */
export function envelopeOf(bundle: string): string | undefined {
  const { dsseEnvelope } = asMapping(parseJson(bundle));
  return dsseEnvelope === undefined ? undefined : JSON.stringify(dsseEnvelope);
}

/** Returns the payload of a bundle's envelope; empty where it has none. */
export function payloadOf(bundle: string): string {
  const { payload } = asMapping(asMapping(parseJson(bundle))["dsseEnvelope"]);
  return typeof payload === "string" ? Buffer.from(payload, "base64").toString() : "";
}
