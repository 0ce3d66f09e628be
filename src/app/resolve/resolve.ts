import type { HistoryEntry } from "../../adapters/git/history";
import { findingsError, outsideError, usageError } from "../../core/error";
import type { Service } from "../../core/list/service";
import type { Move } from "../../core/promotion/moves";
import type { ServicePin, StackText } from "../../core/promotion/proposal";
import { decide, environmentOfPlan, followedIn, type Known } from "../../core/resolve/decision";
import type { ResolveFinding } from "../../core/resolve/finding";
import type { ReportedHead } from "../../core/resolve/head";
import { resolvePreviews, type KnownPulls } from "../../core/resolve/previews";
import { resolutionOf, withPreviews } from "../../core/resolve/resolution";
import type { StackPlan } from "../../core/stack/plan";
import { previewedServices } from "../../core/stack/previews";
import { registryRoles } from "../../core/stack/registry";
import { templateOf } from "../../core/stack/template";
import { suggestion } from "../../core/suggestion";
import type { Version } from "../../core/version";
import type { Answers } from "./answers";
import { askAll } from "../ask-all";
import { editStacks, type EditResult } from "../edit-stacks";
import { EnvironmentReader, newestFirst } from "../environments";
import { FollowedSource } from "./followed-source";
import { tellLandingOf } from "../landing";
import { stacksOf, type EditPlace } from "../named";
import { openRepository } from "../open";
import { planAndIssues } from "../plan-stacks";
import { SILENT, type Reporter } from "../reporter";
import type { World } from "../world";

/** The services of a stack, or of an environment, that are pinned to what they follow. */
export interface ResolveRequest extends EditPlace {
  /** By their names, or all that follow something there. */
  readonly services: readonly string[] | "all";
  /** What pushes reported of branches, which counts while GitHub answers with an older commit. Default: nothing. */
  readonly heads?: readonly ReportedHead[];
  /** What GitHub said before, by repository. Default: it is asked about each. */
  readonly answers?: Answers;
  readonly dryRun: boolean;
}

/** What was pinned, or would be, and what stays as it is. */
export interface ResolveResult extends EditResult {
  readonly findings: readonly ResolveFinding[];
}

/**
 * Pins services to what they follow: the highest version of their range, or the head of their branch, each with the
 * digest of its image. A service with a finding stays, and the others move.
 * @throws ReleasesError of kind `outside`, with nothing written, where GitHub or a registry can't be asked about one of
 *   them; of kind `usage` for a service that follows nothing there
 */
export async function resolve(
  world: World,
  request: ResolveRequest,
  report: Reporter,
): Promise<ResolveResult> {
  const { dryRun } = request;
  const now = world.now();
  const scope = stacksOf(world, request);
  const plans = plansNamed(world, scope.stacks);
  const tasks = tasksOf(plans, request.services);
  const asked = await ask(world, tasks, request, report);
  const findings: ResolveFinding[] = [];
  const bytes = new Map<string, Bytes>();
  const propose = (text: StackText) => {
    const { proposed, findings: own } = resolved(text, asked, now);
    refuseOtherBytes(bytes, proposed.moves);
    findings.push(...own);
    return proposed;
  };
  const title = { verb: "resolve", place: scope.name };
  const stacks = plans.map(({ config }) => config.stack);
  const result = await editStacks(world, { stacks, title, dryRun, propose }, report);
  tellLandingOf(world, stacks, result, report);
  const { proposal } = result;
  const message = proposal.edits.length === 0 ? "" : proposal.message;
  return { ...result, proposal: { ...proposal, message }, findings };
}

/** What a version is in the registry of a stack. */
type Bytes = Pick<Move, "stack" | "toDigest">;

/** Refuses a version that isn't the same bytes in the registries of several stacks. */
function refuseOtherBytes(known: Map<string, Bytes>, moves: readonly Move[]): void {
  for (const { stack, name, to, toDigest } of moves) {
    const first = known.get(`${name} ${to}`) ?? { stack, toDigest };
    known.set(`${name} ${to}`, first);
    if (first.toDigest === toDigest) continue;
    const found = `${name} ${to} is ${first.toDigest ?? "nothing"} in the registry of ${first.stack}, and ${toDigest ?? "nothing"} in that of ${stack}`;
    throw outsideError(`${found}; find out which is right, and pin it with its digest`);
  }
}

/** One service of one stack: what it follows is asked, or the pull requests that it has copies for. */
interface Task {
  readonly kind: "followed" | "previewed";
  readonly plan: StackPlan;
  readonly service: Service;
}

/** What was learned of a service. */
type Learned =
  | (Task & { readonly kind: "followed"; readonly known: Known })
  | (Task & { readonly kind: "previewed"; readonly pulls: KnownPulls });

/** What was learned of the services of stacks. */
type Asked = ReadonlyMap<string, readonly Learned[]>;

function plansNamed(world: World, stacks: readonly string[]): StackPlan[] {
  const repository = openRepository(world);
  return stacks.map((stack) => {
    const { plan, issues } = planAndIssues(repository, stack);
    if (plan === undefined) throw findingsError(issues);
    return plan;
  });
}

function tasksOf(plans: readonly StackPlan[], services: ResolveRequest["services"]): Task[] {
  const all = plans.flatMap((plan): Task[] => [
    ...followedIn(plan).map((service) => ({ kind: "followed", plan, service }) as const),
    ...previewedServices(plan.list, plan.config).map((service) => {
      return { kind: "previewed", plan, service } as const;
    }),
  ]);
  if (services === "all") return all;
  for (const name of services) {
    if (all.some(({ service }) => service.name === name)) continue;
    const [plan] = plans;
    const known = plan?.list.find((service) => service.name === name);
    if (plan === undefined || known === undefined) {
      const names = all.map(({ service }) => service.name);
      throw usageError(`unknown service "${name}"; ${suggestion(name, names)}`);
    }
    throw usageError(`"${name}" ${whyNotFollowed(known, plan)}`);
  }
  return all.filter(({ service }) => services.includes(service.name));
}

function whyNotFollowed({ deploy }: Service, plan: StackPlan): string {
  const { name, accepts } = environmentOfPlan(plan);
  const { strategy } = deploy;
  if (strategy !== "range" && strategy !== "branch") {
    return "follows neither a range nor a branch; pin it by releases bump";
  }
  if (!accepts.includes(strategy)) {
    return `follows a ${strategy}, and ${name} accepts ${accepts.join(", ")}; promote it`;
  }
  return `doesn't run in ${plan.config.stack}`;
}

/**
 * Asks about services, a few at a time.
 * @throws ReleasesError of kind `outside` that names each service which couldn't be asked about
 */
async function ask(
  world: World,
  tasks: readonly Task[],
  { heads, answers }: Pick<ResolveRequest, "heads" | "answers">,
  report: Reporter,
): Promise<Asked> {
  if (tasks.length === 0) return new Map();
  const now = world.now();
  const registries = world.registries(registryRoles(...tasks.map(({ plan }) => plan.config)));
  try {
    const source = new FollowedSource(registries, world, heads, answers);
    const firstPinned = firstPins(world);
    const found = await askAll(tasks, report, async (task): Promise<Learned> => {
      const { kind, plan, service } = task;
      if (kind === "followed") {
        return { ...task, kind, known: await knownOf(world, source, task, firstPinned, now) };
      }
      return { ...task, kind, pulls: await source.pulls(service, plan, now) };
    });
    const asked = new Map<string, Learned[]>();
    for (const one of found) {
      const { stack } = one.plan.config;
      asked.set(stack, [...(asked.get(stack) ?? []), one]);
    }
    return asked;
  } finally {
    registries.close();
  }
}

/** Returns what is known of a service once nothing is missing for the decision. */
async function knownOf(
  world: World,
  source: FollowedSource,
  { plan, service }: Task,
  firstPinned: FirstPinned,
  now: Date,
): Promise<Known> {
  const images = new Map<string, string | null>();
  const templates = new Map<string, boolean>();
  const known: Known = {
    ...(await source.followed(service, plan)),
    images,
    templates,
    firstPinned: (version, digest) => firstPinned(service.name, version, digest),
  };
  for (;;) {
    const decision = decide(plan, service, known, now);
    if (!("needs" in decision)) return known;
    const { needs, of } = decision;
    if (needs === "image") images.set(of.text, await source.image(service, of, plan));
    else templates.set(of.text, await world.hasObject(templateOf(service, of, plan.config)));
  }
}

/** Returns when a commit first pinned a version of a service anywhere; undefined where none did. */
type FirstPinned = (service: string, version: Version, digest?: string) => Date | undefined;

/** Reads the history once somebody asks: where a version must have an age that nobody else knows. */
function firstPins(world: World): FirstPinned {
  let changes: readonly HistoryEntry[] | undefined;
  return (name, version, digest) => {
    changes ??= changesIn(world);
    return changes.findLast(({ service, to }) => {
      const isVersion = service === name && to?.version.text === version.text;
      return isVersion && (digest === undefined || to.digest === digest);
    })?.at;
  };
}

/** Returns the changes of all environments, newest first; none outside of git. */
function changesIn(world: World): HistoryEntry[] {
  const reader = new EnvironmentReader(world, SILENT, () => false);
  return reader.isInGit ? newestFirst(reader.history(reader.environments.values())) : [];
}

/** Decides about the services of a stack, on its file as it is under the lock. */
function resolved(text: StackText, asked: Asked, now: Date) {
  const { stack } = text.plan.config;
  const pins: ServicePin[] = [];
  const findings: ResolveFinding[] = [];
  const pulls = new Map<string, KnownPulls>();
  for (const learned of asked.get(stack) ?? []) {
    const { service } = learned;
    if (learned.kind === "previewed") {
      pulls.set(service.name, learned.pulls);
      continue;
    }
    const { known } = learned;
    const decision = decide(text.plan, service, known, now);
    if ("needs" in decision) throw outsideError(`${text.file} has changed meanwhile; run it again`);
    findings.push(
      ...decision.findings.map((found) => ({ stack, service: service.name, ...found })),
    );
    if (decision.pin !== undefined) pins.push({ service, pin: decision.pin });
  }
  const { proposed, findings: refused } = resolutionOf(text, pins, now);
  const previews = resolvePreviews(text.plan, pulls, now);
  const own = previews.findings.map((found) => ({ stack, ...found }));
  return {
    proposed: withPreviews(text, proposed, previews.open),
    findings: [...findings, ...refused, ...own],
  };
}
