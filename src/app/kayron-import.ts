import { findingsError } from "../core/error";
import { hasErrors } from "../core/input/issue";
import type { Source } from "../core/input/source";
import { importList } from "../core/list/kayron-import";
import { parseListFile } from "../core/list/list-file";
import { parseDefinitions } from "../core/list/parse";
import type { Service } from "../core/list/service";
import { Version } from "../core/version";

/** A repository in Kayron's way: branches are environments, and production is a release on GitHub. */
export interface KayronRepository {
  /** What Kayron reads of the default branch: files of the list, wherever they are. */
  readonly list: readonly Source[];
  /** The branch that staging is. */
  readonly defaultBranch: string;
  readonly branches: readonly string[];
  readonly tags: readonly string[];
  /** The same files of other environments' trees, by environment. */
  readonly others?: ReadonlyMap<string, readonly Source[]>;
}

/** A repository of ours that was one of Kayron's. */
export interface KayronImport {
  /** The list and environments.yaml: texts by path. */
  readonly files: ReadonlyMap<string, string>;
  /** The names of the environments, in the order of the path. */
  readonly environments: readonly string[];
  /** The names of services that run by the default chart, where there is a cluster. */
  readonly charted: readonly string[];
  /** Whether there are infrastructure entries, whose templates are in a bucket. */
  readonly templates: boolean;
  /** What everything means here, and what could not be carried over: a line each. */
  readonly report: readonly string[];
}

const ENVIRONMENTS = ["testing", "staging", "production"];

/**
 * Returns a repository of Kayron's as one of ours. Versions stay in the list, and each environment is where it was: a
 * branch, or a tag.
 * @throws ReleasesError of kind `findings` for a list that Kayron doesn't take either
 */
export function importKayron(repository: KayronRepository): KayronImport {
  const { files: list, notes } = importList(repository.list);
  const services = servicesOf(list);
  const files = new Map([...list, ["environments.yaml", environmentsText(repository, services)]]);
  const templates = services.some(({ provider }) => provider !== undefined);
  const report = [
    ...notes,
    ...placesOf(repository),
    ...differencesOf(repository, services),
    ...services.flatMap(leftToDo),
    ...(templates ? ["templates.bucket of each stack config is a guess: write yours"] : []),
    "no list is read over GitHub's API: a deployment is a workflow of this repository",
  ];
  const charted = services.flatMap(({ name, provider, chart }) =>
    provider === undefined && chart === undefined ? name : [],
  );
  return { files, environments: ENVIRONMENTS, charted, templates, report };
}

function servicesOf(list: ReadonlyMap<string, string>): Service[] {
  const parsed = [...list].map(([file, text]) => {
    return parseDefinitions(parseListFile({ file, bytes: new TextEncoder().encode(text) }));
  });
  const issues = parsed.flatMap((part) => part.issues);
  if (hasErrors(issues)) throw findingsError(issues);
  return parsed.flatMap((part) => part.services);
}

/** Kayron accepts any version anywhere, so an environment accepts what the list has. */
function environmentsText(
  { defaultBranch }: KayronRepository,
  services: readonly Service[],
): string {
  const deploys = services.map(({ deploy }) => deploy);
  const hasCandidates = deploys.some(
    (one) => one.strategy === "release" && one.version.isPrerelease,
  );
  const hasBranches = deploys.some(({ strategy }) => strategy === "branch");
  const accepts = [
    "release",
    ...(hasCandidates ? ["prerelease"] : []),
    ...(hasBranches ? ["branch", "commit"] : []),
  ].join(", ");
  return `# Branches and tags are environments. A promotion is a merge, then a tag.
environments:
  testing:
    ref: testing
    accepts: [release, prerelease, branch, commit]
  staging:
    ref: ${JSON.stringify(defaultBranch)}
    from: testing
    accepts: [${accepts}]
  production:
    ref: "v*"
    from: staging
    accepts: [${accepts}]
`;
}

/** Tells where each environment is from now on. */
function placesOf({ branches, defaultBranch, tags }: KayronRepository): string[] {
  const versions = tags.flatMap((tag) => Version.parse(tag) ?? []);
  const [highest] = versions.sort((a, b) => b.compare(a));
  return [
    branches.includes("testing")
      ? "testing is the branch testing: merge this commit into it before it is deployed"
      : "testing is the branch testing, which isn't there: the current tree counts until it is",
    `staging is the branch ${defaultBranch}`,
    highest === undefined
      ? "production is the highest tag v*: there is none, so the current tree counts until there is"
      : `production is the highest tag v*, ${highest.text} now, and no longer GitHub's latest release: an older release that is marked as the latest rolls nothing back`,
    "development is your machine, and no stack",
  ];
}

/** Tells where another tree has other versions: a merge keeps them. */
function differencesOf({ others }: KayronRepository, services: readonly Service[]): string[] {
  const here = new Map(services.map((service) => [service.name, versionOf(service)]));
  return [...(others ?? [])].flatMap(([environment, list]) => {
    const there = servicesOf(importList(list).files);
    return there.flatMap((service) => {
      const [now, then] = [here.get(service.name), versionOf(service)];
      if (now === then) return [];
      const what = now === undefined ? "isn't here" : `is at ${now} here`;
      return `${service.name} ${what}, and at ${then} in ${environment}: its own tree says so, and stays as it is`;
    });
  });
}

function versionOf({ deploy }: Service): string {
  switch (deploy.strategy) {
    case "release":
      return deploy.version.text;
    case "branch":
      return `the head of ${deploy.branch}`;
    default:
      return deploy.strategy;
  }
}

/** Tells what Kayron does by itself, and somebody has to do here. */
function leftToDo({ name, deploy, preview, provider, docker }: Service): string[] {
  const digest = docker === undefined ? "" : "@sha256:...";
  return [
    ...(deploy.strategy === "branch"
      ? [
          `${name} follows the branch ${deploy.branch}: each stack config pins its commit, releases bump ${name} COMMIT${digest} --stack testing`,
        ]
      : []),
    ...(deploy.strategy === "suspend"
      ? [`${name} is suspended: each stack config pins what runs there, and nothing of it changes`]
      : []),
    ...(preview
      ? [
          `${name} has previews: the first environment that accepts preview has them, in a cluster, once its stack config sets releases:previews`,
        ]
      : []),
    ...(provider !== undefined
      ? [
          `${name} is a CloudFormation stack: its repository uploads its templates, docs/kayron.md has the workflow`,
        ]
      : []),
  ];
}
