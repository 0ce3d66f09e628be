import type {
  EnvironmentGuard,
  RefPattern,
  ReleaseGuard,
  RepositoryGuardsArgs,
  TagGuard,
} from "./repository-guards";
import {
  isProtected,
  refsThatAsk,
  type Environment,
  type Environments,
} from "../src/core/environments";
import { error, type Issue } from "../src/core/input/issue";
import { MAX_REVIEWERS } from "../src/core/limits";
import { Ref } from "../src/core/ref";
import { mutableEndings } from "../src/core/stack/mutable-tags";
import {
  driftEnvironment,
  historyEnvironment,
  previewEnvironment,
  PROMOTE_ENVIRONMENT,
  PRUNE_ENVIRONMENT,
  RESOLVE_ENVIRONMENT,
} from "../src/core/stack/roles";
import type { ReleaseList } from "../src/core/list/service";
import {
  configFile,
  DEFAULT_BRANCH,
  type GithubConfig,
  type ReleaseManagers,
  type Reviewers,
} from "./config";

/** Returns the guards of GitHub. Check the environments and the reviewers first. */
export function repositoryGuards(
  list: ReleaseList,
  environments: Environments,
  config: GithubConfig,
  mutableTags?: readonly string[],
): RepositoryGuardsArgs {
  const [, repository = ""] = config.repository.split("/");
  const { defaultBranch = DEFAULT_BRANCH } = config;
  const onDefault = [{ branchPattern: defaultBranch }];
  const nobody = numbersOf();
  const guards = [...environments.values()].flatMap((environment): [string, EnvironmentGuard][] => {
    const { name } = environment;
    const reviewers = numbersOf(config.reviewers?.[name]);
    const ofPreviews = numbersOf(config.previewReviewers?.[name]);
    const strict = isProtected(environments, name);
    const { ref } = environment;
    if (ref === undefined) throw new Error("unchecked ref");
    return [
      [name, { reviewers, strict, runsAt: [runsAt(ref)] }],
      [previewEnvironment(name), { reviewers: ofPreviews, strict: false }],
      [driftEnvironment(name), { reviewers: nobody, strict: false, runsAt: onDefault }],
      [
        historyEnvironment(name),
        {
          reviewers: nobody,
          strict: false,
          runsAt: refsThatAsk(environments, environment).map(runsAt),
        },
      ],
    ];
  });
  // Whoever starts a promotion may approve its pull request, which is the App's: so another one approves the job.
  const reviewers = numbersOf(config.reviewers?.[PROMOTE_ENVIRONMENT]);
  guards.push([PROMOTE_ENVIRONMENT, { reviewers, strict: true, runsAt: onDefault }]);
  // Those who review promotions do so where nobody else is named: nothing is deleted without an approval.
  const pruning = numbersOf(
    config.reviewers?.[PRUNE_ENVIRONMENT] ?? config.reviewers?.[PROMOTE_ENVIRONMENT],
  );
  guards.push([PRUNE_ENVIRONMENT, { reviewers: pruning, strict: true, runsAt: onDefault }]);
  // It runs by the clock, and nobody waits for it: who reviews its pull requests is another.
  guards.push([RESOLVE_ENVIRONMENT, { reviewers: nobody, strict: false, runsAt: onDefault }]);
  const endings = mutableEndings(mutableTags);
  const releases = releaseGuard(environments, endings, config.releaseManagers);
  return {
    repository,
    environments: new Map(guards),
    tags: tagGuards(list, environments, repository, endings),
    ...(releases !== undefined && { releases }),
    branches: branchesOf(environments, defaultBranch),
  };
}

function numbersOf({ teams = [], users = [] }: Reviewers = {}): EnvironmentGuard["reviewers"] {
  return { teams: sorted(teams), users: sorted(users) };
}

function sizeOf(people: Reviewers | undefined): number {
  const { teams, users } = numbersOf(people);
  return teams.length + users.length;
}

function sorted(ids: readonly number[]): number[] {
  return [...ids].sort((a, b) => a - b);
}

function runsAt(ref: string): RefPattern {
  return Ref.ofEnvironment(ref).isPattern
    ? { tagPattern: deployedTags(ref) }
    : { branchPattern: ref };
}

/**
 * Returns the pattern of the tags that deploy an environment: those of its `ref` that end in a digit, so that
 * no mutable ending matches. GitHub matches by Ruby's `File.fnmatch` with `FNM_PATHNAME`: `*` is any text
 * without a `/`, `[0-9]` one digit,
 * https://docs.github.com/en/actions/reference/workflows-and-actions/deployments-and-environments
 */
function deployedTags(ref: string): string {
  return ref.endsWith("*") ? `${ref}[0-9]` : ref;
}

/** Returns the refs of environments that are patterns of tags. */
function tagRefs(environments: Environments): Ref[] {
  return [...environments.values()]
    .map(({ ref = "" }) => Ref.ofEnvironment(ref))
    .filter(({ isPattern }) => isPattern);
}

function releaseGuard(
  environments: Environments,
  endings: readonly string[],
  { teams = [], users = [], apps = [] }: ReleaseManagers = {},
): ReleaseGuard | undefined {
  const refs = tagRefs(environments);
  if (refs.length === 0) return undefined;
  const includes = [...new Set(refs.map(({ fullName }) => fullName))].sort();
  const makers = { ...numbersOf({ teams, users }), apps: sorted(apps) };
  return { includes, excludes: withEndings(includes, endings), makers };
}

/** Returns the full names of the default branch and of the branches that environments are deployed from. */
function branchesOf(environments: Environments, defaultBranch: string): string[] {
  const refs = [...environments.values()].map(({ ref = "" }) => Ref.ofEnvironment(ref));
  const branches = [Ref.branch(defaultBranch), ...refs.filter(({ isPattern }) => !isPattern)];
  return [...new Set(branches.map(({ fullName }) => fullName))].sort();
}

function tagGuards(
  list: ReleaseList,
  environments: Environments,
  repository: string,
  endings: readonly string[],
): ReadonlyMap<string, TagGuard> {
  const released = new Map<string, Set<string>>();
  const add = (name: string, tag: Ref): void => {
    released.set(name, (released.get(name) ?? new Set()).add(tag.fullName));
  };
  for (const { github, githubSource, tags } of list) {
    for (const name of new Set([github, githubSource])) {
      if (name !== "") add(name, Ref.tag(tags.github.replace("{version}", "*")));
    }
  }
  add(repository, Ref.tag("v*"));
  for (const ref of tagRefs(environments)) add(repository, ref);
  const guards = [...released].map(([name, refs]): [string, TagGuard] => {
    const includes = [...refs].sort();
    return [name, { includes, excludes: withEndings(includes, endings) }];
  });
  return new Map(guards.sort());
}

/** Returns the patterns of the mutable tags among those of other patterns. */
function withEndings(patterns: readonly string[], endings: readonly string[]): string[] {
  return patterns.flatMap((pattern) => endings.map((ending) => pattern + ending));
}

/** Returns the finding of a config that doesn't say who makes the tags that are deployed. */
export function checkReleaseManagers(
  environments: Environments,
  { releaseManagers = {} }: GithubConfig,
  stack: string,
): Issue[] {
  const { teams = [], users = [], apps = [] } = releaseManagers;
  const [ref] = tagRefs(environments);
  if (ref === undefined || teams.length + users.length + apps.length > 0) return [];
  const found = `"releaseManagers" is missing; tags like ${ref.name} are deployed, so name who makes them`;
  return [error("missing-key", configFile(stack), found)];
}

/** Returns the findings of the reviewers of a config. */
export function checkReviewers(
  environments: Environments,
  { reviewers = {}, previewReviewers = {} }: GithubConfig,
  stack: string,
): Issue[] {
  const file = configFile(stack);
  const issues: Issue[] = [];
  for (const [key, entries] of Object.entries({ reviewers, previewReviewers })) {
    for (const [name, people] of Object.entries(entries)) {
      const count = sizeOf(people);
      const isOwn = key === "reviewers" && [PROMOTE_ENVIRONMENT, PRUNE_ENVIRONMENT].includes(name);
      if (!environments.has(name) && !isOwn) {
        const known = [...environments.keys()].join(", ");
        const found = `"${key}" has "${name}", which isn't in environments.yaml; known are ${known}`;
        issues.push(error("unknown-environment", file, found));
      }
      if (count > MAX_REVIEWERS) {
        const found = `"${key}.${name}" has ${count} teams and users; GitHub takes ${MAX_REVIEWERS}, name a team`;
        issues.push(error("invalid-value", file, found));
      }
    }
  }
  for (const name of environments.keys()) {
    if (!isProtected(environments, name) || sizeOf(reviewers[name]) > 0) continue;
    const found = `"reviewers.${name}" is missing; the environment is protected, so name who approves`;
    issues.push(error("missing-key", file, found));
  }
  // An empty entry is no approval either, and would count.
  const pruning = reviewers[PRUNE_ENVIRONMENT];
  if (pruning !== undefined && sizeOf(pruning) === 0) {
    const found = `"reviewers.${PRUNE_ENVIRONMENT}" names nobody; name who approves what is deleted, or leave it out, which asks those of "${PROMOTE_ENVIRONMENT}"`;
    issues.push(error("missing-key", file, found));
  }
  if (sizeOf(reviewers[PROMOTE_ENVIRONMENT]) === 0) {
    const found = `"reviewers.${PROMOTE_ENVIRONMENT}" is missing; whoever starts a promotion may approve its pull request, so name who approves the job`;
    issues.push(error("missing-key", file, found));
  }
  return issues;
}

/**
 * Names and refs that mean the same in a token, in a policy and in a pattern of GitHub: no wildcard but `*`.
 */
const PLAIN_NAME = /^(?!preview-|drift-|history-|(?:promote|prune|resolve)$)[A-Za-z0-9._-]+$/;
const PLAIN_REF = /^[A-Za-z0-9._/*-]+$/;

/** Returns the findings of an environment that can't be guarded or deployed to. */
export function checkEnvironment(
  { name, ref }: Environment,
  mutableTags?: readonly string[],
): Issue[] {
  const refuse = (code: "missing-key" | "invalid-value", message: string): Issue =>
    error(code, "environments.yaml", message);
  const issues: Issue[] = [];
  if (!PLAIN_NAME.test(name)) {
    const found = `"${name}" is the name of a GitHub environment and a part of tokens; use letters, digits, ".", "_" and "-", no "preview-", "drift-" or "history-" in front, and none of "${PROMOTE_ENVIRONMENT}", "${PRUNE_ENVIRONMENT}" and "${RESOLVE_ENVIRONMENT}"`;
    issues.push(refuse("invalid-value", found));
  }
  if (ref === undefined) {
    const found = `"environments.${name}.ref" is missing; without it nothing deploys "${name}"`;
    issues.push(refuse("missing-key", found));
  } else if (!PLAIN_REF.test(ref)) {
    const found = `"environments.${name}.ref" is "${ref}", which a policy could match with more than that ref; use letters, digits, ".", "_", "-", "/" and "*"`;
    issues.push(refuse("invalid-value", found));
  } else if (matchesMutableTags(ref, mutableEndings(mutableTags))) {
    const found = `"environments.${name}.ref" is "${ref}", which tags match that may move; use a branch, or a pattern that ends in "*"`;
    issues.push(refuse("invalid-value", found));
  }
  return issues;
}

/** Whether a pattern can match a mutable tag, although a `*` at its end stands for immutable tags alone. */
function matchesMutableTags(ref: string, endings: readonly string[]): boolean {
  const [, end = ""] = /^.*\*(.+)$/.exec(ref) ?? [];
  return end !== "" && endings.some((other) => other.endsWith(end) || end.endsWith(other));
}
