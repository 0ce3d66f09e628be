import assert from "node:assert/strict";
import type { Environment } from "../../../src/core/environments";
import { differences, pinAfter } from "../../../src/core/promotion/moves";
import type { Service } from "../../../src/core/list/service";
import type { Deployment, StackConfig } from "../../../src/core/stack/plan";
import { Commit, formatPin, parsePin, type Pin } from "../../../src/core/version";
import { deployment, service, template, digestOf } from "../../support/model";

const A = digestOf("a");
const B = digestOf("b");

function pin(text: string): Pin {
  const parsed = parsePin(text);
  assert.ok(typeof parsed === "object");
  return parsed;
}

const accepting = (...accepts: Environment["accepts"]): Environment => ({
  name: "production",
  from: [],
  rejected: {},
  accepts,
});

function running(
  pins: Record<string, string>,
  more: Partial<Service> = {},
): Map<string, Deployment> {
  return new Map(
    Object.entries(pins).map(([name, text]) => [name, deployment(service(name, more), pin(text))]),
  );
}

function moves(upstream: Map<string, Deployment>, target: Map<string, Deployment>): string[] {
  const config = { stack: "production", select: {} } as StackConfig;
  const runs = { config, deployments: [...target.values()] };
  return differences(upstream, runs, accepting("release")).map(
    ({ service, current, pin }) =>
      `${service.name} ${current === undefined ? "-" : formatPin(current)} ${formatPin(pin)}`,
  );
}

describe("pinAfter", () => {
  it("makes a release of a pre-release where only releases are accepted, and keeps the bytes", () => {
    const releases = accepting("release");
    const after = (text: string, environment = releases, of = service("a")) =>
      formatPin(pinAfter(of, pin(text), environment));
    assert.equal(after(`v1.1.3-rc.2@${A}`), `v1.1.3@${A}`);
    assert.equal(after("v0.9-beta"), "v0.9");
    assert.equal(after("v1.1.3"), "v1.1.3");
    assert.equal(after("v1.12.2-ce60d74"), "v1.12.2-ce60d74");
    assert.equal(after("v1.1.3-rc.2", accepting("release", "prerelease")), "v1.1.3-rc.2");
    assert.equal(after("v1.1.3-rc.2", accepting("commit")), "v1.1.3-rc.2");
    assert.equal(after("v1.1.3-rc.2", releases, template("network")), "v1.1.3-rc.2");
    const commit = { version: new Commit("c".repeat(40)), digest: A };
    assert.deepEqual(pinAfter(service("a"), commit, releases), commit);
  });
});

describe("differences", () => {
  it("is what runs upstream otherwise, or alone", () => {
    assert.deepEqual(
      moves(
        running({ a: "v1.0.0", b: "v1.1.0", c: "v1.0.0" }),
        running({ a: "v1.0.0", b: "v1.0.0", d: "v1.0.0" }),
      ),
      ["b v1.0.0 v1.1.0", "c - v1.0.0"],
    );
  });

  it("is a digest that differs, and none that only one side knows", () => {
    assert.deepEqual(moves(running({ a: `v1.0.0@${A}` }), running({ a: "v1.0.0" })), []);
    assert.deepEqual(moves(running({ a: "v1.0.0" }), running({ a: `v1.0.0@${A}` })), []);
    assert.deepEqual(moves(running({ a: `v1.0.0@${A}` }), running({ a: `v1.0.0@${B}` })), [
      `a v1.0.0@${B} v1.0.0@${A}`,
    ]);
  });

  it("is no candidate whose release runs already", () => {
    const upstream = running({ a: `v1.1.3-rc.2@${A}` });
    assert.deepEqual(moves(upstream, running({ a: `v1.1.3@${A}` })), []);
  });

  it("leaves out what doesn't belong to the environment", () => {
    assert.deepEqual(moves(running({ a: "v1.0.0" }, { environments: ["testing"] }), new Map()), []);
  });

  it("has each service after those that it requires", () => {
    const upstream = new Map(
      [
        deployment(service("a", { requires: new Map([["c", "*"]]) })),
        deployment(service("b")),
        deployment(service("c")),
      ].map((each) => [each.service.name, each]),
    );
    assert.deepEqual(moves(upstream, new Map()), ["c - v1.2.0", "a - v1.2.0", "b - v1.2.0"]);
  });
});
