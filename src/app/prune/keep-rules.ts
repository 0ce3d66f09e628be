import type { Environment } from "../../core/environments";
import { findingsError, outsideError } from "../../core/error";
import { chartRuns, pinRuns, recentRuns, type Recent, type Run } from "../../core/history/runs";
import { hasErrors } from "../../core/input/issue";
import type { Chart } from "../../core/list/service";
import { deployedChartText } from "../../core/part-texts";
import { unrestrictedEnvironment } from "../../core/promotion/gate-input";
import { Ref } from "../../core/ref";
import { checkRepository, type Repository } from "../../core/repository";
import { formatPin } from "../../core/version";
import { runningIn } from "../environment-state";
import { EnvironmentReader } from "../environments";
import type { Deployed } from "./deployed";
import { KeptCollector, type Kept } from "./kept";
import { plansIn } from "../plan-stacks";
import type { Reporter } from "../reporter";
import type { World } from "../world";

/** One state of the repository that some environment may have. */
interface Tree {
  /** Such as `origin/main`. */
  readonly name: string;
  readonly repository: Repository;
}

/**
 * Returns what stays in every repository of images and charts that stacks have: what a stack pins at the ref of its
 * environment, in the working tree, at HEAD and where it was deployed, and what stacks ran of late.
 * @throws ReleasesError where it isn't known: of kind `findings` for errors in files, of kind `outside` for a ref that
 *   isn't here, a shallow clone, and outside of git
 */
export function keptOf(
  world: World,
  recent: Recent,
  deployed: readonly Deployed[],
  now: Date,
  report: Reporter,
): Kept {
  const reader = new EnvironmentReader(world, report);
  if (world.git.isShallow()) {
    throw outsideError(
      `${world.folder} is a shallow clone; fetch its history with git fetch --unshallow`,
    );
  }
  const trees = treesOf(world, reader, deployed);
  const found = new KeptCollector();
  for (const { name, repository } of trees) {
    found.defined(repository.list, name);
    for (const plan of plansIn(repository)) found.declared(plan, name);
  }
  collectPast(reader, trees, { recent, now }, found);
  return found.kept();
}

/** Returns the working tree, HEAD, the trees at the refs that these and one another name, and those that are deployed. */
function treesOf(world: World, reader: EnvironmentReader, deployed: readonly Deployed[]): Tree[] {
  const trees = new Map<string, Tree>();
  const add = (name: string, key: string, repository: Repository): void => {
    expectSound(name, repository);
    trees.set(key, { name, repository });
    const environments = repository.environments?.values() ?? [];
    for (const environment of environments) addRef(environment, repository === reader.current);
  };
  const addRef = (environment: Environment, mustBeHere: boolean): void => {
    const { name, ref } = environment;
    if (ref === undefined) return;
    const resolved = reader.resolved(environment);
    if (resolved === undefined && mustBeHere) {
      throw outsideError(
        `the ref "${ref}" of ${name} isn't here, so it isn't known what runs there; fetch it with git fetch --tags origin`,
      );
    }
    const commits = new Map([[resolved?.ref.name ?? ref, resolved?.commit]]);
    // A branch here may be behind what was fetched.
    const remote = Ref.remote("origin", ref);
    if (!remote.isPattern) commits.set(remote.name, world.git.commitOf(remote.fullName));
    for (const [shown, commit] of commits) {
      if (commit !== undefined && !trees.has(commit)) add(shown, commit, reader.at(commit));
    }
  };
  add("the working tree", "", reader.current);
  const head = world.git.commitOf("HEAD");
  if (head !== undefined && !trees.has(head)) add("HEAD", head, reader.at(head));
  for (const { stack, commit } of deployed) {
    if (!trees.has(commit)) add(`deployed in ${stack}`, commit, reader.at(commit));
  }
  return [...trees.values()];
}

/** A part that can't be read may pin anything. */
function expectSound(name: string, repository: Repository): void {
  const broken = repository.unreadable.flatMap(({ issues }) => issues);
  const issues = [...checkRepository(repository), ...broken].filter((one) => hasErrors([one]));
  if (issues.length === 0) return;
  const isHere = name === "the working tree";
  const unique = new Map(issues.map((issue) => [JSON.stringify(issue), issue]));
  throw findingsError(
    [...unique.values()].map((one) => (isHere ? one : { ...one, file: `${name}:${one.file}` })),
  );
}

function collectPast(
  reader: EnvironmentReader,
  trees: readonly Tree[],
  { recent, now }: { readonly recent: Recent; readonly now: Date },
  found: KeptCollector,
): void {
  const named = trees.flatMap(({ repository }) => [...(repository.environments?.keys() ?? [])]);
  const others = [...new Set(named)].filter((name) => !reader.environments.has(name));
  const environments = [...reader.environments.values(), ...others.map(unrestrictedEnvironment)];
  for (const [name, { entries, before, parts }] of reader.history(environments)) {
    const changes = [...entries, ...before];
    for (const { service, part, from, to } of parts) {
      if (part === "image") for (const text of [from, to]) found.hadImage(service, text);
    }
    const pins = pinRuns(changes);
    for (const { what, until } of pins) found.ran(what.digest, until ?? now);
    for (const run of recentRuns(pins, recent, formatPin)) {
      found.keep(run.service, run.what, reasonOf(run));
    }
    const environment = reader.environments.get(name);
    const plans = environment === undefined ? [] : reader.declared(environment).plans;
    const charts = chartRuns(changes, parts, (stack, service) => {
      const running = runningIn(plans, stack).get(service);
      return running && deployedChartText(running.chart);
    });
    for (const run of recentRuns(charts, recent, (text) => text)) {
      const chart = chartOf(run.what);
      if (chart !== undefined) found.keepChart(run.service, chart, reasonOf(run));
    }
  }
}

function reasonOf({ stack, until }: Run<unknown>): string {
  if (until === undefined) return `runs in ${stack}`;
  return `ran in ${stack} until ${until.toISOString().slice(0, 10)}`;
}

/** Returns the chart of a text of `chartText`; undefined for one that no registry has. */
function chartOf(text: string): Pick<Chart, "name" | "version" | "digest"> | undefined {
  const [, name, version, digest] = /^(oci:\/\/\S+) ([^ @]+)(?:@(sha256:\w+))?$/.exec(text) ?? [];
  if (name === undefined || version === undefined) return undefined;
  return { name, version, ...(digest !== undefined && { digest }) };
}
