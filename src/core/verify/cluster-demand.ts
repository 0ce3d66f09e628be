import { COSIGN_SIGNATURE, PROVENANCE_TYPES } from "./judge";
import type { ClusterIdentity } from "./cluster-identity";

/** An instance of Sigstore whose certificates count. */
export interface ClusterRoot {
  /** `trusted_root.json` of Sigstore, on one line. */
  readonly json: string;
  /** Whether it logs signatures; those of one without logs have a signed time. */
  readonly hasLogs: boolean;
}

/** Who may sign, as a cluster knows them. */
export type ClusterSigner =
  | ({ readonly kind: "keyless"; readonly roots: readonly ClusterRoot[] } & ClusterIdentity)
  | { readonly kind: "key"; readonly file: string; readonly pem: string };

/** One demand of images: an attestation of one of some types by one of some signers. */
export interface ClusterDemand {
  /** Of the policy: `releases-production-orders`. */
  readonly name: string;
  /** What is demanded, in words. */
  readonly says: string;
  readonly mode: "warn" | "require";
  /** Image repositories, sorted: `ghcr.io/acme/orders`. */
  readonly images: readonly string[];
  /** Predicate types of which one is enough. */
  readonly types: readonly string[];
  /** Of whom one is enough. */
  readonly signers: readonly ClusterSigner[];
}

/**
 * Returns the predicate types of which there must be one, for each demand of a policy: every type that it names by
 * itself; where it names none, a signature or provenance.
 */
export function demandedTypes(predicates: readonly string[]): string[][] {
  return predicates.length === 0
    ? [[COSIGN_SIGNATURE, ...PROVENANCE_TYPES]]
    : predicates.map((one) => [one]);
}

/**
 * Returns demands with those joined that differ in their images alone, each under the first one's name. Names are
 * what Kubernetes takes, and no two are the same: one policy would replace the other.
 */
export function joinedDemands(demands: readonly ClusterDemand[]): ClusterDemand[] {
  const joined = new Map<string, ClusterDemand>();
  for (const demand of demands) {
    const { mode, types, signers } = demand;
    const key = JSON.stringify([mode, types, signers]);
    const known = joined.get(key);
    const images = [...new Set([...(known?.images ?? []), ...demand.images])].sort();
    joined.set(key, { ...(known ?? demand), images });
  }
  const names = new Set<string>();
  return [...joined.values()].map((demand) => {
    const name = freeName(resourceName(demand.name), names);
    names.add(name);
    return { ...demand, name };
  });
}

/** Returns a text as the name of a resource of Kubernetes. */
export function resourceName(text: string): string {
  return text.toLowerCase().replaceAll(/[^a-z0-9-]+/g, "-");
}

/** Returns a name, or that name with the first number that nobody has. */
function freeName(name: string, taken: ReadonlySet<string>): string {
  let free = name;
  for (let number = 2; taken.has(free); number++) free = `${name}-${number}`;
  return free;
}
