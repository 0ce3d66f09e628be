import type { Signatory } from "./policy";
import { GITHUB_ISSUER } from "./signed-by";
import type { TextRule } from "./text-rule";

/** A text of a certificate as clusters compare it: an equal text, or an anchored regular expression of Go. */
export type ClusterText = { readonly exact: string } | { readonly pattern: string };

/** A certificate that clusters accept. */
export interface ClusterIdentity {
  readonly issuer: ClusterText;
  readonly subject: ClusterText;
}

/** Parts of JavaScript's regular expressions that Go's don't have, or understand as something else. */
const NOT_IN_GO = /\(\?(?:[=!]|<[=!])|\\[1-9kupxc]/;

/**
 * Returns the certificates of who may sign, as an engine in a cluster compares them; a problem where that engine
 * would accept others as well. It sees the name of a workflow, and not for which repository that workflow ran.
 */
export function clusterIdentity(
  signatory: Exclude<Signatory, { kind: "key" }>,
): ClusterIdentity | { readonly problem: string } {
  const { kind, issuer } = signatory;
  const rules =
    kind === "subject"
      ? [issuer, signatory.subject]
      : [issuer, signatory.repository, signatory.workflow, signatory.ref];
  const foreign = rules.find((rule) => rule !== undefined && NOT_IN_GO.test(patternOf(rule) ?? ""));
  if (foreign !== undefined) {
    return { problem: `${foreign.text} has what regular expressions of Go lack; write it simpler` };
  }
  if (kind === "subject") return { issuer: textOf(issuer), subject: textOf(signatory.subject) };
  const file = workflowFile(signatory);
  if (file === undefined) {
    const workflow = signatory.workflow?.text ?? "";
    return {
      problem: `clusters can't see that ${workflow} ran for ${signatory.repository.text}; name a workflow of that repository, as .github/workflows/...`,
    };
  }
  const host = issuer.text === GITHUB_ISSUER ? String.raw`github\.com` : "[^/]+";
  // GitHub's names are the same whatever the case of their letters.
  const repository =
    patternOf(signatory.repository) ?? `(?i:${escaped(signatory.repository.text)})`;
  const ref = signatory.ref === undefined ? ".+" : sourceOf(signatory.ref);
  return {
    issuer: textOf(issuer),
    subject: { pattern: `^https://${host}/${repository}/${file}@${ref}$` },
  };
}

/** Returns what matches the files of workflows in their own repository; undefined where others' may be meant. */
function workflowFile({
  repository,
  workflow,
}: Extract<Signatory, { kind: "workflow" }>): string | undefined {
  if (workflow === undefined) return String.raw`[^@]+\.ya?ml`;
  const pattern = patternOf(workflow);
  if (pattern !== undefined) {
    return /^\^\\?\.github\\?\//.test(workflow.text) && !pattern.includes("|")
      ? pattern
      : undefined;
  }
  const [, owner, file] = /^([^/]+\/[^/]+)\/(\.github\/.+)$/.exec(workflow.text) ?? [];
  if (owner === undefined || file === undefined) return escaped(workflow.text);
  return owner.toLowerCase() === repository.text.toLowerCase() ? escaped(file) : undefined;
}

function textOf(rule: TextRule): ClusterText {
  const pattern = patternOf(rule);
  return pattern === undefined ? { exact: rule.text } : { pattern: `^${pattern}$` };
}

function sourceOf(rule: TextRule): string {
  return patternOf(rule) ?? escaped(rule.text);
}

/** Returns the pattern of a rule without its anchors, in a group; undefined for an exact text. */
function patternOf({ text }: TextRule): string | undefined {
  return text.startsWith("^") ? `(?:${text.slice(1, -1)})` : undefined;
}

/** Returns the regular expression that matches a text alone. */
export function escaped(text: string): string {
  return text.replaceAll(/[.+*?^${}()|[\]\\]/g, String.raw`\$&`);
}
