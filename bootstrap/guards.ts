import type { EnvironmentGuard, RepositoryGuardsArgs, TagGuard } from "./repository-guards";
import {
  MUTABLE_TAG_ENDINGS,
  positionInPath,
  type Environment,
  type Environments,
} from "../src/core/environments";
import { error, type Issue } from "../src/core/input/issue";
import { MAX_REVIEWERS } from "../src/core/limits";
import { Ref } from "../src/core/ref";
import { driftEnvironment, previewEnvironment, PROMOTE_ENVIRONMENT } from "../src/core/stack/roles";
import type { ReleaseList } from "../src/core/list/service";
import { configFile, DEFAULT_BRANCH, type GithubConfig, type Reviewers } from "./config";

/** Returns the guards of GitHub. Check the environments and the reviewers first. */
export function repositoryGuards(
  list: ReleaseList,
  environments: Environments,
  config: GithubConfig,
): RepositoryGuardsArgs {
  const [, repository = ""] = config.repository.split("/");
  const onDefault = { branchPattern: config.defaultBranch ?? DEFAULT_BRANCH };
  const nobody = numbersOf();
  const guards = [...environments.values()].flatMap((environment): [string, EnvironmentGuard][] => {
    const { name } = environment;
    const reviewers = numbersOf(config.reviewers?.[name]);
    const ofPreviews = numbersOf(config.previewReviewers?.[name]);
    const strict = positionInPath(environments, name) === "last";
    return [
      [name, { reviewers, strict, runsAt: runsAt(environment) }],
      [previewEnvironment(name), { reviewers: ofPreviews, strict: false }],
      [driftEnvironment(name), { reviewers: nobody, strict: false, runsAt: onDefault }],
    ];
  });
  guards.push([PROMOTE_ENVIRONMENT, { reviewers: nobody, strict: false, runsAt: onDefault }]);
  return {
    repository,
    environments: new Map(guards),
    tags: tagGuards(list, environments, repository),
  };
}

function numbersOf({ teams = [], users = [] }: Reviewers = {}): EnvironmentGuard["reviewers"] {
  const sorted = (ids: readonly number[]): number[] => [...ids].sort((a, b) => a - b);
  return { teams: sorted(teams), users: sorted(users) };
}

function runsAt({ ref }: Environment): NonNullable<EnvironmentGuard["runsAt"]> {
  if (ref === undefined) throw new Error("unchecked ref");
  return Ref.ofEnvironment(ref).isPattern ? { tagPattern: ref } : { branchPattern: ref };
}

function tagGuards(
  list: ReleaseList,
  environments: Environments,
  repository: string,
): ReadonlyMap<string, TagGuard> {
  const released = new Map<string, Set<string>>();
  const add = (name: string, tag: Ref): void => {
    released.set(name, (released.get(name) ?? new Set()).add(tag.fullName));
  };
  for (const { github, tags } of list) {
    if (github !== "") add(github, Ref.tag(tags.github.replace("{version}", "*")));
  }
  add(repository, Ref.tag("v*"));
  for (const { ref = "" } of environments.values()) {
    const own = Ref.ofEnvironment(ref);
    if (own.isPattern) add(repository, own);
  }
  const guards = [...released].map(([name, refs]): [string, TagGuard] => {
    const includes = [...refs].sort();
    const excludes = includes.flatMap((ref) => MUTABLE_TAG_ENDINGS.map((ending) => ref + ending));
    return [name, { includes, excludes }];
  });
  return new Map(guards.sort());
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
    for (const [name, { teams = [], users = [] }] of Object.entries(entries)) {
      const count = teams.length + users.length;
      if (!environments.has(name)) {
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
    const { teams, users } = numbersOf(reviewers[name]);
    if (positionInPath(environments, name) !== "last" || teams.length + users.length > 0) continue;
    const found = `"reviewers.${name}" is missing; the promotion path ends there, so name who approves`;
    issues.push(error("missing-key", file, found));
  }
  return issues;
}

/**
 * Names and refs that mean the same in a token, in a policy and in a pattern of GitHub: no wildcard but `*`.
 */
const PLAIN_NAME = /^(?!preview-|drift-|promote$)[A-Za-z0-9._-]+$/;
const PLAIN_REF = /^[A-Za-z0-9._/*-]+$/;

/** Returns the findings of an environment that can't be guarded or deployed to. */
export function checkEnvironment({ name, ref }: Environment): Issue[] {
  const refuse = (code: "missing-key" | "invalid-value", message: string): Issue =>
    error(code, "environments.yaml", message);
  const issues: Issue[] = [];
  if (!PLAIN_NAME.test(name)) {
    const found = `"${name}" is the name of a GitHub environment and a part of tokens; use letters, digits, ".", "_" and "-", no "preview-" or "drift-" in front, and not "${PROMOTE_ENVIRONMENT}"`;
    issues.push(refuse("invalid-value", found));
  }
  if (ref === undefined) {
    const found = `"environments.${name}.ref" is missing; without it nothing deploys "${name}"`;
    issues.push(refuse("missing-key", found));
  } else if (!PLAIN_REF.test(ref)) {
    const found = `"environments.${name}.ref" is "${ref}", which a policy could match with more than that ref; use letters, digits, ".", "_", "-", "/" and "*"`;
    issues.push(refuse("invalid-value", found));
  }
  return issues;
}
