import type { ClusterDemand, ClusterSigner } from "../core/verify/cluster-demand";
import { imageNames } from "../core/verify/cluster-image";
import type { ClusterText } from "../core/verify/cluster-identity";

/** As long as admission may take: it asks registries. */
const TIMEOUT_SECONDS = 30;

/** Returns a demand as Kyverno's ImageValidatingPolicy. */
export function kyvernoPolicy({ name, mode, images, types, signers }: ClusterDemand): object {
  const isRequired = mode === "require";
  const attestors = signers.flatMap(attestorsOf).map((cosign, index) => {
    return { name: `signer${index + 1}`, cosign };
  });
  const attestations = types.map((type, index) => ({ name: `type${index + 1}`, intoto: { type } }));
  const anyOf = attestors.map((attestor) => `attestors.${attestor.name}`).join(", ");
  const counts = attestations.map((attestation) => {
    return `verifyAttestationSignatures(image, attestations.${attestation.name}, [${anyOf}]) > 0`;
  });
  return {
    apiVersion: "policies.kyverno.io/v1",
    kind: "ImageValidatingPolicy",
    metadata: { name },
    spec: {
      validationActions: isRequired ? ["Deny"] : ["Warn", "Audit"],
      failurePolicy: isRequired ? "Fail" : "Ignore",
      webhookConfiguration: { timeoutSeconds: TIMEOUT_SECONDS },
      matchConstraints: {
        resourceRules: [
          {
            apiGroups: [""],
            apiVersions: ["v1"],
            operations: ["CREATE", "UPDATE"],
            resources: ["pods", "pods/ephemeralcontainers"],
          },
        ],
      },
      matchImageReferences: images
        .flatMap(imageNames)
        .flatMap((name) => [name, `${name}:*`, `${name}@*`].map((glob) => ({ glob }))),
      // A tag is verified at the digest that it has then, and stays at it.
      validationConfigurations: {
        mutateDigest: isRequired,
        verifyDigest: isRequired,
        required: isRequired,
      },
      attestors,
      attestations,
      validations: [
        {
          expression: `(images.containers + images.initContainers + images.ephemeralContainers).all(image, ${counts.join(" || ")})`,
          message: `${name}: none of ${types.join(", ")} by one who may sign`,
        },
      ],
    },
  };
}

/** A key needs no log: whoever has it signs. Neither do certificates whose signatures have a signed time. */
const WITHOUT_LOGS = { ctlog: { insecureIgnoreTlog: true, insecureIgnoreSCT: true } };

/** Returns who may have signed: one for each instance of Sigstore, which isn't to be mixed with another. */
function attestorsOf(signer: ClusterSigner): object[] {
  if (signer.kind === "key") return [{ key: { data: `${signer.pem}\n` }, ...WITHOUT_LOGS }];
  const keyless = { identities: [identityOf(signer)] };
  return signer.roots.map(({ json, hasLogs }) => {
    return { keyless, trustedRoot: { value: json }, ...(!hasLogs && WITHOUT_LOGS) };
  });
}

/** Returns an identity, as Kyverno and policy-controller have it. */
export function identityOf({
  issuer,
  subject,
}: Extract<ClusterSigner, { kind: "keyless" }>): Readonly<Record<string, string>> {
  return { ...keyed("issuer", issuer), ...keyed("subject", subject) };
}

function keyed(key: string, text: ClusterText): Record<string, string> {
  return "exact" in text ? { [key]: text.exact } : { [`${key}RegExp`]: text.pattern };
}
