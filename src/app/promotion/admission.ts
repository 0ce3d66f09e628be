import { findingsError, usageError } from "../../core/error";
import { hasErrors } from "../../core/input/issue";
import { areApart, belongsTo, type ReleaseList, type Service } from "../../core/list/service";
import type { MessageTitle } from "../../core/promotion/commit-message";
import { differences, type Difference } from "../../core/promotion/moves";
import { proposePromotion, type Promotion } from "../../core/promotion/promotion";
import { proposalOf, type Proposal } from "../../core/promotion/proposal";
import { refusals } from "../../core/promotion/gates";
import { parseRepository, planStack, withStackText, type Repository } from "../../core/repository";
import { environmentOf } from "../../core/stack/config";
import type { Deployment, StackPlan } from "../../core/stack/plan";
import type { Environment, Environments } from "../../core/environments";
import type { EditedFile } from "../edit-stacks";
import { openRepository } from "../open";
import { withValue } from "../list-edit";
import { planAndIssues } from "../plan-stacks";
import type { World } from "../world";

/** A service that comes to an environment for the first time. */
export interface Admission {
  readonly service: Service;
  readonly upstream: Deployment;
  readonly environment: Environment;
  readonly title: MessageTitle;
  readonly dryRun: boolean;
  /** Returns what is known about a service that would move in a stack. */
  readonly promotionFor: (moving: readonly Difference[], plan: StackPlan) => Promise<Promotion>;
}

/** What an admission edits, or would. */
export interface Admitted {
  readonly proposal: Proposal;
  readonly isRefused: boolean;
  readonly files: readonly EditedFile[];
}

/**
 * Returns the one service by name that runs upstream, and whose definitions leave an environment out; undefined where
 * none of them does.
 * @throws ReleasesError of kind `usage` where others are named with it
 */
export function enteringOf(
  names: readonly string[],
  running: ReadonlyMap<string, Deployment>,
  { name: environment }: Environment,
  list: ReleaseList,
): Deployment | undefined {
  const entering = names.flatMap((name) => {
    const deployment = running.get(name);
    if (deployment === undefined) return [];
    // Another definition of the name may be the environment's.
    const defined = [deployment.service, ...list.filter((service) => service.name === name)];
    return defined.some((service) => belongsTo(service, environment)) ? [] : deployment;
  });
  const [first] = entering;
  if (first === undefined || names.length === 1) return first;
  throw usageError(
    `${first.service.name} comes to ${environment} for the first time; promote it by itself`,
  );
}

/**
 * Lets a service come to an environment: its definition gets the environment, and the stacks that run it a pin where
 * they take no versions from the list. The gates judge it as any promotion.
 */
export async function admit(world: World, admission: Admission): Promise<Admitted> {
  const { service, environment, dryRun, title, upstream } = admission;
  const { file } = service.source;
  const act = async (write: (text: string) => Promise<void>): Promise<Admitted> => {
    const before = openRepository(world);
    const own = before.list.find((one) => one.name === service.name && !areApart(one, service));
    if (own?.environments === undefined) throw usageError(`${service.name} isn't in the list here`);
    const wanted = inOrder([...own.environments, environment.name], before.environments);
    const { text, edit } = withValue(world.files.text(file), own, ["environments"], wanted);
    const after = withListText(world, file, text);
    const changes = [];
    const files: { stack: string; file: string; text: string }[] = [];
    for (const values of after.stacks.values()) {
      const { plan } = planStack(after, values);
      if (environmentOf(values) !== environment.name || plan === undefined) continue;
      const runs = { config: plan.config, list: plan.list, deployments: [] };
      const entered = { ...upstream, service: { ...upstream.service, environments: wanted } };
      const moving = differences(new Map([[service.name, entered]]), runs, environment);
      const { stack } = plan.config;
      const config = `Pulumi.${stack}.yaml`;
      const read = { file: config, text: world.files.text(config), plan };
      const proposed = proposePromotion(read, await admission.promotionFor(moving, plan));
      changes.push(proposed);
      files.push({ stack, file: config, text: proposed.text });
    }
    const proposal = proposalOf(title, changes);
    const edits = [edit, ...proposal.edits];
    const isRefused = refusals(proposal.gates).length > 0;
    const all = [...files, { file, text }];
    if (isRefused) return { proposal: { ...proposal, edits }, isRefused, files: all };
    refuseErrors(after, files);
    if (!dryRun) {
      // The definition last: until it has the environment, a pin has no effect.
      for (const one of files) await world.files.edit(one.file, (to) => to(one.text));
      await write(text);
    }
    return { proposal: { ...proposal, edits }, isRefused, files: all };
  };
  return dryRun ? act(() => Promise.resolve()) : world.files.edit(file, act);
}

/** Returns environments in the order of the path. */
function inOrder(names: readonly string[], environments: Environments | undefined): string[] {
  const path = [...(environments?.keys() ?? [])];
  return [...new Set(names)].sort((a, b) => path.indexOf(a) - path.indexOf(b));
}

function withListText(world: World, file: string, text: string): Repository {
  const sources = world.files.read();
  const bytes = new TextEncoder().encode(text);
  const list = sources.list.map((source) => (source.file === file ? { file, bytes } : source));
  return parseRepository({ ...sources, list });
}

function refuseErrors(
  repository: Repository,
  files: readonly { readonly stack: string; readonly file: string; readonly text: string }[],
): void {
  for (const { stack, file, text } of files) {
    const edited = withStackText(repository, { file, bytes: new TextEncoder().encode(text) });
    const { issues } = planAndIssues(edited, stack);
    if (hasErrors(issues)) throw findingsError(issues);
  }
}
