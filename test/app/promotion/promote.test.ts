import assert from "node:assert/strict";
import {
  promote,
  type PromotionRequest,
  type PromotionResult,
} from "../../../src/app/promotion/promote";
import { verify } from "../../../src/app/verify/verify";
import { digestOf } from "../../support/model";
import { definition, PLAIN_PATH, shopFiles, type Shop } from "../../support/shop";
import { attachedBundle, signedImage, signingOf } from "../../support/signed";
import { SigstoreAuthority } from "../../support/sigstore-authority";
import {
  changeAt,
  errorOf,
  listener,
  textOf,
  worldOf,
  type GitValues,
  type TestWorld,
  type WorldValues,
} from "../../support/world";

const NOW = "2026-11-21T12:00:00Z";
const A = digestOf("a");
const FILE = "Pulumi.staging.yaml";

/** A request to promote everything to staging, of which neither registry nor GitHub is asked. */
const request = (more: Partial<PromotionRequest> = {}): PromotionRequest => ({
  services: "all",
  ready: false,
  from: undefined,
  to: "staging",
  breakGlass: undefined,
  offline: true,
  artifacts: false,
  dryRun: false,
  ...more,
});

const ORDERS_MOVED = changeAt("2026-11-21T10:00:00Z", "testing", "orders", ["v1.0.0", "v1.1.0"]);
const GIT: GitValues = { histories: { testing: [ORDERS_MOVED], staging: [] } };

/** A world in which testing runs orders v1.1.0, and staging v1.0.0. */
function worldAhead(shop: Shop = {}, more: Partial<WorldValues> = {}): TestWorld {
  const pins = { testing: ["catalog: v1.0.0", "orders: v1.1.0"], ...shop.pins };
  return worldOf({ files: shopFiles({ ...shop, pins }), git: GIT, now: NOW, ...more });
}

const run = (world: TestWorld, more: Partial<PromotionRequest> = {}, report = listener()) =>
  promote(world, request(more), report);

/** Returns the gates that refuse a promotion. */
function refusing(result: PromotionResult): string[] {
  if (result.kind !== "refused") return [];
  return result.proposal.gates.filter(({ pass }) => !pass).map(({ gate }) => gate);
}

const names = (result: PromotionResult): string[] =>
  result.kind === "nothing" ? [] : result.proposal.moves.map(({ name }) => name);

describe("promote", () => {
  it("asks GitHub about the checks of what upstream declares, and is refused where they aren't green", async () => {
    const environments = PLAIN_PATH.replace("from: testing,", "from: testing, checks: [smoke],");
    const commit = "a".repeat(40);
    const moved = { ...ORDERS_MOVED, commit };
    const git: GitValues = {
      page: "https://github.com/acme/releases",
      histories: { testing: [moved], staging: [] },
    };
    const promoted = async (more: Partial<WorldValues>, offline = false) => {
      const told = listener();
      const image = "ghcr.io/acme/orders";
      const registries = { [`${image}:v1.1.0`]: A, [`${image}@${A}`]: A };
      const world = worldAhead({ environments }, { git, registries, ...more });
      const result = await run(world, { offline, services: ["orders"] }, told);
      const kinds = told.notices.map(({ kind }) => kind);
      return { refused: refusing(result), told: kinds.filter((kind) => kind === "unasked-checks") };
    };
    const released = { orders: ["v1.1.0"] };
    const checked = (state: string) => ({
      github: { "acme/orders": released.orders },
      checks: { [commit]: { smoke: state } },
    });
    assert.deepEqual(await promoted(checked("success")), { refused: [], told: [] });
    assert.deepEqual(await promoted(checked("failure")), { refused: ["checks"], told: [] });
    assert.deepEqual(await promoted({ ...checked(""), checks: {} }), {
      refused: ["checks"],
      told: [],
    });
    const unasked = { refused: [], told: ["unasked-checks"] };
    assert.deepEqual(await promoted({ github: null }), unasked);
    assert.deepEqual(await promoted({}, true), unasked);
    const elsewhere = { ...checked("failure"), git: { ...git, page: undefined } };
    assert.deepEqual(await promoted(elsewhere), unasked);
  });

  it("is nothing where the target runs what upstream runs", async () => {
    const world = worldOf({ files: shopFiles(), git: GIT, now: NOW });
    assert.deepEqual(await run(world), { kind: "nothing", from: "testing", to: "staging" });
    assert.deepEqual(world.edits, []);
  });

  it("of those that are ready moves these, and tells why the others wait", async () => {
    const environments = PLAIN_PATH.replace("from: testing,", "from: testing, soak: 1h,");
    const list =
      definition("catalog") +
      definition("orders") +
      definition("web", ", requires: { catalog: '>=1.1' }");
    const ahead = ["catalog: v1.1.0", "orders: v1.1.0", "web: v1.1.0"];
    const pins = { testing: ahead, staging: ahead.map((pin) => pin.replace("v1.1.0", "v1.0.0")) };
    const moved = (at: string, name: string) => changeAt(at, "testing", name, ["v1.0.0", "v1.1.0"]);
    const testing = [
      moved("2026-11-21T11:30:00Z", "catalog"),
      moved("2026-11-21T10:00:00Z", "orders"),
      moved("2026-11-21T10:00:00Z", "web"),
    ];
    const files = shopFiles({ environments, list: list.replace("'>=1.1'", "'>=1.0'"), pins });
    const told = listener();
    const world = worldOf({ files, git: { histories: { testing, staging: [] } }, now: NOW });
    const result = await run(world, { ready: true }, told);
    assert.equal(result.kind, "pins");
    assert.deepEqual(names(result), ["orders", "web"]);
    assert.deepEqual(
      told.notices.flatMap((notice) =>
        notice.kind === "left-out" ? [[notice.service, notice.reason]] : [],
      ),
      [
        [
          "catalog",
          "soak: has been running in testing since 2026-11-21T11:30:00.000Z; 1h required (passes at 2026-11-21T12:30:00.000Z)",
        ],
      ],
    );

    // Registries are asked about a stack once, whatever is left out afterwards.
    let connections = 0;
    const digests = ["catalog", "orders", "web"].flatMap((name) => [
      [`ghcr.io/acme/${name}:v1.1.0`, A],
      [`ghcr.io/acme/${name}@${A}`, A],
    ]);
    const online = worldOf({
      ...{ files, git: { histories: { testing, staging: [] } }, now: NOW, github: null },
      registries: Object.fromEntries(digests) as Record<string, string>,
    });
    const counted = { ...online, registries: () => (connections++, online.registries()) };
    assert.equal((await run(counted, { ready: true, offline: false })).kind, "pins");
    assert.equal(connections, 1);

    // What requires a version that waits, waits as well.
    const strict = shopFiles({
      environments,
      list: list.replace("'>=1.1'", "'>=1.1'"),
      pins: { ...pins, staging: ["catalog: v1.0.0", "orders: v1.0.0"] },
    });
    const next = await run(
      worldOf({ files: strict, git: { histories: { testing, staging: [] } }, now: NOW }),
      { ready: true },
    );
    assert.deepEqual(names(next), ["orders"]);
  });

  it("moves a chart alone, once it has run upstream for long enough", async () => {
    const chart = ', chart: { name: "oci://ghcr.io/acme/charts/orders", version: 1.3.0 }';
    const list = definition("catalog") + definition("orders", chart);
    const more = { testing: "  releases:charts: { orders: 1.4.0 }\n" };
    const environments = PLAIN_PATH.replace("from: testing,", "from: testing, soak: 1h,");
    const text = (version: string) => `oci://ghcr.io/acme/charts/orders ${version}`;
    const began = changeAt("2026-11-20T00:00:00Z", "testing", "orders", [null, "v1.0.0"]);
    for (const [at, kind] of [
      ["2026-11-21T10:00:00Z", "pins"],
      ["2026-11-21T11:30:00Z", "refused"],
    ] as const) {
      const part = {
        ...{ at: new Date(at), service: "orders", commit: "c0ffee", part: "chart" as const },
        ...{ stack: "testing", path: "service/shop.yaml" },
        ...{ from: text("1.3.0"), to: text("1.4.0") },
      };
      const world = worldOf({
        files: shopFiles({ list, more, environments }),
        git: { histories: { testing: [began], staging: [] }, parts: { testing: [part] } },
        now: NOW,
      });
      const result = await run(world);
      assert.equal(result.kind, kind);
      if (result.kind !== "pins") {
        assert.deepEqual(refusing(result), ["soak"]);
        continue;
      }
      const { moves, edits, message } = result.proposal;
      assert.deepEqual(moves[0]?.chart, { from: text("1.3.0"), to: text("1.4.0") });
      assert.deepEqual(edits, [
        {
          ...{ stack: "staging", file: FILE, path: "releases:charts.orders" },
          ...{ from: null, to: "1.4.0" },
        },
      ]);
      const change = `orders chart ${text("1.3.0")} -> ${text("1.4.0")}`;
      assert.equal(message, `promote(staging): ${change}`);
    }
  });

  it("carries a pin of the default chart, as of any other", async () => {
    const began = changeAt("2026-11-20T00:00:00Z", "testing", "orders", [null, "v1.0.0"]);
    const of = (more: Readonly<Record<string, string>>): TestWorld =>
      worldOf({
        files: shopFiles({ more }),
        git: { histories: { testing: [began], staging: [] } },
        now: NOW,
      });
    const result = await run(of({ testing: "  releases:charts: { orders: 0.0.9 }\n" }));
    assert.equal(result.kind, "pins");
    const { moves, edits } = result.proposal;
    assert.deepEqual(moves[0]?.chart, { from: "default", to: "default 0.0.9" });
    assert.deepEqual(edits, [
      { stack: "staging", file: FILE, path: "releases:charts.orders", from: null, to: "0.0.9" },
    ]);
    const unpinned = await run(of({ staging: "  releases:charts: { orders: 0.0.9 }\n" }));
    assert.equal(unpinned.kind, "nothing");
  });

  it("writes the pins of one stack", async () => {
    const world = worldAhead();
    const before = world.files.text(FILE);
    const result = await run(world);
    assert.equal(result.kind, "pins");
    const { proposal, ...rest } = result;
    const text = before.replace("orders: v1.0.0", "orders: v1.1.0");
    const files = [{ stack: "staging", file: FILE, text }];
    assert.deepEqual(rest, { kind: "pins", to: "staging", files });
    assert.deepEqual(world.edits, [{ file: FILE, text }]);
    const { gates, ...decided } = proposal;
    assert.deepEqual(decided, {
      moves: [
        {
          ...{ stack: "staging", name: "orders", from: "v1.0.0", to: "v1.1.0", step: "minor" },
          ...{ fromDigest: null, toDigest: null },
        },
      ],
      edits: [
        {
          ...{ stack: "staging", file: FILE, path: "releases:versions.orders" },
          ...{ from: "v1.0.0", to: "v1.1.0" },
        },
      ],
      artifacts: [],
      message:
        "promote(staging): orders v1.0.0 -> v1.1.0\n\nhttps://github.com/acme/orders/compare/v1.0.0...v1.1.0",
    });
    assert.equal(gates.length, 16);
    assert.equal((await run(world)).kind, "nothing");
  });

  it("writes nothing in a dry run", async () => {
    const world = worldAhead();
    const result = await run(world, { dryRun: true });
    assert.equal(result.kind === "pins" && /orders: v1\.1\.0/.test(textOf(result)), true);
    assert.deepEqual(world.edits, []);
  });

  it("writes nothing where a gate refuses, whatever the others say", async () => {
    const environments = PLAIN_PATH.replace("from: testing,", "from: testing, soak: 24h,");
    const world = worldAhead({ environments, pins: { testing: ["orders: v1.1.0"] } });
    const result = await run(world);
    assert.deepEqual([result.kind, refusing(result)], ["refused", ["soak"]]);
    assert.deepEqual(world.edits, []);
    const glass = await run(world, { breakGlass: "it\n burns" });
    assert.equal(
      glass.kind === "pins" && glass.proposal.message.split("\n").at(-1),
      "Break-glass: it burns",
    );
    await assert.rejects(
      run(world, { breakGlass: " " }),
      errorOf("usage", "--break-glass needs a reason"),
    );
  });

  it("comes from the environment that the path names, and from no other", async () => {
    const pins = { staging: ["catalog: v1.0.0", "orders: v1.0.5"] };
    const moved = changeAt("2026-11-01T10:00:00Z", "staging", "orders", ["v1.0.0", "v1.0.5"]);
    const git = { histories: { testing: [ORDERS_MOVED], staging: [moved] } };
    const world = worldAhead({ pins }, { git });
    const result = await run(world, { to: "production", dryRun: true });
    assert.equal(result.kind === "pins" && result.proposal.moves[0]?.to, "v1.0.5");
    const past = await run(world, { from: "testing", to: "production" });
    assert.deepEqual(refusing(past), ["order"]);
    await assert.rejects(
      run(world, { to: "testing" }),
      errorOf("usage", "testing begins the promotion path; give --from"),
    );
  });

  it("promotes services by name, by team, or all", async () => {
    const world = worldAhead(
      {
        list: definition("catalog", ", team: web") + definition("orders", ", team: shop"),
        pins: { testing: ["catalog: v1.1.0", "orders: v1.1.0"] },
      },
      {
        git: {
          histories: {
            testing: [
              ORDERS_MOVED,
              changeAt("2026-11-21T09:00:00Z", "testing", "catalog", ["v1.0.0", "v1.1.0"]),
            ],
          },
        },
      },
    );
    const chosen = async (services: PromotionRequest["services"]) =>
      names(await run(world, { services, dryRun: true }));
    assert.deepEqual(await chosen("all"), ["catalog", "orders"]);
    assert.deepEqual(await chosen({ team: "web" }), ["catalog"]);
    assert.deepEqual(await chosen(["orders"]), ["orders"]);
    for (const [services, message] of [
      [["order"], 'no service "order" runs in testing; did you mean "orders"?'],
      [{ team: "moon" }, 'no service of the team "moon" runs in testing'],
    ] as const) {
      await assert.rejects(chosen(services), errorOf("usage", message));
    }
  });

  it("leaves out of a set what is held, and refuses it by name", async () => {
    const more = { staging: "  releases:holds: { orders: { reason: audit } }\n" };
    const world = worldAhead({ more });
    const report = listener();
    assert.equal((await run(world, {}, report)).kind, "nothing");
    const reason = "held: audit; lift it with releases unhold orders --stack staging";
    assert.deepEqual(report.notices, [
      { kind: "left-out", stack: "staging", service: "orders", reason },
    ]);
    assert.deepEqual(refusing(await run(world, { services: ["orders"] })), ["hold"]);
    assert.deepEqual(world.edits, []);
  });

  it("tells what nobody looks for offline, and isn't offline where a digest is required", async () => {
    const pins = {
      staging: ["orders: v1.1.0-rc.1"],
      production: ["orders: v1.0.0"],
    };
    const moved = changeAt("2026-11-01T10:00:00Z", "staging", "orders", ["v1.0.0", "v1.1.0-rc.1"]);
    const git = { histories: { staging: [moved] } };
    const report = listener();
    await run(worldAhead({ pins }, { git }), { to: "production" }, report);
    const [from, to] = ["v1.1.0-rc.1", "v1.1.0"];
    assert.deepEqual(report.notices, [{ kind: "unchecked-tag", service: "orders", from, to }]);
    const environments = PLAIN_PATH.replace("from: testing,", "from: testing, digest: required,");
    await assert.rejects(
      run(worldAhead({ environments })),
      errorOf("usage", "staging requires a digest, which takes a registry; leave --offline out"),
    );
  });
});

describe("promote, with artifacts", () => {
  const SOURCE = `test.example/acme/orders`;
  const TARGET = `staging.example/acme/orders`;
  const COPY = `copy ${SOURCE}@${A} to ${TARGET}:v1.1.0`;
  const hosts = { testing: "test.example/acme", staging: "staging.example/acme" };

  /** A world in which the image is in the registry of testing alone. */
  const world = (more: Partial<WorldValues> = {}, shop: Shop = {}) =>
    worldAhead(
      { hosts, ...shop },
      {
        registries: { [`${SOURCE}:v1.1.0`]: A, [`${SOURCE}@${A}`]: A },
        github: { "acme/orders": ["v1.1.0"] },
        ...more,
      },
    );

  it("brings images only when asked to, and pins their digests", async () => {
    const lookedAt = world();
    const result = await run(lookedAt, { offline: false });
    assert.equal(result.kind, "pins");
    assert.deepEqual(result.proposal.artifacts, [
      {
        service: "orders",
        action: "copy",
        source: `${SOURCE}@${A}`,
        target: `${TARGET}:v1.1.0`,
        digest: A,
      },
    ]);
    assert.match(textOf(result), new RegExp(`orders: v1\\.1\\.0@${A}\n`));
    assert.deepEqual(lookedAt.brought, []);
    const asked = world();
    await run(asked, { offline: false, artifacts: true });
    assert.deepEqual(asked.brought, [COPY]);
    assert.deepEqual([lookedAt.open(), asked.open()], [0, 0]);
  });

  it("brings none in a dry run, and none where a gate refuses", async () => {
    const dry = world();
    await run(dry, { offline: false, artifacts: true, dryRun: true });
    const refused = world({ github: { "acme/orders": [] } });
    const result = await run(refused, { offline: false, artifacts: true });
    assert.deepEqual(refusing(result), ["release"]);
    assert.deepEqual([dry.brought, refused.brought], [[], []]);
    assert.deepEqual([dry.edits, refused.edits], [[], []]);
  });

  it("is refused where no registry has the image", async () => {
    const empty = world({ registries: {} });
    const result = await run(empty, { offline: false, artifacts: true });
    assert.deepEqual(refusing(result), ["artifact"]);
    assert.deepEqual([empty.brought, empty.edits, empty.open()], [[], [], 0]);
  });

  it("tells that GitHub isn't asked without a token", async () => {
    const report = listener();
    const result = await run(world({ github: null }), { offline: false }, report);
    assert.equal(result.kind, "pins");
    assert.deepEqual(report.notices, [
      { kind: "no-github-token", about: "releases and attestations" },
    ]);
  });
});

type Attachments = NonNullable<WorldValues["attached"]>;

describe("promote, where signatures are demanded", () => {
  const [UPSTREAM, TARGET] = ["test.example/acme", "staging.example/acme"];
  const environments = PLAIN_PATH.replace(
    "from: testing,",
    "from: testing, verify: { mode: require },",
  );
  let authority: SigstoreAuthority;

  before(async () => {
    authority = await SigstoreAuthority.start();
  });

  /** A world in which testing runs both services and their releases, and these images are signed. */
  function world(attached: Attachments, shop: Shop = {}): TestWorld {
    const digests = { catalog: digestOf("c"), orders: A };
    const moved = (name: string) =>
      changeAt("2026-11-21T10:00:00Z", "testing", name, ["v1.0.0", "v1.1.0"]);
    const files = shopFiles({
      environments,
      pins: { testing: ["catalog: v1.1.0", "orders: v1.1.0"] },
      hosts: { testing: UPSTREAM, staging: TARGET },
      ...shop,
    });
    return worldOf({
      files: { ...files, "trust/root.jsonl": `${authority.root}\n` },
      git: { histories: { testing: [moved("orders"), moved("catalog")], staging: [] } },
      now: NOW,
      registries: Object.fromEntries(
        Object.entries(digests).flatMap(([name, digest]) => [
          [`${UPSTREAM}/${name}:v1.1.0`, digest],
          [`${UPSTREAM}/${name}@${digest}`, digest],
        ]),
      ),
      attached,
      github: { "acme/orders": ["v1.1.0"], "acme/catalog": ["v1.1.0"] },
    });
  }

  const signed = async (digest: string, at: string) => ({
    [`${at}/orders@${A}`]: [attachedBundle(await signedImage(authority, digest))],
  });
  const orders = { services: ["orders"], offline: false, artifacts: true };

  /** Returns why the gate refuses orders. */
  async function refused(attached: Attachments, shop: Shop = {}): Promise<string> {
    const asked = world(attached, shop);
    const result = await run(asked, orders);
    assert.deepEqual(refusing(result), ["verified"]);
    assert.deepEqual([asked.brought, asked.edits, asked.open()], [[], [], 0]);
    const gates = result.kind === "refused" ? result.proposal.gates : [];
    return gates.find(({ gate }) => gate === "verified")?.reason ?? "";
  }

  it("is refused without a signature, and brings nothing", async () => {
    const reason = `${TARGET}/orders: no signature or provenance that counts`;
    assert.equal(await refused({}), reason);
  });

  it("is refused with the signature of another digest", async () => {
    assert.match(
      await refused(await signed(digestOf("b"), UPSTREAM)),
      /it is about sha256:b+, not/,
    );
  });

  it("is refused with a signature of somebody else", async () => {
    const bundle = await signedImage(authority, A, signingOf("acme/catalog"));
    const attached = { [`${UPSTREAM}/orders@${A}`]: [attachedBundle(bundle)] };
    assert.match(await refused(attached), /acme\/catalog/);
  });

  it("is refused with a record in place of the signature", async () => {
    const recording = world(await signed(A, TARGET), {
      pins: { staging: [`orders: v1.1.0@${A}`], testing: [], production: [] },
    });
    const all = { services: ["orders"], stacks: ["staging"], again: false, record: true };
    await verify(recording, all, listener());
    const [record] = recording.edits;
    assert.ok(record);
    const asked = world({});
    await asked.files.write(record.file, record.text);
    assert.deepEqual(refusing(await run(asked, orders)), ["verified"]);
  });

  it("moves with one that is attached in the upstream's registry, or in its own", async () => {
    for (const at of [UPSTREAM, TARGET]) {
      const asked = world(await signed(A, at));
      const result = await run(asked, orders);
      assert.deepEqual([result.kind, names(result)], ["pins", ["orders"]]);
      assert.deepEqual(asked.brought, [`copy ${UPSTREAM}/orders@${A} to ${TARGET}/orders:v1.1.0`]);
    }
  });

  it("moves with a warning where that is all that is wanted", async () => {
    const warns = { environments: environments.replace("require", "warn") };
    const result = await run(world({}, warns), orders);
    const gates = result.kind === "pins" ? result.proposal.gates : [];
    const { pass, reason } = gates.find(({ gate }) => gate === "verified") ?? {};
    const expected = `warned: ${TARGET}/orders: no signature or provenance that counts`;
    assert.deepEqual([pass, reason], [true, expected]);
  });

  it("isn't offline, unless it only warns", async () => {
    const offline = { ...orders, offline: true, artifacts: false };
    await assert.rejects(
      run(world({}), offline),
      errorOf(
        "usage",
        "staging requires verification, which takes a registry; leave --offline out",
      ),
    );
    const one = environments.replace(
      "mode: require",
      "mode: off, services: { orders: { mode: require } }",
    );
    await assert.rejects(run(world({}, { environments: one }), offline), { kind: "usage" });
    const warns = { environments: environments.replace("require", "warn") };
    assert.equal((await run(world({}, warns), offline)).kind, "pins");
  });

  it("of those that are ready leaves the unsigned one out, and takes the other", async () => {
    const told = listener();
    const asked = world(await signed(A, UPSTREAM));
    const result = await run(asked, { ready: true, offline: false }, told);
    assert.deepEqual([result.kind, names(result)], ["pins", ["orders"]]);
    const reason = `verified: ${TARGET}/catalog: no signature or provenance that counts`;
    assert.deepEqual(told.notices, [
      { kind: "left-out", stack: "staging", service: "catalog", reason },
    ]);
  });
});

describe("promote, by a ref", () => {
  const BRANCHES = `environments:
  testing: { ref: testing, accepts: [release, prerelease] }
  staging: { ref: main, from: testing, accepts: [release] }
  production: { ref: "v*", from: staging, accepts: [release] }
`;
  const hosts = {
    testing: "test.example/acme",
    staging: "staging.example/acme",
    production: "production.example/acme",
  };

  /** A repository without pins, in which the list has a release of orders. */
  const at = (release: string) =>
    shopFiles({
      list: definition("catalog") + definition("orders").replace("v1.0.0", release),
      environments: BRANCHES,
      hosts,
      pins: { testing: [], staging: [], production: [] },
    });
  const since = (environment: string) =>
    changeAt("2026-11-01T10:00:00Z", environment, "orders", ["v1.0.0", "v1.1.0"], {
      path: "service/shop.yaml",
    });
  const world = (
    merged: string | null = "tree",
    main = "v1.0.0",
    more: Partial<WorldValues> = {},
  ): TestWorld =>
    worldOf({
      files: at("v1.1.0"),
      git: {
        branches: { testing: "t1", main: "m1" },
        tags: { "v*": { "v0.9.0": "p0", "v1.0.0": "p1" } },
        commits: {
          t1: at("v1.1.0"),
          m1: at(main),
          p1: at("v1.0.0"),
          tree: at("v1.1.0"),
        },
        merges: { "t1 into m1": merged },
        histories: { testing: [since("testing")], staging: [since("staging")] },
      },
      now: NOW,
      registries: {
        "test.example/acme/orders:v1.1.0": A,
        [`test.example/acme/orders@${A}`]: A,
        ...(main === "v1.1.0" && {
          "staging.example/acme/orders:v1.1.0": A,
          [`staging.example/acme/orders@${A}`]: A,
        }),
      },
      github: { "acme/orders": ["v1.1.0"] },
      ...more,
    });

  it("returns the merge that would move a branch", async () => {
    const found = world();
    const result = await run(found);
    assert.equal(result.kind, "ref");
    const { message } = result.proposal;
    assert.equal(result.what, "a merge of testing into main");
    assert.deepEqual(result.ref, {
      action: "merge",
      name: "main",
      from: "testing",
      commands: ["git switch main", `git merge --no-ff testing -m '${message}'`],
    });
    assert.deepEqual(result.proposal.edits, []);
    assert.deepEqual(found.edits, []);
  });

  it("returns the next tag of a pattern", async () => {
    const result = await run(world("tree", "v1.1.0"), { to: "production" });
    assert.equal(result.kind, "ref");
    const { message } = result.proposal;
    assert.equal(result.what, "the tag v1.0.1 on main");
    assert.deepEqual(result.ref, {
      action: "tag",
      name: "v1.0.1",
      from: "m1",
      commands: [`git tag --annotate v1.0.1 m1 -m '${message}'`],
    });
  });

  it("brings images for a merge and for a tag only when asked to, and none in a dry run", async () => {
    for (const [to, main, copy] of [
      ["staging", "v1.0.0", `test.example/acme/orders@${A} to staging.example/acme/orders:v1.1.0`],
      [
        "production",
        "v1.1.0",
        `staging.example/acme/orders@${A} to production.example/acme/orders:v1.1.0`,
      ],
    ] as const) {
      for (const [artifacts, dryRun, brought] of [
        [false, false, []],
        [false, true, []],
        [true, true, []],
        [true, false, [`copy ${copy}`]],
      ] as const) {
        const found = world("tree", main);
        const result = await run(found, { to, offline: false, artifacts, dryRun });
        assert.equal(result.kind, "ref");
        assert.deepEqual([found.brought, found.edits, found.open()], [brought, [], 0]);
      }
    }
  });

  it("is refused by the same gates, and brings nothing then", async () => {
    const found = world("tree", "v1.0.0", { github: { "acme/orders": [] } });
    const result = await run(found, { offline: false, artifacts: true });
    assert.deepEqual(refusing(result), ["release"]);
    assert.equal(result.kind === "refused" && result.ref?.action, "merge");
    assert.deepEqual(found.brought, []);
  });

  it("refuses a merge that conflicts, and one that moves more than was asked for", async () => {
    await assert.rejects(
      run(world(null)),
      errorOf("outside", "a merge of testing into main conflicts; merge by hand, then promote"),
    );
    await assert.rejects(
      run(world(), { services: ["catalog"] }),
      errorOf(
        "usage",
        "a merge of testing into main moves orders as well; promote --all, or pin what shall move in Pulumi.staging.yaml",
      ),
    );
  });
});
