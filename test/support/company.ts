import assert from "node:assert/strict";
import { bump } from "../../src/app/bump";
import { hold, unhold } from "../../src/app/hold";
import { lint } from "../../src/app/lint";
import { planStacks, type PlannedStack } from "../../src/app/plan-stacks";
import { openRepository } from "../../src/app/open";
import { promote } from "../../src/app/promotion/promote";
import { realWorld } from "../../src/app/real-world";
import { SILENT } from "../../src/app/reporter";
import { rollback } from "../../src/app/rollback";
import { status } from "../../src/app/status";
import type { World } from "../../src/app/world";
import { formatIssue } from "../../src/core/input/issue";
import { formatRefusal } from "../../src/core/promotion/gates";
import type { Proposal } from "../../src/core/promotion/proposal";
import { GitRepository } from "../../src/adapters/git/repository";
import type { Files } from "./folder";
import { GitFolder } from "./git";
import { TestRegistries } from "./world";

/** A stack, or an environment with all of its stacks. */
type At = string | { readonly environment: string };

const placeOf = (at: At) => (typeof at === "string" ? { stack: at } : { stack: undefined, ...at });

const HOUR = 60 * 60 * 1000;

/**
 * A company's repository in which a person works: each command is committed, and hours go by. Disk, git and the
 * program are real; the registries have the images that are pushed, and GitHub isn't asked.
 */
export class Company {
  readonly folder: GitFolder;
  readonly #images: Record<string, string> = {};
  #now = Date.parse("2026-03-02T09:00:00Z");

  constructor(files: Files) {
    this.folder = new GitFolder(files);
    this.#commit("begin");
  }

  /** Lets hours go by. */
  wait(hours: number): void {
    this.#now += hours * HOUR;
  }

  /** A build pushes an image: `ghcr.io/acme/orders:v1.2.3`, by its digest. */
  push(image: string, digest: string): void {
    const [name = ""] = image.split(/:(?=[^/]*$)/);
    this.#images[image] = digest;
    this.#images[`${name}@${digest}`] = digest;
  }

  /** Returns the findings of lint. */
  lint(): string[] {
    return lint(this.#world()).issues.map(formatIssue);
  }

  plan(): Promise<Map<string, PlannedStack>> {
    const world = this.#world();
    return planStacks(world, openRepository(world), [], SILENT);
  }

  async bump(service: string, version: string, stack: string, chart = false): Promise<void> {
    const request = { service, version, stack, chart, dryRun: false };
    this.#accept(await bump(this.#world(), request, SILENT));
  }

  async promote(to: string, ...services: readonly string[]): Promise<void> {
    const result = await this.#promote(to, services);
    assert.ok(result.kind !== "nothing", `${to} runs the same`);
    this.#accept(result);
  }

  /** Returns why gates refuse a promotion, a line each. */
  async refused(to: string, ...services: readonly string[]): Promise<string[]> {
    const result = await this.#promote(to, services);
    assert.equal(result.kind, "refused");
    return "proposal" in result ? refusalsOf(result.proposal) : [];
  }

  async rollback(service: string, at: At, reason: string): Promise<void> {
    const more = { reason, dryRun: false, to: undefined, until: undefined };
    const request = { service, ...placeOf(at), ...more };
    this.#accept(await rollback(this.#world(), request, SILENT));
  }

  async hold(service: string, stack: string, reason: string): Promise<void> {
    const request = { services: { name: service }, stack, reason, until: undefined, dryRun: false };
    this.#accept(await hold(this.#world(), request, SILENT));
  }

  async unhold(service: string, at: At): Promise<void> {
    const request = { services: { name: service }, ...placeOf(at), dryRun: false };
    this.#accept(await unhold(this.#world(), request, SILENT));
  }

  /** Returns what each stack of an environment runs of a service. */
  stacksOf(service: string, environment: string): Record<string, string | null> {
    const { services } = status(this.#world(), { behind: false, blocked: false }, SILENT).status;
    const cell = services.find(({ name }) => name === service)?.cells[environment];
    const stacks = Object.entries(cell?.stacks ?? {});
    return Object.fromEntries(stacks.map(([stack, { version }]) => [stack, version]));
  }

  /** Returns what each environment runs of a service: its version, and the chart's where it has one. */
  runs(service: string): Record<string, string> {
    const { services } = status(this.#world(), { behind: false, blocked: false }, SILENT).status;
    const cells = services.find(({ name }) => name === service)?.cells ?? {};
    return Object.fromEntries(
      Object.entries(cells).map(([environment, { version, chartVersion }]) => [
        environment,
        [version ?? "nothing", ...(chartVersion === null ? [] : [chartVersion])].join(" by "),
      ]),
    );
  }

  #promote(to: string, services: readonly string[]): ReturnType<typeof promote> {
    const request = {
      ...{ services, ready: false, to, from: undefined, breakGlass: undefined },
      ...{ offline: false, artifacts: true, dryRun: false },
    };
    return promote(this.#world(), request, SILENT);
  }

  #accept({ proposal }: { readonly proposal: Proposal }): void {
    assert.deepEqual(refusalsOf(proposal), []);
    this.#commit(proposal.message);
  }

  #commit(message: string): void {
    this.folder.commit(message, { at: new Date(this.#now).toISOString() });
    this.wait(1);
  }

  #world(): World {
    const now = (): Date => new Date(this.#now);
    return {
      ...realWorld(this.folder.path),
      git: new GitRepository(this.folder.path, now),
      registries: () => new TestRegistries({ registries: this.#images }).connect(),
      github: () => Promise.resolve(undefined),
      now,
    };
  }
}

function refusalsOf({ gates }: Proposal): string[] {
  return gates.filter(({ pass }) => !pass).map(formatRefusal);
}
