import type { ClusterDemand, ClusterSigner } from "../core/verify/cluster-demand";
import type { ClusterText } from "../core/verify/cluster-identity";

/** As long as admission may take: it asks registries. */
const TIMEOUT_SECONDS = 30;

/** Returns a demand as Kyverno's ImageValidatingPolicy. */
export function kyvernoPolicy({ name, mode, images, types, signers }: ClusterDemand): object {
  const isRequired = mode === "require";
  const attestors = signers.map((signer, index) => {
    return { name: `signer${index + 1}`, cosign: cosignOf(signer) };
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
      matchImageReferences: images.flatMap((image) =>
        [image, `${image}:*`, `${image}@*`].map((glob) => ({ glob })),
      ),
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

function cosignOf(signer: ClusterSigner): object {
  if (signer.kind === "key") {
    // A key needs no log: whoever has it signs.
    const ctlog = { insecureIgnoreTlog: true, insecureIgnoreSCT: true };
    return { key: { data: `${signer.pem}\n` }, ctlog };
  }
  return { keyless: { identities: [identityOf(signer)] } };
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
