import type { History, HistoryEntry } from "../adapters/git/history";
import { EMPTY_TREE, type ResolvedRef, type TruthRef } from "../adapters/git/refs";
import type { Update } from "../adapters/pulumi/stack-history";
import type { Environment, Environments } from "../core/environments";
import { findingsError, usageError } from "../core/error";
import { pastOf, runsBefore, type Change, type PartChange } from "../core/history/replay";
import { withoutRenames } from "../core/history/renames";
import { hasErrors } from "../core/input/issue";
import { unrestrictedEnvironment } from "../core/promotion/gate-input";
import { Ref } from "../core/ref";
import { issuesFor, mutableTagsIn, parseRepository, type Repository } from "../core/repository";
import { environmentOf } from "../core/stack/config";
import { suggestion } from "../core/suggestion";
import type { Difference } from "../core/promotion/moves";
import { stepBetween } from "../core/promotion/step";
import { formatPin, mayBeSame, type Pin } from "../core/version";
import { runningIn, stateOf, type EnvironmentState, type Place } from "./environment-state";
import { openRepository } from "./open";
import type { Reporter } from "./reporter";
import type { World } from "./world";

/** Returns since when a stack has been running a service's pin; undefined where git doesn't know. */
export type RunningSince = (
  stack: { readonly environment: string; readonly stack: string },
  service: string,
  pin: Pin,
) => Date | undefined;

/** The environments of a repository: as declared at their refs, in the working tree, and in the past. */
export class EnvironmentReader {
  /** The working tree. */
  readonly current: Repository;
  readonly environments: Environments;
  readonly #world: World;
  readonly #report: Reporter;
  readonly #repositories = new Map<string, Repository>();
  readonly #resolved = new Map<string, ResolvedRef | undefined>();
  readonly #declared = new Map<string, EnvironmentState>();
  /** By the commit that they lead to; undefined: by the refs of the environments. */
  readonly #histories = new Map<string | undefined, Map<string, History>>();
  #isInGit: boolean | undefined;
  readonly #leads = new Map<string, boolean>();
  #toldShallow = false;

  /**
   * @param files whose errors stop the use case: by default the list's and environments.yaml's
   * @throws ReleasesError of kind `findings` when one of them has errors
   */
  constructor(world: World, report: Reporter, files: (file: string) => boolean = () => true) {
    this.#world = world;
    this.#report = report;
    this.current = openRepository(world);
    const issues = issuesFor(this.current).filter(({ file }) => files(file));
    if (hasErrors(issues)) throw findingsError(issues);
    this.environments = this.current.environments ?? environmentsOfStacks(this.current);
  }

  /**
   * Returns the environment of a name, or the environment of a stack of that name.
   * @throws ReleasesError of kind `usage` where there is neither
   */
  named(name: string): Environment {
    return this.place(name).environment;
  }

  /**
   * Returns the environment of a name, or else the stack.
   * @throws ReleasesError of kind `usage` where there is neither
   */
  place(name: string): Place {
    const own = this.environments.get(name);
    if (own !== undefined) return { environment: own, stack: undefined };
    const values = this.current.stacks.get(name);
    const environment = values && this.environments.get(environmentOf(values));
    if (environment !== undefined) return { environment, stack: name };
    const known = [...this.environments.keys()];
    throw usageError(`unknown environment "${name}"; ${suggestion(name, known)}`);
  }

  /**
   * Returns an environment as declared: as the tree at its ref describes it. Where the ref doesn't exist,
   * as in a fresh clone, the working tree is taken, with a notice.
   */
  declared(environment: Environment): EnvironmentState {
    const known = this.#declared.get(keyOf(environment)) ?? this.#readDeclared(environment);
    this.#declared.set(keyOf(environment), known);
    return known;
  }

  #readDeclared(environment: Environment): EnvironmentState {
    const { name, ref } = environment;
    if (ref === undefined) return this.inWorkingTree(environment);
    const resolved = this.resolved(environment);
    this.#tellPassed(name, ref);
    if (resolved !== undefined) return stateOf(environment, resolved, this.at(resolved.commit));
    this.#report.notice({ kind: "missing-ref", environment: name, ref });
    return this.inWorkingTree(environment);
  }

  /**
   * Returns the commit at an environment's ref; undefined where it has none, or it doesn't exist. A tag counts
   * where its commit is a part of what every environment has that it takes versions from.
   */
  resolved(environment: Environment): ResolvedRef | undefined {
    const key = keyOf(environment);
    if (!this.#resolved.has(key)) {
      const truth = this.#truthOf(environment);
      this.#resolved.set(key, truth && this.#world.git.resolveRef(truth));
    }
    return this.#resolved.get(key);
  }

  #truthOf({ ref, from }: Environment): TruthRef | undefined {
    if (ref === undefined) return undefined;
    if (!Ref.ofEnvironment(ref).isPattern) return { ref, within: [] };
    const within = from.flatMap((name) => {
      const upstream = this.environments.get(name);
      return (upstream && this.resolved(upstream))?.commit ?? [];
    });
    return { ref, within: [...new Set(within)], mutable: mutableTagsIn(this.current) };
  }

  /**
   * Returns an environment as declared, all of whose stack configs can be read.
   * @throws ReleasesError of kind `findings` where one can't: what it runs isn't known
   */
  known(environment: Environment): EnvironmentState {
    const state = this.declared(environment);
    if (state.unreadable.length > 0) throw findingsError(state.unreadable);
    return state;
  }

  /**
   * Tells where the working tree pins another version than an environment declares at its ref. Versions of
   * the list differ from branch to branch, so they aren't told.
   */
  tellDifferences({ environment, ref, plans }: EnvironmentState): void {
    if (ref === undefined) return;
    const trees = this.inWorkingTree(environment).plans;
    const changes = trees.flatMap(({ config, deployments }) => {
      const { stack, versions } = config;
      const running = runningIn(plans, stack);
      return deployments.flatMap(({ service: { name: service }, ...then }) => {
        const now = running.get(service);
        const [from, to] = [now === undefined ? "nothing" : formatPin(now), formatPin(then)];
        if (!versions.has(service) || from === to) return [];
        return [{ service, from, to, ...(trees.length > 1 && { stack }) }];
      });
    });
    if (changes.length === 0) return;
    const { name } = environment;
    this.#report.notice({ kind: "tree-differs", environment: name, ref: ref.ref.name, changes });
  }

  /** Returns an environment as the working tree describes it. */
  inWorkingTree(environment: Environment): EnvironmentState {
    return stateOf(environment, undefined, this.current);
  }

  /** Returns the repository of a commit, or of a tree. */
  at(commit: string): Repository {
    const known = this.#repositories.get(commit);
    if (known !== undefined) return known;
    const { git, files } = this.#world;
    const defaultCharts = files.defaultCharts();
    const repository = parseRepository({ ...git.sourcesAt(commit), defaultCharts });
    this.#repositories.set(commit, repository);
    return repository;
  }

  /**
   * Returns a function that knows since when stacks run their pins. In a shallow clone that is where
   * the history begins: the pin has been running for at least as long.
   */
  runningSince(environments: Iterable<Environment>): RunningSince {
    const histories = this.isInGit ? this.history(environments) : undefined;
    return ({ environment, stack }, name, pin) => {
      const history = histories?.get(environment);
      const changes = history === undefined ? [] : changesIn(history, name);
      const last = changes.find((change) => change.stack === stack);
      const isSame = last?.to !== undefined && formatPin(last.to) === formatPin(pin);
      return isSame ? last.at : undefined;
    };
  }

  /**
   * Returns the changes of a service in all stacks of an environment, newest first.
   * @param head the commit whose line of first parents counts instead of the environment's ref
   * @throws ReleasesError of kind `outside` outside of git
   */
  changesOf(environment: Environment, name: string, head?: string): Change[] {
    const history = this.#historiesAt(head, [environment]).get(environment.name);
    return history === undefined ? [] : changesIn(history, name);
  }

  /**
   * Whether a stack ran a pin before the one that runs there now. Only asked of versions without an order: of
   * others the order decides.
   */
  wasReplaced(environment: Environment, { stack, service, pin, current }: Difference): boolean {
    if (current === undefined || formatPin(pin) === formatPin(current) || !this.isInGit)
      return false;
    if (stepBetween(current.version, pin.version) !== "unordered") return false;
    const changes = pastOf(this.changesOf(environment, service.name), stack);
    const past = runsBefore(changes, current);
    return past.some((run) => mayBeSame(run.pin, pin));
  }

  /**
   * Whether an environment of a name ever ran anything on the line of first parents that leads to a commit.
   * @throws ReleasesError of kind `outside` outside of git
   */
  everRan(name: string, commit: string): boolean {
    if (commit === EMPTY_TREE) return false;
    const environment = unrestrictedEnvironment(name);
    const { entries = [], before = [] } = this.#historiesAt(commit, [environment]).get(name) ?? {};
    return entries.length > 0 || before.length > 0;
  }

  /**
   * Returns the changes of a service's chart, or of its image repository, in one stack, newest first.
   * @param head as for `changesOf`
   * @throws ReleasesError of kind `outside` outside of git
   */
  partChangesOf(
    environment: Environment,
    { stack, service, part }: Pick<PartChange, "stack" | "service" | "part">,
    head?: string,
  ): PartChange[] {
    const history = this.#historiesAt(head, [environment]).get(environment.name);
    return (history?.parts ?? []).filter(
      (one) => one.service === service && one.part === part && one.stack === stack,
    );
  }

  /**
   * Returns what environments ran, from git. A shallow clone is told once.
   * @throws ReleasesError of kind `outside` outside of git
   */
  history(environments: Iterable<Environment>): Map<string, History> {
    return this.#historiesAt(undefined, environments);
  }

  #historiesAt(
    head: string | undefined,
    environments: Iterable<Environment>,
  ): Map<string, History> {
    const known = this.#histories.get(head) ?? new Map<string, History>();
    this.#histories.set(head, known);
    const wanted = [...environments];
    const refs = new Map(
      wanted
        .filter((environment) => !known.has(keyOf(environment)))
        .map((environment) => {
          const truth = head === undefined ? this.#truthOf(environment) : undefined;
          return [environment.name, truth] as const;
        }),
    );
    const found = refs.size === 0 ? undefined : this.#world.git.historyOf(refs, head);
    for (const environment of wanted) {
      const history = found?.get(environment.name);
      if (history === undefined) continue;
      if (history.before.length > 0) this.#tellShallow();
      known.set(keyOf(environment), history);
    }
    return new Map(
      wanted.map((environment) => [
        environment.name,
        known.get(keyOf(environment)) ?? { entries: [], before: [], parts: [] },
      ]),
    );
  }

  /** Whether the repository's folder is in git, and so has a past. */
  get isInGit(): boolean {
    return (this.#isInGit ??= this.#world.git.isRepository());
  }

  /**
   * Returns the updates of stacks that brought what a commit declared, before another one replaced it.
   * @param next undefined where nothing has replaced it
   */
  bringing(
    updates: readonly Update[],
    commit: string | undefined,
    next: string | undefined,
  ): Update[] {
    return updates.filter(
      (update) =>
        (commit === undefined || this.leadsTo(commit, update.commit)) &&
        (next === undefined || !this.leadsTo(next, update.commit)),
    );
  }

  /** Whether a commit is another one, or leads to it. */
  leadsTo(commit: string, other: string): boolean {
    const key = `${commit} ${other}`;
    const known = this.#leads.get(key) ?? this.#world.git.isAncestor(commit, other);
    this.#leads.set(key, known);
    return known;
  }

  #tellPassed(environment: string, pattern: string): void {
    if (!Ref.ofEnvironment(pattern).isPattern) return;
    const truth = { ref: pattern, within: [], mutable: mutableTagsIn(this.current) };
    const tags = this.#world.git.passedTags(truth);
    if (tags.length > 0) this.#report.notice({ kind: "passed-tags", environment, pattern, tags });
  }

  #tellShallow(): void {
    if (this.#toldShallow) return;
    this.#toldShallow = true;
    this.#report.notice({ kind: "shallow-clone" });
  }
}

/** Returns the changes of several environments, newest first. */
export function newestFirst(histories: ReadonlyMap<string, History>): HistoryEntry[] {
  const entries = [...histories.values()].flatMap((history) => history.entries);
  return withoutRenames(entries).sort(
    (a, b) => b.at.getTime() - a.at.getTime() || b.order - a.order,
  );
}

/** An environment of two promotion paths may have two refs. */
function keyOf({ name, ref, from }: Environment): string {
  return JSON.stringify([name, ref, from]);
}

/** Returns the changes of a service, newest first. */
function changesIn({ entries, before }: History, name: string): Change[] {
  return [...entries, ...before].filter(({ service }) => service === name);
}

/** Returns the environments of a repository without environments.yaml: every stack's, unrestricted. */
function environmentsOfStacks({ stacks, unreadable }: Repository): Environments {
  const names = [
    ...[...stacks.values()].map(environmentOf),
    ...unreadable.flatMap(({ environments }) => environments),
  ];
  return new Map(names.map((name) => [name, unrestrictedEnvironment(name)]));
}
