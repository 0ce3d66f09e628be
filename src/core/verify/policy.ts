import type { Environment } from "../environments";
import type { Service } from "../list/service";
import type { Identity, Verify } from "./schema";
import { GITHUB_ISSUER } from "./signed-by";
import { parseTextRule, type TextRule } from "./text-rule";

/** Where the trust root is, unless the environment names another file. */
export const DEFAULT_ROOT = "trust/root.jsonl";

/** Who may sign a service: a certificate of a workflow or of a name, or a key of the repository. */
export type Signatory =
  | { readonly kind: "key"; readonly file: string }
  | { readonly kind: "subject"; readonly issuer: TextRule; readonly subject: TextRule }
  | {
      readonly kind: "workflow";
      readonly issuer: TextRule;
      readonly repository: TextRule;
      readonly workflow?: TextRule;
      readonly ref?: TextRule;
    };

/** What one environment demands of one service. */
export interface Policy {
  readonly mode: Verify["mode"];
  /** The trust root's file. */
  readonly root: string;
  /** One of them must have signed. */
  readonly signatories: readonly Signatory[];
  /** Predicate types that there must be; empty where a signature, or provenance, is enough. */
  readonly predicates: readonly string[];
}

/**
 * Returns what an environment demands of a service's signatures; `off` where it has no `verify`.
 * @param owner of the service's repository; without one no workflow is an identity by default
 */
export function policyOf(
  { verify }: Pick<Environment, "verify">,
  service: Pick<Service, "name" | "githubSource">,
  owner: string | undefined,
): Policy {
  const own = verify?.services?.[service.name];
  const given = own?.identities ?? verify?.identities;
  return {
    mode: own?.mode ?? verify?.mode ?? "off",
    root: verify?.root ?? DEFAULT_ROOT,
    signatories: (given ?? [{ issuer: exactly(GITHUB_ISSUER) }]).flatMap(
      (identity) => signatoryOf(identity, service, owner) ?? [],
    ),
    predicates: own?.predicates ?? verify?.predicates ?? [],
  };
}

/** The files of the repository that policies trust, each once. */
export interface TrustFiles {
  readonly roots: readonly string[];
  /** Public keys. */
  readonly keys: readonly string[];
}

/** Returns what policies trust: their keys, and the trust roots of those that name somebody with a certificate. */
export function trustFiles(...policies: readonly Policy[]): TrustFiles {
  const files = policies.flatMap(({ root, signatories }) => {
    return signatories.map((one) => (one.kind === "key" ? { key: one.file } : { root }));
  });
  return {
    roots: [...new Set(files.flatMap(({ root }) => root ?? []))],
    keys: [...new Set(files.flatMap(({ key }) => key ?? []))],
  };
}

/** Whether an environment demands signatures of any service, so that something is refused without them. */
export function demands({ mode, services = {} }: Verify): boolean {
  return [mode, ...Object.values(services).map((own) => own.mode)].includes("require");
}

/** Returns undefined for a workflow of a repository that nobody names. */
function signatoryOf(
  { issuer, repository, workflow, ref, subject, key }: Identity,
  { githubSource }: Pick<Service, "githubSource">,
  owner: string | undefined,
): Signatory | undefined {
  if (key !== undefined) return { kind: "key", file: key };
  if (issuer === undefined) throw new Error("an identity without an issuer was refused");
  if (subject !== undefined) return { kind: "subject", issuer, subject };
  const isKnown = owner !== undefined && githubSource !== "";
  const source = repository ?? (isKnown ? exactly(`${owner}/${githubSource}`) : undefined);
  if (source === undefined) return undefined;
  return {
    kind: "workflow",
    issuer,
    repository: source,
    ...(workflow && { workflow }),
    ...(ref && { ref }),
  };
}

/** Returns the rule that takes one text alone, whatever it has: refs of git may look like patterns. */
export function exactly(text: string): TextRule {
  const rule = parseTextRule(text);
  if (!("problem" in rule)) return rule;
  const pattern = parseTextRule(`^${text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&")}$`);
  if ("problem" in pattern) throw new Error(`"${text}" is ${pattern.problem}`);
  return pattern;
}

/** Returns a policy in one line: `require: GitHub Actions in acme/orders (.github/workflows/release.yml)`. */
export function formatPolicy({ mode, signatories, predicates }: Policy): string {
  if (mode === "off") return mode;
  const who = signatories.map(formatSignatory).join(" or ") || "nobody may sign";
  return `${mode}: ${who}${predicates.length === 0 ? "" : `, ${predicates.join(" and ")}`}`;
}

/** Returns who may sign, in words. */
export function formatSignatory(signatory: Signatory): string {
  if (signatory.kind === "key") return `the key ${signatory.file}`;
  const { issuer } = signatory;
  if (signatory.kind === "subject") return `${signatory.subject.text} of ${issuer.text}`;
  const { repository, workflow, ref } = signatory;
  const by = issuer.text === GITHUB_ISSUER ? "GitHub Actions" : issuer.text;
  const file = workflow === undefined ? "" : ` (${workflow.text})`;
  return `${by} in ${repository.text}${file}${ref === undefined ? "" : ` at ${ref.text}`}`;
}
