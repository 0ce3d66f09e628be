import { isInGit } from "../adapters/git/git";
import { historyOf, type History, type HistoryEntry } from "../adapters/git/history";
import { sourcesAt } from "../adapters/git/tree";
import { shortName, resolveRef, type ResolvedRef } from "../adapters/git/refs";
import { isTagPattern, type Environment, type Environments } from "../core/environments";
import type { Upstream } from "../core/promotion/gates";
import type { Change } from "../core/history/replay";
import { hasErrors } from "../core/input/issue";
import { readChart } from "../core/read";
import { issuesFor, parseRepository, planStack, type Repository } from "../core/repository";
import { unrestrictedEnvironment } from "../core/promotion/gate-input";
import type { Deployment, StackPlan } from "../core/stack/plan";
import { formatPin, type Pin } from "../core/version";
import { FindingsError, UsageError, type Io } from "../cli/command";
import { openRepository, PROGRAM } from "./open";

/** One environment as a tree has it. */
export interface EnvironmentState {
  readonly environment: Environment;
  /** Where the tree stands. Undefined: the current tree. */
  readonly truth: ResolvedRef | undefined;
  /** The list at that tree. */
  readonly repository: Repository;
  readonly plans: readonly StackPlan[];
  /** What its stacks run there, by service. */
  readonly running: ReadonlyMap<string, Deployment>;
}

/** Says since when an environment runs a service's pin. */
export type Since = (environment: string, service: string, pin: Pin) => Upstream["since"];

/** A repository's environments: as the trees at their refs have them, and as the current one does. */
export class EnvironmentReader {
  readonly current: Repository;
  readonly environments: Environments;
  /** The repository's folder. */
  readonly path: string;
  readonly #io: Io;
  readonly #byCommit = new Map<string, Repository>();
  readonly #atRefs = new Map<string, EnvironmentState>();
  readonly #histories = new Map<string, History>();
  #saidShallow = false;

  /**
   * @param files whose errors stop the command: by default the list's and environments.yaml's
   * @throws FindingsError when they have any
   */
  constructor(path: string, io: Io, files: (file: string) => boolean = () => true) {
    this.path = path;
    this.#io = io;
    this.current = openRepository(path);
    const issues = issuesFor(this.current).filter(({ file }) => files(file));
    if (hasErrors(issues)) throw new FindingsError(issues);
    this.environments = this.current.environments ?? withoutPath(this.current);
  }

  /**
   * Returns an environment of a name; a stack's name stands for its environment.
   * @throws UsageError where there is neither
   */
  named(name: string): Environment {
    const stack = this.current.stacks.get(name);
    const environment =
      this.environments.get(name) ??
      this.environments.get(stack === undefined ? name : environmentOf(stack));
    if (environment !== undefined) return environment;
    const known = [...this.environments.keys()].join(", ");
    throw new UsageError(`no environment "${name}"; there are ${known}`);
  }

  /**
   * Returns an environment as the tree at its ref has it. Where the ref doesn't exist, as in a fresh
   * clone, that is said and the current tree taken.
   */
  atRef(environment: Environment): EnvironmentState {
    const known = this.#atRefs.get(environment.name) ?? this.#readAtRef(environment);
    this.#atRefs.set(environment.name, known);
    return known;
  }

  #readAtRef(environment: Environment): EnvironmentState {
    const { name, ref } = environment;
    const truth = ref === undefined ? undefined : resolveRef(this.path, ref);
    if (ref !== undefined && truth === undefined) {
      const what = isTagPattern(ref) ? `tag like ${ref}` : `branch ${ref}`;
      this.#io.err(`${name}: there is no ${what}; the current tree is taken`);
    }
    if (truth === undefined) return this.inTree(environment);
    return stateOf(environment, truth, this.at(truth.commit));
  }

  /**
   * Says where the working tree pins something else than what an environment runs at its ref. Where
   * versions are the list's, another branch has others, which is no news.
   */
  sayAhead({ environment, truth, running }: EnvironmentState): void {
    if (truth === undefined) return;
    const tree = this.inTree(environment);
    const ahead = [...tree.running].flatMap(([name, then]) => {
      const isPinned = tree.plans.some(({ config }) => config.versions.has(name));
      const now = running.get(name);
      const [from, to] = [now === undefined ? "nothing" : formatPin(now), formatPin(then)];
      return isPinned && from !== to ? `${name} ${from} -> ${to}` : [];
    });
    if (ahead.length === 0) return;
    const where = `${environment.name}: the working tree differs from ${shortName(truth.ref)}`;
    this.#io.err(`${where}, which is what runs: ${ahead.join(", ")}`);
  }

  /** Returns an environment as the current tree has it. */
  inTree(environment: Environment): EnvironmentState {
    return stateOf(environment, undefined, this.current);
  }

  /** Returns the repository as a commit, or a tree, has it. */
  at(commit: string): Repository {
    const known = this.#byCommit.get(commit);
    if (known !== undefined) return known;
    const sources = { ...sourcesAt(this.path, commit), chart: readChart(PROGRAM) };
    const repository = parseRepository(sources);
    this.#byCommit.set(commit, repository);
    return repository;
  }

  /**
   * Returns a function that says since when an environment runs a service's pin, or why nobody knows.
   * In a shallow clone that is where its history begins: it runs for at least as long.
   */
  since(environments: Iterable<Environment>): Since {
    const histories = isInGit(this.path) ? this.history(environments) : undefined;
    return (environment, name, pin) => {
      const history = histories?.get(environment);
      if (history === undefined) return "unknown";
      const last = lastOf(history, name);
      const isIt = last?.to !== undefined && formatPin(last.to) === formatPin(pin);
      return isIt ? last.at : "uncommitted";
    };
  }

  /**
   * Returns the pins of a service that ran in an environment, newest first.
   * @throws GitError outside of git
   */
  ranIn(environment: Environment, name: string): Pin[] {
    return this.#changesOf(environment, name).flatMap(({ to }) => to ?? []);
  }

  /**
   * Returns when a pin of a service ran in an environment, the last time before something else came in its
   * place; undefined where none that is meant did.
   * @throws GitError outside of git
   */
  lastRun(
    environment: Environment,
    name: string,
    isMeant: (pin: Pin) => boolean,
  ): { pin: Pin; since: Date; until: Date } | undefined {
    const changes = this.#changesOf(environment, name);
    const index = changes.findIndex(({ to }) => to !== undefined && isMeant(to));
    const [next, found] = [changes[index - 1], changes[index]];
    if (found?.to === undefined || next === undefined) return undefined;
    return { pin: found.to, since: found.at, until: next.at };
  }

  /** Returns what changed of a service, newest first. */
  #changesOf(environment: Environment, name: string): Change[] {
    const { entries = [], before = [] } = this.history([environment]).get(environment.name) ?? {};
    return [...entries, ...before].filter(({ service }) => service === name);
  }

  /**
   * Returns what environments ran, from git; a shallow clone is said, once.
   * @throws GitError outside of git
   */
  history(environments: Iterable<Environment>): Map<string, History> {
    const wanted = [...environments];
    const refs = new Map(
      wanted
        .filter(({ name }) => !this.#histories.has(name))
        .map(({ name, ref }) => [name, ref] as const),
    );
    for (const [name, found] of historyOf(this.path, refs)) {
      if (found.before.length > 0) this.#sayShallow();
      this.#histories.set(name, found);
    }
    return new Map(
      wanted.map(({ name }) => [name, this.#histories.get(name) ?? { entries: [], before: [] }]),
    );
  }

  #sayShallow(): void {
    if (this.#saidShallow) return;
    this.#saidShallow = true;
    this.#io.err(
      "this clone is shallow, so its history isn't whole; git fetch --unshallow gets the rest",
    );
  }
}

/** Returns the changes of several environments, newest first. */
export function newestFirst(histories: ReadonlyMap<string, History>): HistoryEntry[] {
  return [...histories.values()]
    .flatMap(({ entries }) => entries)
    .sort((a, b) => b.at.getTime() - a.at.getTime() || b.order - a.order);
}

/** Returns the change that made a service what it is, the newest first. */
function lastOf({ entries, before }: History, name: string): Change | undefined {
  const isIt = ({ service }: Change): boolean => service === name;
  return entries.find(isIt) ?? before.find(isIt);
}

/** What runs is what the tree says, even where a rule of today finds fault with it. */
export function stateOf(
  environment: Environment,
  truth: ResolvedRef | undefined,
  repository: Repository,
): EnvironmentState {
  const plans = [...repository.stacks.values()]
    .filter((values) => environmentOf(values) === environment.name)
    .flatMap((values) => planStack(repository, values).plan ?? []);
  const running = new Map(
    plans
      .flatMap(({ deployments }) => deployments)
      .map((deployment) => [deployment.service.name, deployment]),
  );
  return { environment, truth, repository, plans, running };
}

/** Without environments.yaml every stack's environment is one, and takes what comes. */
function withoutPath({ stacks }: Repository): Environments {
  const names = [...stacks.values()].map(environmentOf);
  return new Map(names.map((name) => [name, unrestrictedEnvironment(name)]));
}

/** Returns the environment of a stack: its own name where its config says none. */
export function environmentOf({
  stack,
  values,
}: {
  stack: string;
  values: Readonly<Record<string, unknown>>;
}): string {
  const { environment } = values;
  return typeof environment === "string" ? environment : stack;
}
