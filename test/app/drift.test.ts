import assert from "node:assert/strict";
import { drift, driftOf } from "../../src/app/drift";
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

function there(name: string, state: Record<string, unknown>, found?: Record<string, unknown>) {
  return { urn: urn(name), type: RELEASE, state, found };
}

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
    const state = { ...inputs, status: "deployed", timeout: 300, secret: "[secret]" };
    assert.deepEqual(
      rows(
        [planned("a", { ...inputs, timeout: 60, secret: "other" }, ["timeout"])],
        [there("a", state, state)],
      ),
      [],
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
          return Promise.resolve([{ urn, type, state: inputs, found: live }]);
        },
      },
    });

  it("compares what a stack declares with its state and the live resources", async () => {
    assert.deepEqual(await drift(worldWith("v1.1.0", "v1.1.0"), "staging", listener()), []);
    const { type, urn } = helmRelease("staging", "orders", "v1.1.0");
    assert.deepEqual(await drift(worldWith("v1.0.0", "v0.9.0"), "staging", listener()), [
      {
        ...{ type, name: "orders", urn, property: "values.image" },
        ...{ list: "v1.1.0", state: "v1.0.0", refresh: "v0.9.0" },
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
      stderr: "releases: --stack is required\nTry releases --help\n",
    });
    const { code, stderr } = await releases(folder, "drift", "x", "--stack", "testing");
    assert.equal(code, 2);
    assert.match(stderr, /^releases: too many arguments for 'drift'/);
  });
});
