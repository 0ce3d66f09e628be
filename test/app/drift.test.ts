import assert from "node:assert/strict";
import { driftOf } from "../../src/app/drift";
import { releases } from "../support/cli";
import { folderOf } from "../support/folder";

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
