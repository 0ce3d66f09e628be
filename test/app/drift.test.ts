import assert from "node:assert/strict";
import { drift, driftOf } from "../../src/app/drift";
import { formatDrift } from "../../src/format/drift";
import { releases } from "../support/cli";
import { folderOf } from "../support/folder";
import { definition, shopFiles } from "../support/shop";
import { errorOf, HELM_RELEASES, helmRelease, listener, worldOf } from "../support/world";

const RELEASE = "kubernetes:helm.sh/v3:Release";
const urn = (name: string): string => `urn:pulumi:staging::releases::a$${RELEASE}::${name}`;

function planned(name: string, inputs: Record<string, unknown>, ignoreChanges: string[] = []) {
  const options = {
    protect: false,
    deleteBeforeReplace: false,
    dependsOn: [],
    ignoreChanges,
    retainOnDelete: false,
  };
  return { type: RELEASE, name, urn: urn(name), inputs, options };
}

/** A release whose outputs are what Helm has of it, and whose inputs are the state's own. */
function there(
  name: string,
  state: Record<string, unknown>,
  found?: Record<string, unknown>,
  { changed = [], inputs = state }: { changed?: string[]; inputs?: Record<string, unknown> } = {},
) {
  const seen = (outputs: Record<string, unknown>) => ({
    inputs,
    outputs: { ...outputs, status: { ...STATUS, ...(outputs["status"] as object) } },
  });
  return {
    ...{ urn: urn(name), type: RELEASE, state: seen(state), changed },
    found: found && seen(found),
  };
}

const STATUS = { name: "a", namespace: "shop", status: "deployed", revision: 1 };

function rows(...found: Parameters<typeof driftOf>): unknown[][] {
  return driftOf(...found).map(({ name, property, list, state, refresh }) => [
    name,
    property,
    list,
    state,
    refresh,
  ]);
}

describe("driftOf", () => {
  const inputs = { version: "1.0.0", values: { image: { tag: "v1" } } };
  const values = (tag: string, more: object = {}) => ({
    ...inputs,
    values: { image: { tag }, ...more },
  });

  it("is nothing where all three agree", () => {
    assert.deepEqual(rows([planned("a", inputs)], [there("a", inputs, inputs)]), []);
  });

  it("is a property on which one of them doesn't, with what each says", () => {
    const state = { version: "1.0.0", values: { image: { tag: "v0" } } };
    const found = { version: "9.9.9", values: { image: { tag: "v0" } } };
    assert.deepEqual(rows([planned("a", inputs)], [there("a", state, found)]), [
      ["a", "values.image.tag", "v1", "v0", "v0"],
      ["a", "version", "1.0.0", "1.0.0", "9.9.9"],
    ]);
  });

  it("is a resource that one of them doesn't have", () => {
    assert.deepEqual(
      rows(
        [planned("gone", inputs), planned("new", inputs)],
        [there("gone", inputs), there("old", inputs, inputs)],
      ),
      [
        ["gone", "", "present", "present", "missing"],
        ["new", "", "present", "missing", "missing"],
        ["old", "", "missing", "present", "present"],
      ],
    );
  });

  it("isn't what a provider added, what is ignored, or what is secret", () => {
    const state = { ...inputs, timeout: 300, lint: false, secret: "[secret]" };
    const type = "aws:ecr/repository:Repository";
    const listed = { ...inputs, timeout: 60, secret: "other" };
    const seen = { inputs: state, outputs: {} };
    for (const of of [RELEASE, type]) {
      const { secret: _, ...others } = listed;
      const declared = planned("a", of === RELEASE ? others : listed, ["timeout"]);
      const found = { urn: urn("a"), type: of, state: seen, found: seen, changed: [] };
      assert.deepEqual(rows([{ ...declared, type: of }], [found]), []);
    }
  });

  it("is never what the SDK sends and the provider drops", () => {
    const sent = planned("a", { ...inputs, compat: "true" });
    assert.deepEqual(rows([sent], [there("a", inputs, inputs)]), []);
  });

  it("is what helm upgrade --set changed, though the inputs are the state's own", () => {
    const found = values("v9", { extra: 1 });
    const more = { inputs: values("v1"), changed: ["values.image.tag"] };
    assert.deepEqual(rows([planned("a", inputs)], [there("a", inputs, found, more)]), [
      ["a", "values.extra", undefined, undefined, 1],
      ["a", "values.image.tag", "v1", "v1", "v9"],
    ]);
  });

  it("is what an override that left the list still sets", () => {
    const set = values("v1", { replicaCount: 3 });
    assert.deepEqual(rows([planned("a", inputs)], [there("a", set, set)]), [
      ["a", "values.replicaCount", undefined, 3, 3],
    ]);
  });

  it("is an upgrade that failed, the right way round: the list's and the state's new, Helm's old", () => {
    const state = { ...values("v1"), status: { status: "failed", revision: 2 } };
    const found = { ...values("v0"), status: { revision: 3 } };
    const failed = there("a", state, found, { inputs: values("v0") });
    assert.deepEqual(rows([planned("a", inputs)], [failed]), [
      ["a", "status.status", "deployed", "failed", "deployed"],
      ["a", "values.image.tag", "v1", "v1", "v0"],
    ]);
    assert.match(String(driftOf([planned("a", inputs)], [failed])[0]?.remedy), /tries it again/);
  });

  for (const [status, remedy] of [
    [
      "pending-upgrade",
      /^Helm was killed at it: helm rollback to the revision that helm history a /,
    ],
    ["pending-rollback", /^Helm was killed at it: helm rollback/],
    ["pending-install", /helm uninstall a --namespace shop --kube-context acme, then/],
    ["failed", /^its last operation failed: pulumi up with a fix/],
    ["uninstalling", /^see helm history a --namespace shop --kube-context acme$/],
  ] as const) {
    it(`says what to do about a release that is ${status}`, () => {
      const cluster = {
        ...planned("kubernetes", { context: "acme" }),
        type: "pulumi:providers:kubernetes",
      };
      const release = there("a", inputs, { ...inputs, status: { status, revision: 2 } });
      const [found, ...others] = driftOf([cluster, planned("a", inputs)], [release]);
      assert.deepEqual(others, []);
      assert.deepEqual(
        [found?.property, found?.list, found?.state, found?.refresh],
        ["status.status", "deployed", "deployed", status],
      );
      assert.match(String(found?.remedy), remedy);
    });
  }

  it("is a revision of somebody else that changed nothing else", () => {
    const found = { ...inputs, status: { revision: 3 } };
    assert.deepEqual(rows([planned("a", inputs)], [there("a", inputs, found)]), [
      ["a", "status.revision", undefined, 1, 3],
    ]);
  });

  it("is what Helm has of a held release, though the list may say something else", () => {
    const held = planned("a", values("v1", { replicaCount: 9 }), ["values.replicaCount"]);
    const state = values("v1", { replicaCount: 2 });
    assert.deepEqual(rows([held], [there("a", state, state)]), []);
    const found = values("v1", { replicaCount: 5 });
    assert.deepEqual(rows([held], [there("a", state, found)]), [
      ["a", "values.replicaCount", 2, 2, 5],
    ]);
  });

  it("is a secret that the engine finds changed, such as the address of a webhook", () => {
    const type = "github:index/repositoryWebhook:RepositoryWebhook";
    const configuration = { url: "[secret]", secret: "[secret]" };
    const seen = { inputs: { configuration }, outputs: {} };
    const hook = {
      ...planned("a", { configuration: { ...configuration, url: "https://a" } }),
      type,
    };
    const found = { urn: urn("a"), type, state: seen, found: seen, changed: [] };
    assert.deepEqual(rows([hook], [found]), []);
    const changed = driftOf([hook], [{ ...found, changed: ["configuration.url"] }]);
    assert.match(
      formatDrift("staging", changed),
      / a +configuration\.url +https:\/\/a +\[secret\] +\[secret\], another one/,
    );
  });

  it("leaves out components and providers", () => {
    const component = { ...planned("services", {}), type: "releases:services:ServiceReleases" };
    assert.deepEqual(rows([component], []), []);
  });
});

describe("drift", () => {
  const files = shopFiles({ list: definition("orders"), pins: { staging: ["orders: v1.1.0"] } });
  const asked: string[] = [];

  /** A world in which the state of staging has orders at a pin, and its provider finds another one. */
  const worldWith = (state: string, found: string) =>
    worldOf({
      files,
      engine: {
        ...HELM_RELEASES,
        previewRefresh: (stack) => {
          asked.push(stack);
          const { urn, type, inputs } = helmRelease(stack, "orders", state);
          const live = helmRelease(stack, "orders", found).inputs;
          const seen = (outputs: typeof inputs) => ({ inputs, outputs });
          return Promise.resolve([
            { urn, type, state: seen(inputs), found: seen(live), changed: [] },
          ]);
        },
      },
    });

  it("compares what a stack declares with its state and the live resources", async () => {
    assert.deepEqual(await drift(worldWith("v1.1.0", "v1.1.0"), "staging", listener()), []);
    const { type, urn } = helmRelease("staging", "orders", "v1.1.0");
    assert.deepEqual(await drift(worldWith("v1.0.0", "v0.9.0"), "staging", listener()), [
      {
        ...{ type, name: "orders", urn, property: "values.image" },
        ...{ list: "v1.1.0", state: "v1.0.0", refresh: "v0.9.0", remedy: null },
      },
    ]);
    assert.deepEqual(asked, ["staging", "staging"]);
  });

  it("asks nothing about a stack that isn't there", async () => {
    await assert.rejects(
      drift(worldOf({ files }), "stagin", listener()),
      errorOf("usage", 'unknown stack "stagin"; did you mean "staging"?'),
    );
  });
});

describe("releases drift", () => {
  it("needs one stack and nothing else", async () => {
    const folder = folderOf({});
    assert.deepEqual(await releases(folder, "drift"), {
      code: 2,
      stdout: "",
      stderr: "releases: --stack or --environment is required\nTry releases --help\n",
    });
    const { code, stderr } = await releases(folder, "drift", "x", "--stack", "testing");
    assert.equal(code, 2);
    assert.match(stderr, /^releases: too many arguments for 'drift'/);
  });
});
