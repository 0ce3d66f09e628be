import { GithubError } from "../adapters/github/errors";
import { Github } from "../adapters/github/github";
import { imageEvidence } from "../adapters/oci/images";
import { AwsError } from "../adapters/oci/ecr";
import { Registries, RegistryError } from "../adapters/oci/regctl";
import type { Artifact } from "../core/promotion/artifacts";
import { tagName } from "../core/tag-pattern";
import type { Difference } from "../core/promotion/moves";
import type { Promoted } from "../core/promotion/promotion";
import type { Service } from "../core/list/service";
import type { StackConfig } from "../core/stack/plan";
import { Commit } from "../core/version";
import { count, OutsideError, type Io } from "../cli/command";
import type { EnvironmentState } from "./environments";
import { Progress } from "../cli/progress";

/** What the network says of a service. */
export type Evidence = Pick<Promoted, "images" | "released">;

/** How many questions are open at once: registries and GitHub both slow down those who ask more. */
const AT_ONCE = 8;

/**
 * Asks registries and GitHub about services that are promoted, and returns what they say, by service.
 * @throws OutsideError when one of them can't be reached or refuses
 */
export async function gatherEvidence(
  moving: readonly Difference[],
  upstream: EnvironmentState,
  target: StackConfig,
  io: Io,
): Promise<Map<string, Evidence>> {
  const registries = new Registries();
  const github = await Github.connect();
  if (github === undefined && target.githubOwner !== undefined) {
    io.err("GitHub isn't asked whether versions are released: there is no GITHUB_TOKEN");
  }
  const progress = new Progress(
    io,
    (done) => `asked about ${done} of ${count(moving.length, "service")}`,
  );
  try {
    const found = await atOnce(moving, async (difference) => {
      const { service } = difference;
      const images =
        service.docker === undefined
          ? undefined
          : await imageEvidence(registries, difference, configOf(upstream, service), target);
      const released = await isReleased(github, difference, target);
      progress.step();
      return [
        service.name,
        { ...(images && { images }), ...(released !== undefined && { released }) },
      ] as const;
    });
    return new Map(found);
  } catch (cause) {
    throw outside(cause);
  } finally {
    progress.end();
    registries.close();
  }
}

/**
 * Tags and copies what a promotion needs, before its pins are written. What was done stays when a later
 * one fails: a second run finds it there.
 */
export async function bringArtifacts(artifacts: readonly Artifact[], io: Io): Promise<void> {
  const todo = artifacts.filter(({ action }) => action !== "none");
  if (todo.length === 0) return;
  const registries = new Registries();
  const progress = new Progress(io, (done) => `brought ${done} of ${count(todo.length, "image")}`);
  try {
    await atOnce(todo, async ({ action, source, target, digest }) => {
      if (action === "copy") await registries.copy(source, target);
      else await registries.tag(target, digest);
      progress.step();
    });
  } catch (cause) {
    throw outside(cause);
  } finally {
    progress.end();
    registries.close();
  }
}

/** Returns the config of the stack that runs a service in an environment. */
function configOf({ plans }: EnvironmentState, { name }: Service): StackConfig {
  const plan = plans.find(({ deployments }) =>
    deployments.some(({ service }) => service.name === name),
  );
  if (plan === undefined) throw new Error(`no stack runs ${name}`);
  return plan.config;
}

async function isReleased(
  github: Github | undefined,
  { service, upstream }: Difference,
  { githubOwner }: StackConfig,
): Promise<boolean | undefined> {
  const { version } = upstream;
  if (github === undefined || githubOwner === undefined || version instanceof Commit) {
    return undefined;
  }
  const tag = tagName(service.tags.github, version.text);
  return github.releases(`${githubOwner}/${service.github}`).has(tag);
}

/**
 * Does something with each item, some at once, and returns the results in the order of the items. After
 * a failure nothing new is begun, and what was begun is waited for.
 */
async function atOnce<Item, Result>(
  items: readonly Item[],
  act: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const waiting = [...items.entries()].reverse();
  const work = async (): Promise<void> => {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const [place, item] = next;
      try {
        results[place] = await act(item);
      } catch (cause) {
        waiting.length = 0;
        throw cause;
      }
    }
  };
  const workers = await Promise.allSettled(Array.from({ length: AT_ONCE }, work));
  for (const worker of workers) if (worker.status === "rejected") throw worker.reason;
  return results;
}

function outside(cause: unknown): unknown {
  const known = [RegistryError, AwsError, GithubError].some((type) => cause instanceof type);
  return known && cause instanceof Error ? new OutsideError(cause.message) : cause;
}
