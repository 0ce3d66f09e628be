import type { TruthRef } from "../../../src/adapters/git/refs";
import type { Engine, World } from "../../../src/app/world";
import type { Update } from "../../../src/adapters/pulumi/stack-history";
import { GitRepository } from "../../../src/adapters/git/repository";
import { reportChanges } from "../../../src/app/report/change-report";
import { EnvironmentReader } from "../../../src/app/environments";
import { realWorld } from "../../../src/app/real-world";
import { SILENT } from "../../../src/app/reporter";
import { planDeployments } from "../../../src/ci/deployments";
import { isError } from "../../../src/core/error";
import { formatIssue } from "../../../src/core/input/issue";
import { chartText } from "../../../src/core/part-texts";
import { planStack } from "../../../src/core/repository";
import type { Ref } from "../../../src/core/ref";
import { formatPin } from "../../../src/core/version";
import { helmRelease } from "../../support/world";

/** A refusal: the stack, the gate, the service and the reason. */
export type Refused = readonly [string, string, string, string];

/** What the program says of a change. */
export interface Said {
  /** Findings, or what else refuses all of it. */
  readonly whole?: string;
  readonly refused: readonly Refused[];
  /** Of a deployment: the stacks that it would deploy. */
  readonly stacks?: readonly string[];
}

/** An engine for which a stack declares a Helm release for each service, with all that decides about it. */
export const evaluate: Engine["evaluate"] = (repository, values) => {
  const { plan } = planStack(repository, values);
  if (plan === undefined) throw new Error("no plan");
  const { config, deployments } = plan;
  const { stack, cluster, registry } = config;
  // Without a cluster Helm deploys nothing, and in another one all is deployed anew.
  const ofHelm = cluster === undefined ? [] : deployments;
  const resources = ofHelm.map(({ service, chart, version, digest, values }) => {
    const release = helmRelease(stack, service.name, `${version.text} ${digest ?? ""}`);
    const { docker, imageValues } = service;
    const inputs = { ...release.inputs, text: chartText(chart), docker, imageValues, more: values };
    const places = { context: cluster?.context, registry: JSON.stringify(registry) };
    return { ...release, inputs: { ...inputs, ...places, chart: chart?.name ?? "" } };
  });
  const outputs = { services: {}, repositories: {}, webhooks: {}, environment: config.environment };
  return Promise.resolve({ resources, outputs });
};

/** Git, which is asked once what a commit's id decides for ever, and once in a judgment what refs are. */
class QuickGit extends GitRepository {
  readonly #known: Map<string, unknown>;
  readonly #refs = new Map<string, unknown>();

  constructor(folder: string, now: () => Date, known: Map<string, unknown>) {
    super(folder, now);
    this.#known = known;
  }

  override sourcesAt(commit: string): ReturnType<GitRepository["sourcesAt"]> {
    return once(this.#known, `sources ${commit}`, () => super.sourcesAt(commit));
  }

  override folderId(folder: string, commit?: string): string | undefined {
    if (commit === undefined) return super.folderId(folder);
    return once(this.#known, `${folder} ${commit}`, () => super.folderId(folder, commit));
  }

  override isAncestor(ancestor: string, of: string): boolean {
    return once(this.#known, `${ancestor} ${of}`, () => super.isAncestor(ancestor, of));
  }

  override commitOf(name: string): string | undefined {
    return once(this.#refs, `commit ${name}`, () => super.commitOf(name));
  }

  override resolveRef(ref: string | TruthRef): ReturnType<GitRepository["resolveRef"]> {
    return once(this.#refs, `ref ${JSON.stringify(ref)}`, () => super.resolveRef(ref));
  }

  override isRepository(): boolean {
    return once(this.#refs, "repository", () => super.isRepository());
  }
}

function once<Answer>(known: Map<string, unknown>, key: string, ask: () => Answer): Answer {
  if (!known.has(key)) known.set(key, ask());
  return known.get(key) as Answer;
}

function worldAt({ folder, now, known }: Place, updates: Engine["updates"]): World {
  const clock = (): Date => new Date(now);
  const real = realWorld(folder);
  return {
    ...real,
    git: new QuickGit(folder, clock, known),
    engine: { ...real.engine, evaluate, updates },
    helm: () => undefined,
    charts: () => undefined,
    now: clock,
  };
}

/** Where and when something is judged. */
export interface Place {
  readonly folder: string;
  readonly now: number;
  /** What git said of commits; the same map for one repository. */
  readonly known: Map<string, unknown>;
}

/**
 * Judges HEAD as `plan --since` does for a pull request.
 * @param names of stacks or environments; all without any
 */
export async function judgeChange(
  place: Place,
  since: string,
  names: readonly string[] = [],
): Promise<Said> {
  return said(async () => {
    const world = worldAt(place, () => []);
    const reader = new EnvironmentReader(world, SILENT);
    const { stacks } = await reportChanges(world, reader, since, names, SILENT);
    const refused = Object.entries(stacks).flatMap(([stack, { refused }]) =>
      refused.map(({ gate, service, reason }) => [stack, gate, service, reason] as const),
    );
    return { refused };
  });
}

/** Judges HEAD as the deploy workflow does at a ref. */
export async function judgeDeployment(
  place: Place,
  ref: Ref,
  updates: ReadonlyMap<string, readonly Update[]>,
): Promise<Said> {
  return said(async () => {
    const world = worldAt(place, (stack) => updates.get(stack) ?? []);
    const reader = new EnvironmentReader(world, SILENT);
    const known = { kept: undefined, most: 99 };
    const { waves, refusals } = await planDeployments(world, reader, ref, known, SILENT);
    const refused = refusals.map((line): Said["refused"][number] => {
      const [, stack = "", gate = "", service = "", reason = ""] =
        /^(\S+): (\S+) refuses ([^:]+): (.*)/.exec(line) ?? [];
      return stack === "" ? ["", "tag", line, ""] : [stack, gate, service, reason];
    });
    return { refused, stacks: waves.flat().map(({ stack }) => stack) };
  });
}

/** Returns what a stack runs at a commit: pins and charts by service. */
export function runsAt(place: Place, commit: string, stack: string): Record<string, string> {
  const repository = new EnvironmentReader(
    worldAt(place, () => []),
    SILENT,
  ).at(commit);
  const values = repository.stacks.get(stack);
  const { deployments = [] } = (values && planStack(repository, values).plan) ?? {};
  return Object.fromEntries(
    deployments.map(({ service, chart, ...pin }) => {
      const isFolder = chart?.name.startsWith("./") === true;
      return [service.name, `${formatPin(pin)}${isFolder ? "" : ` by ${chart?.version ?? ""}`}`];
    }),
  );
}

async function said(judge: () => Promise<Said>): Promise<Said> {
  try {
    return await judge();
  } catch (cause) {
    if (!isError(cause, "findings")) throw cause;
    return { whole: cause.issues.map(formatIssue).join("\n"), refused: [] };
  }
}
