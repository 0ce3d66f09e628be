import assert from "node:assert/strict";
import {
  byEnvironment,
  changedStacks,
  reportChanges,
  type ChangeReport,
} from "../../../src/app/report/change-report";
import type { Approvals } from "../../../src/app/promotion/broken-glass";
import { EnvironmentReader } from "../../../src/app/environments";
import { outsideError } from "../../../src/core/error";
import { definition, shopFiles } from "../../support/shop";
import {
  changeAt,
  errorOf,
  HELM_RELEASES,
  helmRelease,
  listener,
  worldOf,
  type GitValues,
  type TestReporter,
  type Texts,
} from "../../support/world";

/** Production is written first: the order of the keys decides nothing. */
const PATH = `environments:
  production: { from: staging, accepts: [release], soak: 24h, freeze: [{ from: 2026-11-28, until: 2026-11-30, reason: sale }] }
  testing: { accepts: [release, prerelease, commit] }
  staging: { from: testing, accepts: [release, prerelease] }
`;
const NOW = "2026-11-21T12:00:00Z";
const FROZEN = "2026-11-29T12:00:00Z";
const HELD = { production: "  releases:holds: { orders: { reason: it fails } }\n" };

/** Returns a repository of one service, with its pins by stack; v1.0.0 by default. */
function at(pins: Readonly<Record<string, string>>, more: Readonly<Record<string, string>> = {}) {
  const lines = Object.entries(pins).map(([stack, pin]) => [stack, [`orders: ${pin}`]] as const);
  const list = definition("orders");
  const all = { testing: ["orders: v1.0.0"], staging: ["orders: v1.0.0"] };
  const production = ["orders: v1.0.0"];
  return shopFiles({
    list,
    environments: PATH,
    pins: { ...all, production, ...Object.fromEntries(lines) },
    more,
  });
}

/** Moves of orders in an environment, oldest first: one a day from the first of November on. */
const moved = (environment: string, ...pins: readonly string[]) =>
  pins
    .map((pin, index) => {
      const from = pins[index - 1] ?? null;
      return changeAt(`2026-11-0${index + 1}T10:00:00Z`, environment, "orders", [from, pin]);
    })
    .reverse();

const HISTORIES = { testing: [], staging: [], production: [] };

interface Asked {
  readonly now?: string;
  readonly names?: readonly string[];
  readonly told?: TestReporter;
  readonly histories?: GitValues["histories"];
  readonly breakGlass?: GitValues["breakGlass"];
  readonly approvals?: Approvals;
  /** Trees of other commits. */
  readonly commits?: GitValues["commits"];
}

/** Returns the report of a change from one tree to another. */
function report(before: Texts, after: Texts, asked: Asked = {}): Promise<ChangeReport> {
  const { now = NOW, names = [], told = listener(), histories = HISTORIES } = asked;
  const { breakGlass = [], commits = {}, approvals } = asked;
  const ancestors = { "c0ffee in base": true, "own in base": false };
  const world = worldOf({
    files: after,
    git: { commits: { ...commits, base: before }, histories, breakGlass, ancestors },
    engine: HELM_RELEASES,
    helm: null,
    now,
  });
  const known = { ...(approvals && { approvals }) };
  return reportChanges(world, new EnvironmentReader(world, told), "base", names, told, known);
}

/** Returns what refuses the moves of production. */
async function refusals(...asked: Parameters<typeof report>): Promise<string[]> {
  const { stacks } = await report(...asked);
  return stacks["production"]?.refused.map(({ gate }) => gate) ?? [];
}

const NOTHING = { fromDigest: null, toDigest: null };

describe("reportChanges", () => {
  it("returns moves and resource changes of each stack, in the order of the path", async () => {
    const found = await report(at({}), at({ testing: "v1.1.0" }));
    const unchanged = {
      moves: [],
      changes: [],
      refused: [],
      pending: [],
      manifests: [],
      advice: [],
    };
    const { type, urn } = helmRelease("testing", "orders", "v1.1.0");
    assert.deepEqual(Object.entries(found.stacks), [
      ["production", { environment: "production", isLast: true, ...unchanged }],
      [
        "testing",
        {
          environment: "testing",
          isLast: false,
          moves: [{ name: "orders", from: "v1.0.0", to: "v1.1.0", step: "minor", ...NOTHING }],
          changes: [
            {
              ...{ op: "update", type, name: "orders", urn },
              properties: [{ path: "values.image", from: "v1.0.0", to: "v1.1.0" }],
            },
          ],
          refused: [],
          pending: [],
          manifests: [],
          advice: [],
        },
      ],
      ["staging", { environment: "staging", isLast: false, ...unchanged }],
    ]);
    assert.deepEqual([found.since, found.breakGlass], ["base", null]);
    assert.deepEqual(changedStacks(found), ["testing"]);
  });

  it("returns what is new and what goes, with a stack that goes as a whole", async () => {
    const { "Pulumi.staging.yaml": _, ...rest } = at({});
    const after = { ...rest, "service/shop.yaml": definition("orders") + definition("cart") };
    const { stacks } = await report(at({}), after, { names: ["testing", "staging"] });
    const moves = Object.entries(stacks).map(([stack, { moves }]) => [
      stack,
      moves.map(({ name, from, to }) => [name, from, to]),
    ]);
    assert.deepEqual(moves, [
      ["testing", [["cart", null, "v1.0.0"]]],
      ["staging", [["orders", "v1.0.0", null]]],
    ]);
    assert.deepEqual(
      stacks["staging"]?.changes.map(({ op, name }) => [op, name]),
      [["delete", "orders"]],
    );
  });

  it("has a fingerprint of what is decided, whatever refuses it", async () => {
    const [before, after] = [at({}), at({ production: "v1.1.0" })];
    const first = await report(before, after);
    const held = await report(before, at({ production: "v1.1.0" }, HELD), { now: FROZEN });
    const other = await report(before, at({ production: "v1.2.0" }));
    assert.match(first.fingerprint, /^sha256:[0-9a-f]{64}$/);
    assert.equal(held.fingerprint, first.fingerprint);
    assert.notEqual(other.fingerprint, first.fingerprint);
    const parts = byEnvironment(first);
    assert.deepEqual([...parts.keys()], ["production", "testing", "staging"]);
    assert.notEqual(parts.get("production")?.fingerprint, first.fingerprint);
    assert.deepEqual(Object.keys(parts.get("testing")?.stacks ?? {}), ["testing"]);
  });

  it("calls all of a stack new where it couldn't be declared before", async () => {
    const told = listener();
    const broken = at({ testing: "1.0" });
    const { stacks } = await report(broken, at({}), { names: ["testing"], told });
    assert.deepEqual(
      stacks["testing"]?.moves.map(({ from, to }) => [from, to]),
      [[null, "v1.0.0"]],
    );
    assert.deepEqual(told.notices, [{ kind: "undeclarable-before", stack: "testing" }]);
  });

  it("refuses a tree that can't be declared, a commit and a name that aren't known", async () => {
    await assert.rejects(report(at({}), at({ testing: "1.0" })), errorOf("findings", "1 finding"));
    await assert.rejects(
      report(at({}), at({}), { names: ["stagin"] }),
      errorOf("usage", 'unknown stack "stagin"; did you mean "staging"?'),
    );
    const world = worldOf({ files: at({}), git: {} });
    const reader = new EnvironmentReader(world, listener());
    await assert.rejects(
      reportChanges(world, reader, "nowhere", [], listener()),
      errorOf("usage", 'no commit "nowhere" in /shop'),
    );
  });
});

describe("reportChanges, of a promotion", () => {
  const staging = moved("staging", "v1.0.0", "v1.1.0");
  const before = at({ testing: "v1.1.0", staging: "v1.1.0" });
  const after = at({ testing: "v1.1.0", staging: "v1.1.0", production: "v1.1.0" });

  it("lets through what has been running upstream for long enough", async () => {
    assert.deepEqual(await refusals(before, after, { histories: { ...HISTORIES, staging } }), []);
  });

  it("refuses what hasn't, with when it passes", async () => {
    const late = [changeAt("2026-11-21T10:00:00Z", "staging", "orders", ["v1.0.0", "v1.1.0"])];
    const { stacks } = await report(before, after, { histories: { ...HISTORIES, staging: late } });
    assert.deepEqual(stacks["production"]?.refused, [
      {
        gate: "soak",
        service: "orders",
        reason: "has been running in staging since 2026-11-21T10:00:00.000Z; 24h required",
        passesAt: "2026-11-22T10:00:00.000Z",
      },
    ]);
  });

  it("refuses what isn't committed upstream, and what never ran there", async () => {
    assert.deepEqual(await refusals(before, after), ["order", "soak"]);
    const other = at({ testing: "v1.1.0", staging: "v1.1.0", production: "v1.2.0" });
    const histories = { ...HISTORIES, staging };
    assert.deepEqual(await refusals(before, other, { histories }), ["order", "soak"]);
  });

  it("judges what ran upstream by how long it ran, whatever came after it", async () => {
    const later = at({ testing: "v1.2.0", staging: "v1.2.0" });
    const promoted = at({ testing: "v1.2.0", staging: "v1.2.0", production: "v1.1.0" });
    const histories = { ...HISTORIES, staging: moved("staging", "v1.0.0", "v1.1.0", "v1.2.0") };
    assert.deepEqual(await refusals(later, promoted, { histories }), []);
  });

  it("refuses a build that ran in production and was replaced there, and lets a new one through", async () => {
    const [first, second] = ["v1.0.0-ce60d74", "v1.0.0-0a1b2c3"] as const;
    const running = { testing: first, staging: first };
    const [from, to] = [second, first].map((production) => at({ ...running, production }));
    const histories = { ...HISTORIES, staging: moved("staging", first) };
    const replaced = { ...histories, production: moved("production", first, second) };
    assert.ok(from && to);
    assert.deepEqual(await refusals(from, to, { histories: replaced }), ["downgrade"]);
    assert.deepEqual(await refusals(from, to, { histories }), []);
  });

  it("is stopped by a freeze, and passes it with a broken glass", async () => {
    const histories = { ...HISTORIES, staging };
    assert.deepEqual(await refusals(before, after, { histories, now: FROZEN }), ["freeze"]);
    const breakGlass = [{ commit: "own", parents: ["base"], value: "it burns" }];
    const commits = { own: after };
    const found = await report(before, after, { histories, now: FROZEN, breakGlass, commits });
    assert.equal(found.breakGlass, "it burns");
    assert.deepEqual(found.stacks["production"]?.refused, []);
  });

  describe("with a broken glass that a team has to approve", () => {
    const trailers = [{ commit: "own", parents: ["base"], value: "it burns" }];
    const histories = { ...HISTORIES, staging };
    const pathOf = (team?: string) =>
      team === undefined
        ? PATH
        : PATH.replace("soak: 24h", `soak: 24h, breakGlass: { teams: [${team}] }`);
    const withTeam = (files: Texts, team?: string) => ({
      ...files,
      "environments.yaml": pathOf(team),
    });

    /** Returns what refuses, and what is pending, in a freeze, with the teams of both paths. */
    const judged = async (teams: readonly (string | undefined)[], approvals?: Approvals) => {
      const own = withTeam(after, teams[1]);
      const asked = { histories, now: FROZEN, breakGlass: trailers, commits: { own } };
      const found = await report(withTeam(before, teams[0]), own, {
        ...asked,
        ...(approvals && { approvals }),
      });
      const { refused = [], pending = [] } = found.stacks["production"] ?? {};
      return { refused, pending };
    };
    const passesAt = "2026-11-30T00:00:00.000Z";
    const once = (team: string) =>
      `its reason counts once a member of ${team} has approved the pull request`;
    const frozen = "production is frozen: sale; a hotfix passes with --break-glass REASON";
    const freeze = (reason: string) => ({ gate: "freeze", service: "orders", reason, passesAt });
    const unasked = (reason: string) => ({ ...freeze(reason), passesAt: null });

    it("asks about the line and the teams, and lets what is approved through", async () => {
      const asked: unknown[] = [];
      const approvedBy: Approvals["approvedBy"] = (line, teams) => {
        asked.push([line, teams]);
        return Promise.resolve(true);
      };
      const found = await judged([undefined, "sre"], { approvedBy });
      assert.deepEqual(found, { refused: [], pending: [] });
      assert.deepEqual(asked, [[{ commit: "own", text: "Break-glass: it burns" }, ["sre"]]]);
    });

    it("is pending where nobody can be asked, by the path before alone as well", async () => {
      const overridden = "overridden by --break-glass: it burns";
      assert.deepEqual(await judged(["sre", "sre"]), {
        refused: [],
        pending: [unasked(`${overridden}; ${once("sre")}`)],
      });
      assert.deepEqual(await judged(["sre", undefined]), {
        refused: [],
        pending: [unasked(`before this change: ${overridden}; ${once("sre")}`)],
      });
    });

    it("refuses what nobody in the team approved, and what nobody knows", async () => {
      const approvedBy = () => Promise.resolve(false);
      const refused = [freeze(`${frozen}; ${once("sre")}`)];
      assert.deepEqual(await judged(["sre", "sre"], { approvedBy }), { refused, pending: [] });
      const failing = () => Promise.reject(outsideError("it is 403"));
      const unknown = [freeze(`${frozen}; ${once("sre")}, which nobody knows: it is 403`)];
      const found = await judged([undefined, "sre"], { approvedBy: failing });
      assert.deepEqual(found, { refused: unknown, pending: [] });
    });

    it("needs the approvals of both paths: no change names a team of its own", async () => {
      const approvedBy: Approvals["approvedBy"] = (_, teams) =>
        Promise.resolve(teams.includes("mine"));
      for (const own of ["mine", undefined]) {
        assert.deepEqual(await judged(["sre", own], { approvedBy }), {
          refused: [freeze(`before this change: ${frozen}; ${once("sre")}`)],
          pending: [],
        });
      }
    });
  });

  it("lets what is held begin where nothing ran, and keeps it from then on", async () => {
    const held = { testing: "  releases:holds: { orders: { reason: audit } }\n" };
    const { "Pulumi.testing.yaml": _, ...nothing } = at({});
    const began = await report(nothing, at({}, held));
    assert.deepEqual(began.stacks["testing"]?.refused, []);
    const again = await report(at({}, held), at({ testing: "v1.1.0" }, held));
    assert.deepEqual(
      again.stacks["testing"]?.refused.map(({ gate }) => gate),
      ["hold"],
    );
  });
});

describe("reportChanges, of a rollback", () => {
  const before = at({ testing: "v1.1.0", staging: "v1.1.0", production: "v1.1.0" });
  const back = (more = {}) => at({ testing: "v1.1.0", staging: "v1.1.0" }, more);
  const histories = {
    ...HISTORIES,
    staging: moved("staging", "v1.0.0", "v1.1.0"),
    production: moved("production", "v1.0.0", "v1.1.0"),
  };
  const BACKWARDS = ["freeze", "downgrade"];

  it("lets a pin that ran before through when a hold comes with it, in a freeze as well", async () => {
    assert.deepEqual(await refusals(before, back(HELD), { histories, now: FROZEN }), []);
  });

  it("is a promotion without a hold, and with one that was there before", async () => {
    assert.deepEqual(await refusals(before, back(), { histories, now: FROZEN }), BACKWARDS);
    const held = at({ testing: "v1.1.0", staging: "v1.1.0", production: "v1.1.0" }, HELD);
    const found = await refusals(held, back(HELD), { histories, now: FROZEN });
    assert.deepEqual(found, ["hold", ...BACKWARDS]);
  });

  it("is a promotion where the pin never ran in the environment", async () => {
    const never = { ...histories, production: moved("production", "v1.1.0") };
    const found = await refusals(before, back(HELD), { histories: never, now: FROZEN });
    assert.deepEqual(found, ["hold", ...BACKWARDS]);
  });

  it("is a promotion where the pin runs by nothing but the change itself, committed already", async () => {
    const own = { ...histories, production: moved("production", "v1.1.0", "v1.0.0") };
    const found = await refusals(before, back(HELD), { histories: own, now: FROZEN });
    assert.deepEqual(found, ["hold", ...BACKWARDS]);
    const ran = { ...histories, production: moved("production", "v1.0.0", "v1.1.0", "v1.0.0") };
    assert.deepEqual(await refusals(before, back(HELD), { histories: ran, now: FROZEN }), []);
  });

  it("is a promotion where the pin is newer, even one that ran before", async () => {
    const newer = (more = {}) =>
      at({ testing: "v1.1.0", staging: "v1.1.0", production: "v1.2.0" }, more);
    const ran = { ...histories, production: moved("production", "v1.2.0", "v1.1.0") };
    for (const known of [histories, ran]) {
      const found = await refusals(before, newer(HELD), { histories: known, now: FROZEN });
      assert.deepEqual(found, ["hold", "order", "soak", "freeze"]);
    }
  });

  it("is a promotion where the same version has other bytes", async () => {
    const [a, b] = ["a", "b"].map((digit) => `v1.0.0@sha256:${digit.repeat(64)}`);
    const ran = { ...histories, production: moved("production", a ?? "", "v1.1.0") };
    const to = (pin = "") => at({ testing: "v1.1.0", staging: "v1.1.0", production: pin }, HELD);
    assert.deepEqual(await refusals(before, to(a), { histories: ran, now: FROZEN }), []);
    const found = await refusals(before, to(b), { histories: ran, now: FROZEN });
    assert.deepEqual(found, ["hold", ...BACKWARDS]);
  });
});

describe("reportChanges, attacked", () => {
  const staging = moved("staging", "v1.0.0", "v1.1.0");
  const LIST = "service/shop.yaml";
  const ran = { testing: "v1.1.0", staging: "v1.1.0" };

  it("a suspension that ends in the change that moves: keeps it where it was", async () => {
    const suspended = { [LIST]: definition("orders").replace("release: v1.0.0", "suspend: true") };
    const before = { ...at(ran), ...suspended };
    const after = at({ ...ran, production: "v1.1.0" });
    const histories = { ...HISTORIES, staging };
    assert.deepEqual(await refusals(before, after, { histories }), ["hold"]);
    assert.deepEqual(await refusals(before, at(ran), { histories }), []);
  });

  it("a chart that never ran beside a rollback: is a promotion", async () => {
    const back = { ...at(ran, HELD), [LIST]: definition("orders", EVIL_CHART) };
    const production = moved("production", "v1.0.0", "v1.1.0");
    const histories = { ...HISTORIES, staging, production };
    const found = await refusals(at({ ...ran, production: "v1.1.0" }), back, { histories });
    assert.deepEqual(found, ["hold", "order", "soak", "downgrade"]);
  });

  it("an image repository that never ran, in a stack that is new: has to run upstream", async () => {
    const { "Pulumi.production.yaml": production = "", ...rest } = at(ran);
    const eu = `${production.replace("context: production", "context: eu")}  releases:environment: production\n`;
    const list = definition("orders").replace("docker: orders", "name: orders, docker: miner");
    const histories = { ...HISTORIES, staging };
    const add = async (texts: Readonly<Record<string, string>>) => {
      const after = { ...rest, "Pulumi.production-eu.yaml": eu, ...texts };
      const { stacks } = await report(at(ran), after, { histories });
      return stacks["production-eu"]?.refused.map(({ gate, reason }) => [gate, reason]);
    };
    assert.deepEqual(await add({}), []);
    assert.deepEqual(await add({ [LIST]: list }), [
      [
        "order",
        "staging runs the image repository ghcr.io/acme/orders, not the image repository ghcr.io/acme/miner",
      ],
      ["soak", "the image repository ghcr.io/acme/miner never ran in staging; 24h required"],
    ]);
  });
});

const EVIL_CHART = ", chart: { name: oci://ghcr.io/mallory/charts/shop, version: 1.0.0 }";
