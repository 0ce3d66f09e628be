import { hasErrors, type Issue } from "../core/input/issue";
import { gateInput, runAt } from "../core/promotion/gate-input";
import { evaluateGates } from "../core/promotion/gates";
import { differences, moveOf, movesPin } from "../core/promotion/moves";
import { comparison } from "../core/promotion/proposal";
import { statusOf, type EnvironmentStatus, type Next, type Status } from "../core/promotion/status";
import type { Repository } from "../core/repository";
import { stackOf } from "../core/stack/config";
import { EnvironmentReader, newestFirst, type EnvironmentState } from "./environments";
import { githubPages, type GithubPages } from "./github-pages";
import { movingOf, Upstreams } from "./upstreams";
import type { HistoryEntry } from "../adapters/git/history";
import type { Reporter } from "./reporter";
import type { World } from "./world";

/** Which services and environments a status shows; all of them without any. */
export interface StatusRequest {
  readonly team?: string | undefined;
  readonly environment?: string | undefined;
  /** Only services that are behind somewhere. */
  readonly behind: boolean;
  /** Only services whose promotion is refused somewhere. */
  readonly blocked: boolean;
}

/** A status at a time, and the changes that led to it. */
export interface StatusResult {
  readonly status: Status;
  /** Why stacks can't be read: what they run isn't known, and isn't shown. */
  readonly unreadable: readonly Issue[];
  /** Returns the changes of the environments that are shown, newest first. */
  readonly history: () => HistoryEntry[];
  readonly pages: GithubPages;
  readonly now: Date;
}

/** Returns what runs where, how far it is behind, and what refuses its next promotion. Without the network. */
export function status(world: World, request: StatusRequest, report: Reporter): StatusResult {
  const now = world.now();
  const reader = new EnvironmentReader(world, report);
  const environments = [...reader.environments.values()];
  const wanted =
    request.environment === undefined ? environments : [reader.named(request.environment)];
  const states = new Map(
    environments.map((environment) => [environment.name, reader.declared(environment)]),
  );
  const runningSince = reader.runningSince(environments);
  const upstreams = new Upstreams(reader);
  const shown = wanted.flatMap(({ name }) => states.get(name) ?? []);
  const found = statusOf(
    shown.map((state): EnvironmentStatus => {
      const { name, from } = state.environment;
      const upstream = states.get(from[0] ?? "");
      return {
        name,
        running: state.running,
        tree: reader.inWorkingTree(state.environment).running,
        unknown: unknownIn(state),
        next: upstream === undefined ? new Map() : nextOf(reader, upstream, state, upstreams, now),
        teams: teamsOf(state),
        since: (service, pin) => runningSince(name, service, pin),
      };
    }),
  );
  return {
    status: filtered(found, request),
    unreadable: unreadable(reader.current, shown),
    history: () => newestFirst(reader.history(wanted)),
    pages: githubPages(world.git, shown),
    now,
  };
}

function unknownIn({ unreadable, repository }: EnvironmentState): string[] {
  return unreadable.length === 0 ? [] : repository.list.map(({ name }) => name);
}

/** Returns what a promotion would move, judged as far as that takes no network. */
function nextOf(
  reader: EnvironmentReader,
  upstream: EnvironmentState,
  state: EnvironmentState,
  upstreams: Upstreams,
  now: Date,
): Map<string, Next> {
  const moving = differences(upstream.running, state.running, state.environment).filter(movesPin);
  const inputs = state.plans.map((plan) => gateInput(runAt(plan, moving), now));
  return new Map(
    moving.flatMap((difference) => {
      const { service, current, pin } = difference;
      const { name } = service;
      const at = inputs.findIndex(({ owned }) => owned.has(name));
      const [input, plan] = [inputs[at], state.plans[at]];
      if (input === undefined || plan === undefined) return [];
      const candidate = {
        intent: "promotion" as const,
        service,
        pin,
        ...(current !== undefined && { current }),
        wasReplaced: reader.wasReplaced(state.environment, difference),
        upstreams: upstreams.of(state.environment, movingOf(difference)),
      };
      const { step } = moveOf(name, current ?? {}, pin);
      const [address] = comparison(plan.config, service, current?.version, pin.version);
      const gates = evaluateGates(candidate, input);
      return [[name, { step, pin, gates, comparison: address }] as const];
    }),
  );
}

/** Returns the errors of stack configs that can't be read, in the trees that are shown. */
function unreadable(current: Repository, shown: readonly EnvironmentState[]): Issue[] {
  const issues = [
    ...current.issues.filter(({ file }) => stackOf(file) !== undefined),
    ...shown.flatMap((state) => state.unreadable),
  ];
  const seen = new Set<string>();
  return issues.filter((issue) => {
    const key = JSON.stringify(issue);
    return hasErrors([issue]) && !seen.has(key) && seen.add(key);
  });
}

function teamsOf({ repository }: EnvironmentState): Map<string, string> {
  const { list } = repository;
  return new Map(list.flatMap(({ name, team }) => (team === undefined ? [] : [[name, team]])));
}

function filtered(
  { environments, services }: Status,
  { team, behind, blocked }: StatusRequest,
): Status {
  return {
    environments,
    services: services.filter((service) => {
      const all = Object.values(service.cells);
      return (
        (team === undefined || service.team === team) &&
        (!behind || all.some((cell) => cell.behind !== null)) &&
        (!blocked || all.some((cell) => cell.blocked.length > 0))
      );
    }),
  };
}
