import type { ChartRepositories, FoundChart } from "../../adapters/helm/chart-repositories";
import { isClassic, type ClassicChart } from "../../core/list/service";
import { formatRefusal } from "../../core/promotion/gates";
import type { StackPlan } from "../../core/stack/plan";
import type { UnknownChart } from "../../core/verify/chart-index";
import type { World } from "../world";

/** Returns the package of a chart repository where it has the pinned bytes; else what it is. */
export async function pinnedPackage(
  charts: ChartRepositories,
  chart: ClassicChart,
  digest: string,
): Promise<FoundChart | UnknownChart> {
  const found = await charts.find(chart);
  if ("problem" in found || found.digest === digest) return found;
  const { repository, name, version } = chart;
  const problem = `${repository} has ${found.digest} as ${version} of ${name}, and ${digest} is pinned; publish another version`;
  return { problem };
}

/**
 * Returns a refusal for each chart of a chart repository that isn't what its pin's digest says. Helm takes it by its
 * version, whatever digest is pinned, and takes it anew whenever a stack is updated.
 * @throws ReleasesError of kind `outside` when a repository can't be asked
 */
export async function otherPackages(
  world: Pick<World, "chartRepositories">,
  { deployments }: StackPlan,
): Promise<string[]> {
  const charts = world.chartRepositories();
  const refusals = await Promise.all(
    deployments.map(async ({ service: { name: service }, chart }) => {
      if (chart?.digest === undefined || !isClassic(chart)) return [];
      const found = await pinnedPackage(charts, chart, chart.digest);
      if (!("problem" in found)) return [];
      return formatRefusal({ gate: "artifact", service, reason: found.problem, passesAt: null });
    }),
  );
  return refusals.flat();
}
