import type { Proven, Subject, SubjectVerdict, Unproven } from "./judge";
import { judge } from "./judge";
import type { Policy } from "./policy";

/** What is known of the signatures of one service. */
export interface Verification {
  /** Whether registries and GitHub were asked; else it is what was recorded. */
  readonly asked: boolean;
  readonly artifacts: readonly KnownArtifact[];
}

/** An image, a chart or a file of a release, and its signatures; or why nobody knows of any. */
export type KnownArtifact =
  | {
      readonly subject: Subject;
      readonly proven: readonly Proven[];
      readonly unproven: readonly Unproven[];
    }
  | { readonly name: string; readonly problem: string };

/** What a policy says of a service. */
export interface ServiceVerdict {
  readonly pass: boolean;
  /** Of each artifact that a digest names. */
  readonly subjects: readonly SubjectVerdict[];
  readonly reason: string;
}

/** Judges what is known of a service's signatures: each of its artifacts must be signed as a policy demands. */
export function verdictOf({ artifacts }: Verification, policy: Policy): ServiceVerdict {
  if (artifacts.length === 0) {
    return { pass: true, subjects: [], reason: "nothing of it is signed: no image, chart or file" };
  }
  const judged = artifacts.map((artifact) => {
    if ("problem" in artifact) {
      return { pass: false, subjects: [], reason: `${artifact.name}: ${artifact.problem}` };
    }
    const { subject, proven, unproven } = artifact;
    const verdict = judge(subject, proven, unproven, policy);
    const reason = `${subject.name}: ${verdict.reason}`;
    return { pass: verdict.pass, subjects: [verdict], reason };
  });
  const failed = judged.filter(({ pass }) => !pass);
  const said = (failed.length === 0 ? judged : failed).map(({ reason }) => reason);
  return {
    pass: failed.length === 0,
    subjects: judged.flatMap(({ subjects }) => subjects),
    reason: said.join("; "),
  };
}
