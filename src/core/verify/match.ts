import { formatSignatory, type Signatory } from "./policy";
import type { SignedBy } from "./signed-by";
import type { TextRule } from "./text-rule";

/** A workflow's name in a certificate: its repository, its file, and the ref or commit of that file. */
const WORKFLOW = /^https:\/\/[^/]+\/([^/]+\/[^/]+)\/(.+?\.ya?ml)@.+$/;

/** Returns why a signer isn't one that may sign; undefined where it is. */
export function mismatch(signatory: Signatory, signer: SignedBy): string | undefined {
  if (signatory.kind === "key" || signer.kind === "key") {
    const isSame =
      signatory.kind === "key" && signer.kind === "key" && signatory.file === signer.file;
    return isSame ? undefined : `signed by ${formatSigner(signer)}`;
  }
  if (!signatory.issuer.matches(signer.issuer)) return `its issuer is ${signer.issuer}`;
  if (signatory.kind === "subject") {
    return signatory.subject.matches(signer.subject) ? undefined : `signed by ${signer.subject}`;
  }
  const { repository = "", ref } = signer.source;
  if (!namesRepository(signatory.repository, repository)) {
    return `built from ${repository === "" ? "no repository that it names" : repository}`;
  }
  if (!workflowMatches(signatory.workflow, signer.subject, repository)) {
    return `signed by the workflow ${signer.subject}`;
  }
  if (signatory.ref === undefined || (ref !== undefined && signatory.ref.matches(ref))) {
    return undefined;
  }
  return `built from ${ref ?? "no ref that it names"}`;
}

/** Returns the first one that may sign and is the signer; undefined where there is none. */
export function signatoryOfSigner(
  signatories: readonly Signatory[],
  signer: SignedBy,
): Signatory | undefined {
  return signatories.find((signatory) => mismatch(signatory, signer) === undefined);
}

/** Returns why a signer isn't any of those that may sign, in one line. */
export function mismatches(signatories: readonly Signatory[], signer: SignedBy): string {
  const reasons = signatories.map((signatory) => {
    const found = mismatch(signatory, signer) ?? "";
    return `${found}, not ${formatSignatory(signatory)}`;
  });
  return (
    [...new Set(reasons)].join("; ") || `signed by ${formatSigner(signer)}, and nobody may sign`
  );
}

/** Returns who signed, in words. */
export function formatSigner(signer: SignedBy): string {
  return signer.kind === "key" ? `the key ${signer.file}` : `${signer.subject} of ${signer.issuer}`;
}

/** Whether a rule about a repository names one. GitHub's names are the same whatever the case of their letters. */
export function namesRepository(rule: TextRule, repository: string): boolean {
  return rule.matches(repository) || rule.text.toLowerCase() === repository.toLowerCase();
}

/**
 * Whether a workflow of a certificate is the one that may sign: a file of the source repository, or the file of
 * another one by its full path. Without a rule, any of the source repository.
 */
function workflowMatches(rule: TextRule | undefined, subject: string, repository: string): boolean {
  const [, own = "", file = ""] = WORKFLOW.exec(subject) ?? [];
  const isOwn = own !== "" && own.toLowerCase() === repository.toLowerCase();
  if (rule === undefined) return isOwn;
  return rule.matches(`${own}/${file}`) || (isOwn && rule.matches(file));
}
