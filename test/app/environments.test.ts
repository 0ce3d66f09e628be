import assert from "node:assert/strict";
import { Ref } from "../../src/core/ref";
import { runningIn } from "../../src/app/environment-state";
import { EnvironmentReader } from "../../src/app/environments";
import { formatPin } from "../../src/core/version";
import { PLAIN_PATH, shopFiles } from "../support/shop";
import {
  changeAt,
  errorOf,
  listener,
  pinOf,
  worldOf,
  type GitValues,
  type Texts,
} from "../support/world";

const PATH = PLAIN_PATH.replace("staging: {", "staging: { ref: main,");
const NOW_PINNED = shopFiles({ environments: PATH, pins: { staging: ["orders: v1.1.0"] } });

function read(git: GitValues | null = {}, files: Texts = NOW_PINNED) {
  const report = listener();
  const world = worldOf({ files, git });
  const reader = new EnvironmentReader(world, report);
  return { reader, report, environment: reader.named("staging") };
}

/** Returns the pin that an environment runs of orders, as declared. */
function declaredPin({ reader, environment }: ReturnType<typeof read>): string | undefined {
  const running = runningIn(reader.declared(environment).plans, "staging").get("orders");
  return running && formatPin(running);
}

describe("EnvironmentReader", () => {
  it("reads an environment at its ref, and the others in the working tree", () => {
    const files = shopFiles({ pins: { testing: ["orders: v3.0.0"], staging: ["orders: v1.0.0"] } });
    const found = read({ branches: { main: "c1" }, commits: { c1: files } });
    assert.equal(declaredPin(found), "v1.0.0");
    const { ref } = found.reader.declared(found.environment);
    assert.deepEqual(ref, { ref: Ref.branch("main"), commit: "c1" });
    const testing = found.reader.declared(found.reader.named("testing"));
    assert.equal(testing.ref, undefined);
    assert.equal(runningIn(testing.plans, "testing").get("orders")?.version.text, "v1.0.0");
  });

  it("takes the highest tag of a pattern", () => {
    const files = { ...NOW_PINNED, "environments.yaml": PATH.replace("ref: main", 'ref: "v*"') };
    const old = shopFiles({ pins: { staging: ["orders: v0.1.0"] } });
    const git = { tags: { "v*": { "v1.0.0": "c1", "v1.1.0": "c2" } }, commits: { c2: old } };
    assert.equal(declaredPin(read(git, files)), "v0.1.0");
  });

  it("takes the working tree where the ref doesn't exist, and tells it once", () => {
    const found = read({ branches: { main: null } });
    assert.equal(declaredPin(found), "v1.1.0");
    assert.equal(declaredPin(found), "v1.1.0");
    assert.deepEqual(found.report.notices, [
      { kind: "missing-ref", environment: "staging", ref: "main" },
    ]);
  });

  it("tells where the working tree pins other versions", () => {
    const tell = (files: Texts) => {
      const { reader, report, environment } = read({
        branches: { main: "c1" },
        commits: { c1: files },
      });
      reader.tellDifferences(reader.declared(environment));
      return report.notices;
    };
    const changes = [{ service: "orders", from: "v1.0.0", to: "v1.1.0" }];
    assert.deepEqual(tell(shopFiles()), [
      { kind: "tree-differs", environment: "staging", ref: "main", changes },
    ]);
    assert.deepEqual(tell(NOW_PINNED), []);
  });

  it("takes a stack's name for its environment", () => {
    const text = (NOW_PINNED["Pulumi.staging.yaml"] ?? "") + "  releases:environment: staging\n";
    const { "Pulumi.staging.yaml": _, ...files } = NOW_PINNED;
    const { reader } = read(null, { ...files, "Pulumi.eu.yaml": text });
    assert.equal(reader.named("eu").name, "staging");
    assert.throws(
      () => reader.named("us"),
      errorOf("usage", 'unknown environment "us"; known are testing, staging, production'),
    );
  });

  it("has an environment for each stack where there is no promotion path", () => {
    const { "environments.yaml": _, ...files } = shopFiles();
    const { reader } = read(null, files);
    assert.deepEqual([...reader.environments.keys()], ["production", "staging", "testing"]);
    assert.deepEqual(reader.named("testing").from, []);
  });

  it("is stopped by errors of the list and the path, and not by those of a stack", () => {
    const broken = { ...NOW_PINNED, "Pulumi.testing.yaml": "config: [" };
    assert.deepEqual(
      [...read(null, broken).reader.current.stacks.keys()],
      ["staging", "production"],
    );
    const list = { ...NOW_PINNED, "service/more.yaml": "- { github: x }\n" };
    assert.throws(() => read(null, list), errorOf("findings", "1 finding"));
  });
});

describe("EnvironmentReader, in the past", () => {
  const entries = [
    changeAt("2026-11-03T00:00:00Z", "staging", "orders", ["v1.2.0", "v1.1.0"]),
    changeAt("2026-11-02T00:00:00Z", "staging", "orders", ["v1.1.0", "v1.2.0"]),
    changeAt("2026-11-01T00:00:00Z", "staging", "catalog", [null, "v1.0.0"]),
  ];
  const before = [changeAt("2026-10-01T00:00:00Z", "staging", "orders", [null, "v1.1.0"])];
  const git = { histories: { staging: entries }, before: { staging: before } };
  const at = (stack: string) => ({ environment: stack, stack });

  it("knows what ran of a service, newest first", () => {
    const { reader, environment } = read(git);
    const pins = (name: string) =>
      reader.changesOf(environment, name).map(({ to }) => to && formatPin(to));
    assert.deepEqual(pins("orders"), ["v1.1.0", "v1.2.0", "v1.1.0"]);
    assert.deepEqual(pins("basket"), []);
  });

  it("knows since when a pin runs, or that it doesn't", () => {
    const { reader, environment } = read(git);
    const since = reader.runningSince([environment]);
    assert.deepEqual(
      since(at("staging"), "orders", pinOf("v1.1.0")),
      new Date("2026-11-03T00:00:00Z"),
    );
    assert.equal(since(at("staging"), "orders", pinOf("v1.2.0")), undefined);
    assert.equal(since(at("testing"), "orders", pinOf("v1.1.0")), undefined);
    const outside = read(null);
    const never = outside.reader.runningSince([outside.environment]);
    assert.equal(never(at("staging"), "orders", pinOf("v1.1.0")), undefined);
  });

  it("tells a shallow clone once, and takes its beginning for the first time", () => {
    const { reader, report, environment } = read({
      histories: { staging: [], testing: [] },
      before: { staging: before, testing: before },
    });
    const since = reader.runningSince([environment]);
    assert.deepEqual(
      since(at("staging"), "orders", pinOf("v1.1.0")),
      new Date("2026-10-01T00:00:00Z"),
    );
    reader.history([environment, reader.named("testing")]);
    assert.deepEqual(report.notices, [{ kind: "shallow-clone" }]);
  });
});
