import type { Environments } from "../../core/environments";
import type { ReleaseList, Service } from "../../core/list/service";
import type { Deployment, StackConfig } from "../../core/stack/plan";
import { registryRoles } from "../../core/stack/registry";
import { policyIn } from "../../core/verify/demanded";
import { formatPolicy, type Policy } from "../../core/verify/policy";
import { verdictOf, type ServiceVerdict } from "../../core/verify/verification";
import { eachOf } from "../each-of";
import type { Reporter } from "../reporter";
import { Signatures } from "./signatures";
import { trustedDigests, type ReadFile } from "./trust";
import { Verifier } from "./verification";
import type { World } from "../world";

/** What a tree says of signatures: who signs each service, its promotion path, the files that this trusts. */
export interface Side {
  readonly environments: Environments | undefined;
  readonly environment: string;
  readonly owner: string | undefined;
  readonly list: readonly Service[];
  readonly read: ReadFile;
}

/** What a stack runs, or a part of it, with every definition of the repository. */
export interface Running {
  readonly config: StackConfig;
  readonly deployments: readonly Deployment[];
  readonly list: ReleaseList;
}

/** What a side says of the signatures of a deployment. */
export interface SideVerdict extends ServiceVerdict {
  readonly side: Side;
  readonly deployment: Deployment;
  readonly policy: Policy;
}

/**
 * Asks for the signatures of what a stack runs, and judges them by each of two sides; by the first alone where both
 * demand and trust the same. Of what a side demands nothing about it says nothing.
 * @throws ReleasesError of kind `outside` when a registry or GitHub can't be asked
 */
export async function judgedBySides(
  world: World,
  { config, deployments, list }: Running,
  [first, second]: readonly [Side, Side],
  report: Reporter,
): Promise<SideVerdict[]> {
  const questions = deployments.flatMap((deployment) => {
    const [policy, other] = [policyOn(first, deployment), policyOn(second, deployment)];
    const isSame = textOf(policy, first) === textOf(other, second);
    const all = [
      { side: first, deployment, policy },
      ...(isSame ? [] : [{ side: second, deployment, policy: other }]),
    ];
    return all.filter(({ policy }) => policy.mode !== "off");
  });
  if (questions.length === 0) return [];
  const registries = world.registries(registryRoles(config));
  try {
    const github = await world.github();
    const charts = world.chartRepositories();
    const signatures = new Signatures({ registries, github, charts, list });
    const verifierOf = ({ read }: Side) => new Verifier(signatures, read, world.helm);
    const [one, two] = [verifierOf(first), verifierOf(second)];
    return await eachOf(questions, "verifying signatures", report, async (question) => {
      const { side, deployment, policy } = question;
      const verifier = side === first ? one : two;
      const verification = await verifier.verify({ deployment, config, policy });
      return { ...question, ...verdictOf(verification, policy) };
    });
  } finally {
    registries.close();
  }
}

/** Returns what a side demands of a service, as its own definition has it; of one that it lacks, as it is now. */
function policyOn({ environments, environment, owner, list }: Side, { service }: Deployment) {
  const own = list.find(({ name }) => name === service.name) ?? service;
  return policyIn({ environments, config: { environment, githubOwner: owner } }, own);
}

/** Returns a policy with the digests of all that it trusts, in one text. */
function textOf(policy: Policy, { read }: Side): string {
  return [formatPolicy(policy), ...trustedDigests(policy, read)].join(" ");
}
