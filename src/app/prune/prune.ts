import { isError, outsideError, usageError } from "../../core/error";
import { parseImageReference } from "../../core/image-reference";
import {
  bytesOf,
  goingOf,
  outdatedReleases,
  prunePlan,
  type KeepRules,
  type PrunePlan,
  type StoredManifest,
} from "../../core/prune";
import { mutableTagsIn, type Repository } from "../../core/repository";
import { registryRoles } from "../../core/stack/registry";
import { suggestion } from "../../core/suggestion";
import type { ImageRegistries } from "../../adapters/oci/image-registries";
import type { ListedRelease } from "../../adapters/github/releases";
import { inTurn } from "../each-of";
import { deployedStacks } from "./deployed";
import { keptOf } from "./keep-rules";
import { prefixesOf, type KeptRepository } from "./kept";
import { openRepository } from "../open";
import { plansIn } from "../plan-stacks";
import type { Reporter } from "../reporter";
import type { World } from "../world";

/** What may go. */
export interface PruneRequest {
  /** All services without one. */
  readonly services: readonly string[];
  /** The stack that declares the registry which it is about. Undefined: all of them, and releases on GitHub. */
  readonly stack?: string | undefined;
  /** In milliseconds: what was pushed later stays, and so does what a stack ran later. */
  readonly minimumAge: number;
  /** How many versions of each service stay in each stack, besides the one that runs. */
  readonly depth: number;
  /** Whether what was pushed nobody knows when may go. */
  readonly takesUnknownAge: boolean;
}

/** What goes of one repository, and what stays. */
export interface RepositoryPlan {
  readonly name: string;
  readonly plan: PrunePlan;
  readonly rules: KeepRules;
  /** Digests that are pinned of it, with a tag or without. */
  readonly pinned: readonly string[];
}

/** What goes of the releases of one repository on GitHub. */
export interface ReleasesPlan {
  readonly name: string;
  readonly going: readonly ListedRelease[];
}

/** What goes, and what stays. */
export interface PruneResult {
  readonly repositories: readonly RepositoryPlan[];
  /** Releases on GitHub of mutable channels; undefined without a token, as GitHub wasn't asked. */
  readonly releases?: readonly ReleasesPlan[];
  /** Repositories that don't exist yet. */
  readonly missing: readonly string[];
  /** Repositories of charts that others publish: nothing of them goes. */
  readonly others: readonly string[];
}

/** What was deleted. */
export interface Pruned {
  readonly deleted: readonly { readonly repository: string; readonly manifest: StoredManifest }[];
  readonly removed: readonly { readonly repository: string; readonly tag: string }[];
  /** Repositories whose registry deletes nothing by the API of OCI: all of them stays. */
  readonly unsupported: readonly string[];
  /** Why it stopped before the end. */
  readonly stopped?: string;
}

/**
 * Returns what may go of the image repositories of services and of their releases of mutable channels, and what stays
 * and why. Nothing is deleted.
 * @throws ReleasesError of kind `usage` for an unknown service; as `deployedStacks` and `keptOf` where it isn't known
 *   what has to stay; of kind `outside` where a registry can't be read
 */
export async function prune(
  world: World,
  request: PruneRequest,
  report: Reporter,
): Promise<PruneResult> {
  const now = world.now();
  const { services, stack, depth, minimumAge, takesUnknownAge } = request;
  const current = openRepository(world);
  const isOfStack = stack === undefined ? () => true : registryOf(current, stack);
  const since = new Date(now.getTime() - minimumAge);
  const deployed = await deployedStacks(world, current, report);
  const recent = { depth, since };
  const { repositories, others, ...kept } = keptOf(world, recent, deployed, now, report);
  const unknown = services.find((name) => !kept.services.includes(name));
  if (unknown !== undefined) {
    throw usageError(`unknown service "${unknown}"; ${suggestion(unknown, kept.services)}`);
  }
  const wanted = repositories.filter((one) => isWanted(one, services) && isOfStack(one.name));
  const found: RepositoryPlan[] = [];
  const missing: string[] = [];
  await withRegistries(world, current, async (registries) => {
    await inTurn(wanted, "reading image repositories", report, async ({ name, pinned, ...own }) => {
      const { tags, tagPatterns, mutableTags } = own;
      const { digests, lastRan } = kept;
      const age = { minimumAge, takesUnknownAge };
      const rules = { digests, lastRan, tags, tagPatterns, mutableTags, ...age };
      const repository = { name, rules, pinned };
      const plan = await planFor(registries, repository, now);
      if (plan === undefined) missing.push(name);
      else found.push({ ...repository, plan });
    });
  });
  const plan = { repositories: found, missing, others };
  if (stack !== undefined) return { ...plan, releases: [] };
  const github = await world.github();
  if (github === undefined) return plan;
  const asked = kept.releases.filter((one) => isWanted(one, services));
  const mutableTags = mutableTagsIn(current);
  const releases: ReleasesPlan[] = [];
  await inTurn(asked, "reading releases", report, async ({ name, tags, tagPatterns }) => {
    const rules = { tags, tagPatterns, mutableTags, minimumAge };
    const going = outdatedReleases(await github.releases(name).listed(), rules, now);
    if (going.length > 0) releases.push({ name, going });
  });
  return { ...plan, releases };
}

/**
 * Returns whether a repository is in the registry that a stack declares, or in its replicas in the same account. Those
 * in other accounts belong to the stacks there, and what is shared to the stack that owns it.
 * @throws ReleasesError of kind `usage` for an unknown stack
 */
function registryOf(current: Repository, name: string): (repository: string) => boolean {
  const plans = plansIn(current);
  const plan = plans.find(({ config }) => config.stack === name);
  if (plan === undefined) {
    const known = plans.map(({ config }) => config.stack);
    throw usageError(`unknown stack "${name}"; ${suggestion(name, known)}`);
  }
  const { account, registry } = plan.config;
  if (registry === undefined || registry.role === "shared") return () => false;
  const replicas = registry.replicas.filter((replica) => replica.account === account);
  const prefixes = prefixesOf({ ...plan.config, registry: { ...registry, replicas } });
  return (repository) => prefixes.some((prefix) => repository.startsWith(prefix));
}

function isWanted(
  { services }: Pick<KeptRepository, "services">,
  names: readonly string[],
): boolean {
  return names.length === 0 || names.some((name) => services.has(name));
}

/**
 * Returns the plan of a repository; undefined where there is none of that name. What the registry doesn't list is asked
 * for by digest: the parts and referrers of what goes, and what may share parts with it: digests that are pinned, and
 * indexes within others.
 */
async function planFor(
  registries: ImageRegistries,
  { name, rules, pinned }: Omit<RepositoryPlan, "plan">,
  now: Date,
): Promise<PrunePlan | undefined> {
  const repository = parseImageReference(name);
  const listed = await registries.manifests(repository);
  if (listed === undefined) return undefined;
  const manifests = new Map(listed.map((manifest) => [manifest.digest, manifest]));
  const asked = new Set<string>();
  for (;;) {
    const plan = prunePlan([...manifests.values()], rules, now);
    const going = goingOf(plan);
    const open = going.filter(({ digest }) => !asked.has(digest));
    const staying = plan.staying.flatMap(({ manifest: { indexes = [] } }) => indexes);
    const hidden = [...pinned, ...staying].filter(
      (digest) => !manifests.has(digest) && !asked.has(digest),
    );
    if (going.length === 0 || open.length + hidden.length === 0) return plan;
    for (const digest of [...open.map((one) => one.digest), ...hidden]) asked.add(digest);
    const found = [
      ...(open.length === 0 ? [] : await registries.unlisted(repository, open)),
      ...(hidden.length === 0 ? [] : await registries.named(repository, [...new Set(hidden)])),
    ];
    for (const manifest of found) {
      if (!manifests.has(manifest.digest)) manifests.set(manifest.digest, manifest);
    }
  }
}

/**
 * Deletes what a plan says, repository after repository, then the releases on GitHub. It stops at the first surprise:
 * where the repository isn't what it was when it was planned, and where the registry refuses.
 */
export async function removePlanned(
  world: World,
  { repositories, releases = [] }: Pick<PruneResult, "repositories" | "releases">,
  report: Reporter,
): Promise<Pruned> {
  const unsupported: string[] = [];
  const removed: { repository: string; tag: string }[] = [];
  const deleted: { repository: string; manifest: StoredManifest }[] = [];
  try {
    await withRegistries(world, openRepository(world), async (registries) => {
      await inTurn(repositories, "deleting images", report, async (repository) => {
        const { name, plan } = repository;
        if (plan.steps.length === 0) return;
        const now = await planFor(registries, repository, world.now());
        expectSame(name, goingOf(plan), now === undefined ? [] : goingOf(now));
        for (const step of plan.steps) {
          const deletes = await registries.remove(parseImageReference(name), step, (manifest) => {
            deleted.push({ repository: name, manifest });
          });
          if (deletes) continue;
          unsupported.push(name);
          return;
        }
      });
    });
    const github = releases.length === 0 ? undefined : await world.github();
    await inTurn(releases, "removing releases", report, async ({ name, going }) => {
      for (const release of going) {
        await github?.releases(name).remove(release);
        removed.push({ repository: name, tag: release.tag });
      }
    });
    return { deleted, removed, unsupported };
  } catch (cause) {
    if (!isError(cause, "outside")) throw cause;
    return { deleted, removed, unsupported, stopped: cause.message };
  }
}

/** What is planned has to be what would be planned now. */
function expectSame(
  name: string,
  planned: readonly StoredManifest[],
  now: readonly StoredManifest[],
): void {
  const current = new Map(now.map((manifest) => [manifest.digest, textOf(manifest)]));
  const changed = planned.find((manifest) => current.get(manifest.digest) !== textOf(manifest));
  if (changed === undefined) return;
  const what = changed.tags[0] ?? changed.digest;
  throw outsideError(`${name}: ${what} has changed since it was planned; run prune again`);
}

function textOf({ tags, children, subject }: StoredManifest): string {
  return JSON.stringify([[...tags].sort(), children, subject ?? null]);
}

/** Returns the size of what goes, in bytes. Layers that images share are counted with each of them. */
export function goingBytes({ repositories }: Pick<PruneResult, "repositories">): number {
  return repositories.reduce((sum, { plan }) => sum + bytesOf(goingOf(plan)), 0);
}

async function withRegistries(
  world: World,
  current: Repository,
  act: (registries: ImageRegistries) => Promise<void>,
): Promise<void> {
  const configs = plansIn(current).map(({ config }) => config);
  const registries = world.registries(registryRoles(...configs));
  try {
    await act(registries);
  } finally {
    registries.close();
  }
}
