import { createHash } from "node:crypto";
import type { ResourceChange } from "../../adapters/pulumi/compare";
import type { PlannedResource } from "../../adapters/pulumi/resource";
import { positionInPath } from "../../core/environments";
import { usageError } from "../../core/error";
import type { GateName, GateResult, Pending } from "../../core/promotion/gate";
import type { Moved } from "../../core/promotion/moves";
import { pathChanges } from "../../core/promotion/path-changes";
import { BrokenGlass, type Approvals } from "../promotion/broken-glass";
import type { EnvironmentReader } from "../environments";
import { AskedChecks, type CheckSource } from "../promotion/checks";
import { adviceOn, packageAdvice } from "./change-advice";
import { manifestChanges, type ManifestChange } from "./manifests";
import { MoveJudge, type JudgedChange } from "../promotion/move-judge";
import { checkStacks } from "../plan-stacks";
import type { Reporter } from "../reporter";
import {
  changesBetween,
  chartFilesIn,
  evaluated,
  folderOfChart,
  movesOf,
  type EvaluatedStack,
} from "./stack-change";
import type { Base } from "../promotion/upstreams";
import type { World } from "../world";

/** What a change of the repository does to each stack. */
export interface ChangeReport {
  /** The commit that the working tree is compared with. */
  readonly since: string;
  /** SHA-256 of all that the change decides: the same for the same decision, whoever asks and when. */
  readonly fingerprint: string;
  /** How the change changes the promotion path, a line each: first to be read, as it decides about gates. */
  readonly path: readonly string[];
  /** The reasons of `Break-glass` trailers in the commits of the change, newest first. */
  readonly breakGlass: string | null;
  /** By stack, in the order of the promotion path. */
  readonly stacks: Readonly<Record<string, StackChanges>>;
}

/** What the change does to one stack. */
export interface StackChanges {
  readonly environment: string;
  /** Whether the promotion path ends in the environment. */
  readonly isLast: boolean;
  readonly moves: readonly Moved[];
  readonly changes: readonly ResourceChange[];
  readonly refused: readonly JudgedMove[];
  /** What passes for now alone, because nobody here knows: who deploys asks, just before `up`. */
  readonly pending: readonly PendingMove[];
  /** The manifests of Helm releases that change; without Helm, those whose digest isn't checked. */
  readonly manifests: readonly ManifestChange[];
  /** What a person should do about the change, or know of it, a line each. */
  readonly advice: readonly string[];
}

/** A gate's refusal of one service. */
export type JudgedMove = Pick<GateResult, "gate" | "service" | "reason" | "passesAt">;

/** A gate's question that nobody here can answer. */
export type PendingMove = JudgedMove & Pending;

/** What is known besides the repository. */
export interface Known {
  /** What the state says was deployed, by stack; without it what is committed counts. */
  readonly updates?: Base["updates"];
  /** Who knows what GitHub checked; without it what checks decide is pending. */
  readonly checks?: CheckSource;
  /** Who approved reasons for breaking the glass; without it what they override is pending. */
  readonly approvals?: Approvals;
}

/**
 * Returns what the working tree changes in stacks since a commit.
 * @param since a commit, by any name that git knows
 * @param names of stacks or environments; all stacks without any
 * @throws ReleasesError of kind `findings` when the working tree can't be declared, of kind `usage` for a
 *   commit or a name that isn't known
 */
export async function reportChanges(
  world: World,
  reader: EnvironmentReader,
  since: string,
  names: readonly string[],
  report: Reporter,
  { updates, checks, approvals }: Known = {},
): Promise<ChangeReport> {
  const commit = world.git.commitOf(since);
  if (commit === undefined) throw usageError(`no commit "${since}" in ${world.folder}`);
  const [before, after] = [reader.at(commit), reader.current];
  const gone = [...before.stacks.keys()].filter((stack) => !after.stacks.has(stack));
  const wanted = checkStacks(after, names, report, gone);
  const asked = new AskedChecks(() => Promise.resolve(checks));
  const judge = new MoveJudge(world, reader, { commit, ...(updates && { updates }) }, asked);
  const glass = new BrokenGlass(world, reader, commit, report, approvals);
  const chartFiles = chartFilesIn(world, commit);
  const stacks: Record<string, StackChanges> = {};
  for (const stack of wanted) {
    const old = await evaluated(world, before, stack, report);
    const now = await evaluated(world, after, stack, report);
    const { plan } = now ?? old ?? {};
    if (plan === undefined) continue;
    const { environment } = plan.config;
    const moves = movesOf(old, now);
    const changes = changesBetween(old, now, chartFiles);
    const change = { old: old?.plan, now: now?.plan, moves, changes };
    const verdicts = await judged(judge, change, glass);
    const resources = { before: old?.resources ?? [], after: now?.resources ?? [] };
    const manifests = rendered(world, commit, changes, resources, digestsOf(now));
    stacks[stack] = {
      environment,
      isLast: positionInPath(plan.environments, environment) === "last",
      moves,
      changes,
      refused: verdicts.filter(({ pass }) => !pass).map(judgedMove),
      pending: verdicts.flatMap((verdict) =>
        verdict.pending === undefined ? [] : { ...judgedMove(verdict), ...verdict.pending },
      ),
      manifests,
      advice: [
        ...adviceOn({ stack, changes, ...resources, manifests }),
        ...packageAdvice(moves, now?.plan.deployments ?? []),
      ],
    };
  }
  const path = pathChanges(before, after);
  return {
    since: commit,
    fingerprint: fingerprintOf(path, stacks),
    path,
    breakGlass: glass.reasons,
    stacks,
  };
}

/** Returns manifests, each side's with the chart folders of its own tree, where that has them. */
function rendered(
  world: World,
  commit: string,
  changes: readonly ResourceChange[],
  { before, after }: Readonly<Record<"before" | "after", readonly PlannedResource[]>>,
  digests: ReadonlyMap<string, string>,
): ManifestChange[] {
  const folders = before.flatMap((resource) => folderOfChart(resource) ?? []);
  const tops = [...new Set(folders.map((folder) => folder.split("/")[0] ?? ""))];
  const there = tops.filter((top) => world.git.folderId(top, commit) !== undefined);
  const ofNow = (chart: string): string =>
    world.files.exists(`${chart.replace("./", "")}/Chart.yaml`) ? world.folder : world.project;
  const render = (root: string): ManifestChange[] => {
    const ofBefore = (chart: string): string => {
      const [, top = ""] = chart.split("/");
      return chart.startsWith("./") && there.includes(top) ? root : world.project;
    };
    const sides = { before: ofBefore, after: ofNow };
    return manifestChanges(world, changes, before, after, { digests, folders: sides });
  };
  const isNeeded =
    there.length > 0 && changes.some(({ op }) => op === "update" || op === "replace");
  return isNeeded ? world.git.withFolders(commit, there, render) : render(world.project);
}

function digestsOf(stack: EvaluatedStack | undefined): Map<string, string> {
  const found = stack?.services ?? [];
  return new Map(
    found.flatMap(({ name, digest }) => (digest === null ? [] : [[name, digest] as const])),
  );
}

/** The gates that a reason for breaking the glass opens. */
const OVERRIDABLE: ReadonlySet<GateName> = new Set(["soak", "checks", "freeze"]);

/** Returns the verdicts on a stack's change. What a broken glass is about is asked where it matters. */
export async function judged(
  judge: MoveJudge,
  change: JudgedChange,
  glass: BrokenGlass,
): Promise<GateResult[]> {
  const verdicts = await judge.verdicts(change);
  const overridable = verdicts.some(({ gate, pass }) => !pass && OVERRIDABLE.has(gate));
  if (!overridable || glass.reasons === null) return verdicts;
  return judge.verdicts(change, glass);
}

function judgedMove({ gate, service, reason, passesAt }: GateResult): JudgedMove {
  return { gate, service, reason, passesAt };
}

/** Returns the stacks of which a report has a move or a resource change. */
export function changedStacks({ stacks }: ChangeReport): string[] {
  return Object.entries(stacks)
    .filter(([, { moves, changes }]) => moves.length > 0 || changes.length > 0)
    .map(([stack]) => stack);
}

/** Returns a report for each environment, with a fingerprint of its own. */
export function byEnvironment({ stacks, ...report }: ChangeReport): Map<string, ChangeReport> {
  const groups = new Map<string, Record<string, StackChanges>>();
  for (const [stack, changes] of Object.entries(stacks)) {
    const { environment } = changes;
    groups.set(environment, { ...groups.get(environment), [stack]: changes });
  }
  return new Map(
    [...groups].map(([environment, own]) => [
      environment,
      { ...report, fingerprint: fingerprintOf(report.path, own), stacks: own },
    ]),
  );
}

function fingerprintOf(path: readonly string[], stacks: ChangeReport["stacks"]): string {
  const decided = Object.entries(stacks)
    .map(([stack, { moves, changes }]) => ({ stack, moves, changes }))
    .sort((a, b) => (a.stack < b.stack ? -1 : 1));
  const text = JSON.stringify([path, decided]);
  return `sha256:${createHash("sha256").update(text).digest("hex")}`;
}
