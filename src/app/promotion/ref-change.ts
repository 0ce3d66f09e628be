import { STRATEGIES } from "../../core/environments-schema";
import { Ref } from "../../core/ref";
import { differences, newestOf, type Difference } from "../../core/promotion/moves";
import type { StackPlan } from "../../core/stack/plan";
import { mayBeSame, Version } from "../../core/version";
import { tagOfVersion } from "../../core/version-of-tag";
import { runningIn, stateOf, type EnvironmentState } from "../environment-state";
import type { EnvironmentReader } from "../environments";
import type { World } from "../world";

/** A promotion that moves the ref of an environment, and with it everything in its tree. */
export interface RefChange {
  /** In words: "a merge of testing into main". */
  readonly what: string;
  /** Everything that it would move. */
  readonly moving: readonly Difference[];
  /** The stacks of the environment as they would be. */
  readonly plans: readonly StackPlan[];
  /** Returns the ref of a commit message. */
  readonly refOf: (message: string) => ProposedRef;
}

/** A ref that is proposed to move. */
export interface ProposedRef {
  readonly action: "merge" | "tag";
  /** The branch that is merged into, or the new tag. */
  readonly name: string;
  /** The branch that is merged, or the commit that is tagged. */
  readonly from: string;
  /** Commands for a shell, one after the other. */
  readonly commands: readonly string[];
}

/**
 * Returns the merge or the tag that would promote what an environment takes from the list; undefined where the two
 * have no refs of their own, or the same commit.
 */
export function refChangeFor(
  world: World,
  reader: EnvironmentReader,
  upstream: EnvironmentState,
  current: EnvironmentState,
): RefChange | Conflict | undefined {
  const { environment, ref } = current;
  if (environment.ref === undefined || ref === undefined || upstream.ref === undefined) {
    return undefined;
  }
  if (upstream.ref.commit === ref.commit) return undefined;
  const [from, to] = [upstream.ref.ref.name, ref.ref.name];
  const isTag = Ref.ofEnvironment(environment.ref).isPattern;
  const tree = isTag ? upstream.ref.commit : world.git.mergedTree(ref.commit, upstream.ref.commit);
  if (tree === undefined) {
    return {
      conflict: `a merge of ${from} into ${to} conflicts; merge by hand, then promote`,
      plans: current.plans,
    };
  }
  const after = stateOf(environment, undefined, reader.at(tree));
  const { plans } = after;
  if (plans.length === 0) return undefined;
  // A merge or a tag takes versions of the list as they are: it can't make a release of a pre-release.
  const acceptingAll = { ...environment, accepts: [...STRATEGIES] };
  const newest = newestOf(upstream.plans);
  const moving = plans.flatMap(({ config, list }): Difference[] => {
    const deployments = [...runningIn(current.plans, config.stack).values()];
    const wanted = runningIn(plans, config.stack);
    return differences(wanted, { config, list, deployments }, acceptingAll).map((difference) => ({
      ...difference,
      upstream: newest.get(difference.service.name) ?? difference.upstream,
    }));
  });
  if (isTag) {
    const tag = nextTag(world, environment.ref);
    return { moving, plans, ...tagOf(tag, from, upstream.ref.commit) };
  }
  return { moving, plans, ...mergeOf(from, to) };
}

/** A merge that git can't make by itself. */
export interface Conflict extends Pick<RefChange, "plans"> {
  readonly conflict: string;
}

/** Whether moving a ref brings a service to the version that it has upstream. */
export function isBrought(change: RefChange, { stack, service, pin }: Difference): boolean {
  const after = runningIn(change.plans, stack).get(service.name);
  return after !== undefined && mayBeSame(after, pin);
}

/** Whether one of these stacks pins a service. */
export function isPinnedIn(plans: readonly StackPlan[], { service }: Difference): boolean {
  return plans.some(({ config }) => config.versions.has(service.name));
}

function mergeOf(from: string, to: string): Pick<RefChange, "what" | "refOf"> {
  return {
    what: `a merge of ${from} into ${to}`,
    refOf: (message) => ({
      action: "merge",
      name: to,
      from,
      commands: [`git switch ${to}`, `git merge --no-ff ${from} -m ${quoted(message)}`],
    }),
  };
}

function tagOf(tag: string, from: string, commit: string): Pick<RefChange, "what" | "refOf"> {
  return {
    what: `the tag ${tag} on ${from}`,
    refOf: (message) => ({
      action: "tag",
      name: tag,
      from: commit,
      commands: [`git tag --annotate ${tag} ${commit} -m ${quoted(message)}`],
    }),
  };
}

/** Returns the next patch release after the highest tag of a pattern. */
export function nextTag({ git }: World, pattern: string): string {
  const highest = git.versionTags(pattern).at(-1);
  if (highest === undefined) return pattern.replace(/v?\*/, Version.of("v0.0.1").text);
  return tagOfVersion(highest.ref.name, highest.version, highest.version.nextPatch());
}

/** Returns a text as one word of a shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
