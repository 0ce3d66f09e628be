import { hasErrors } from "../release/issue";
import { issuesFor, parseRepository, planStack, type Repository } from "../release/repository";
import type { Deployment } from "../release/types";
import { readChart } from "../release/read";
import { sourcesAt } from "../git/tree";
import { truthOf, type Truth } from "../git/truth";
import { FindingsError, UsageError, type Io } from "./command";
import { openRepository, PROGRAM } from "./repository";

/** One environment as the tree at its ref has it. */
export interface EnvironmentState {
  readonly name: string;
  /** Undefined: the current tree. */
  readonly truth: Truth | undefined;
  /** The list at that tree. */
  readonly repository: Repository;
  /** What its stacks run there, by service. */
  readonly running: ReadonlyMap<string, Deployment>;
}

/**
 * Returns environments as the trees at their refs have them. Where a ref doesn't exist, as in a fresh
 * clone, that is said and the current tree taken.
 * @throws FindingsError when the current list or environments.yaml has errors
 * @throws UsageError for an environment that environments.yaml doesn't have
 */
export function environmentStates(
  path: string,
  names: readonly string[],
  io: Io,
): EnvironmentState[] {
  const current = openRepository(path);
  const issues = issuesFor(current);
  if (hasErrors(issues)) throw new FindingsError(issues);
  const { environments } = current;
  if (environments === undefined) throw new UsageError("there is no environments.yaml");
  return names.map((name) => {
    const environment = environments.get(name);
    if (environment === undefined) {
      const known = [...environments.keys()].join(", ");
      throw new UsageError(`no environment "${name}"; there are ${known}`);
    }
    const { ref } = environment;
    const truth = ref === undefined ? undefined : truthOf(path, ref);
    if (ref !== undefined && truth === undefined) {
      io.err(
        `${name}: there is no ${ref.includes("*") ? `tag like ${ref}` : `branch ${ref}`}; the current tree is taken`,
      );
    }
    const repository = truth === undefined ? current : repositoryAt(path, truth);
    return { name, truth, repository, running: runningIn(repository, name) };
  });
}

function repositoryAt(path: string, { commit }: Truth): Repository {
  return parseRepository({ ...sourcesAt(path, commit), chart: readChart(PROGRAM) });
}

/** What runs is what the tree says, even where a rule of today finds fault with it. */
function runningIn(repository: Repository, environment: string): Map<string, Deployment> {
  const plans = [...repository.stacks.values()].map((values) => planStack(repository, values).plan);
  return new Map(
    plans
      .filter((plan) => plan?.config.environment === environment)
      .flatMap((plan) => plan?.deployments ?? [])
      .map((deployment) => [deployment.service.name, deployment]),
  );
}
