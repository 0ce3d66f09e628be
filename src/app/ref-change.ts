import { mergedTree } from "../adapters/git/tree";
import { shortName, versionTags } from "../adapters/git/refs";
import { differences, type Difference } from "../core/promotion/moves";
import { isTagPattern } from "../core/environments";
import { STRATEGIES } from "../core/environments-schema";
import type { StackPlan } from "../core/stack/plan";
import { Version } from "../core/version";
import { OutsideError } from "../cli/command";
import { stateOf, type EnvironmentReader, type EnvironmentState } from "./environments";

/** A promotion that moves the ref of an environment, and with it all that its tree says. */
export interface RefChange {
  /** In words: "a merge of testing into main". */
  readonly what: string;
  /** All that it would move. */
  readonly moving: readonly Difference[];
  /** What the environment would be. */
  readonly plan: StackPlan;
  readonly refOf: (message: string) => ProposedRef;
}

/** A ref that is proposed to move. */
export interface ProposedRef {
  readonly action: "merge" | "tag";
  /** The branch that is merged into, or the new tag. */
  readonly name: string;
  /** What it takes in. */
  readonly from: string;
  /** For a shell, one after the other. */
  readonly commands: readonly string[];
}

/**
 * Returns the merge or the tag that promotes services; undefined where a pin does. A pin does where
 * either environment pins one of them, where nothing says that they stand at refs of their own, and
 * where moving the ref wouldn't bring them.
 */
export function refChangeFor(
  reader: EnvironmentReader,
  upstream: EnvironmentState,
  current: EnvironmentState,
  chosen: readonly Difference[],
): RefChange | undefined {
  const { environment, truth } = current;
  if (environment.ref === undefined || truth === undefined || upstream.truth === undefined) {
    return undefined;
  }
  const pinned = [...upstream.plans, ...current.plans].some(({ config }) =>
    chosen.some(({ service }) => config.versions.has(service.name)),
  );
  if (pinned || upstream.truth.commit === truth.commit) return undefined;
  const [from, to] = [shortName(upstream.truth.ref), shortName(truth.ref)];
  const tags = isTagPattern(environment.ref);
  const tree = tags
    ? upstream.truth.commit
    : mergedTree(reader.path, truth.commit, upstream.truth.commit);
  if (tree === undefined) {
    throw new OutsideError(
      `a merge of ${from} into ${to} has conflicts; merge by hand, then promote`,
    );
  }
  const after = stateOf(environment, undefined, reader.at(tree));
  const [plan] = after.plans;
  if (plan === undefined) return undefined;
  // The list's versions come as they are: a merge can't make a release of a pre-release.
  const asItIs = { ...environment, accepts: [...STRATEGIES] };
  const moving = differences(after.running, current.running, asItIs).map((difference) => ({
    ...difference,
    upstream: upstream.running.get(difference.service.name) ?? difference.upstream,
  }));
  const change = { moving, plan };
  if (!tags) {
    return {
      ...change,
      what: `a merge of ${from} into ${to}`,
      refOf: (message) => ({
        action: "merge",
        name: to,
        from,
        commands: [`git switch ${to}`, `git merge --no-ff ${from} -m ${quoted(message)}`],
      }),
    };
  }
  const tag = nextTag(reader.path, environment.ref);
  const { commit } = upstream.truth;
  return {
    ...change,
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
function nextTag(folder: string, pattern: string): string {
  const highest = versionTags(folder, pattern).at(-1)?.version ?? Version.of("v0.0.0");
  return highest.nextPatch().text;
}

/** Returns a text as one word of a shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
