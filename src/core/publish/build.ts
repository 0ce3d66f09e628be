import { isDeepStrictEqual } from "node:util";
import { asMapping } from "../mapping";
import { COSIGN_SIGNATURE, PROVENANCE_TYPES } from "../verify/judge";
import { DEFAULT_ROOT, exactly, type Policy, type Signatory } from "../verify/policy";
import type { ToSign } from "../verify/promotion";
import { GITHUB_ISSUER } from "../verify/signed-by";

/** How something was built: what provenance says of it. */
export interface Build {
  /** Page of the repository: `https://github.com/acme/orders`. */
  readonly source: string;
  /** In full: `refs/tags/v1.2.3`. */
  readonly ref: string;
  readonly commit: string;
  /** The workflow's file, relative to the repository. */
  readonly workflow: string;
  /** The workflow that signs, with its ref, as its certificate names it. */
  readonly builder: string;
  /** What started the run, such as `push`. */
  readonly event?: string;
  /** Page of the run. */
  readonly run?: string;
}

/** What is built: an image or a chart by its repository, or a file by its name. */
export interface Product {
  readonly name: string;
  /** `sha256:` and 64 hex digits. */
  readonly digest: string;
}

/** How GitHub's own action describes a build by a workflow: https://actions.github.io/buildtypes/workflow/v1 */
const WORKFLOW_BUILD = "https://actions.github.io/buildtypes/workflow/v1";

/** Predicate type of the provenance that is written. */
export const PROVENANCE_TYPE = PROVENANCE_TYPES[0] ?? "";

/** Returns the statement that something is signed, as `cosign sign` makes it. */
export function signatureOf(product: Product): ToSign {
  return statementOf(COSIGN_SIGNATURE, {}, [product]);
}

/** Returns provenance of products, as SLSA has it: https://slsa.dev/spec/v1.0/provenance */
export function provenanceFor(build: Build, products: readonly Product[]): ToSign {
  const { source, ref, commit, workflow, builder, event, run } = build;
  const predicate = {
    buildDefinition: {
      buildType: WORKFLOW_BUILD,
      externalParameters: { workflow: { ref, repository: source, path: workflow } },
      ...(event !== undefined && { internalParameters: { github: { event_name: event } } }),
      resolvedDependencies: [{ uri: `git+${source}@${ref}`, digest: { gitCommit: commit } }],
    },
    runDetails: {
      builder: { id: builder },
      ...(run !== undefined && { metadata: { invocationId: run } }),
    },
  };
  return statementOf(PROVENANCE_TYPE, predicate, products);
}

function statementOf(
  predicateType: string,
  predicate: object,
  products: readonly Product[],
): ToSign {
  const subject = products.map(({ name, digest }) => ({
    name,
    digest: { sha256: digest.replace("sha256:", "") },
  }));
  const _type = "https://in-toto.io/Statement/v1";
  return {
    predicateType,
    statement: JSON.stringify({ _type, subject, predicateType, predicate }),
  };
}

/** Whether a statement says the same as one that is to be signed; another run of the same workflow may have made it. */
export function saysTheSame(payload: string, { statement }: ToSign): boolean {
  return isDeepStrictEqual(withoutRun(payload), withoutRun(statement));
}

function withoutRun(text: string): unknown {
  const statement = parsed(text);
  const { predicate, ...others } = asMapping(statement);
  const { runDetails, ...definition } = asMapping(predicate);
  const { builder } = asMapping(runDetails);
  return { ...others, definition, builder };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Returns who has to have signed a build: the workflow of its repository at its ref, or the owner of a key. */
export function builderPolicy(
  repository: string,
  ref: string | undefined,
  key?: { readonly file: string },
): Policy {
  const workflow: Signatory = {
    kind: "workflow",
    issuer: exactly(GITHUB_ISSUER),
    repository: exactly(repository),
    ...(ref !== undefined && { ref: exactly(ref) }),
  };
  const signatory: Signatory = key === undefined ? workflow : { kind: "key", file: key.file };
  return { mode: "require", root: DEFAULT_ROOT, signatories: [signatory], predicates: [] };
}

/** Returns the commit that provenance says something was built from; undefined for another statement. */
export function commitIn(payload: string): string | undefined {
  const { buildDefinition } = asMapping(asMapping(parsed(payload))["predicate"]);
  const { resolvedDependencies: resolved } = asMapping(buildDefinition);
  const [first] = Array.isArray(resolved) ? (resolved as unknown[]) : [];
  const { gitCommit } = asMapping(asMapping(first)["digest"]);
  return typeof gitCommit === "string" ? gitCommit : undefined;
}
