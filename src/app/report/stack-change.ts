import { compareResources, type ResourceChange } from "../../adapters/pulumi/compare";
import { HELM_RELEASE, type PlannedResource } from "../../adapters/pulumi/resource";
import { isPackaged } from "../../core/files";
import { hasErrors } from "../../core/input/issue";
import { movesBetween, type Moved } from "../../core/promotion/moves";
import { issuesFor, planStack, type Repository } from "../../core/repository";
import type { StackPlan } from "../../core/stack/plan";
import { evaluateStack, type PlannedStack } from "../plan-stacks";
import type { Reporter } from "../reporter";
import type { World } from "../world";

/** A stack as one tree declares it. */
export interface EvaluatedStack extends PlannedStack {
  readonly plan: StackPlan;
}

/** Returns what a tree makes of a stack; undefined where it has none, or none that can be declared. */
export async function evaluated(
  world: Pick<World, "engine">,
  repository: Repository,
  stack: string,
  report: Reporter,
): Promise<EvaluatedStack | undefined> {
  const values = repository.stacks.get(stack);
  if (values === undefined) return undefined;
  const { plan, issues } = planStack(repository, values);
  if (plan === undefined || hasErrors([...issuesFor(repository, stack), ...issues])) {
    report.notice({ kind: "undeclarable-before", stack });
    return undefined;
  }
  return { plan, ...(await evaluateStack(world, repository, values, plan)) };
}

/** Returns the moves of a stack's services. */
export function movesOf(old: EvaluatedStack | undefined, now: EvaluatedStack | undefined): Moved[] {
  return movesBetween(old?.plan, now?.plan);
}

/** Returns the ids of what a folder holds before and after a change; undefined where it isn't there. */
export type ChartFiles = (
  folder: string,
) => readonly [before: string | undefined, after: string | undefined];

/**
 * Returns what tells whether the files of charts changed. The whole top folder of a chart counts, as charts
 * may take parts of their neighbors.
 * @param after by default the working tree
 */
export function chartFilesIn(
  { git }: Pick<World, "git">,
  before: string,
  after?: string,
): ChartFiles {
  const known = new Map<string, ReturnType<ChartFiles>>();
  return (folder) => {
    const [top = ""] = folder.split("/");
    const ids = known.get(top) ?? [git.folderId(top, before), git.folderId(top, after)];
    known.set(top, ids);
    return ids;
  };
}

/**
 * Returns the changes of a stack's resources. A Helm release whose chart is a folder changes with the
 * folder's files, which Pulumi doesn't look into.
 */
export function changesBetween(
  old: EvaluatedStack | undefined,
  now: EvaluatedStack | undefined,
  chartFiles: ChartFiles,
): ResourceChange[] {
  const changes = compareResources(old?.resources ?? [], now?.resources ?? []);
  const byUrn = new Map(changes.map((change) => [change.urn, change]));
  const before = new Set(old?.resources.map(({ urn }) => urn));
  for (const resource of now?.resources ?? []) {
    const folder = folderOfChart(resource);
    if (folder === undefined || !before.has(resource.urn)) continue;
    const [from, to] = chartFiles(folder);
    if (from === to) continue;
    const { type, name, urn } = resource;
    const known = byUrn.get(urn) ?? { op: "update" as const, type, name, urn, properties: [] };
    const files = { path: "(chart files)", from, to };
    byUrn.set(urn, { ...known, properties: [...known.properties, files] });
  }
  return [...byUrn.values()].sort((a, b) => (a.urn < b.urn ? -1 : 1));
}

/** Returns the folder of a Helm release's chart in the repository; undefined where it comes from elsewhere. */
export function folderOfChart({ type, inputs }: PlannedResource): string | undefined {
  const { chart } = inputs;
  if (type !== HELM_RELEASE || typeof chart !== "string" || !chart.startsWith("./"))
    return undefined;
  if (isPackaged(chart)) return undefined;
  return chart.slice("./".length);
}
