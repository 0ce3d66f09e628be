import assert from "node:assert/strict";
import type { Environment } from "../../../src/core/environments";
import { differences, pinAfter, type Runs } from "../../../src/core/promotion/moves";
import type { Chart, Service } from "../../../src/core/list/service";
import { chartText } from "../../../src/core/part-texts";
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

function runsOf(running: Map<string, Deployment>): Runs {
  const config = { stack: "production", select: {} } as StackConfig;
  const deployments = [...running.values()];
  return { config, deployments, list: deployments.map(({ service }) => service) };
}

function moves(upstream: Map<string, Deployment>, target: Map<string, Deployment>): string[] {
  return differences(upstream, runsOf(target), accepting("release")).map(
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

  it("takes the definition of the environment, where upstream has another one of the name", () => {
    const upstream = running({ a: "v1.1.0" }, { environments: ["testing"], namespace: "lab" });
    const own = service("a", { environments: ["production"], namespace: "shop" });
    const target = { ...runsOf(new Map()), list: [own] };
    const found = differences(upstream, target, accepting("release"));
    assert.deepEqual(
      found.map(({ service, pin }) => [service.namespace, formatPin(pin)]),
      [["shop", "v1.1.0"]],
    );
  });

  it("has the chart upstream where a pin of its version brings it", () => {
    const oci = { name: "oci://ghcr.io/acme/charts/a", version: "1.4.0" };
    const folder = { name: "./charts/a", version: "1.4.0" };
    const newest = { name: "./charts/service/1.1.0", version: "1.1.0", isPinned: false };
    const pinned = { name: "./charts/service/1.0.0", version: "1.0.0", isPinned: true };
    const charts = [undefined, oci, { ...oci, version: "1.5.0" }, folder, newest, pinned] as const;
    const carried = (upstream: Chart | undefined, target: Chart | undefined, own?: Chart) => {
      const of = (chart: Chart | undefined) =>
        new Map([["a", deployment(service("a", own && { chart: own }), chart && { chart })]]);
      const now = target === undefined ? new Map<string, Deployment>() : of(target);
      return differences(of(upstream), runsOf(now), accepting("release"))[0]?.chart;
    };
    const found = charts.flatMap((from) =>
      charts.flatMap((to) => {
        const chart = carried(from, to);
        if (chart !== undefined) assert.equal(chart, from);
        return chart === undefined ? [] : [`${chartText(from)} to ${to && chartText(to)}`];
      }),
    );
    const name = oci.name;
    assert.deepEqual(found, [
      `${name} 1.4.0 to ${name} 1.5.0`,
      `${name} 1.5.0 to ${name} 1.4.0`,
      "default 1.0.0 to undefined",
      "default 1.0.0 to default",
    ]);
    assert.equal(carried(charts[2], undefined, oci), charts[2]);
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
