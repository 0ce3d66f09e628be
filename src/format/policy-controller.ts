import type { ClusterPolicy } from "../app/cluster-policy";
import {
  resourceName,
  type ClusterDemand,
  type ClusterRoot,
  type ClusterSigner,
} from "../core/verify/cluster-demand";
import { COSIGN_SIGNATURE } from "../core/verify/judge";
import { identityOf } from "./kyverno";
import { sigstoreKeys } from "./trust-root";

/** What is to be created in a cluster, and why. */
export interface ClusterResource {
  readonly says: string;
  readonly resource: object;
}

/** Names of TrustRoots, by what is in them. */
type RootNames = ReadonlyMap<string, string>;

/** Returns demands as Sigstore's ClusterImagePolicies, and before them the TrustRoots that they name. */
export function imagePolicies({ environment, demands, at }: ClusterPolicy): ClusterResource[] {
  const roots = [...new Set(demands.flatMap(({ signers }) => signers.flatMap(rootsOf)))];
  const trusted = roots.flatMap((json) => {
    const keys = sigstoreKeys(json, at);
    return keys === undefined ? [] : { json, keys };
  });
  const names = new Map(
    trusted.map(({ json }, index) => [
      json,
      resourceName(`releases-${environment}-root-${index + 1}`),
    ]),
  );
  return [
    ...trusted.map(({ json, keys }) => ({
      says: "who issues certificates, keeps logs and signs times today",
      resource: {
        apiVersion: "policy.sigstore.dev/v1alpha1",
        kind: "TrustRoot",
        metadata: { name: names.get(json) },
        spec: { sigstoreKeys: keys },
      },
    })),
    ...demands.map((demand) => ({ says: demand.says, resource: imagePolicy(demand, names) })),
  ];
}

/** Whether none of who may sign has a certificate of today, so that nothing would be admitted. */
export function hasNobody({ signers }: ClusterDemand, at: Date): boolean {
  return signers.every(
    (signer) =>
      signer.kind === "keyless" &&
      signer.roots.every(({ json }) => sigstoreKeys(json, at) === undefined),
  );
}

function rootsOf(signer: ClusterSigner): string[] {
  return signer.kind === "key" ? [] : signer.roots.map(({ json }) => json);
}

/** One of its authorities is enough. */
function imagePolicy({ name, mode, images, types, signers }: ClusterDemand, roots: RootNames) {
  const authorities = signers.flatMap((signer) =>
    types.flatMap((type) => authoritiesOf(signer, type, roots)),
  );
  return {
    apiVersion: "policy.sigstore.dev/v1beta1",
    kind: "ClusterImagePolicy",
    metadata: { name },
    spec: {
      mode: mode === "require" ? "enforce" : "warn",
      // An image without a tag has the tag latest there.
      images: images.flatMap((image) => [`${image}:**`, `${image}@**`].map((glob) => ({ glob }))),
      authorities: authorities.map((authority, index) => ({
        name: `authority${index + 1}`,
        ...authority,
      })),
    },
  };
}

function authoritiesOf(signer: ClusterSigner, predicateType: string, names: RootNames): object[] {
  const attestations = [{ name: "attestation", predicateType }];
  if (signer.kind === "key") {
    const key = { data: `${signer.pem}\n`, hashAlgorithm: "sha256" };
    // In the formats before cosign 3 a signature is no attestation.
    return [predicateType === COSIGN_SIGNATURE ? { key } : { key, attestations }];
  }
  return signer.roots.flatMap((root) => {
    const trustRootRef = names.get(root.json);
    if (trustRootRef === undefined) return [];
    const identities = [identityOf(signer)];
    return {
      signatureFormat: "bundle",
      keyless: { url: "https://fulcio.sigstore.dev", trustRootRef, identities, ...sctOf(root) },
      ...timesOf(root, trustRootRef),
      attestations,
    };
  });
}

function sctOf({ hasLogs }: ClusterRoot): object {
  return hasLogs ? {} : { insecureIgnoreSCT: true };
}

/** Signatures without a log entry need a signed time. */
function timesOf({ hasLogs }: ClusterRoot, trustRootRef: string): object {
  return hasLogs ? {} : { rfc3161timestamp: { trustRootRef } };
}
