import type { Environments } from "../core/environments";
import type { Service } from "../core/list/service";
import type { Moved } from "../core/promotion/moves";
import { planStack } from "../core/repository";
import { environmentOf } from "../core/stack/config";
import type { Deployment, StackPlan } from "../core/stack/plan";
import { registryRoles } from "../core/stack/registry";
import { policyIn } from "../core/verify/demanded";
import { formatPolicy, type Policy } from "../core/verify/policy";
import { verdictOf } from "../core/verify/verification";
import { eachOf } from "./each-of";
import type { EnvironmentReader } from "./environments";
import type { Reporter } from "./reporter";
import { Signatures } from "./signatures";
import { trustedDigests, type ReadFile } from "./trust";
import { Verifier } from "./verification";
import type { World } from "./world";

/** What a tree says of signatures: who signs each service, its promotion path, the files that this trusts. */
interface Side {
  readonly environments: Environments | undefined;
  readonly environment: string;
  readonly owner: string | undefined;
  readonly list: readonly Service[];
  readonly read: ReadFile;
}

/**
 * Asks for the signatures of what a change moves in a stack. Returns what the environment's policy refuses, a
 * line each. The policy, the trust root and the service's repository on GitHub at the commit that is compared
 * with judge as well as the change's own, so that no change grants itself what it needs.
 * @throws ReleasesError of kind `outside` when a registry or GitHub can't be asked
 */
export async function unverifiedMoves(
  world: World,
  reader: EnvironmentReader,
  since: string,
  plan: StackPlan,
  moves: readonly Moved[],
  report: Reporter,
): Promise<string[]> {
  const moved = new Set(moves.map(({ name }) => name));
  const deployments = plan.deployments.filter(({ service }) => moved.has(service.name));
  const [own, former] = sidesOf(world, reader, since, plan);
  const questions = deployments.flatMap((deployment) => {
    const [now, before] = [own, former].map((side) => policyOn(side, deployment));
    if (now === undefined || before === undefined) throw new Error("each side has a policy");
    const isSame = textOf(now, own) === textOf(before, former);
    const all = [
      { deployment, side: own, policy: now, who: "" },
      ...(isSame
        ? []
        : [{ deployment, side: former, policy: before, who: "before this change: " }]),
    ];
    return all.filter(({ policy }) => policy.mode !== "off");
  });
  if (questions.length === 0) return [];
  const registries = world.registries(registryRoles(plan.config));
  try {
    const signatures = new Signatures(registries, await world.github());
    const verifiers = new Map(
      [own, former].map((side) => [side, new Verifier(signatures, side.read, world.helm)]),
    );
    const found = await eachOf(questions, "verifying signatures", report, async (question) => {
      const { deployment, side, policy, who } = question;
      const verified = { deployment, config: plan.config, policy };
      const verification = await verifiers.get(side)?.verify(verified);
      if (verification === undefined) throw new Error("each side has a verifier");
      const { pass, reason } = verdictOf(verification, policy);
      const { name: service } = deployment.service;
      if (pass) return [];
      if (policy.mode === "require") return `verified refuses ${service}: ${who}${reason}`;
      report.notice({ kind: "unverified", stack: plan.config.stack, service, reason });
      return [];
    });
    return found.flat();
  } finally {
    registries.close();
  }
}

function sidesOf(
  world: World,
  reader: EnvironmentReader,
  since: string,
  { config, environments, list }: StackPlan,
): [Side, Side] {
  const before = reader.at(since);
  const values = before.stacks.get(config.stack);
  const former = values && planStack(before, values).plan;
  const readerAt = (commit: string) => (file: string) => world.git.textAt(commit, file);
  const { environment, githubOwner: owner } = config;
  return [
    { environments, environment, owner, list, read: readerAt("HEAD") },
    {
      environments: before.environments,
      environment: values === undefined ? environment : environmentOf(values),
      owner: former === undefined ? owner : former.config.githubOwner,
      list: before.list,
      read: readerAt(since),
    },
  ];
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
