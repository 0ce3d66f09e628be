import assert from "node:assert/strict";
import { status, type StatusRequest } from "../../src/app/status";
import { verify } from "../../src/app/verify/verify";
import { cellText, statusText } from "../../src/format/status";
import { statusHtml } from "../../src/format/status-html";
import { PLAIN } from "../../src/format/style";
import { digestOf } from "../support/model";
import { definition, PLAIN_PATH, shopFiles } from "../support/shop";
import { attachedBundle, signedImage } from "../support/signed";
import { SigstoreAuthority } from "../support/sigstore-authority";
import { changeAt, errorOf, listener, worldOf } from "../support/world";

const A = digestOf("a");
const FILES = shopFiles({
  list: definition("orders", ", team: shop") + definition("catalog", ", team: web"),
  environments: PLAIN_PATH.replace("from: testing,", "from: testing, soak: 24h,"),
  pins: { testing: [`orders: v1.1.0@${A}`, "catalog: v1.0.0"] },
  more: { production: "  releases:holds: { catalog: { reason: audit } }\n" },
});
const MOVED = changeAt("2026-11-21T10:00:00Z", "testing", "orders", ["v1.0.0", `v1.1.0@${A}`]);
const STARTED = changeAt("2026-11-01T10:00:00Z", "staging", "catalog", [null, "v1.0.0"]);
const GIT = { histories: { testing: [MOVED], staging: [STARTED], production: [] } };

function show(request: Partial<StatusRequest> = {}, git: typeof GIT | null = GIT, files = FILES) {
  const world = worldOf({ files, git, now: "2026-11-21T12:00:00Z" });
  return status(world, { behind: false, blocked: false, ...request }, listener());
}

/** Returns the names of the services that a request shows. */
const names = (request: Partial<StatusRequest>) =>
  show(request).status.services.map(({ name }) => name);

const cell = (stack: string, version: string, more: Record<string, unknown> = {}) => ({
  ...{ version, digest: null, chart: "./charts/service/0.1.0", chartVersion: "0.1.0" },
  stacks: {
    [stack]: {
      ...{ version, digest: more["digest"] ?? null },
      ...{ chart: "./charts/service/0.1.0", chartVersion: "0.1.0" },
      ...{ held: more["held"] ?? false, tree: null },
    },
  },
  ...{
    differs: false,
    since: null,
    behind: null,
    next: null,
    comparison: null,
    held: false,
    blocked: [],
    tree: null,
    unknown: false,
  },
  ...more,
});

describe("status", () => {
  it("returns what runs where, since when, and what refuses its next promotion", () => {
    const soak =
      "soak: has been running in testing since 2026-11-21T10:00:00.000Z; 24h required (passes at 2026-11-22T10:00:00.000Z)";
    const comparison = "https://github.com/acme/orders/compare/v1.0.0...v1.1.0";
    assert.deepEqual(show().status, {
      environments: ["testing", "staging", "production"],
      services: [
        {
          name: "catalog",
          team: "web",
          cells: {
            testing: cell("testing", "v1.0.0"),
            staging: cell("staging", "v1.0.0", { since: "2026-11-01T10:00:00.000Z" }),
            production: cell("production", "v1.0.0", { held: true }),
          },
        },
        {
          name: "orders",
          team: "shop",
          cells: {
            testing: cell("testing", "v1.1.0", { digest: A, since: "2026-11-21T10:00:00.000Z" }),
            staging: cell("staging", "v1.0.0", {
              behind: "minor",
              next: "v1.1.0",
              comparison,
              blocked: [soak],
            }),
            production: cell("production", "v1.0.0"),
          },
        },
      ],
    });
  });

  it("shows the services of a team, those behind, and those that are blocked", () => {
    assert.deepEqual(names({ team: "web" }), ["catalog"]);
    assert.deepEqual(names({ behind: true }), ["orders"]);
    assert.deepEqual(names({ blocked: true }), ["orders"]);
    assert.deepEqual(names({ blocked: true, team: "web" }), []);
  });

  it("shows one environment, by its name or a stack's", () => {
    const { status, history } = show({ environment: "staging" });
    assert.deepEqual(status.environments, ["staging"]);
    assert.deepEqual(
      status.services.map(({ cells }) => Object.keys(cells)),
      [["staging"], ["staging"]],
    );
    assert.deepEqual(history(), [STARTED]);
    assert.deepEqual(names({ environment: "production", behind: true }), []);
    assert.throws(
      () => show({ environment: "stagin" }),
      errorOf("usage", 'unknown environment "stagin"; did you mean "staging"?'),
    );
  });

  it("returns the history of what it shows, newest first", () => {
    const { history, now } = show();
    assert.deepEqual(history(), [MOVED, STARTED]);
    assert.deepEqual(now, new Date("2026-11-21T12:00:00Z"));
  });

  it("returns why a stack can't be read, and doesn't show it as running nothing", () => {
    const files = { ...FILES, "Pulumi.staging.yaml": "config: [" };
    const { status, unreadable } = show({}, GIT, files);
    assert.deepEqual(
      unreadable.map(({ file, code }) => [file, code]),
      [["Pulumi.staging.yaml", "yaml-syntax"]],
    );
    const [, orders] = status.services;
    const { testing, staging, production } = orders?.cells ?? {};
    assert.deepEqual(
      [testing?.unknown, staging?.unknown, production?.unknown],
      [false, true, false],
    );
    assert.deepEqual([staging?.version, staging?.next, staging?.blocked], [null, null, []]);
  });

  it("doesn't know since when outside of git", () => {
    const { status } = show({}, null);
    const [, orders] = status.services;
    assert.deepEqual(orders?.cells["testing"], cell("testing", "v1.1.0", { digest: A }));
    assert.deepEqual(orders.cells["staging"]?.blocked, [
      "order: testing doesn't run v1.1.0 yet: there is no git history",
      "soak: running time in testing is unknown: there is no git history; 24h required",
    ]);
  });

  it("says whether what runs is verified by record, where signatures are demanded", async () => {
    const authority = await SigstoreAuthority.start();
    const image = `ghcr.io/acme/orders@${A}`;
    const pins = [`orders: v1.1.0@${A}`, "catalog: v1.0.0", "web: v1.0.0"];
    const { "Pulumi.production.yaml": _unused, ...shop } = shopFiles({
      list: definition("orders") + definition("catalog") + definition("web"),
      environments: `environments:
  testing: { accepts: [release] }
  staging: { accepts: [release], verify: { mode: require, services: { web: { mode: off } } } }
`,
      pins: { testing: pins, staging: pins },
    });
    const files = { ...shop, "trust/root.jsonl": `${authority.root}\n` };
    const attached = { [image]: [attachedBundle(await signedImage(authority, A))] };
    const now = "2026-11-21T12:00:00Z";
    const world = worldOf({ files, git: null, now, registries: {}, attached, github: {} });
    const result = () => status(world, { behind: false, blocked: false }, listener());
    const shown = () => result().status;
    const verified = (): unknown =>
      shown().services.map(({ name, cells }) => [
        name,
        ...["testing", "staging"].map((one) => cells[one]?.verified),
      ]);
    assert.deepEqual(verified(), [
      ["catalog", undefined, false],
      ["orders", undefined, false],
      ["web", undefined, undefined],
    ]);
    await verify(world, { services: [], stacks: [], again: false, record: true }, listener());
    assert.deepEqual(verified(), [
      ["catalog", undefined, false],
      ["orders", undefined, true],
      ["web", undefined, undefined],
    ]);
    const { services } = shown();
    assert.deepEqual(
      services.map(({ cells }) => "verified" in (cells["testing"] ?? {})),
      [false, false, false],
    );
    assert.deepEqual(
      services.map(({ cells }) => cellText(cells["staging"])),
      ["v1.0.0 (unverified)", "v1.1.0", "v1.0.0"],
    );
    const narrow = statusText(shown(), PLAIN, 30);
    assert.match(narrow, /catalog +v1\.0\.0 +v1\.0\.0~\n/);
    assert.match(narrow, /< behind, ! blocked, = held, ~ unverified$/);
    assert.equal(
      statusHtml({ ...result(), history: [] }).split("<small>unverified</small>").length,
      2,
    );
    await world.files.write("trust/root.jsonl", "another root");
    assert.deepEqual(verified(), [
      ["catalog", undefined, false],
      ["orders", undefined, false],
      ["web", undefined, undefined],
    ]);
  });
});
