import * as path from "node:path";
import { checkNames, copiedServices, deployments } from "./stack/deployments";
import { checkVerified, parseEnvironments, type Environments } from "./environments";
import { Findings } from "./input/findings";
import { compareText } from "./compare-text";
import { error, hasErrors, isError, sortIssues, type Issue } from "./input/issue";
import { parseDefinitions } from "./list/parse";
import { withoutRepeated } from "./list/kayron";
import { compatibilityOf, parseListFile, type Compatibility } from "./list/list-file";
import {
  checkCharts,
  checkChartValues,
  checkCopyValues,
  localCharts,
  type LocalCharts,
  type ReadChart,
} from "./list/chart-rules";
import { checkList } from "./list/rules";
import {
  checkStackValues,
  environmentOf,
  parseStackFile,
  stackOf,
  type StackValues,
} from "./stack/config";
import { NO_PROJECT, parseProject, type Project } from "./stack/project";
import { checkStack } from "./stack/rules";
import { JUDGED_KEYS } from "./stack/schema";
import { copiesOf, exampleCopies } from "./stack/previews";
import { checkSingletons, checkStacksTogether } from "./stack/cross-stack-rules";
import { MAX_LIST_BYTES, MAX_LIST_VALUES } from "./limits";
import { asMapping } from "./mapping";
import {
  listIn,
  type Chart,
  type DefaultCharts,
  type ReleaseList,
  type Service,
} from "./list/service";
import type { StackConfig, StackPlan } from "./stack/plan";
import { mutableTagsOf, withMutableTags } from "./stack/mutable-tags";
import { ownerIn, ownersInText, sharedConfig, type Owner } from "./stack/shared-registry";
import { parseYaml } from "./input/yaml-file";
import type { Source, YamlFile } from "./input/source";

/** The files of a repository, as `read.ts` found them. */
export interface Sources {
  /** Files of `service/` and `infrastructure/`, sorted. */
  readonly list: readonly Source[];
  readonly environments?: Source;
  /** `Pulumi.yaml`. */
  readonly project?: Source;
  /** `Pulumi.<stack>.yaml`, sorted. */
  readonly stacks: readonly Source[];
  /** `Chart.yaml` of each version of the default chart, newest first, relative to the Pulumi project. */
  readonly defaultCharts: readonly Source[];
  /** Reads charts that are folders. Absent: they aren't checked, as those of the past. */
  readonly readChart?: ReadChart;
  /** How lists are read. Default: as environments.yaml says. */
  readonly compatibility?: Compatibility;
  /** The findings of reading the disk. */
  readonly issues: readonly Issue[];
}

/** A parsed repository: the list, the promotion path, and each stack's config. */
export interface Repository {
  /** How many definitions there are, sound or not. */
  readonly definitions: number;
  readonly list: ReleaseList;
  /** Whether the list has every definition of the files, those with findings included. */
  readonly complete: boolean;
  readonly environments: Environments | undefined;
  /** Stack configs whose file is sound, by stack, in the order of the promotion path. */
  readonly stacks: ReadonlyMap<string, StackValues>;
  /** Stack configs that can't be read: what these stacks run isn't known. */
  readonly unreadable: readonly UnreadableStack[];
  /** Why files of the list, or Pulumi.yaml, can't be read at all. */
  readonly unreadableFiles: readonly Issue[];
  readonly project: Project;
  readonly defaultCharts: DefaultCharts;
  /** Charts that are folders; undefined where they aren't checked. */
  readonly charts: LocalCharts | undefined;
  /** Every issue of the list and of environments.yaml, and of each stack's file by itself. */
  readonly issues: readonly Issue[];
}

/** A stack whose config can't be read. */
export interface UnreadableStack {
  readonly stack: string;
  /** What its text names as its environment, as far as that can be told; else the stack's own name. */
  readonly environments: readonly string[];
  /** What its text may name as the owner of its registry; undefined where there is no text. */
  readonly owners: readonly string[] | undefined;
  readonly issues: readonly Issue[];
}

/** Returns a parsed repository: the parts without an error, and a finding about every other part. */
export function parseRepository(sources: Sources): Repository {
  const issues = [...sources.issues];
  const path = sources.environments && parseYaml(sources.environments);
  const compatibility = sources.compatibility ?? compatibilityOf(path);
  const files = parseFiles(sources.list, compatibility, issues);
  const parsed = parseList(files, sources.list.length, compatibility, issues);
  const { list, complete, definitions } = parsed;
  const defaultCharts = parseCharts(sources.defaultCharts);
  const environments = parsePath(path, list, files, issues);
  if (complete && path !== undefined && environments !== undefined) {
    issues.push(...checkVerified(environments, list, path));
  }
  const found: StackValues[] = [];
  const ofStacks = sources.issues.filter(({ file }) => stackOf(file) !== undefined);
  const unreadable = ofStacks.map((issue): UnreadableStack => {
    return unreadableStack({ file: issue.file, bytes: new Uint8Array() }, [issue]);
  });
  const project = parseProjectOf(sources.project, issues);
  for (const source of sources.stacks) {
    const parsed = parseStack(source, project);
    issues.push(...parsed.issues);
    if (parsed.values !== undefined) found.push(parsed.values);
    else unreadable.push(unreadableStack(source, parsed.issues));
  }
  const stacks = new Map(inPathOrder(found, environments).map((values) => [values.stack, values]));
  const charts = sources.readChart && localCharts(sources.readChart);
  if (charts !== undefined) {
    issues.push(...checkCharts(list, files, defaultCharts[0], charts, isStagedIn(stacks)));
  }
  return {
    definitions,
    list,
    complete,
    environments,
    stacks,
    unreadable,
    unreadableFiles: unreadableFiles(sources, files),
    project,
    defaultCharts,
    charts,
    issues: sortIssues(issues),
  };
}

/** Returns whether one of some stack configs has Helm values for a service. */
function isStagedIn(stacks: Repository["stacks"]): (service: string) => boolean {
  const staged = new Set(
    [...stacks.values()].flatMap(({ values }) => Object.keys(asMapping(values["values"]))),
  );
  return (service) => staged.has(service);
}

/** Returns a repository in which one stack's config has another text. */
export function withStackText(repository: Repository, source: Source): Repository {
  const { values, issues } = parseStack(source, repository.project);
  const stacks = new Map(repository.stacks);
  const stack = stackOf(source.file) ?? "";
  if (values === undefined) stacks.delete(stack);
  else stacks.set(stack, values);
  const others = repository.issues.filter(({ file }) => file !== source.file);
  const unreadable = repository.unreadable.filter((other) => other.stack !== stack);
  if (values === undefined) unreadable.push(unreadableStack(source, issues));
  return { ...repository, stacks, unreadable, issues: sortIssues([...others, ...issues]) };
}

function unreadableFiles({ issues }: Sources, files: ReadonlyMap<string, YamlFile>): Issue[] {
  const found = issues.filter((issue) => isError(issue) && stackOf(issue.file) === undefined);
  const broken = [...files.values()].flatMap(({ issues }) => issues.filter(isError));
  return [...found, ...broken];
}

function unreadableStack({ file, bytes }: Source, issues: readonly Issue[]): UnreadableStack {
  const stack = stackOf(file) ?? "";
  const text = new TextDecoder().decode(bytes);
  const named = [...text.matchAll(/^ +["']?releases:environment["']?: +["']?([\w.-]+)/gm)];
  const environments = named.flatMap(([, name]) => name ?? []);
  const owners = text === "" ? undefined : ownersInText(text);
  return { stack, environments: environments.length > 0 ? environments : [stack], owners, issues };
}

function parseProjectOf(source: Source | undefined, issues: Issue[]): Project {
  if (source === undefined) return NO_PROJECT;
  const { issues: found, ...project } = parseProject(parseYaml(source));
  issues.push(...found);
  return project;
}

function parseStack(source: Source, { config }: Project): ReturnType<typeof parseStackFile> {
  const stack = stackOf(source.file);
  if (stack === undefined) return { values: undefined, issues: [] };
  return parseStackFile(stack, parseYaml(source), config);
}

/** Returns every finding of a repository: the list, the path, every stack, and the stacks together. */
export function checkRepository(repository: Repository): Issue[] {
  const issues = [...repository.issues];
  const plans: StackPlan[] = [];
  for (const values of repository.stacks.values()) {
    const { plan, issues: found } = planStack(repository, values);
    issues.push(...found);
    if (plan !== undefined && !hasErrors(found)) plans.push(plan);
  }
  return sortIssues([...issues, ...checkStacksTogether(plans)]);
}

/** The plan of one stack, and the findings of its config. */
export interface CheckedStack {
  /** Undefined where the config can't be read at all. With errors it lacks the refused parts. */
  readonly plan: StackPlan | undefined;
  readonly issues: readonly Issue[];
}

/** What was planned before: a command plans a stack once, wherever it needs the plan. */
const checkedStacks = new WeakMap<Repository, WeakMap<StackValues, CheckedStack>>();

/**
 * Returns the plan of one stack, and the findings of its config: the same objects for the same repository
 * and values. With errors no resource may be declared from the plan.
 */
export function planStack(repository: Repository, values: StackValues): CheckedStack {
  const known = checkedStacks.get(repository) ?? new WeakMap<StackValues, CheckedStack>();
  checkedStacks.set(repository, known);
  const checked = known.get(values) ?? checkValues(repository, values);
  known.set(values, checked);
  return checked;
}

function checkValues(repository: Repository, values: StackValues): CheckedStack {
  const { complete, environments, defaultCharts, charts, stacks } = repository;
  const { from, hasWebhookSecret, secretParameters } = values;
  const findings = new Findings(from);
  if (values.hasImports)
    findings.mayBeImported = ([key]) => !JUDGED_KEYS.some((own) => own === key);
  for (const key of values.refused) findings.noteRefused([key]);
  const own = checkStackValues(values, findings);
  if (own === undefined) return { plan: undefined, issues: findings.issues };
  const owner = ownerOf(repository, own);
  const shared = sharedConfig(own, owner, findings);
  const config = withMutableTags(shared, values, mutableTagsIn(repository));
  const list = listIn(repository.list, config.environment);
  checkNames(list, complete, config, findings);
  const running = deployments(list, config, defaultCharts, findings);
  const copied = copiedServices(list, config, running, defaultCharts, findings);
  const plan: StackPlan = {
    config,
    hasWebhookSecret,
    secretParameters,
    list,
    environments,
    deployments: running,
    copies: copiesOf(copied, config),
    ...(owner?.plan !== undefined && { owner: owner.plan }),
    sharers: sharersOf(repository, values.stack),
    from,
  };
  checkStack(plan, findings);
  if (charts !== undefined) {
    const { services, partsOf, isRunning } = copied;
    const others = services.filter((service) => !isRunning(service));
    const rendered = [...running, ...others.map((service) => ({ service, ...partsOf(service) }))];
    checkChartValues(rendered, charts, isStagedIn(stacks), findings);
    checkCopyValues(exampleCopies(copied, config), copied, charts, findings);
  }
  return { plan, issues: findings.issues };
}

/** The tags that may move in a repository's registries. */
const mutableTags = new WeakMap<Repository, readonly string[]>();

/** Returns the patterns of tags that may move: those that stack configs say, else the default ones. */
export function mutableTagsIn(repository: Repository): readonly string[] {
  const known = mutableTags.get(repository) ?? mutableTagsOf(repository.stacks.values());
  mutableTags.set(repository, known);
  return known;
}

/** Returns the stack whose registry a stack shares; undefined where there is none. */
function ownerOf(repository: Repository, { stack, registry }: StackConfig): Owner | undefined {
  const values = repository.stacks.get(registry?.owner ?? "");
  if (registry?.role !== "shared" || values === undefined) return undefined;
  // Nobody plans the stacks of a cycle.
  const shares = values.stack === stack || ownerIn(values) !== undefined;
  const plan = shares ? undefined : planStack(repository, values).plan;
  return { stack: values.stack, shares, plan };
}

/** The environments of the stacks that share a registry, by its owner. */
const sharers = new WeakMap<Repository, ReadonlyMap<string | undefined, readonly string[]>>();

/**
 * Returns the environments of the stacks that share a stack's registry, or may do so: what can't be read may hold
 * anything.
 */
export function sharersOf(repository: Repository, stack: string): string[] {
  const known = sharers.get(repository) ?? readSharers(repository);
  sharers.set(repository, known);
  return [...(known.get(stack) ?? []), ...(known.get(undefined) ?? [])];
}

function readSharers({
  stacks,
  unreadable,
}: Repository): ReadonlyMap<string | undefined, readonly string[]> {
  const found = new Map<string | undefined, string[]>();
  const add = (owner: string | undefined, environments: readonly string[]): void => {
    found.set(owner, [...(found.get(owner) ?? []), ...environments]);
  };
  for (const values of stacks.values()) {
    const owner = ownerIn(values);
    if (owner !== undefined) add(owner, [environmentOf(values)]);
  }
  for (const { environments, owners = [undefined] } of unreadable) {
    for (const owner of owners) add(owner, environments);
  }
  return found;
}

/**
 * Returns the findings about resources that a stack and another one would overwrite of each other. Each of
 * the two has them. Stacks whose config can't be parsed are left out.
 */
export function issuesAcrossStacks({ stacks }: Repository, { config, from }: StackPlan): Issue[] {
  const others = [...stacks.values()].flatMap((values) => {
    const other =
      values.stack === stackOf(from.file)
        ? undefined
        : checkStackValues(values, new Findings(values.from));
    return other === undefined ? [] : [{ config: other, from: values.from }];
  });
  // After the others, so that the findings are in this stack's file.
  const issues = checkSingletons([...others, { config, from }]);
  return issues.filter(({ file }) => file === from.file);
}

/**
 * Returns the issues of the list, of environments.yaml and of one stack's file, or of no stack's.
 * An error in another stack's config doesn't stop this one.
 */
export function issuesFor({ issues }: Repository, stack?: string): Issue[] {
  return issues.filter(({ file }) => [undefined, stack].includes(stackOf(file)));
}

/** Returns the files of the list, up to the first one with which the list is too large. */
function parseFiles(
  sources: readonly Source[],
  compatibility: Compatibility | undefined,
  issues: Issue[],
): Map<string, YamlFile> {
  const files = new Map<string, YamlFile>();
  let [bytes, values] = [0, 0];
  for (const source of sources) {
    bytes += source.bytes.length;
    const parsed = bytes > MAX_LIST_BYTES ? undefined : parseListFile(source, compatibility);
    values += parsed?.values ?? 0;
    if (parsed === undefined || values > MAX_LIST_VALUES) {
      const limit = parsed === undefined ? `${MAX_LIST_BYTES} bytes` : `${MAX_LIST_VALUES} values`;
      const found = `the list has more than ${limit} up to this file; keep a part of it in a repository of its own`;
      issues.push(error("too-large", source.file, found));
      break;
    }
    files.set(source.file, parsed);
  }
  return files;
}

function parseList(
  files: ReadonlyMap<string, YamlFile>,
  count: number,
  compatibility: Compatibility | undefined,
  issues: Issue[],
): Pick<Repository, "list" | "complete" | "definitions"> {
  const services: Service[] = [];
  let definitions = 0;
  let complete = files.size === count;
  for (const file of files.values()) {
    const parsed = parseDefinitions(file, compatibility);
    services.push(...parsed.services);
    issues.push(...parsed.issues);
    complete &&= parsed.complete;
    definitions += Array.isArray(file.value) ? file.value.length : 0;
  }
  if (definitions === 0 && complete) {
    const what = count === 0 ? "is missing" : "has no definition";
    const found = `the release list ${what}; write one in service/ or infrastructure/, as *.yaml`;
    issues.push(error("no-list", "service", found));
  }
  const list = compatibility === "kayron" ? withoutRepeated(services, files, issues) : services;
  issues.push(...checkList(list, files, complete));
  return { list: list.sort((a, b) => compareText(a.name, b.name)), complete, definitions };
}

function parsePath(
  path: YamlFile | undefined,
  list: ReleaseList,
  files: ReadonlyMap<string, YamlFile>,
  issues: Issue[],
): Environments | undefined {
  if (path === undefined) return undefined;
  const parsed = parseEnvironments(path);
  issues.push(...parsed.issues);
  const { environments } = parsed;
  if (environments === undefined) return undefined;
  for (const { name, environments: wanted = [], source } of list) {
    for (const [position, environment] of wanted.entries()) {
      if (environments.has(environment)) continue;
      const known = [...environments.keys()].join(", ");
      const message = `definition ${source.index + 1} (${name}): "${environment}" isn't in environments.yaml; known are ${known}`;
      const at = files.get(source.file)?.locate([source.index, "environments", position]);
      issues.push(error("unknown-environment", source.file, message, at));
    }
  }
  return environments;
}

function inPathOrder(
  stacks: readonly StackValues[],
  environments: Environments | undefined,
): StackValues[] {
  const path = [...(environments?.keys() ?? [])];
  const rank = (stack: StackValues): number => {
    const index = path.indexOf(environmentOf(stack));
    return index === -1 ? path.length : index;
  };
  return [...stacks].sort((a, b) => rank(a) - rank(b) || compareText(a.stack, b.stack));
}

function parseCharts(sources: readonly Source[]): DefaultCharts {
  const [newest, ...older] = sources.map((source) => parseChart(parseYaml(source)));
  if (newest === undefined) throw new Error("the program has no default chart");
  return [newest, ...older];
}

/** The chart belongs to the program, so a broken one is a bug and throws. */
function parseChart(file: YamlFile): Chart {
  const { version } = (file.value ?? {}) as { version?: unknown };
  if (typeof version !== "string") throw new Error(`${file.file} has no version`);
  return { name: `./${path.posix.dirname(file.file)}`, version, isPinned: false };
}
