import assert from "node:assert/strict";
import { compareResources } from "../../../src/adapters/pulumi/compare";
import type { PlannedResource } from "../../../src/adapters/pulumi/resource";
import { TYPES } from "../../support/plans";

const OPTIONS = {
  protect: false,
  deleteBeforeReplace: false,
  retainOnDelete: false,
  dependsOn: [],
  ignoreChanges: [],
};
const PROVIDER = "urn:pulumi:testing::releases::pulumi:providers:kubernetes::kubernetes";

function resource(
  type: string,
  name: string,
  inputs: Record<string, unknown> = {},
  more: Partial<PlannedResource> = {},
): PlannedResource {
  const urn = `urn:pulumi:testing::releases::${type}::${name}`;
  return { type, name, urn, parent: null, provider: PROVIDER, options: OPTIONS, inputs, ...more };
}

const release = (inputs: Record<string, unknown>, options: Partial<typeof OPTIONS & object> = {}) =>
  resource(TYPES.release, "orders", inputs, { options: { ...OPTIONS, ...options } });

function changes(before: PlannedResource[], after: PlannedResource[]) {
  return compareResources(before, after).map(({ op, name, properties }) => ({
    op,
    name,
    properties: properties.map(({ path, from, to }) => [path, from, to]),
  }));
}

describe("compareResources", () => {
  it("finds nothing where nothing changed, whatever the order", () => {
    const both = [resource(TYPES.release, "a"), resource(TYPES.release, "b")];
    assert.deepEqual(changes(both, [...both].reverse()), []);
  });

  it("finds what comes and what goes, sorted", () => {
    assert.deepEqual(changes([resource(TYPES.release, "b")], [resource(TYPES.release, "a")]), [
      { op: "create", name: "a", properties: [] },
      { op: "delete", name: "b", properties: [] },
    ]);
  });

  it("finds each property that changes, by its path", () => {
    const before = { values: { image: { tag: "v1" }, list: [1, 2], "a.b": 1, gone: true } };
    const after = { values: { image: { tag: "v2" }, list: [1, 3, 4], "a.b": 2, come: null } };
    assert.deepEqual(changes([release(before)], [release(after)]), [
      {
        op: "update",
        name: "orders",
        properties: [
          ["values.image.tag", "v1", "v2"],
          ["values.list[1]", 2, 3],
          ["values.list[2]", undefined, 4],
          ['values["a.b"]', 1, 2],
          ["values.gone", true, undefined],
          ["values.come", undefined, null],
        ],
      },
    ]);
  });

  const replaced = [
    [TYPES.repository, "name"],
    [TYPES.repository, "encryptionConfigurations"],
    [TYPES.lifecyclePolicy, "repository"],
    [TYPES.release, "name"],
    [TYPES.release, "namespace"],
    [TYPES.template, "name"],
    [TYPES.webhook, "repository"],
  ] as const;
  for (const [type, input] of replaced) {
    it(`calls a change of ${input} a replacement of ${type}`, () => {
      const [before, after] = [
        resource(type, "x", { [input]: "a" }),
        resource(type, "x", { [input]: "b" }),
      ];
      assert.deepEqual(
        changes([before], [after]).map(({ op }) => op),
        ["replace"],
      );
    });
  }

  it("leaves out what the engine is told to ignore, and what is below it", () => {
    const before = {
      chart: "a",
      namespace: "a",
      values: { image: { tag: "v1", pullPolicy: "a" } },
    };
    const after = { chart: "b", namespace: "b", values: { image: { tag: "v2", pullPolicy: "b" } } };
    const ignoreChanges = ["chart", "namespace", 'values["image"]["pullPolicy"]'] as never[];
    assert.deepEqual(changes([release(before)], [release(after, { ignoreChanges })]), [
      { op: "update", name: "orders", properties: [["values.image.tag", "v1", "v2"]] },
    ]);
  });

  it("shows a protection that is lifted", () => {
    assert.deepEqual(changes([release({}, { protect: true })], [release({})]), [
      { op: "update", name: "orders", properties: [["(protect)", true, false]] },
    ]);
  });

  it("replaces all that another cluster's provider deployed", () => {
    const provider = (inputs: Record<string, unknown>) =>
      resource("pulumi:providers:kubernetes", "kubernetes", inputs, { provider: null });
    const [one, other] = [provider({ context: "a" }), provider({ context: "b" })];
    assert.deepEqual(
      changes([one, release({})], [other, release({})]).map(({ op, name }) => `${op} ${name}`),
      ["replace orders", "replace kubernetes"],
    );
    const named = (context: string, clusterIdentifier: string) =>
      provider({ context, clusterIdentifier });
    const ops = (before: PlannedResource, after: PlannedResource) =>
      changes([before, release({})], [after, release({})]).map(({ op, name }) => `${op} ${name}`);
    assert.deepEqual(ops(named("a", "x"), named("b", "x")), ["update kubernetes"]);
    assert.deepEqual(ops(named("a", "x"), named("a", "y")), [
      "replace orders",
      "replace kubernetes",
    ]);
  });

  it("leaves components out", () => {
    const component = (inputs: Record<string, unknown>) =>
      resource("releases:services:ServiceReleases", "services", inputs, { provider: null });
    assert.deepEqual(changes([component({ a: 1 })], [component({ a: 2 })]), []);
    assert.deepEqual(changes([component({})], []), []);
  });
});
