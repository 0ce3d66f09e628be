import type { Subject } from "../../core/verify/judge";
import { trustFiles, type Policy } from "../../core/verify/policy";
import { parseRecord, provenIn, recordFile } from "../../core/verify/record";
import { signedOf } from "../../core/verify/subjects";
import type { KnownArtifact, Verification } from "../../core/verify/verification";
import { readerOf, trustedDigests, type ReadFile } from "./trust";
import type { Verified } from "./verification";
import type { World } from "../world";

/** Reads what was recorded of signatures, and what is trusted today each once, however many services there are. */
export class RecordedEvidence {
  readonly #read: ReadFile;
  /** By the files that are trusted. */
  readonly #trust = new Map<string, ReadonlySet<string>>();

  constructor(files: Pick<World["files"], "exists" | "text">) {
    this.#read = readerOf(files);
  }

  /**
   * Returns what was recorded of a deployment's signatures, with the trust of today; nobody is asked. A record of
   * another trust root or key proves nothing any more.
   */
  of({ deployment, config, policy }: Verified): Verification {
    const artifacts = signedOf(deployment, config).map((signed): KnownArtifact => {
      return "problem" in signed ? signed : this.#known(signed.subject, policy);
    });
    return { asked: false, artifacts };
  }

  #known(subject: Subject, policy: Policy): KnownArtifact {
    const { digest, image } = subject;
    const record = parseRecord(this.#read(recordFile(digest)) ?? "", digest);
    if (record === undefined) return { subject, proven: [], unproven: [] };
    if (image !== undefined && record.images?.includes(image) !== true) {
      const problem = `whether it names ${image} isn't recorded`;
      return { subject, proven: [], unproven: [{ place: RECORD, problem }] };
    }
    const today = this.#today(policy);
    const proofs = provenIn(record);
    return {
      subject,
      proven: proofs.filter(({ trust }) => today.has(trust)),
      unproven: proofs
        .filter(({ trust }) => !today.has(trust))
        .map(() => ({ place: RECORD, problem: "verified with another trust root or key" })),
    };
  }

  #today(policy: Policy): ReadonlySet<string> {
    const key = JSON.stringify(trustFiles(policy));
    const known = this.#trust.get(key) ?? trustedDigests(policy, this.#read);
    this.#trust.set(key, known);
    return known;
  }
}

/** The place that a record is, as messages name it. */
const RECORD = "its record";
