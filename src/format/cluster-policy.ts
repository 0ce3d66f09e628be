import { stringify } from "yaml";
import type { ClusterPolicy } from "../app/verify/cluster-policy";
import { printable } from "../core/printable";
import { kyvernoPolicy } from "./kyverno";
import { demandProblems, imagePolicies, type ClusterResource } from "./policy-controller";

/** The engines that a policy can be printed for. */
export const ENGINES = ["kyverno", "policy-controller"] as const;

/** An engine that admits images to a cluster. */
export type Engine = (typeof ENGINES)[number];

/** One line for each text, and all of each resource in its place. */
const YAML = { lineWidth: 0, aliasDuplicateObjects: false };

/** What is true of each engine's policies, for whoever applies them. */
const NOTES: Readonly<Record<Engine, readonly string[]>> = {
  kyverno: [
    "Kyverno 1.19. Signatures are read as bundles of the registry: sign with cosign 3, or attest with GitHub's action and",
    "push-to-registry. With several signers, apply it by --server-side: trust roots are long.",
    "It asks Sigstore's TUF repository as well, whatever trustedRoot says: where it can't, every certificate is refused",
    "until cosign.tuf of each signer names a mirror.",
    "Images that no policy here names are admitted: limit them by a policy of your own.",
  ],
  "policy-controller": [
    "policy-controller 0.15. It acts in namespaces with the label policy.sigstore.dev/include=true, and refuses there",
    'what no policy names where the ConfigMap config-policy-controller has "no-match-policy: deny".',
    "Signatures with a certificate are read as bundles, and those with a key in the formats before cosign 3.",
    "A TrustRoot knows no periods, so one has only the authorities of the day it was made: make it again each month.",
    "What others signed before, whose time has ended, is refused.",
    "Leave enable-oci11 off in the same ConfigMap: with it attestations count that nobody has verified.",
  ],
};

/** Returns the policies of an engine as YAML documents; a comment where nothing is demanded. */
export function formatClusterPolicy(policy: ClusterPolicy, engine: Engine): string {
  const { environment, demands } = policy;
  if (demands.length === 0) {
    return `# ${environment} demands no signature: there is nothing that a cluster would have to refuse.`;
  }
  const documents = resourcesOf(policy, engine).map(({ says, resource }) => {
    return `# ${printable(says)}\n${stringify(resource, YAML).trimEnd()}`;
  });
  const notes = [
    `What ${environment} admits, made by releases policy ${environment}. Make it again when environments.yaml or the`,
    "trust root changes.",
    ...NOTES[engine],
  ];
  return [notes.map((note) => `# ${note}`).join("\n"), ...documents].join("\n---\n");
}

/** Returns what an engine can't demand, a clause each. */
export function engineProblems({ demands, at }: ClusterPolicy, engine: Engine): string[] {
  return engine === "kyverno" ? [] : demands.flatMap((demand) => demandProblems(demand, at));
}

function resourcesOf(policy: ClusterPolicy, engine: Engine): ClusterResource[] {
  if (engine === "policy-controller") return imagePolicies(policy);
  return policy.demands.map((demand) => ({
    says: demand.says,
    resource: kyvernoPolicy(demand),
  }));
}
