import assert from "node:assert/strict";
import type { HistoryEntry } from "../../src/adapters/git/history";
import { bump } from "../../src/app/bump";
import { diff } from "../../src/app/diff";
import { history } from "../../src/app/history";
import { hold, unhold } from "../../src/app/hold";
import { lint } from "../../src/app/lint";
import {
  promote,
  type PromotionRequest,
  type PromotionResult,
} from "../../src/app/promotion/promote";
import { rollback } from "../../src/app/rollback";
import { status } from "../../src/app/status";
import { outsideError } from "../../src/core/error";
import { stackLines, statusText } from "../../src/format/status";
import { CANARY_PATH, regionFiles, REPLICAS_PATH, type Regions } from "../support/regions";
import {
  changeAt,
  errorOf,
  listener,
  worldOf,
  type TestWorld,
  type WorldValues,
} from "../support/world";

const NOW = "2026-11-21T12:00:00Z";
const [AP, EU, US] = ["production-ap", "production-eu", "production-us"] as const;

/** A change of orders in a stack of an environment. */
const moved = (
  at: string,
  [environment, stack]: readonly [string, string],
  pins: readonly [string | null, string | null],
): HistoryEntry => changeAt(at, environment, "orders", pins, { stack });

/** Staging ran v1.1.0 for a day. */
const STAGED = moved("2026-11-20T10:00:00Z", ["staging", "staging"], ["v1.0.0", "v1.1.0"]);
const AHEAD = { testing: "v1.1.0", staging: "v1.1.0" };
const HISTORIES = { testing: [], staging: [STAGED], production: [], "production-eu": [] };

/** A world in which staging runs v1.1.0 of orders, and each region of production v1.0.0. */
function worldAhead({ pins = {}, ...regions }: Regions = {}, more: Partial<WorldValues> = {}) {
  const files = regionFiles({ ...regions, pins: { ...AHEAD, ...pins } });
  return worldOf({ files, git: { histories: HISTORIES }, now: NOW, ...more });
}

function toProduction(world: TestWorld, more: Partial<PromotionRequest> = {}, report = listener()) {
  const request = {
    ...{ services: ["orders"], from: undefined, to: "production", breakGlass: undefined },
    ...{ ready: false, offline: true, artifacts: false, dryRun: false, ...more },
  };
  return promote(world, request, report);
}

/** Returns what moves where. */
const movesOf = (result: PromotionResult): string[] =>
  result.kind === "nothing"
    ? []
    : result.proposal.moves.map(({ stack, name, from, to }) => `${stack} ${name} ${from} ${to}`);

/** Returns the refusals, with their stacks. */
const refusalsOf = (result: PromotionResult): string[] =>
  result.kind === "refused"
    ? result.proposal.gates
        .filter(({ pass }) => !pass)
        .map(({ gate, stack, reason }) => `${stack} ${gate}: ${reason}`)
    : [];

const pinIn = (world: TestWorld, stack: string): string | undefined =>
  /orders: (v\S+)/.exec(world.files.text(`Pulumi.${stack}.yaml`))?.[1];
const pinsIn = (world: TestWorld) => [AP, EU, US].map((stack) => pinIn(world, stack));

const edit = (environment: string | undefined, stack?: string) => ({
  ...{ service: "orders", environment, stack, dryRun: false },
});

const held = (environment: string | undefined, stack?: string) => ({
  ...{ services: { name: "orders" }, environment, stack, dryRun: false },
});

const show = (world: TestWorld) =>
  status(world, { behind: false, blocked: false }, listener()).status;

describe("an environment of three regions", () => {
  it("has no finding, whether its regions run the same or a wave is on its way", () => {
    assert.deepEqual(lint(worldAhead()).issues, []);
    assert.deepEqual(lint(worldAhead({ pins: { [EU]: "v1.1.0" } })).issues, []);
  });

  it("is promoted to in all of its stacks, with one message", async () => {
    const world = worldAhead();
    const result = await toProduction(world);
    assert.equal(result.kind, "pins");
    assert.deepEqual(movesOf(result), [
      `${AP} orders v1.0.0 v1.1.0`,
      `${EU} orders v1.0.0 v1.1.0`,
      `${US} orders v1.0.0 v1.1.0`,
    ]);
    assert.deepEqual(
      result.proposal.edits.map(({ stack, file }) => [stack, file]),
      [AP, EU, US].map((stack) => [stack, `Pulumi.${stack}.yaml`]),
    );
    assert.deepEqual(
      new Set(result.proposal.gates.map(({ stack }) => stack)),
      new Set([AP, EU, US]),
    );
    assert.equal(
      result.proposal.message,
      "promote(production): orders v1.0.0 -> v1.1.0\n\nhttps://github.com/acme/orders/compare/v1.0.0...v1.1.0",
    );
    assert.deepEqual(pinsIn(world), ["v1.1.0", "v1.1.0", "v1.1.0"]);
    assert.equal((await toProduction(world)).kind, "nothing");
  });

  it("is promoted to in one stack, and says what the others run", async () => {
    const world = worldAhead();
    const report = listener();
    const result = await toProduction(world, { to: EU }, report);
    assert.deepEqual(movesOf(result), [`${EU} orders v1.0.0 v1.1.0`]);
    assert.match(
      result.kind === "pins" ? result.proposal.message : "",
      /^promote\(production-eu\)/,
    );
    assert.deepEqual(report.notices, [
      {
        ...{ kind: "stacks-differ", environment: "production", service: "orders" },
        versions: [
          { stack: AP, version: "v1.0.0" },
          { stack: EU, version: "v1.1.0" },
          { stack: US, version: "v1.0.0" },
        ],
      },
    ]);
    assert.deepEqual(pinsIn(world), ["v1.0.0", "v1.1.0", "v1.0.0"]);
    assert.deepEqual(movesOf(await toProduction(world)), [
      `${AP} orders v1.0.0 v1.1.0`,
      `${US} orders v1.0.0 v1.1.0`,
    ]);
  });

  it("says in its message where regions come from different versions", async () => {
    const result = await toProduction(worldAhead({ pins: { [US]: "v0.9.0" } }));
    assert.equal(
      result.kind === "pins" && result.proposal.message,
      `promote(production): orders

- orders v1.0.0 -> v1.1.0 (${AP}, ${EU})
  https://github.com/acme/orders/compare/v1.0.0...v1.1.0
- orders v0.9.0 -> v1.1.0 (${US})
  https://github.com/acme/orders/compare/v0.9.0...v1.1.0`,
    );
  });

  it("is judged for each stack, and one refusal keeps all as they are", async () => {
    const more = { [US]: '  releases:holds: { orders: { reason: "the audit" } }\n' };
    const world = worldAhead({ pins: { [EU]: "v1.2.0" }, more });
    const result = await toProduction(world);
    assert.deepEqual(refusalsOf(result), [
      `${EU} downgrade: v1.2.0 -> v1.1.0 goes back; production does that by releases rollback orders --stack ${EU} --to v1.1.0 --reason R`,
      `${US} hold: held: the audit; lift it with releases unhold orders --stack ${US}`,
    ]);
    assert.deepEqual(world.edits, []);
    const report = listener();
    const all = worldAhead({ more });
    assert.deepEqual(movesOf(await toProduction(all, { services: "all" }, report)), [
      `${AP} orders v1.0.0 v1.1.0`,
      `${EU} orders v1.0.0 v1.1.0`,
    ]);
    const [left] = report.notices;
    assert.deepEqual(left?.kind === "left-out" && [left.stack, left.service], [US, "orders"]);
  });

  it("is bumped, held, and rolled back in all of its stacks or in one", async () => {
    const world = worldAhead();
    await hold(world, { ...held("production"), reason: "audit", until: undefined }, listener());
    const found = show(world).services.find(({ name }) => name === "orders");
    assert.equal(found?.cells["production"]?.held, true);
    await unhold(world, held(undefined, EU), listener());
    await assert.rejects(
      unhold(world, held(undefined, EU), listener()),
      errorOf("usage", `"orders" isn't held in ${EU}`),
    );
    const { proposal } = await unhold(world, held("production"), listener());
    assert.deepEqual(
      [proposal.message, proposal.edits.map(({ stack }) => stack)],
      ["unhold(production): orders", [AP, US]],
    );
    const to = { version: "v1.0.1", chart: false };
    const bumped = await bump(world, { ...edit("production"), ...to }, listener());
    assert.match(bumped.proposal.message, /^bump\(production\): orders v1\.0\.0 -> v1\.0\.1\n/);
    assert.deepEqual(pinsIn(world), ["v1.0.1", "v1.0.1", "v1.0.1"]);
    for (const [place, message] of [
      [edit("production", EU), "give --stack or --environment"],
      [edit("prodution"), 'unknown environment "prodution"; did you mean "production"?'],
      [
        edit(undefined, "production"),
        `production has several stacks; give one, or all with --environment production: ${AP}, ${EU}, ${US}`,
      ],
    ] as const) {
      await assert.rejects(bump(world, { ...place, ...to }, listener()), errorOf("usage", message));
    }
  });

  it("goes back in each region to what ran there itself", async () => {
    const of = (stack: string): readonly [string, string] => ["production", stack];
    const production = [
      moved("2026-11-20T12:00:00Z", of(AP), ["v1.0.0", "v1.1.0"]),
      moved("2026-11-20T12:00:00Z", of(EU), ["v1.0.5", "v1.1.0"]),
      moved("2026-11-20T12:00:00Z", of(US), ["v1.0.0", "v1.1.0"]),
      moved("2026-11-19T12:00:00Z", of(EU), ["v1.0.0", "v1.0.5"]),
      ...[AP, EU, US].map((stack) => moved("2026-11-01T12:00:00Z", of(stack), [null, "v1.0.0"])),
    ];
    const pins = { [AP]: "v1.1.0", [EU]: "v1.1.0", [US]: "v1.1.0" };
    const git = { histories: { ...HISTORIES, production } };
    const world = worldAhead({ pins }, { git });
    const back = { reason: "it fails", until: undefined, to: undefined };
    const { proposal } = await rollback(world, { ...edit("production"), ...back }, listener());
    assert.deepEqual(pinsIn(world), ["v1.0.0", "v1.0.5", "v1.0.0"]);
    assert.match(proposal.message, /^rollback\(production\): orders\n\nit fails\n\n- /);
    const one = worldAhead({ pins }, { git });
    const report = listener();
    await rollback(one, { ...edit(undefined, EU), ...back }, report);
    assert.deepEqual(pinsIn(one), ["v1.1.0", "v1.0.5", "v1.1.0"]);
    assert.equal(report.notices[0]?.kind, "stacks-differ");
    assert.deepEqual(stackLines(show(one)), [
      `production orders: ${AP} v1.1.0, ${EU} v1.0.5, ${US} v1.1.0`,
    ]);
  });

  it("differs in status, with which, and in history by stack", () => {
    const wave = moved("2026-11-21T10:00:00Z", ["production", EU], ["v1.0.0", "v1.1.0"]);
    const git = { histories: { ...HISTORIES, production: [wave] } };
    const world = worldAhead({ pins: { [EU]: "v1.1.0" } }, { git });
    const found = show(world);
    const cell = found.services.find(({ name }) => name === "orders")?.cells["production"];
    assert.deepEqual(
      [cell?.version, cell?.differs, cell?.behind, cell?.next],
      [null, true, "minor", "v1.1.0"],
    );
    assert.deepEqual(
      Object.entries(cell?.stacks ?? {}).map(([stack, { version }]) => [stack, version]),
      [
        [AP, "v1.0.0"],
        [EU, "v1.1.0"],
        [US, "v1.0.0"],
      ],
    );
    const text = statusText(found);
    assert.match(text, /orders +v1\.1\.0 +v1\.1\.0 +differs < v1\.1\.0 \(minor\)/);
    assert.match(
      text,
      /Stacks differ:\n\n {2}production orders: production-ap v1\.0\.0, production-eu v1\.1\.0, production-us v1\.0\.0/,
    );
    const stacksOf = (stack: string) =>
      history(world, { service: "orders", stack }, listener()).entries.map((entry) => entry.stack);
    assert.deepEqual([stacksOf("production"), stacksOf(EU), stacksOf(US)], [[EU], [EU], []]);
    const moves = diff(world, "staging", "production", listener()).moves;
    assert.deepEqual(
      moves.map(({ stack }) => stack),
      [AP, US],
    );
  });

  it("counts upstream once every region has run a version, from the last of them", async () => {
    const environments = `${REPLICAS_PATH}  after: { from: production, accepts: [release], soak: 1h }\n`;
    const of = { ...regionFilesOf(), after: "after" };
    const began = (stack: string, at: string) =>
      moved(at, ["production", stack], ["v1.0.0", "v1.1.0"]);
    const world = (pins: Record<string, string>, ...production: HistoryEntry[]) =>
      worldAhead(
        { environments, of, pins },
        { git: { histories: { ...HISTORIES, production, after: [] } } },
      );
    const three = { [AP]: "v1.1.0", [EU]: "v1.1.0", [US]: "v1.1.0" };
    const early = "2026-11-21T09:00:00Z";
    const all = [began(AP, early), began(EU, early), began(US, "2026-11-21T11:30:00Z")];
    const first = { to: "after" };
    assert.deepEqual(
      refusalsOf(
        await toProduction(world({ ...three, [US]: "v1.0.0" }, ...all.slice(0, 2)), first),
      ),
      [
        `after order: production (${US}) runs v1.0.0, not v1.1.0`,
        `after soak: v1.1.0 never ran in production (${US}); 1h required`,
      ],
    );
    const late = refusalsOf(await toProduction(world(three, ...all), first));
    assert.deepEqual(late, [
      `after soak: has been running in production (${US}) since 2026-11-21T11:30:00.000Z; 1h required`,
    ]);
    const soaked = world(three, ...all.slice(0, 2), began(US, early));
    assert.deepEqual(movesOf(await toProduction(soaked, first)), ["after orders v1.0.0 v1.1.0"]);
  });

  it("counts from when a region left that ran something else", async () => {
    const environments = `${REPLICAS_PATH}  after: { from: production, accepts: [release], soak: 1h }\n`;
    const of = { [EU]: "production", after: "after", [AP]: "testing", [US]: "testing" };
    const production = [
      moved("2026-11-21T11:30:00Z", ["production", US], ["v1.0.0", null]),
      moved("2026-11-20T10:00:00Z", ["production", EU], ["v1.0.0", "v1.1.0"]),
    ];
    const git = { histories: { ...HISTORIES, production, after: [] } };
    const world = worldAhead({ environments, of, pins: { [EU]: "v1.1.0" } }, { git });
    assert.deepEqual(refusalsOf(await toProduction(world, { to: "after" })), [
      "after soak: has been running in production since 2026-11-21T11:30:00.000Z; 1h required",
    ]);
  });
});

/** The stacks of production, by stack. */
function regionFilesOf(): Record<string, string> {
  return { [AP]: "production", [EU]: "production", [US]: "production" };
}

describe("an edit of several stacks that is ended in between", () => {
  const broken = (file: string): ((written: string) => void) => {
    let isBroken = true;
    return (written) => {
      if (!isBroken || written !== file) return;
      isBroken = false;
      throw outsideError(`${file} can't be written: no space; make room on the disk`);
    };
  };

  it("leaves the files before it whole, says so, and is finished by a second run", async () => {
    const world = worldAhead({}, { beforeWrite: broken(`Pulumi.${EU}.yaml`) });
    await assert.rejects(
      toProduction(world),
      errorOf(
        "outside",
        `Pulumi.${AP}.yaml is written, Pulumi.${EU}.yaml isn't: Pulumi.${EU}.yaml can't be written: no space; make room on the disk; run it again to finish`,
      ),
    );
    assert.deepEqual(pinsIn(world), ["v1.1.0", "v1.0.0", "v1.0.0"]);
    const report = listener();
    const result = await toProduction(world, {}, report);
    assert.deepEqual(pinsIn(world), ["v1.1.0", "v1.1.0", "v1.1.0"]);
    assert.match(result.kind === "pins" ? result.proposal.message : "", /^promote\(production\): /);
    assert.deepEqual(report.notices, [{ kind: "already-there", stack: AP, services: ["orders"] }]);
    assert.deepEqual(
      world.edits.map(({ file }) => file),
      [AP, EU, US].map((stack) => `Pulumi.${stack}.yaml`),
    );
  });

  it("doesn't go back further in a region that has been rolled back already", async () => {
    const of = (stack: string): readonly [string, string] => ["production", stack];
    const production = [
      ...[AP, EU, US].map((stack) =>
        moved("2026-11-20T12:00:00Z", of(stack), ["v1.0.0", "v1.1.0"]),
      ),
      ...[AP, EU, US].map((stack) =>
        moved("2026-11-10T12:00:00Z", of(stack), ["v0.9.0", "v1.0.0"]),
      ),
      ...[AP, EU, US].map((stack) => moved("2026-11-01T12:00:00Z", of(stack), [null, "v0.9.0"])),
    ];
    const world = worldAhead(
      { pins: { [AP]: "v1.1.0", [EU]: "v1.1.0", [US]: "v1.1.0" } },
      {
        git: { histories: { ...HISTORIES, production } },
        beforeWrite: broken(`Pulumi.${US}.yaml`),
      },
    );
    const request = {
      ...edit("production"),
      ...{ reason: "it fails", until: undefined, to: undefined },
    };
    await assert.rejects(rollback(world, request, listener()));
    assert.deepEqual(pinsIn(world), ["v1.0.0", "v1.0.0", "v1.1.0"]);
    const report = listener();
    const { proposal } = await rollback(world, request, report);
    assert.deepEqual(pinsIn(world), ["v1.0.0", "v1.0.0", "v1.0.0"]);
    assert.match(proposal.message, /^rollback\(production\): orders v1\.1\.0 -> v1\.0\.0\n/);
    assert.deepEqual(
      report.notices.map((notice) => notice.kind === "already-there" && notice.stack),
      [AP, EU],
    );
  });
});

describe("a canary region", () => {
  const of = { [AP]: "production", [US]: "production" };
  const at = (environment: string, stack: string) => [environment, stack] as const;

  it("goes first, and the others follow once it has run there", async () => {
    const canary = { environments: CANARY_PATH, of };
    const world = worldAhead(canary);
    assert.deepEqual(movesOf(await toProduction(world, { to: EU })), [
      `${EU} orders v1.0.0 v1.1.0`,
    ]);
    assert.deepEqual(refusalsOf(await toProduction(world)), [
      `${AP} order: ${EU} doesn't run v1.1.0 yet: the change isn't committed`,
      `${AP} soak: running time in ${EU} is unknown: the change isn't committed; 1h required`,
      `${US} order: ${EU} doesn't run v1.1.0 yet: the change isn't committed`,
      `${US} soak: running time in ${EU} is unknown: the change isn't committed; 1h required`,
    ]);
    const eu = moved("2026-11-21T10:00:00Z", at(EU, EU), ["v1.0.0", "v1.1.0"]);
    const later = worldAhead(
      { ...canary, pins: { [EU]: "v1.1.0" } },
      { git: { histories: { ...HISTORIES, [EU]: [eu] } } },
    );
    assert.deepEqual(movesOf(await toProduction(later)), [
      `${AP} orders v1.0.0 v1.1.0`,
      `${US} orders v1.0.0 v1.1.0`,
    ]);
    assert.deepEqual(pinsIn(later), ["v1.1.0", "v1.1.0", "v1.1.0"]);
  });
});
