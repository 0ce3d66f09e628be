import assert from "node:assert/strict";
import type { ListedRelease } from "../../../src/adapters/github/releases";
import { resolve as resolveTelling, type ResolveRequest } from "../../../src/app/resolve/resolve";
import { SILENT } from "../../../src/app/reporter";
import type { World } from "../../../src/app/world";
import { outsideError } from "../../../src/core/error";
import { digestOf } from "../../support/model";
import { shopFiles, type Shop } from "../../support/shop";
import { changeAt, errorOf, listener, worldOf, type WorldValues } from "../../support/world";

const FILE = "Pulumi.testing.yaml";
const NOW = "2026-11-21T12:00:00Z";
const OLD = "2026-01-01T00:00:00Z";

const PATH = `environments:
  testing: { accepts: [release, prerelease, range, branch, commit] }
  staging: { from: testing, accepts: [release, prerelease] }
  production: { from: staging, accepts: [release] }
`;

const following = (name: string, strategy: string, more = ""): string =>
  `- { github: ${name}, docker: ${name}, deploy: { ${strategy} }${more} }\n`;

const LIST = following("catalog", "release: v1.0.0") + following("orders", 'range: "^1.0"');

let ids = 0;
function release(tag: string, more: Partial<ListedRelease> = {}): ListedRelease {
  const publishedAt = new Date(OLD);
  return { id: ids++, tag, publishedAt, isPrerelease: false, files: [], bytes: 1, ...more };
}

interface Given extends Omit<Shop, "at">, Partial<Omit<WorldValues, "files">> {
  /** Tags of the releases of orders. */
  readonly releases?: readonly (string | ListedRelease)[];
}

function given({ list, environments, pins, more, hosts, releases = [], ...values }: Given) {
  const texts = {
    list: list ?? LIST,
    environments: environments ?? PATH,
    ...(pins && { pins }),
    ...(more && { more }),
    ...(hosts && { hosts }),
  };
  const listed = releases.map((one) => (typeof one === "string" ? release(one) : one));
  const tags = listed.map(({ tag }) => tag);
  return worldOf({
    files: shopFiles(texts),
    now: NOW,
    registries: Object.fromEntries(tags.map((tag, at) => [image(tag), digestOf(hex(at))])),
    channels: { "acme/orders": listed },
    github: {},
    ...values,
  });
}

const hex = (at: number): string => (at % 16).toString(16);
const image = (tag: string, name = "orders"): string => `ghcr.io/acme/${name}:${tag}`;

const request = (more: Partial<ResolveRequest> = {}): ResolveRequest => {
  return { services: "all", stack: "testing", environment: undefined, dryRun: false, ...more };
};

const resolve = (world: World, more: Partial<ResolveRequest> = {}) =>
  resolveTelling(world, request(more), SILENT);

/** Returns the pins that were written, and the findings in short. */
async function outcome(world: World, more: Partial<ResolveRequest> = {}) {
  const { proposal, findings, isRefused } = await resolve(world, more);
  return {
    pins: proposal.edits.map(
      ({ path, to }) => `${path.replace("releases:versions.", "")} ${to ?? ""}`,
    ),
    findings: findings.map(({ service, code, isPending }) => {
      return `${service} ${code}${isPending ? " (pending)" : ""}`;
    }),
    isRefused,
  };
}

describe("resolve", () => {
  it("pins the highest release of a range, with the digest of its image", async () => {
    const world = given({ releases: ["v1.0.0", "v1.2.0", "v1.1.9", "v2.0.0"] });
    const { proposal, findings, files } = await resolve(world);
    const to = `v1.2.0@${digestOf("1")}`;
    assert.deepEqual(proposal.edits, [
      { stack: "testing", file: FILE, path: "releases:versions.orders", from: "v1.0.0", to },
    ]);
    assert.deepEqual(findings, []);
    assert.deepEqual(proposal.moves, [
      {
        ...{ stack: "testing", name: "orders", from: "v1.0.0", to: "v1.2.0", step: "minor" },
        ...{ fromDigest: null, toDigest: digestOf("1") },
      },
    ]);
    assert.equal(
      proposal.message,
      "resolve(testing): orders v1.0.0 -> v1.2.0\n\nhttps://github.com/acme/orders/compare/v1.0.0...v1.2.0",
    );
    const [edited] = files;
    assert.match(edited?.text ?? "", new RegExp(`orders: ${to}\n`));
    assert.deepEqual(world.edits, [{ file: FILE, text: edited?.text }]);
    assert.equal(world.open(), 0);
  });

  it("says nothing to do when it runs again", async () => {
    const world = given({ releases: ["v1.2.0"] });
    await resolve(world);
    const { proposal, findings } = await resolve(world);
    assert.deepEqual([proposal.edits, proposal.message, findings], [[], "", []]);
    assert.equal(world.edits.length, 1);
  });

  it("writes nothing in a dry run", async () => {
    const world = given({ releases: ["v1.2.0"] });
    const { files } = await resolve(world, { dryRun: true });
    assert.match(files[0]?.text ?? "", /orders: v1\.2\.0@sha256/);
    assert.deepEqual(world.edits, []);
  });

  it("pins a service that has no pin yet", async () => {
    const world = given({ releases: ["v1.2.0"], pins: { testing: ["catalog: v1.0.0"] } });
    assert.deepEqual(await outcome(world), {
      pins: [`orders v1.2.0@${digestOf("0")}`],
      findings: [],
      isRefused: false,
    });
  });

  const range = (text: string): string => following("orders", `range: "${text}"`);

  const cases: Readonly<
    Record<string, Given & { readonly pinned?: string; readonly says?: readonly string[] }>
  > = {
    "takes no pre-release that the range doesn't ask for": {
      releases: ["v1.1.0", "v1.2.0-rc.1"],
      pinned: "v1.1.0",
    },
    "takes a pre-release that the range names": {
      list: range(">=1.2.0-rc.0 <2"),
      releases: ["v1.1.0", "v1.2.0-rc.1", "v1.3.0-rc.1"],
      pinned: "v1.2.0-rc.1",
    },
    "takes no release that GitHub marks as a pre-release": {
      releases: ["v1.1.0", release("v1.2.0", { isPrerelease: true })],
      pinned: "v1.1.0",
    },
    "ignores tags in another spelling, numbers, dates and commits": {
      releases: [
        "v1.1.0",
        "1.9.0",
        "orders-v1.8.0",
        "V1.7.0",
        "20261105",
        "v20261105",
        "1234567",
        "deadbeef",
      ],
      pinned: "v1.1.0",
    },
    "follows the definition's own spelling": {
      list: following(
        "orders",
        'range: "^1"',
        ', tags: { github: "orders-v{version}", image: "{version}" }',
      ),
      releases: ["orders-v1.1.0", "v1.9.0", "payments-v1.8.0"],
      registries: { [image("1.1.0")]: digestOf("a") },
      pinned: "v1.1.0",
    },
    "ignores a v where versions have none": {
      list: following(
        "orders",
        'range: ">=1"',
        ', tags: { github: "{version}", image: "{version}" }',
      ),
      releases: ["1.1.0", "v1.9.0"],
      pinned: "v1.1.0",
      registries: { [image("1.1.0")]: digestOf("0") },
    },
    "ignores numbers where versions have no v": {
      list: following(
        "orders",
        'range: ">=1"',
        ', tags: { github: "{version}", image: "{version}" }',
      ),
      releases: ["1.1.0", "20261105"],
      pinned: "v1.1.0",
      registries: { [image("1.1.0")]: digestOf("0") },
    },
    "ignores mutable tags": {
      list: range(">=1.0.0 <1.2.0 || >=1.2.0-0"),
      releases: ["v1.1.0", "v1.2.0-test"],
      pinned: "v1.1.0",
    },
    "stays where what runs is the highest": { releases: ["v1.0.0"] },
    "never goes down": {
      releases: ["v1.0.0", "v1.1.0"],
      pins: { testing: ["catalog: v1.0.0", "orders: v1.9.0"] },
    },
    "says that nothing goes down from above the range": {
      releases: ["v1.1.0"],
      pins: { testing: ["catalog: v1.0.0", "orders: v3.0.0"] },
      says: ["orders above-range"],
    },
    "stays where the newest has no image, and takes no other": {
      releases: ["v1.1.0", "v1.2.0"],
      registries: { [image("v1.1.0")]: digestOf("a") },
      says: ["orders no-image"],
    },
    "stays where nothing is in the range": { releases: ["v2.0.0"], says: ["orders no-version"] },
    "stays where builds of one release have no order": {
      releases: ["v1.1.0-ce60d74", "v1.1.0-ab12cd3"],
      says: ["orders no-order"],
    },
    "stays at a build among others of its release": {
      releases: ["v1.1.0-ce60d74", "v1.1.0-ab12cd3"],
      pins: { testing: ["catalog: v1.0.0", "orders: v1.1.0-ab12cd3"] },
    },
    "takes a release once that is on two pages, which moved while they were read": {
      releases: ["v1.1.0", "v1.2.0", "v1.2.0"],
      pinned: "v1.2.0",
    },
    "takes v1.2.0 and not v1.2, which moves": { releases: ["v1.2", "v1.2.0"], pinned: "v1.2.0" },
    "skips what is rejected": {
      environments: `${PATH}rejected: { orders: [{ version: v1.2.0, reason: loses orders }] }\n`,
      releases: ["v1.1.0", "v1.2.0"],
      pinned: "v1.1.0",
    },
    "leaves what is held": {
      releases: ["v1.2.0"],
      more: { testing: "  releases:holds: { orders: { reason: audit } }\n" },
      says: ["orders refused (pending)"],
    },
    "moves what was held until yesterday": {
      releases: ["v1.2.0"],
      more: { testing: "  releases:holds: { orders: { reason: audit, until: '2026-11-20' } }\n" },
      pinned: "v1.2.0",
    },
    "leaves what a gate refuses": {
      list: LIST.replace('range: "^1.0" }', 'range: "^1.0" }, requires: { catalog: ">=9" }'),
      releases: ["v1.2.0"],
      says: ["orders refused"],
    },
    "moves from a commit, which has no order": {
      releases: ["v1.2.0"],
      pins: { testing: ["catalog: v1.0.0", `orders: ${"c".repeat(40)}@${digestOf("c")}`] },
      pinned: "v1.2.0",
    },
    "leaves an image's own tag, whose order nobody knows": {
      list: range("*"),
      environments: PATH.replace("range, branch", "range, tag, branch"),
      releases: ["v1.2.0"],
      pins: { testing: [`orders: 2024.01.05@${digestOf("c")}`] },
    },
    "stays where a release lacks a file": {
      list: following("orders", 'range: "^1.0"', ", assets: [orders.tgz, sums.txt]"),
      releases: [release("v1.2.0", { files: ["orders.tgz"] })],
      says: ["orders no-files"],
    },
  };

  for (const [name, { pinned, says = [], ...values }] of Object.entries(cases)) {
    it(name, async () => {
      const world = given(values);
      const { pins, findings, isRefused } = await outcome(world);
      assert.deepEqual(
        pins.map((pin) => pin.replace(/@.*/, "")),
        pinned === undefined ? [] : [`orders ${pinned}`],
      );
      for (const pin of pins) assert.match(pin, /@sha256:[0-9a-f]{64}$/);
      assert.deepEqual(findings, says);
      assert.equal(isRefused, false);
      assert.equal(world.edits.length, pinned === undefined ? 0 : 1);
    });
  }

  it("pins nothing during a freeze", async () => {
    const freeze = "freeze: [{ from: 2026-11-20, until: 2026-11-30, reason: stocktaking }]";
    const environments = PATH.replace(
      "accepts: [release, prerelease, range",
      `${freeze}, accepts: [release, prerelease, range`,
    );
    const world = given({ environments, releases: ["v1.2.0"] });
    assert.equal((await outcome(world)).isRefused, true);
    assert.deepEqual(world.edits, []);
  });

  it("follows tags of a registry for what has no releases", async () => {
    const environments = PATH.replace("production: {", "production: { unreleased: [orders],");
    const tags = ["v1.0.0", "v1.2.0", "v1", "v1.9", "v2.0.0", "latest", "v1.3.0-rc.1", "20261105"];
    const world = given({
      environments,
      tags: { "ghcr.io/acme/orders": tags.map((name) => ({ name })) },
      registries: { [image("v1.2.0")]: digestOf("a") },
      github: null,
    });
    assert.deepEqual((await outcome(world)).pins, [`orders v1.2.0@${digestOf("a")}`]);
    const empty = given({ environments, tags: {}, github: null });
    assert.deepEqual((await outcome(empty)).findings, ["orders no-version"]);
  });

  it("follows ranges only where the environment accepts them", async () => {
    const world = given({ releases: ["v1.2.0"] });
    assert.deepEqual(await outcome(world, { stack: "staging" }), {
      pins: [],
      findings: [],
      isRefused: false,
    });
    await assert.rejects(
      resolve(world, { stack: "staging", services: ["orders"] }),
      errorOf(
        "usage",
        `"orders" follows a range, and staging accepts release, prerelease; promote it`,
      ),
    );
    await assert.rejects(
      resolve(world, { services: ["catalog"] }),
      errorOf("usage", `"catalog" follows neither a range nor a branch; pin it by releases bump`),
    );
    await assert.rejects(
      resolve(world, { services: ["ordres"] }),
      errorOf("usage", `unknown service "ordres"; did you mean "orders"?`),
    );
    await assert.rejects(
      resolve(world, { stack: undefined }),
      errorOf("usage", "--stack or --environment is required"),
    );
  });

  it("asks nobody where nothing follows anything", async () => {
    const world = worldOf({ files: shopFiles({ environments: PATH }), now: NOW });
    assert.deepEqual((await outcome(world)).pins, []);
  });

  it("writes nothing where one of them can't be asked about, and names each of these", async () => {
    const list = ["a", "b", "c"].map((name) => following(name, 'range: "^1"')).join("");
    const world = given({
      list,
      pins: { testing: ["a: v1.0.0", "b: v1.0.0", "c: v1.0.0"], staging: [], production: [] },
      channels: { "acme/a": [release("v1.1.0")], "acme/b": [], "acme/c": [] },
      registries: { "ghcr.io/acme/a:v1.1.0": digestOf("a") },
    });
    const broken: World = {
      ...world,
      github: async () => {
        const github = await world.github();
        assert.ok(github);
        return {
          ...github,
          releases: (name) => ({
            ...github.releases(name),
            listed: () =>
              name === "acme/a"
                ? github.releases(name).listed()
                : Promise.reject(outsideError(`GitHub refuses ${name}`)),
          }),
        };
      },
    };
    const told = listener();
    await assert.rejects(resolveTelling(broken, request(), told), {
      kind: "outside",
      message:
        "nothing was done, as nobody could tell what these follow: b in testing, c in testing",
    });
    assert.deepEqual(told.notices, [
      { kind: "not-asked", stack: "testing", service: "b", reason: "GitHub refuses acme/b" },
      { kind: "not-asked", stack: "testing", service: "c", reason: "GitHub refuses acme/c" },
    ]);
    assert.deepEqual(world.edits, []);
    assert.equal(world.open(), 0);
    const withoutToken = given({ releases: ["v1.2.0"], github: null });
    const again = listener();
    await assert.rejects(resolveTelling(withoutToken, request(), again), { kind: "outside" });
    assert.deepEqual(
      again.notices.map((notice) => notice.kind === "not-asked" && notice.reason),
      ["GitHub shows acme/orders to nobody without a token; set GITHUB_TOKEN"],
    );
  });

  it("asks about a public repository without a token", async () => {
    const everybody = { github: null, publicRepositories: ["acme/orders"] };
    const { pins } = await outcome(given({ releases: ["v1.2.0"], ...everybody }));
    assert.deepEqual(pins, [`orders v1.2.0@${digestOf("0")}`]);
    // Of a private one nothing would be seen, and nothing is taken for published.
    const world = given({ releases: [], ...everybody, publicRepositories: ["acme/catalog"] });
    await assert.rejects(resolve(world), { kind: "outside" });
    assert.deepEqual(world.edits, []);
  });

  it("moves the others where one stays", async () => {
    const list = LIST + following("payments", 'range: "^1"');
    const world = given({
      list,
      pins: { testing: ["catalog: v1.0.0", "orders: v1.0.0", "payments: v1.0.0"] },
      channels: { "acme/orders": [release("v1.2.0")], "acme/payments": [release("v2.0.0")] },
      registries: { [image("v1.2.0")]: digestOf("a") },
    });
    assert.deepEqual(await outcome(world), {
      pins: [`orders v1.2.0@${digestOf("a")}`],
      findings: ["payments no-version"],
      isRefused: false,
    });
  });

  it("refuses a version that is other bytes in another registry of the environment", async () => {
    const files = shopFiles({ list: LIST, environments: PATH });
    const other = (files[FILE] ?? "").replace("ghcr.io/acme", "other.example/acme");
    const world = worldOf({
      files: { ...files, "Pulumi.testing-eu.yaml": `${other}  releases:environment: testing\n` },
      now: NOW,
      github: {},
      channels: { "acme/orders": [release("v1.2.0")] },
      registries: {
        [image("v1.2.0")]: digestOf("a"),
        "other.example/acme/orders:v1.2.0": digestOf("b"),
      },
    });
    await assert.rejects(resolve(world, { stack: undefined, environment: "testing" }), {
      kind: "outside",
      message:
        /^orders v1\.2\.0 is sha256:a+ in the registry of testing, and sha256:b+ in that of testing-eu/,
    });
    assert.deepEqual(world.edits, []);
  });
});

describe("resolve with a minimum age", () => {
  const environments = PATH.replace("testing: {", "testing: { minimumAge: 3d,");
  const at = (text: string) => ({ publishedAt: new Date(text) });

  it("takes the highest version that is old enough, and says what waits until when", async () => {
    const world = given({
      environments,
      releases: [
        release("v1.1.0", at("2026-11-18T12:00:00Z")),
        release("v1.2.0", at("2026-11-18T12:00:01Z")),
      ],
    });
    const { proposal, findings } = await resolve(world);
    assert.equal(proposal.edits[0]?.to, `v1.1.0@${digestOf("0")}`);
    assert.deepEqual(findings, [
      {
        ...{ stack: "testing", service: "orders", code: "too-young", isPending: true },
        message: "v1.2.0 is too young; 3d required (passes at 2026-11-21T12:00:01.000Z)",
      },
    ]);
  });

  const tagged = (more: Partial<WorldValues>, pushedAt?: Date) =>
    given({
      environments: environments.replace("production: {", "production: { unreleased: [orders],"),
      tags: { "ghcr.io/acme/orders": [{ name: "v1.2.0", ...(pushedAt && { pushedAt }) }] },
      registries: { [image("v1.2.0")]: digestOf("a") },
      ...more,
    });

  it("counts from the push, and else from the commit that pinned it first", async () => {
    const pushed = await outcome(tagged({ git: null }, new Date("2026-11-01T00:00:00Z")));
    assert.deepEqual(pushed.pins, [`orders v1.2.0@${digestOf("a")}`]);
    const history = (at: string, pinned = `v1.2.0@${digestOf("a")}`) => ({
      git: {
        histories: {
          testing: [],
          production: [],
          staging: [
            changeAt("2026-11-20T00:00:00Z", "staging", "orders", [
              "v1.1.0",
              `v1.2.0@${digestOf("a")}`,
            ]),
            changeAt("2026-11-19T00:00:00Z", "staging", "orders", ["v1.2.0", "v1.1.0"]),
            changeAt(at, "staging", "orders", [null, pinned]),
          ],
        },
      },
    });
    const old = await outcome(tagged(history("2026-11-01T00:00:00Z")));
    assert.deepEqual(old.pins, [`orders v1.2.0@${digestOf("a")}`]);
    const young = await outcome(tagged(history("2026-11-18T18:00:00Z")));
    assert.deepEqual([young.pins, young.findings], [[], ["orders too-young (pending)"]]);
    // The tag was moved since, or nobody knows which bytes were pinned.
    for (const pinned of [`v1.2.0@${digestOf("b")}`, "v1.2.0"]) {
      const moved = await outcome(tagged(history("2026-11-01T00:00:00Z", pinned)));
      assert.deepEqual([moved.pins, moved.findings], [[], ["orders unknown-age"]], pinned);
    }
    const nobody = await outcome(tagged({ git: null }));
    assert.deepEqual([nobody.pins, nobody.findings], [[], ["orders unknown-age"]]);
  });
});

describe("resolve of a branch", () => {
  const [A, B, C] = ["a", "b", "c"].map((digit) => digit.repeat(40)) as [string, string, string];
  const list = following("orders", "branch: feature-x");
  const pinned = (commit: string, digit: string) => ({
    testing: [`orders: ${commit}@${digestOf(digit)}`],
    staging: [],
    production: [],
  });
  const images = {
    [image(A)]: digestOf("1"),
    [image(B)]: digestOf("2"),
    [image(C)]: digestOf("3"),
  };
  const key = "acme/orders feature-x";

  const branch = (more: Given) =>
    given({ list, pins: pinned(A, "1"), registries: images, ...more });

  it("pins the commit of its head with the digest of its image", async () => {
    const world = branch({ heads: { [key]: B } });
    assert.deepEqual(await outcome(world), {
      pins: [`orders ${B}@${digestOf("2")}`],
      findings: [],
      isRefused: false,
    });
    assert.deepEqual((await outcome(world)).pins, []);
  });

  it("waits for an image that isn't pushed", async () => {
    const world = branch({ heads: { [key]: B }, registries: { [image(A)]: digestOf("1") } });
    assert.deepEqual(await outcome(world), {
      pins: [],
      findings: ["orders no-image (pending)"],
      isRefused: false,
    });
  });

  it("says what to do about a branch that was deleted, and resolves the others", async () => {
    const world = branch({
      list: list + following("catalog", 'range: "^1"'),
      heads: { [key]: null },
      channels: { "acme/catalog": [release("v1.1.0")] },
      pins: { ...pinned(A, "1"), testing: [...pinned(A, "1").testing, "catalog: v1.0.0"] },
      registries: { [image("v1.1.0", "catalog")]: digestOf("4") },
    });
    const { proposal, findings } = await resolve(world);
    assert.deepEqual(
      proposal.edits.map(({ to }) => to),
      [`v1.1.0@${digestOf("4")}`],
    );
    assert.deepEqual(findings, [
      {
        ...{ stack: "testing", service: "orders", code: "no-branch", isPending: false },
        message:
          "acme/orders has no branch feature-x; push it, or let the definition follow another one",
      },
    ]);
  });

  it("says which repository isn't to be seen", async () => {
    assert.deepEqual((await outcome(branch({ heads: {} }))).findings, ["orders no-repository"]);
  });

  const report = (before: string | undefined, after: string | undefined) => ({
    ...{ repository: "ACME/orders", branch: "feature-x" },
    ...(before !== undefined && { before }),
    ...(after !== undefined && { after }),
  });

  it("takes what a push reported while GitHub answers with an older commit", async () => {
    for (const answered of [A, B]) {
      const world = branch({ heads: { [key]: answered } });
      const { pins } = await outcome(world, { heads: [report(B, C), report(A, B)] });
      assert.deepEqual(pins, [`orders ${C}@${digestOf("3")}`], answered);
    }
    const older = branch({ heads: { [key]: A }, leads: { [`acme/orders ${A} ${C}`]: true } });
    const { pins } = await outcome(older, { heads: [report(B, C)] });
    assert.deepEqual(pins, [`orders ${C}@${digestOf("3")}`]);
  });

  it("takes GitHub's answer where that is newer than what was reported", async () => {
    const world = branch({ heads: { [key]: C }, leads: { [`acme/orders ${C} ${B}`]: false } });
    const { pins } = await outcome(world, { heads: [report(A, B)] });
    assert.deepEqual(pins, [`orders ${C}@${digestOf("3")}`]);
  });

  it("takes a report of another branch, or another repository, for nothing", async () => {
    const world = branch({ heads: { [key]: B } });
    const others = [
      report(B, "main; rm -rf /"),
      { ...report(B, C), branch: "feature-y" },
      { ...report(B, C), repository: "acme/catalog" },
    ];
    assert.deepEqual((await outcome(world, { heads: others })).pins, [
      `orders ${B}@${digestOf("2")}`,
    ]);
  });

  it("takes a branch for deleted that GitHub still shows", async () => {
    const world = branch({ heads: { [key]: B } });
    assert.deepEqual((await outcome(world, { heads: [report(B, undefined)] })).findings, [
      "orders no-branch",
    ]);
  });

  describe("of a template", () => {
    const address = (version: string): string =>
      `https://acme.s3.eu-west-1.amazonaws.com/orders/${version}/index.yaml`;
    const template = (more: Parameters<typeof branch>[0]) =>
      branch({
        list: "- { github: orders, provider: cloudformation, deploy: { branch: feature-x } }\n",
        pins: { testing: [`orders: ${A}`], staging: [], production: [] },
        heads: { [key]: B },
        more: {
          testing:
            '  aws:region: eu-west-1\n  releases:account: "111111111111"\n  releases:templates: { bucket: acme }\n',
        },
        registries: {},
        ...more,
      });

    it("is pinned to the commit, which has no image", async () => {
      const world = template({ objects: { [address(B)]: true } });
      assert.deepEqual((await outcome(world)).pins, [`orders ${B}`]);
    });

    it("waits until the bucket has it", async () => {
      const world = template({ objects: { [address(B)]: false } });
      const { pins, findings } = await outcome(world);
      assert.deepEqual([pins, findings], [[], ["orders no-template (pending)"]]);
    });

    it("is a finding where a release has none", async () => {
      const world = template({
        list: "- { github: orders, provider: cloudformation, deploy: { range: ^1.0.0 } }\n",
        pins: { testing: ["orders: v1.0.0"], staging: [], production: [] },
        channels: { "acme/orders": [release("v1.1.0")] },
        objects: { [address("v1.1.0")]: false },
      });
      const { pins, findings } = await outcome(world);
      assert.deepEqual([pins, findings], [[], ["orders no-template"]]);
    });
  });
});
