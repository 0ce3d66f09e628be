import { stringify } from "yaml";
import type { ClusterPolicy } from "../app/cluster-policy";
import type { ClusterDemand } from "../core/verify/cluster-demand";
import { printable } from "../core/printable";
import { kyvernoPolicy } from "./kyverno";
import { imagePolicies } from "./policy-controller";

/** The engines that a policy can be printed for. */
export const ENGINES = ["kyverno", "policy-controller"] as const;

/** An engine that admits images to a cluster. */
export type Engine = (typeof ENGINES)[number];

/** What is true of each engine's policies, for whoever applies them. */
const NOTES: Readonly<Record<Engine, readonly string[]>> = {
  kyverno: [
    "Kyverno 1.19. Signatures are read as bundles: sign with cosign 3, or attest with GitHub's action.",
    "Certificates are of Sigstore's public instance; for those of GitHub's own, of private repositories, add trustedRoot.",
    "Images that no policy here names are admitted: limit them by a policy of your own.",
  ],
  "policy-controller": [
    "policy-controller 0.15. It acts in namespaces with the label policy.sigstore.dev/include=true, and refuses there",
    'what no policy names where the ConfigMap config-policy-controller has "no-match-policy: deny".',
    "Certificates are of Sigstore's public instance; for those of GitHub's own, of private repositories, add trustRootRef.",
    "Signatures with a certificate are read as bundles, and those with a key in the formats before cosign 3.",
  ],
};

/** Returns the policies of an engine as YAML documents; a comment where nothing is demanded. */
export function formatClusterPolicy(
  { environment, demands }: ClusterPolicy,
  engine: Engine,
): string {
  if (demands.length === 0) {
    return `# ${environment} demands no signature: there is nothing that a cluster would have to refuse.`;
  }
  const documents = demands.map((demand) => {
    return `# ${printable(demand.says)}\n${stringify(policyOf(demand, engine), { lineWidth: 0 }).trimEnd()}`;
  });
  const notes = [
    `What ${environment} admits, made by releases policy ${environment}. Make it again when environments.yaml changes.`,
    ...NOTES[engine],
  ];
  return [notes.map((note) => `# ${note}`).join("\n"), ...documents].join("\n---\n");
}

/** Returns what an engine can't demand, a clause each. */
export function engineProblems({ demands }: ClusterPolicy, engine: Engine): string[] {
  if (engine === "kyverno") return [];
  return demands
    .filter(({ types, signers }) => {
      return types.some(isOwnType) && signers.some(({ kind }) => kind === "key");
    })
    .map(
      ({ name }) =>
        `${name}: policy-controller reads no bundle that is signed with a key; use Kyverno`,
    );
}

function isOwnType(type: string): boolean {
  return type.includes("/promotion/");
}

function policyOf(demand: ClusterDemand, engine: Engine): object {
  return engine === "kyverno" ? kyvernoPolicy(demand) : imagePolicies(demand);
}
