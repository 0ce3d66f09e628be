import * as path from "node:path";
import type { Pending } from "../adapters/intents/intent-store";
import { bringClone, checkOut } from "../adapters/git/own-clone";
import { Github } from "../adapters/github/github";
import type { DeclaredHook } from "../adapters/github/deliveries";
import type { WaitingDeployment } from "../adapters/github/runs";
import { Answers } from "../app/resolve/answers";
import { EnvironmentReader } from "../app/environments";
import { plansIn } from "../app/plan-stacks";
import { realWorld } from "../app/real-world";
import { SILENT } from "../app/reporter";
import type { World } from "../app/world";
import { answerProtectionRule } from "../ci/protection-rule";
import { resolveByPullRequest } from "../ci/resolution";
import { DEPLOY_FILE } from "../ci/resume";
import { reportWithdrawn } from "../ci/withdrawn";
import { isError } from "../core/error";
import type { Intent, ProtectionRule, Published, Push } from "../core/receive/intent";
import { isRelevant } from "../core/receive/relevance";
import { Ref } from "../core/ref";
import { webhookTargets } from "../core/stack/deployments";
import type { StackPlan } from "../core/stack/plan";
import { reportedHeads } from "./heads";
import { receiverLog, type ReceiverLog } from "./log";
import type { Again } from "./worker";

/** Where the work is done, and for which repository. */
export interface WorkPlace {
  /** A folder of this program alone: a clone is kept in it. */
  readonly folder: string;
  /** The full name on GitHub of the repository with the list. */
  readonly repository: string;
  /** The address to clone it from. */
  readonly address: string;
}

/** How often a deployment is judged again that doesn't pass by time alone, in milliseconds. */
const JUDGED_AGAIN = 5 * 60_000;
/** How long what a push said counts against an older answer of GitHub, in milliseconds. */
const LAG = 10 * 60_000;
/** How often it is looked whether a stack still runs what was withdrawn, in milliseconds. */
const WITHDRAWN_AGAIN = 3_600_000;
/** GitHub gives no delivery again that is older, in milliseconds. */
const REDELIVERED = 3 * 24 * 3_600_000;

/**
 * Does what intents hint at: pins what moved by pull request, answers protection rules, and tells of releases that were
 * withdrawn. Returns what isn't done yet, and what else was found that waits.
 * @throws ReleasesError of kind `outside` where GitHub or the repository can't be reached
 */
export async function workOn(
  due: readonly Pending[],
  others: readonly Pending[],
  place: WorkPlace,
): Promise<Map<string, Again>> {
  const log = receiverLog(
    (line) => process.stdout.write(`${line}\n`),
    () => new Date(),
  );
  const github = await connected(place.repository);
  const clone = path.join(place.folder, "clone");
  const branch = bringClone(clone, place.address, await github.token());
  const world: World = { ...realWorld(clone), github: () => Promise.resolve(github) };
  const work = new Round({ world, github, place, log, branch, known: [...due, ...others] });
  const again = new Map<string, Again>();
  if (due.some(({ intent }) => intent.kind === "everything")) answers = new Answers();
  forgetAbout(due);
  for (const { id, intent } of [...due].sort(byUrgency)) {
    const result = await work.on(intent);
    if (result !== undefined) again.set(id, result);
  }
  for (const [id, result] of work.found) again.set(id, result);
  if ([...again.values()].includes("failed")) answers = new Answers();
  // GitHub's answer may have been older than the hint.
  forgetAbout(due);
  return again;
}

/** Deployments come first: they wait for a second of the clock, and all else may take minutes. */
function byUrgency({ intent: a }: Pending, { intent: b }: Pending): number {
  return Number(b.kind === "protection-rule") - Number(a.kind === "protection-rule");
}

let connection: Promise<Github> | undefined;
/** What GitHub said of the repositories that nothing hinted at since. The next look at everything begins anew. */
let answers = new Answers();

/** Has GitHub asked anew about what intents hint at. */
function forgetAbout(intents: readonly Pending[]): void {
  for (const { intent } of intents) {
    if (intent.kind !== "everything") answers.forget(intent.repository);
  }
}

/** Returns the connection of this thread, which makes its tokens anew by itself. */
async function connected(repository: string): Promise<Github> {
  connection ??= Github.fromEnvironment(repository);
  try {
    return await connection;
  } catch (cause) {
    connection = undefined;
    throw cause;
  }
}

/** What a round of work has. */
interface Means {
  readonly world: World;
  readonly github: Github;
  readonly place: WorkPlace;
  readonly log: ReceiverLog;
  /** The default branch. */
  readonly branch: string;
  /** Everything that is pending. */
  readonly known: readonly Pending[];
}

/** One round of work. What several intents hint at is done once. */
class Round {
  readonly #means: Means;
  #resolved: Promise<boolean> | undefined;
  #declared: EnvironmentReader | undefined;
  #known: readonly StackPlan[] | undefined;
  /** What no delivery said, by the ids that its intents get. */
  readonly found = new Map<string, Again>();

  constructor(means: Means) {
    this.#means = means;
  }

  /** Works on an intent. Returns undefined once it is done. */
  async on(intent: Intent): Promise<Again | undefined> {
    try {
      if (!isRelevant(intent, this.#means.place.repository, this.#plans())) return undefined;
      switch (intent.kind) {
        case "protection-rule":
          return await this.#answer(intent);
        case "release":
          return (await this.#resolve()) ? await this.#withdrawn(intent) : "failed";
        case "push":
          return (await this.#resolve()) ? this.#afterPush(intent) : "failed";
        case "everything":
          return (await this.#everything()) ? undefined : "failed";
        default:
          return (await this.#resolve()) ? undefined : "failed";
      }
    } catch (error) {
      this.#means.log.error({ intent: intent.kind, outcome: "tried again", error });
      return "failed";
    }
  }

  /** The environments as the default branch has them, which is checked out between the parts of a round. */
  get #reader(): EnvironmentReader {
    this.#declared ??= new EnvironmentReader(this.#means.world, SILENT);
    return this.#declared;
  }

  /** Returns the plans of all stacks, as every branch has them that an environment is deployed from. */
  #plans(): readonly StackPlan[] {
    const { world } = this.#means;
    this.#known ??= [...this.#branches()].flatMap((name) => {
      const commit = world.git.commitOf(Ref.remote("origin", name).fullName);
      return commit === undefined ? [] : plansIn(this.#reader.at(commit));
    });
    return this.#known;
  }

  /** Returns the branches that environments are deployed from, the default branch first. */
  #branches(): Set<string> {
    const { world, branch } = this.#means;
    const environments = [...this.#reader.environments.values()];
    const refs = environments.flatMap(({ ref }) =>
      ref === undefined ? [] : Ref.ofEnvironment(ref),
    );
    const own = refs.flatMap((ref) => (ref.isPattern || ref.kind !== "branch" ? [] : ref.name));
    const isThere = (name: string): boolean =>
      world.git.commitOf(Ref.remote("origin", name).fullName) !== undefined;
    return new Set([branch, ...own.filter(isThere)]);
  }

  /** Looks for what no delivery said, or nobody remembers. What fails of it waits for the next time. */
  async #everything(): Promise<boolean> {
    const isWhole = await this.#resolve();
    for (const act of [() => this.#redeliver(), () => this.#answerWaiting()]) {
      try {
        await act();
      } catch (error) {
        if (!isError(error)) throw error;
        this.#means.log.error({ outcome: "tried again with the next look at everything", error });
      }
    }
    return isWhole;
  }

  /** Pins what moved, by a pull request for each stack. Returns whether each could be asked about. */
  #resolve(): Promise<boolean> {
    this.#resolved ??= this.#resolveBranches();
    return this.#resolved;
  }

  async #resolveBranches(): Promise<boolean> {
    const { world, github, place, log, known } = this.#means;
    const heads = reportedHeads(known);
    const list = github.repository(place.repository);
    let isWhole = true;
    for (const into of this.#branches()) {
      checkOut(world.folder, Ref.remote("origin", into).fullName);
      try {
        const found = await resolveByPullRequest(world, { into, heads, answers }, list, SILENT);
        for (const { stack, done } of found) log.info({ stack, outcome: done });
      } catch (error) {
        if (!isError(error)) throw error;
        isWhole = false;
        log.error({ branch: into, outcome: "tried again", error });
      } finally {
        checkOut(world.folder);
      }
    }
    return isWhole;
  }

  async #answer(rule: ProtectionRule): Promise<Again | undefined> {
    const { world, github, place, log } = this.#means;
    if (world.git.commitOf(rule.commit) === undefined) return undefined;
    checkOut(world.folder, rule.commit);
    try {
      const reader = new EnvironmentReader(world, SILENT);
      const repository = github.repository(place.repository);
      const outcome = await answerProtectionRule(world, reader, rule, repository, SILENT);
      const { environment, run } = rule;
      if (outcome.kind === "done") {
        log.info({ environment, run, outcome: outcome.reason });
        return undefined;
      }
      const { said, passesAt, untold } = outcome;
      log.info({ environment, run, outcome: "waits", passesAt: passesAt?.toISOString() ?? null });
      const again = world.now().getTime() + JUDGED_AGAIN;
      const passes = passesAt?.getTime() ?? again;
      if (untold === undefined) return { at: passes, intent: { ...rule, said } };
      log.error({ environment, run, outcome: "isn't told in the dialog", error: untold });
      return { at: Math.min(passes, again) };
    } finally {
      checkOut(world.folder);
    }
  }

  /** Answers for what waits though nothing says so here any more: its intent may have gone with the disk. */
  async #answerWaiting(): Promise<void> {
    const { world, github, place, known } = this.#means;
    if (!github.isApp) return;
    const { repository } = place;
    const waiting = await github.repository(repository).waitingDeployments(DEPLOY_FILE);
    for (const one of waiting) {
      const isKnown = known.some(({ intent }) => isAbout(intent, one));
      if (isKnown) continue;
      const rule: ProtectionRule = { kind: "protection-rule", repository, ...one, said: null };
      const again = await this.on(rule);
      if (again === undefined) continue;
      const at = again === "failed" ? world.now().getTime() + JUDGED_AGAIN : again.at;
      this.found.set(`waits ${one.run} ${one.environment}`, { at, intent: rule });
    }
  }

  async #withdrawn(release: Published): Promise<Again | undefined> {
    if (!release.isGone) return undefined;
    const { world, github, place } = this.#means;
    const still = await reportWithdrawn(this.#reader, release, github.repository(place.repository));
    return still ? { at: world.now().getTime() + WITHDRAWN_AGAIN } : undefined;
  }

  /** What a push said counts for a while, so the intent stays for as long. */
  #afterPush(push: Push): Again | undefined {
    const { known, world } = this.#means;
    const receivedAt = known.find(({ intent }) => intent === push)?.receivedAt ?? 0;
    const at = receivedAt + LAG;
    return at > world.now().getTime() ? { at } : undefined;
  }

  async #redeliver(): Promise<void> {
    const { world, github, log } = this.#means;
    const since = new Date(world.now().getTime() - REDELIVERED);
    const count = await github.redeliver(hooksIn(this.#reader), since);
    if (count > 0) log.info({ outcome: "asked for again", deliveries: count });
  }
}

function isAbout(intent: Intent, { run, environment }: WaitingDeployment): boolean {
  if (intent.kind !== "protection-rule") return false;
  return intent.run === run && intent.environment === environment;
}

/** Returns the webhooks that the program declares: at organizations, or at the services' repositories. */
function hooksIn({ current }: EnvironmentReader): DeclaredHook[] {
  const hooks = new Map<string, DeclaredHook>();
  for (const { config, deployments } of plansIn(current)) {
    const { githubOwner: owner, webhook } = config;
    if (owner === undefined || webhook === undefined) continue;
    const { url } = webhook;
    for (const repo of webhookTargets(config, deployments)) {
      const place = webhook.scope === "organization" ? { org: owner } : { owner, repo };
      hooks.set(JSON.stringify([place, url]), { place, url });
    }
  }
  return [...hooks.values()];
}
