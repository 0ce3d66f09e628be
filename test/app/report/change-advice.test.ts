import assert from "node:assert/strict";
import { adviceOn } from "../../../src/app/report/change-advice";
import type { ManifestChange } from "../../../src/app/report/manifests";
import { compareResources, type ResourceChange } from "../../../src/adapters/pulumi/compare";
import type { PlannedResource } from "../../../src/adapters/pulumi/resource";
import { helmRelease } from "../../support/world";

/** Returns a release of a Helm release's name and namespace. */
function release(name: string, inputs: object, options: object = {}): PlannedResource {
  const planned = helmRelease("production", name, "v1.0.0");
  return {
    ...planned,
    inputs: { ...planned.inputs, ...inputs },
    options: { ...planned.options, ...options },
  };
}

function template(name: string, stackName: string): PlannedResource {
  const type = "aws:cloudformation/stack:Stack";
  const urn = `urn:pulumi:production::releases::${type}::${name}`;
  return { ...helmRelease("production", name, "v1.0.0"), type, urn, inputs: { name: stackName } };
}

function advice(
  before: readonly PlannedResource[],
  after: readonly PlannedResource[],
  manifests: readonly ManifestChange[] = [],
  changes: readonly ResourceChange[] = compareResources(before, after),
): string[] {
  return adviceOn({ stack: "production", changes, before, after, manifests });
}

const PROTECTED = { protect: true };
const URN = "urn:pulumi:production::releases::kubernetes:helm.sh/v3:Release::Shop";

describe("adviceOn", () => {
  it("is nothing for a bump", () => {
    const [old, now] = ["v1", "v2"].map((tag) => release("shop", { values: { image: { tag } } }));
    assert.ok(old && now);
    assert.deepEqual(advice([old], [now]), []);
  });

  it("renames in the state what another name deploys as the same Helm release", () => {
    const old = release("Shop", { name: "shop" }, PROTECTED);
    const now = release("shop", { name: "shop" }, PROTECTED);
    assert.deepEqual(advice([old], [now]), [
      `Shop becomes shop and stays the Helm release default/shop: run pulumi state rename '${URN}' shop ` +
        "--stack production before up; to import it would end with its removal",
    ]);
    const elsewhere = release("shop", { name: "shop", namespace: "other" });
    assert.deepEqual(advice([release("Shop", { name: "shop" })], [elsewhere]), []);
  });

  it("renames in the state what another name deploys as the same CloudFormation stack", () => {
    const [line, ...others] = advice([template("a.b", "a-b")], [template("a_b", "a-b")]);
    assert.match(
      line ?? "",
      /^a\.b becomes a_b and stays the CloudFormation stack a-b: run pulumi /,
    );
    assert.deepEqual(others, []);
  });

  it("names the command for what is protected, such as a move of a namespace", () => {
    const old = release("Shop", { namespace: "default" }, PROTECTED);
    const now = release("Shop", { namespace: "edge" }, PROTECTED);
    assert.deepEqual(advice([old], [now]), [
      `Shop is protected: up doesn't replace it before pulumi state unprotect '${URN}' --stack production`,
    ]);
    assert.deepEqual(advice([old], []), [
      `Shop is protected: up doesn't delete it before pulumi state unprotect '${URN}' --stack production`,
    ]);
    assert.deepEqual(advice([release("Shop", {})], []), []);
  });

  it("asks for a new version of a chart whose files change, once", () => {
    const releases = ["a", "b"].map((name) => release(name, {}));
    const files = { path: "(chart files)", from: "1", to: "2" };
    const changes = (...more: ResourceChange["properties"]): ResourceChange[] =>
      releases.map(({ type, name, urn }) => ({
        ...{ op: "update", type, name, urn },
        properties: [files, ...more],
      }));
    assert.deepEqual(advice(releases, releases, [], changes()), [
      "files of ./charts/service/0.1.0 0.1.0 change and its version doesn't: give it a new one in Chart.yaml",
    ]);
    const version = { path: "version", from: "0.0.9", to: "0.1.0" };
    assert.deepEqual(advice(releases, releases, [], changes(version)), []);
  });

  it("says of a digest that its chart ignores it, or that nobody checked", () => {
    const manifest = { name: "shop", diff: "", problem: null, isRefused: false };
    assert.deepEqual(advice([], [], [manifest, { ...manifest, digest: "used" }]), []);
    assert.deepEqual(advice([], [], [{ ...manifest, digest: "unused" }]), [
      "shop: its chart doesn't render the pinned digest, so what runs is the tag's image",
    ]);
    assert.deepEqual(advice([], [], [{ ...manifest, digest: "not checked" }]), [
      "shop: whether its chart uses the pinned digest isn't checked: Helm isn't installed",
    ]);
    const failed = { ...manifest, digest: "not checked", problem: "no chart" } as const;
    assert.deepEqual(advice([], [], [failed]), [
      "shop: whether its chart uses the pinned digest isn't checked: its manifests aren't rendered",
    ]);
  });
});
