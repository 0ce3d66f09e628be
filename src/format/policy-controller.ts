import type { ClusterPolicy } from "../app/verify/cluster-policy";
import {
  resourceName,
  type ClusterDemand,
  type ClusterRoot,
  type ClusterSigner,
} from "../core/verify/cluster-demand";
import { imageNames } from "../core/verify/cluster-image";
import { COSIGN_SIGNATURE } from "../core/verify/judge";
import { isPromotionType } from "../core/verify/promotion-type";
import { identityOf } from "./kyverno";
import { isPublicInstance, PUBLIC_AUTHORITY, sigstoreKeys } from "./trust-root";

/** What is to be created in a cluster, and why. */
export interface ClusterResource {
  readonly says: string;
  readonly resource: object;
}

/** Names of TrustRoots, by what is in them. */
type RootNames = ReadonlyMap<string, string>;

/** Returns demands as Sigstore's ClusterImagePolicies, and before them the TrustRoots that they name. */
export function imagePolicies({ environment, demands, at }: ClusterPolicy): ClusterResource[] {
  const unlogged = demands.flatMap(rootsOf).filter(({ hasLogs }) => !hasLogs);
  const trusted = [...new Set(unlogged.map(({ json }) => json))].flatMap((json) => {
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
      says: "who issues certificates and signs times without a log",
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

/** Returns why a demand can't be made on a day, a clause each. */
export function demandProblems(demand: ClusterDemand, at: Date): string[] {
  const { name, types, signers } = demand;
  const roots = rootsOf(demand);
  const hasKey = signers.some(({ kind }) => kind === "key");
  return [
    ...(hasKey && types.some(isPromotionType)
      ? [`${name}: policy-controller reads no bundle that is signed with a key; use Kyverno`]
      : []),
    ...(roots.some(({ hasLogs, json }) => hasLogs && !isPublicInstance(json))
      ? [`${name}: policy-controller reads no log but Sigstore's public one; use Kyverno`]
      : []),
    ...(roots.some(({ hasLogs, json }) => !hasLogs && sigstoreKeys(json, at) === undefined)
      ? [`${name}: an instance of the trust root has no authority of today; take it anew`]
      : []),
  ];
}

function rootsOf({ signers }: ClusterDemand): ClusterRoot[] {
  return signers.flatMap((signer) => (signer.kind === "key" ? [] : signer.roots));
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
      images: images
        .flatMap(imageNames)
        .flatMap((name) => [`${name}:**`, `${name}@**`].map((glob) => ({ glob }))),
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
  const identities = [identityOf(signer)];
  return signer.roots.map(({ json, hasLogs }) => ({
    signatureFormat: "bundle",
    ...(hasLogs ? logged(identities) : timed(identities, names.get(json))),
    attestations,
  }));
}

/** By Sigstore's public instance, whose keys policy-controller takes from its TUF repository. */
function logged(identities: readonly object[]): object {
  return { keyless: { url: PUBLIC_AUTHORITY, identities } };
}

/** Signatures without a log entry need a signed time. */
function timed(identities: readonly object[], trustRootRef: string | undefined): object {
  return {
    keyless: { url: PUBLIC_AUTHORITY, trustRootRef, identities, insecureIgnoreSCT: true },
    rfc3161timestamp: { trustRootRef },
  };
}
