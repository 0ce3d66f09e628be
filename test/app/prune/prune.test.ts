import assert from "node:assert/strict";
import { prune, removePlanned, type PruneRequest } from "../../../src/app/prune/prune";
import { outsideError } from "../../../src/core/error";
import { goingOf, type StoredManifest } from "../../../src/core/prune";
import { digestOf } from "../../support/model";
import { definition, PLAIN_PATH, shopFiles } from "../../support/shop";
import {
  changeAt,
  errorOf,
  listener,
  worldOf,
  type GitValues,
  type WorldValues,
} from "../../support/world";

const DAY = 86_400_000;
const NOW = "2026-11-26T00:00:00Z";
const OLD = new Date("2026-01-01T00:00:00Z");
const REQUEST: PruneRequest = {
  services: [],
  minimumAge: 30 * DAY,
  depth: 1,
  takesUnknownAge: false,
};

let next = 0;

/** Returns an old image with tags. */
function image(...tags: string[]): StoredManifest {
  const digest = `sha256:${(++next).toString(16).padStart(64, "0")}`;
  return { digest, tags, bytes: 1000, pushedAt: OLD, children: [] };
}

const versions = (...texts: string[]): StoredManifest[] => texts.map((text) => image(text));

const NEVER: NonNullable<GitValues["histories"]> = { testing: [], staging: [], production: [] };

/** A shop whose orders are in one registry, of these manifests. */
function shopOf(stored: readonly StoredManifest[], { git, ...more }: Partial<WorldValues> = {}) {
  return worldOf({
    files: shopFiles({ list: definition("orders"), pins: PINS }),
    git: git === null ? null : { histories: NEVER, ...git },
    stored: { "ghcr.io/acme/orders": stored },
    github: null,
    now: NOW,
    ...more,
  });
}

const PINS = {
  testing: ["orders: v1.3.0"],
  staging: ["orders: v1.2.0"],
  production: ["orders: v1.1.0"],
};

async function goingIn(world: ReturnType<typeof worldOf>, request: Partial<PruneRequest> = {}) {
  const { repositories } = await prune(world, { ...REQUEST, ...request }, listener());
  return repositories.flatMap(({ name, plan }) =>
    goingOf(plan).map(({ tags, digest }) => `${name} ${tags.join(" ") || digest}`),
  );
}

const ran = (
  environment: string,
  at: string,
  pins: readonly [string | null, string | null],
): ReturnType<typeof changeAt> => changeAt(`2026-${at}T00:00:00Z`, environment, "orders", pins);

/** A path of which testing takes tags that move. */
const WITH_CHANNELS = PLAIN_PATH.replace("commit]", "commit, tag]");

describe("prune", () => {
  it("keeps what stacks pin, and the release of the definition", async () => {
    const world = shopOf(versions("v0.9.0", "v1.0.0", "v1.1.0", "v1.2.0", "v1.3.0", "v1.4.0"));
    assert.deepEqual(await goingIn(world), [
      "ghcr.io/acme/orders v0.9.0",
      "ghcr.io/acme/orders v1.4.0",
    ]);
    assert.equal(world.open(), 0);
  });

  it("keeps a pinned digest whose tag has moved on, and the tag", async () => {
    const [before, after] = [image(), image("v1.3.0-daily")];
    const files = shopFiles({
      list: definition("orders"),
      environments: WITH_CHANNELS,
      pins: { ...PINS, testing: [`orders: v1.3.0-daily@${before.digest}`] },
    });
    const world = shopOf([before, after, image("v1.2.0-daily")], { files });
    assert.deepEqual(await goingIn(world), ["ghcr.io/acme/orders v1.2.0-daily"]);
  });

  it("keeps as many versions as asked for that each stack ran before, and those of late", async () => {
    const production = [
      ran("production", "11-25", ["v0.7.0", "v1.1.0"]),
      ran("production", "11-01", ["v0.6.0", "v0.7.0"]),
      ran("production", "08-03", ["v0.5.0", "v0.6.0"]),
      // Back and forth: both are one step away.
      ran("production", "08-02", ["v0.4.0", "v0.5.0"]),
      ran("production", "08-01", [null, "v0.4.0"]),
    ];
    const world = shopOf(versions("v0.4.0", "v0.5.0", "v0.6.0", "v0.7.0"), {
      git: { histories: { ...NEVER, production } },
    });
    const name = "ghcr.io/acme/orders";
    // v0.6.0 ended on the first of November.
    assert.deepEqual(await goingIn(world), [`${name} v0.4.0`, `${name} v0.5.0`]);
    assert.deepEqual(await goingIn(world, { depth: 3 }), [`${name} v0.4.0`]);
    const short = { depth: 0, minimumAge: DAY / 24 };
    assert.deepEqual(await goingIn(world, short), [
      `${name} v0.4.0`,
      `${name} v0.5.0`,
      `${name} v0.6.0`,
      `${name} v0.7.0`,
    ]);
  });

  it("keeps what a stack ran before it was taken away", async () => {
    const removed = [
      ran("testing", "02-01", ["v0.5.0", null]),
      ran("testing", "01-01", [null, "v0.5.0"]),
    ].map((entry) => ({ ...entry, stack: "testing-us" }));
    const git = { histories: { ...NEVER, testing: removed } };
    assert.deepEqual(await goingIn(shopOf(versions("v0.5.0"), { git })), []);
  });

  it("keeps what is pinned at any ref of environments.yaml, at HEAD and at origin", async () => {
    const list = definition("orders");
    const environments = PLAIN_PATH.replace(/from: staging, /, "from: staging, ref: live, ");
    const treeOf = (pin: string) =>
      shopFiles({ list, environments, pins: { ...PINS, testing: [`orders: ${pin}`] } });
    const git: GitValues = {
      branches: {
        live: "a1",
        HEAD: "b2",
        "refs/remotes/origin/live": "c3",
      },
      commits: { a1: treeOf("v0.1.0"), b2: treeOf("v0.2.0"), c3: treeOf("v0.3.0") },
    };
    const world = shopOf(versions("v0.1.0", "v0.2.0", "v0.3.0", "v0.4.0"), {
      files: treeOf("v1.3.0"),
      git,
    });
    assert.deepEqual(await goingIn(world), ["ghcr.io/acme/orders v0.4.0"]);
  });

  it("keeps what GitHub says is deployed, where the ref has moved on since", async () => {
    // More versions than stay, all of them older than the age: pushed at once, or never approved.
    const production = [
      ran("production", "09-03", ["v0.9.0", "v1.1.0"]),
      ran("production", "09-02", ["v0.8.0", "v0.9.0"]),
      ran("production", "09-01", ["v0.7.0", "v0.8.0"]),
      ran("production", "08-01", [null, "v0.7.0"]),
    ];
    const then = { ...PINS, production: ["orders: v0.7.0"] };
    const given: Partial<WorldValues> = {
      git: {
        histories: { ...NEVER, production },
        page: "https://github.com/acme/releases",
        commits: { d1: shopFiles({ list: definition("orders"), pins: then }) },
      },
      github: {},
      channels: { "acme/orders": [] },
    };
    const stored = versions("v0.7.0", "v0.8.0", "v0.9.0");
    const gone = (...tags: string[]): string[] => tags.map((tag) => `ghcr.io/acme/orders ${tag}`);
    const deployed = { "acme/releases production production": "d1" };
    assert.deepEqual(await goingIn(shopOf(stored, given)), gone("v0.7.0", "v0.8.0"));
    const world = shopOf(stored, { ...given, deployed });
    assert.deepEqual(await goingIn(world), gone("v0.8.0"));
    const { repositories } = await prune(world, REQUEST, listener());
    assert.deepEqual(
      repositories.flatMap(({ plan }) => plan.staying.map(({ reason }) => reason)),
      ["pinned in production (deployed in production)", "ran in production until 2026-09-03"],
    );
    // Nobody knows without a token.
    assert.deepEqual(
      await goingIn(shopOf(stored, { ...given, deployed, github: null })),
      gone("v0.7.0", "v0.8.0"),
    );
  });

  it("knows aliases, prefixes, replicas, shared registries, and other spellings of tags", async () => {
    const registry = (more: string): string =>
      `config:
  pulumi:disable-default-providers: ["*"]
  aws:region: eu-west-1
  releases:account: "111111111111"
  releases:cluster: { context: one }
  releases:github: { owner: acme }
  releases:registry: { ${more} }
`;
    const files = {
      "service/shop.yaml": definition("orders", `, aliases: [o], tags: { image: "{version}" }`),
      "environments.yaml": PLAIN_PATH,
      "Pulumi.testing.yaml": registry(
        `role: source, prefix: shop/, replicas: [{ account: "222222222222", region: us-east-1 }]`,
      ),
      "Pulumi.staging.yaml": registry("role: shared, owner: testing").replaceAll("one", "two"),
    };
    const names = ["orders", "o"].flatMap((docker) => [
      `111111111111.dkr.ecr.eu-west-1.amazonaws.com/shop/${docker}`,
      `222222222222.dkr.ecr.us-east-1.amazonaws.com/shop/${docker}`,
    ]);
    const stored = Object.fromEntries(
      names.map((name) => [name, versions("1.0.0", "0.9.0", "v1.0.0")]),
    );
    const world = shopOf([], { files, stored });
    assert.deepEqual(
      await goingIn(world),
      names.sort().map((name) => `${name} 0.9.0`),
    );
  });

  it("keeps a version by every spelling that its repository has, and where it once was", async () => {
    const list =
      definition("orders") + definition("basket").replace("docker: basket", "docker: carts");
    const parts = {
      production: [
        {
          ...ran("production", "11-25", [null, null]),
          service: "orders",
          part: "image" as const,
          from: "ghcr.io/acme/carts",
          to: "ghcr.io/acme/orders",
        },
      ],
    };
    const files = shopFiles({ list, pins: { ...PINS, production: ["orders: v1.1.0"] } });
    const world = shopOf([], {
      files,
      git: { histories: NEVER, parts },
      stored: { "ghcr.io/acme/carts": versions("v1.1.0", "v0.8.0") },
    });
    assert.deepEqual(await goingIn(world), ["ghcr.io/acme/carts v0.8.0"]);
  });

  it("knows charts of registries that stacks have, and leaves those of others alone", async () => {
    const chart = (name: string, version: string): string =>
      `, chart: { name: "oci://${name}", version: ${version} }`;
    const list =
      definition("orders", chart("ghcr.io/acme/charts/web", "1.4.0+b1")) +
      definition("mailer", chart("ghcr.io/acme/charts/web", "1.3.0")) +
      definition("proxy", chart("quay.example/others/proxy", "9.0.0"));
    const world = shopOf([], {
      files: shopFiles({ list, pins: { testing: [], staging: [], production: [] } }),
      stored: { "ghcr.io/acme/charts/web": versions("1.4.0_b1", "1.3.0", "1.2.0", "web") },
    });
    const result = await prune(world, REQUEST, listener());
    assert.deepEqual(
      result.repositories.flatMap(({ plan }) => goingOf(plan).map(({ tags }) => tags)),
      [["1.2.0"]],
    );
    assert.deepEqual(result.others, ["quay.example/others/proxy"]);
    assert.deepEqual(result.missing, [
      "ghcr.io/acme/mailer",
      "ghcr.io/acme/orders",
      "ghcr.io/acme/proxy",
    ]);
  });

  it("keeps what values of a chart name for other containers", async () => {
    const unnamed = image();
    const values = `, values: { migrate: { image: "ghcr.io/acme/orders:v0.5.0" }, jobs: [{ tag: v0.6.0 }, "x@${unnamed.digest}"] }`;
    const world = shopOf([unnamed, ...versions("v0.4.0", "v0.5.0", "v0.6.0")], {
      files: shopFiles({ list: definition("orders", values), pins: PINS }),
    });
    assert.deepEqual(await goingIn(world), ["ghcr.io/acme/orders v0.4.0"]);
  });

  it("keeps what previews run: images by tag and digest, charts, and what values name", async () => {
    const [tagged, moved] = ["a", "b"].map((hex) => hex.repeat(40)) as [string, string];
    const [untagged, old] = [image(), image()];
    const open = [
      { number: 12, branch: "feature-x", commit: tagged, digest: image(tagged).digest },
      { number: 13, branch: "feature-y", commit: moved, digest: untagged.digest },
    ].map(
      ({ number, branch, commit, digest }) =>
        `{ service: orders, pullRequest: ${number}, branch: ${branch}, commit: "${commit}", digest: "${digest}", until: "2026-12-03T09:00:00Z" }`,
    );
    const chart = "oci://ghcr.io/acme/charts/web";
    const files = shopFiles({
      list: `- { github: orders, docker: orders, deploy: { preview: true }, chart: { name: "${chart}", version: 1.0.0 } }\n`,
      environments: PLAIN_PATH.replace("commit]", "commit, preview]"),
      pins: { testing: [], staging: [], production: [] },
      more: {
        testing: `  releases:charts: { orders: 1.2.0 }
  releases:previews:
    domain: acme.example
    values: { orders: { host: "{host}", init: "ghcr.io/acme/orders:v0.5.0" } }
    open: [${open.join(", ")}]
`,
      },
    });
    const world = shopOf([], {
      files,
      stored: {
        "ghcr.io/acme/orders": [
          image(tagged),
          image("c".repeat(40)),
          untagged,
          old,
          ...versions("v0.4.0", "v0.5.0"),
        ],
        "ghcr.io/acme/charts/web": versions("1.0.0", "1.1.0", "1.2.0"),
      },
    });
    assert.deepEqual((await goingIn(world)).sort(), [
      "ghcr.io/acme/charts/web 1.1.0",
      `ghcr.io/acme/orders ${"c".repeat(40)}`,
      `ghcr.io/acme/orders ${old.digest}`,
      "ghcr.io/acme/orders v0.4.0",
    ]);
  });

  it("asks about the repositories of the services that are named, and refuses others", async () => {
    const files = shopFiles({ pins: { ...PINS } });
    const stored = {
      "ghcr.io/acme/orders": versions("v0.1.0"),
      "ghcr.io/acme/catalog": versions("v0.1.0"),
    };
    const world = shopOf([], { files, stored });
    assert.deepEqual(await goingIn(world, { services: ["catalog"] }), [
      "ghcr.io/acme/catalog v0.1.0",
    ]);
    await assert.rejects(
      goingIn(world, { services: ["order"] }),
      errorOf("usage", 'unknown service "order"; did you mean "orders"?'),
    );
  });

  const refused: readonly [
    what: string,
    values: Partial<WorldValues>,
    kind: string,
    text: RegExp,
  ][] = [
    [
      "a stack config that can't be read",
      { files: { ...shopFiles(), "Pulumi.staging.yaml": "config: [" } },
      "findings",
      /finding/,
    ],
    [
      "a pin that is none",
      { files: shopFiles({ pins: { ...PINS, staging: ["orders: newest"] } }) },
      "findings",
      /1 finding/,
    ],
    [
      "a list that can't be read",
      { files: { ...shopFiles(), "service/more.yaml": "- {" } },
      "findings",
      /finding/,
    ],
    ["a shallow clone", { git: { isShallow: true } }, "outside", /git fetch --unshallow/],
    [
      "a commit that GitHub says is deployed, and that isn't here",
      {
        git: { page: "https://github.com/acme/releases" },
        github: {},
        deployed: { "acme/releases staging staging": "d1" },
      },
      "outside",
      /staging runs d1 by GitHub's record, .*; fetch it with git fetch origin d1$/,
    ],
    ["a folder outside of git", { git: null }, "outside", /not in a git repository/],
    [
      "a ref that isn't here",
      {
        files: shopFiles({
          environments: PLAIN_PATH.replace("testing: {", "testing: { ref: main,"),
        }),
        git: { branches: { main: null } },
      },
      "outside",
      /the ref "main" of testing isn't here, .*; fetch it with git fetch --tags origin/,
    ],
    [
      "a stack config at a ref that can't be read",
      {
        files: shopFiles({
          environments: PLAIN_PATH.replace("testing: {", "testing: { ref: main,"),
        }),
        git: {
          branches: { main: "a1" },
          commits: { a1: { ...shopFiles(), "Pulumi.production.yaml": "config: [" } },
        },
      },
      "findings",
      /finding/,
    ],
  ];
  for (const [what, values, kind, text] of refused) {
    it(`refuses everything for ${what}`, async () => {
      const world = shopOf(versions("v0.1.0"), values);
      await assert.rejects(goingIn(world), (cause: { kind?: string; message?: string }) => {
        assert.equal(cause.kind, kind);
        assert.match(cause.message ?? "", text);
        return true;
      });
    });
  }
});

describe("prune, where a registry lists what has a tag alone", () => {
  const plain = (...tags: string[]): StoredManifest => {
    const { pushedAt: _never, ...manifest } = image(...tags);
    return manifest;
  };
  const parts = (...all: StoredManifest[]) => ({ children: all.map(({ digest }) => digest) });
  const ofIndexes = (...all: StoredManifest[]) => ({
    ...parts(...all),
    indexes: parts(...all).children,
  });
  const planned = (stored: readonly StoredManifest[], testing = "orders: v1.3.0") =>
    goingIn(
      shopOf(stored, {
        files: shopFiles({
          list: definition("orders"),
          environments: WITH_CHANNELS,
          pins: { ...PINS, testing: [testing] },
        }),
        listsTagged: true,
      }),
      { takesUnknownAge: true },
    );
  const named = (...manifests: StoredManifest[]) =>
    manifests.map(({ tags, digest }) => `ghcr.io/acme/orders ${tags.join(" ") || digest}`);

  it("takes the parts of what goes", async () => {
    const part = plain();
    const old = { ...plain("v0.1.0"), ...parts(part) };
    assert.deepEqual(await planned([old, part]), named(old, part));
  });

  it("keeps the parts of a pinned digest that lost its tag, which an older image shares", async () => {
    const [shared, own] = [plain(), plain()];
    const runs = { ...plain(), ...parts(shared) };
    const old = { ...plain("v0.1.0"), ...parts(shared, own) };
    const pinned = `orders: v1.3.0-daily@${runs.digest}`;
    assert.deepEqual(await planned([old, runs, shared, own], pinned), named(old, own));
  });

  it("keeps the parts of an index within one that runs, however deep", async () => {
    const [shared, own] = [plain(), plain()];
    const deepest = { ...plain(), ...parts(shared) };
    const inner = { ...plain(), ...ofIndexes(deepest) };
    const runs = { ...plain("v1.3.0"), ...ofIndexes(inner) };
    const old = { ...plain("v0.1.0"), ...parts(shared, own) };
    assert.deepEqual(await planned([old, runs, inner, deepest, shared, own]), named(old, own));
  });
});

describe("removePlanned", () => {
  const planOf = (world: ReturnType<typeof worldOf>) => prune(world, REQUEST, listener());

  it("deletes what goes, and nothing else", async () => {
    const stays = versions("v1.3.0", "v1.2.0", "v1.1.0", "v1.0.0", "blessed");
    const goes = versions("v0.1.0", "v0.2.0");
    const world = shopOf([...goes, ...stays]);
    const { deleted, stopped } = await removePlanned(world, await planOf(world), listener());
    assert.deepEqual(
      deleted.map(({ manifest }) => manifest),
      goes,
    );
    assert.equal(stopped, undefined);
    assert.deepEqual(world.stored.get("ghcr.io/acme/orders"), stays);
    assert.equal(world.open(), 0);
  });

  it("removes outdated releases of mutable channels on GitHub, and none that a stack runs", async () => {
    const release = (id: number, tag: string) => {
      return { id, tag, publishedAt: OLD, isPrerelease: false, files: [], bytes: 1 };
    };
    const pinned = `orders: v1.3.0-daily@${digestOf("a")}`;
    const world = shopOf([], {
      files: shopFiles({
        list: definition("orders"),
        environments: WITH_CHANNELS,
        pins: { ...PINS, testing: [pinned] },
      }),
      github: {},
      channels: {
        "acme/orders": [
          release(1, "v1.2.0-daily"),
          release(2, "v1.3.0-daily"),
          release(3, "v1.2.0"),
        ],
      },
    });
    const plan = await planOf(world);
    assert.deepEqual(plan.releases, [{ name: "acme/orders", going: [release(1, "v1.2.0-daily")] }]);
    assert.deepEqual(await removePlanned(world, plan, listener()), {
      deleted: [],
      removed: [{ repository: "acme/orders", tag: "v1.2.0-daily" }],
      unsupported: [],
    });
    assert.equal((await planOf(shopOf([]))).releases, undefined);
  });

  const surprises: readonly [
    what: string,
    change: (manifest: StoredManifest) => StoredManifest[],
  ][] = [
    ["another tag", (manifest) => [{ ...manifest, tags: ["v0.1.0", "v0.1"] }]],
    ["a tag that has moved", (manifest) => [{ ...manifest, tags: [] }, image("v0.1.0")]],
    ["an image that is gone", () => []],
    [
      "an index of it that is new",
      (manifest) => [
        manifest,
        { ...image("v9.0.0"), pushedAt: new Date(NOW), children: [manifest.digest] },
      ],
    ],
  ];
  for (const [what, change] of surprises) {
    it(`deletes nothing for ${what}`, async () => {
      const [first, second] = [image("v0.1.0"), image("v0.2.0")];
      const world = shopOf([first, second]);
      const plan = await planOf(world);
      const changed = [...change(first), second];
      world.stored.set("ghcr.io/acme/orders", changed);
      assert.deepEqual(await removePlanned(world, plan, listener()), {
        deleted: [],
        removed: [],
        unsupported: [],
        stopped: "ghcr.io/acme/orders: v0.1.0 has changed since it was planned; run prune again",
      });
      assert.deepEqual(world.stored.get("ghcr.io/acme/orders"), changed);
    });
  }

  it("stops where the registry refuses, and tells what was deleted before", async () => {
    const [first, second, third] = [image("v0.1.0"), image("v0.2.0"), image("v0.3.0")];
    const world = shopOf([first, second, third], {
      beforeDelete: ({ digest }) => {
        if (digest === second.digest) throw outsideError("denied");
      },
    });
    assert.deepEqual(await removePlanned(world, await planOf(world), listener()), {
      deleted: [{ repository: "ghcr.io/acme/orders", manifest: first }],
      removed: [],
      unsupported: [],
      stopped: "denied",
    });
    assert.deepEqual(world.stored.get("ghcr.io/acme/orders"), [second, third]);
  });

  it("goes on with what was pushed in the meantime, which stays", async () => {
    const [first, pushed] = [image("v0.1.0"), { ...image("v1.4.0"), pushedAt: new Date(NOW) }];
    const world = shopOf([first]);
    const plan = await planOf(world);
    world.stored.set("ghcr.io/acme/orders", [first, pushed]);
    const { stopped } = await removePlanned(world, plan, listener());
    assert.equal(stopped, undefined);
    assert.deepEqual(world.stored.get("ghcr.io/acme/orders"), [pushed]);
  });

  it("keeps digests that differ in their last digit apart", async () => {
    const [one, other] = [digestOf("a"), `${digestOf("a").slice(0, -1)}b`];
    const files = shopFiles({
      list: definition("orders"),
      pins: { ...PINS, testing: [`orders: v0.1.0@${one}`] },
    });
    const manifests = [one, other].map((digest) => ({ ...image(), digest }));
    assert.deepEqual(await goingIn(shopOf(manifests, { files })), [`ghcr.io/acme/orders ${other}`]);
  });

  describe("of one stack", () => {
    const ecr = (account: string, region = "eu-west-1") =>
      `${account.repeat(12)}.dkr.ecr.${region}.amazonaws.com/shop/orders`;
    const stack = (account: string, registry: string) => `config:
  aws:region: eu-west-1
  pulumi:disable-default-providers: ["*"]
  releases:account: "${account.repeat(12)}"
  releases:github: { owner: acme }
  releases:registry: ${registry}
  releases:versions: { orders: v1.3.0 }
`;
    const at = (account: string, region: string) =>
      `{ account: "${account.repeat(12)}", region: ${region} }`;
    const replicas = [at("1", "us-east-1"), at("3", "eu-west-1")].join(", ");
    const shared = "{ role: shared, owner: testing }";
    const files = {
      ...shopFiles({ list: definition("orders") }),
      "Pulumi.testing.yaml": stack("1", `{ role: source, prefix: shop/, replicas: [${replicas}] }`),
      "Pulumi.staging.yaml": stack("1", shared),
      "Pulumi.production.yaml": stack(
        "3",
        `{ role: replica, prefix: shop/, source: ${at("1", "eu-west-1")} }`,
      ),
    };
    const world = (more: Partial<WorldValues> = {}) =>
      shopOf([], {
        files,
        stored: Object.fromEntries(
          [ecr("1"), ecr("1", "us-east-1"), ecr("3")].map((name) => [name, [image("v0.1.0")]]),
        ),
        ...more,
      });

    it("is the registry that it declares, its replicas in the account, and no other", async () => {
      const all = [ecr("1"), ecr("1", "us-east-1"), ecr("3")];
      for (const [name, repositories] of [
        [undefined, all],
        ["testing", all.slice(0, 2)],
        ["staging", []],
        ["production", [ecr("3")]],
      ] as const) {
        assert.deepEqual(
          await goingIn(world(), { stack: name }),
          repositories.map((repository) => `${repository} v0.1.0`),
        );
      }
    });

    it("leaves the releases on GitHub out, which belong to no registry", async () => {
      const { releases } = await prune(world(), { ...REQUEST, stack: "testing" }, listener());
      assert.deepEqual(releases, []);
    });

    it("has to be there", async () => {
      await assert.rejects(
        prune(world(), { ...REQUEST, stack: "prod" }, listener()),
        errorOf("usage", 'unknown stack "prod"; known are testing, staging, production'),
      );
    });
  });
});
