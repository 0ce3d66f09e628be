import { hasErrors, type Issue } from "../core/input/issue";
import { gateInput, runAt } from "../core/promotion/gate-input";
import { evaluateGates } from "../core/promotion/gates";
import { differences, moveOf, movesPin, newestOf } from "../core/promotion/moves";
import { comparison } from "../core/promotion/proposal";
import {
  statusOf,
  type EnvironmentStatus,
  type Next,
  type StackStatus,
  type Status,
} from "../core/promotion/status";
import type { Repository } from "../core/repository";
import { stackOf } from "../core/stack/config";
import type { Environment } from "../core/environments";
import type { Deployment, StackPlan } from "../core/stack/plan";
import { demandedIn } from "../core/verify/demanded";
import { verdictOf } from "../core/verify/verification";
import { runningIn, type EnvironmentState } from "./environment-state";
import { EnvironmentReader, newestFirst } from "./environments";
import { githubPages, type GithubPages } from "./github-pages";
import { RecordedEvidence } from "./verify/recorded-evidence";
import { movingOf, Upstreams } from "./promotion/upstreams";
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
  for (const { name, checks } of wanted) {
    if (checks !== undefined) report.notice({ kind: "unasked-checks", environment: name, checks });
  }
  const states = new Map(
    environments.map((environment) => [environment.name, reader.declared(environment)]),
  );
  const runningSince = reader.runningSince(environments);
  const upstreams = new Upstreams(reader);
  const evidence = new RecordedEvidence(world.files);
  const shown = wanted.flatMap(({ name }) => states.get(name) ?? []);
  const found = statusOf(
    shown.map((state): EnvironmentStatus => {
      const { name: environment, from } = state.environment;
      const upstream = states.get(from[0] ?? "");
      const trees = reader.inWorkingTree(state.environment).plans;
      const newest = newestOf(upstream?.plans ?? []);
      const next = nextIn(reader, state.environment, newest, upstreams, now);
      const names = new Set([...state.plans, ...trees].map(({ config }) => config.stack));
      const stacks = [...names].map((stack): StackStatus => {
        const plan = state.plans.find(({ config }) => config.stack === stack);
        return {
          stack,
          running: runningIn(state.plans, stack),
          tree: runningIn(trees, stack),
          verified: plan === undefined ? new Map() : verifiedIn(evidence, plan),
          next: plan === undefined ? new Map() : next(plan),
          since: (service, pin) => runningSince({ environment, stack }, service, pin),
        };
      });
      return { name: environment, stacks, unknown: unknownIn(state), teams: teamsOf(state) };
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

/** Returns whether what a stack runs is verified by record, of each service whose signatures are demanded. */
function verifiedIn(evidence: RecordedEvidence, plan: StackPlan): Map<string, boolean> {
  return new Map(
    demandedIn(plan).map((one) => {
      return [one.deployment.service.name, verdictOf(evidence.of(one), one.policy).pass];
    }),
  );
}

function unknownIn({ unreadable, repository }: EnvironmentState): string[] {
  return unreadable.length === 0 ? [] : [...new Set(repository.list.map(({ name }) => name))];
}

/** Returns what tells what a promotion would move in a stack, judged as far as that takes no network. */
function nextIn(
  reader: EnvironmentReader,
  environment: Environment,
  newest: ReadonlyMap<string, Deployment>,
  upstreams: Upstreams,
  now: Date,
): (plan: StackPlan) => Map<string, Next> {
  return (plan) => {
    const moving = differences(newest, plan, environment).filter(movesPin);
    const input = gateInput(runAt(plan, moving), now);
    return new Map(
      moving
        .filter(({ service }) => input.owned.has(service.name))
        .map((difference) => {
          const { stack, service, current, pin } = difference;
          const candidate = {
            intent: "promotion" as const,
            service,
            pin,
            ...(current !== undefined && { current }),
            wasReplaced: reader.wasReplaced(environment, difference),
            upstreams: upstreams.of(environment, movingOf(difference)),
          };
          const { step } = moveOf(stack, service.name, current ?? {}, pin);
          const [address] = comparison(plan.config, service, current?.version, pin.version);
          const gates = evaluateGates(candidate, input);
          return [service.name, { step, pin, gates, comparison: address }] as const;
        }),
    );
  };
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
