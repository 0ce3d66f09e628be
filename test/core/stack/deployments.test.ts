import assert from "node:assert/strict";
import {
  checkNames,
  deployments,
  inOrder,
  ownedServices,
  requirements,
  webhookTargets,
} from "../../../src/core/stack/deployments";
import { Findings } from "../../../src/core/input/findings";
import { formatIssue } from "../../../src/core/input/issue";
import type { Service } from "../../../src/core/list/service";
import type { Deployment, StackConfig } from "../../../src/core/stack/plan";
import { Commit, parsePin, type Pin } from "../../../src/core/version";
import {
  DEFAULT_CHART,
  deployment,
  DIGEST,
  service,
  stackConfig,
  template,
} from "../../support/model";

/** A place of which nothing is asked here. */
const FROM = {
  file: "Pulumi.testing.yaml",
  locate: (path: readonly (string | number)[]) => ({ line: path.length, column: 1 }),
  written: () => undefined,
  otherReadings: () => [],
};

function pins(texts: Record<string, string>): Map<string, Pin> {
  return new Map(
    Object.entries(texts).map(([name, text]) => {
      const pin = parsePin(text);
      if (typeof pin === "string") throw new Error(`${text}: ${pin}`);
      return [name, pin];
    }),
  );
}

function run(
  list: readonly Service[],
  config: Partial<StackConfig> = {},
): { deployments: Deployment[]; issues: string[] } {
  const findings = new Findings(FROM);
  const found = deployments(list, stackConfig(config), [DEFAULT_CHART], findings);
  return { deployments: found, issues: findings.issues.map(formatIssue) };
}

/** What a stack runs, in words; a finding fails the test. */
function running(list: readonly Service[], config: Partial<StackConfig> = {}): string[] {
  const found = run(list, config);
  assert.deepEqual(found.issues, []);
  return found.deployments.map(({ service: { name }, version: { text }, digest, chart, held }) => {
    const image = digest === undefined ? text : `${text}@${digest}`;
    const from = chart === undefined ? "no chart" : `${chart.name} ${chart.version}`;
    return `${name} ${image} by ${from}${held ? ", held" : ""}`;
  });
}

const ORDERS = service("orders");
const CATALOG = service("catalog", { team: "shop" });
const NETWORK = template("network");

describe("ownedServices", () => {
  const list = [CATALOG, NETWORK, ORDERS];

  it("is the whole list by default", () => {
    assert.deepEqual(ownedServices(list, stackConfig()), list);
  });

  it("is what a stack selects by name", () => {
    const select = { names: ["orders", "network"] };
    assert.deepEqual(ownedServices(list, stackConfig({ select })), [NETWORK, ORDERS]);
  });

  it("is what a stack selects by team", () => {
    assert.deepEqual(ownedServices(list, stackConfig({ select: { team: "shop" } })), [CATALOG]);
  });

  it("is what both choose, where both are given", () => {
    const select = { team: "shop", names: ["orders"] };
    assert.deepEqual(ownedServices(list, stackConfig({ select })), []);
  });

  it("doesn't depend on the environments of a service", () => {
    const elsewhere = service("a", { environments: ["production"] });
    assert.deepEqual(ownedServices([elsewhere], stackConfig()), [elsewhere]);
  });
});

describe("deployments", () => {
  it("runs the release of the definition where there is no pin", () => {
    assert.deepEqual(running([ORDERS]), ["orders v1.2.0 by ./charts/service/0.1.0 0.1.0"]);
  });

  it("runs the pin where there is one, digest included", () => {
    const versions = pins({ orders: `v1.1.9@${DIGEST}` });
    assert.deepEqual(running([ORDERS], { versions }), [
      `orders v1.1.9@${DIGEST} by ./charts/service/0.1.0 0.1.0`,
    ]);
  });

  it("runs a pinned commit as itself", () => {
    const commit = "8ccf84aa1a9106d57e472103cd0a8e2cee6c730d";
    const search = service("search", { deploy: { strategy: "branch", branch: "main" } });
    const found = run([search], { versions: pins({ search: `${commit}@${DIGEST}` }) });
    assert.ok(found.deployments[0]?.version instanceof Commit);
    assert.equal(found.deployments[0].version.text, commit);
  });

  it("takes a range's version from the pin alone", () => {
    const search = service("search", { deploy: { strategy: "range", range: "^1.2" } });
    assert.deepEqual(running([search], { versions: pins({ search: "v1.2.7" }) }), [
      "search v1.2.7 by ./charts/service/0.1.0 0.1.0",
    ]);
  });

  it("is sorted by name, by code unit", () => {
    const list = ["b", "B", "a-b", "a.b", "a", "a/b"].map((name) => service(name));
    const names = run(list).deployments.map((found) => found.service.name);
    assert.deepEqual(names, ["B", "a", "a-b", "a.b", "a/b", "b"]);
  });

  it("leaves out what doesn't belong to the environment", () => {
    const here = service("here", { environments: ["staging", "testing"] });
    const there = service("there", { environments: ["production"] });
    assert.deepEqual(running([here, there]), ["here v1.2.0 by ./charts/service/0.1.0 0.1.0"]);
  });

  it("asks for the environment, not for the stack", () => {
    const here = service("here", { environments: ["testing"] });
    const config = { stack: "testing-blue", environment: "testing" };
    assert.equal(run([here], config).deployments.length, 1);
    assert.equal(run([here], { stack: "testing", environment: "live" }).deployments.length, 0);
  });

  it("leaves out what another stack owns", () => {
    const found = run([CATALOG, ORDERS], { select: { team: "shop" } });
    assert.deepEqual(
      found.deployments.map((one) => one.service.name),
      ["catalog"],
    );
    assert.deepEqual(found.issues, []);
  });

  it("gives an infrastructure entry no chart", () => {
    assert.deepEqual(running([NETWORK]), ["network v1.2.0 by no chart"]);
    assert.equal("chart" in (run([NETWORK]).deployments[0] ?? {}), false);
  });

  it("holds what the config holds, at its pin", () => {
    const config = {
      versions: pins({ orders: "v1.1.9" }),
      holds: new Map([["orders", { reason: "slow" }]]),
    };
    assert.deepEqual(running([CATALOG, ORDERS], config), [
      "catalog v1.2.0 by ./charts/service/0.1.0 0.1.0",
      "orders v1.1.9 by ./charts/service/0.1.0 0.1.0, held",
    ]);
  });

  it("holds what is suspended, at its pin", () => {
    const suspended = service("orders", { deploy: { strategy: "suspend" } });
    assert.deepEqual(running([suspended], { versions: pins({ orders: "v1.1.9" }) }), [
      "orders v1.1.9 by ./charts/service/0.1.0 0.1.0, held",
    ]);
  });

  describe("charts", () => {
    const chart = {
      name: "oci://ghcr.io/acme/charts/orders",
      version: "1.4.0",
      digest: DIGEST,
    };
    const other = `sha256:${"f".repeat(64)}`;

    it("is the definition's, with its digest", () => {
      const { deployments: found } = run([service("orders", { chart })]);
      assert.deepEqual(found[0]?.chart, chart);
    });

    it("is the config's version of it, without the digest of another version", () => {
      const charts = new Map([["orders", { version: "1.5.0" }]]);
      const { deployments: found, issues } = run([service("orders", { chart })], { charts });
      assert.deepEqual(found[0]?.chart, { name: chart.name, version: "1.5.0" });
      assert.deepEqual(issues, []);
    });

    it("is the config's version of it, with the config's digest", () => {
      const charts = new Map([["orders", { version: "1.5.0", digest: other }]]);
      const { deployments: found } = run([service("orders", { chart })], { charts });
      assert.deepEqual(found[0]?.chart, { name: chart.name, version: "1.5.0", digest: other });
    });

    it("keeps the chart repository of a version of its own", () => {
      const repository = "https://charts.acme.example";
      const plain = service("orders", { chart: { name: "orders", version: "1.4.0", repository } });
      for (const pin of [{ version: "1.5.0" }, { version: "1.5.0", digest: other }]) {
        const { deployments: found, issues } = run([plain], { charts: new Map([["orders", pin]]) });
        assert.deepEqual(found[0]?.chart, { name: "orders", repository, ...pin });
        assert.deepEqual(issues, []);
      }
    });
  });

  it("leaves out what has no version, and says so once", () => {
    const search = service("search", { deploy: { strategy: "branch", branch: "main" } });
    const found = run([ORDERS, search]);
    assert.deepEqual(
      found.deployments.map((one) => one.service.name),
      ["orders"],
    );
    assert.deepEqual(found.issues, [
      `Pulumi.testing.yaml:2:1 missing-pin "search" follows a branch, so its version must be pinned, but testing has none; set versions.search to what runs there`,
    ]);
  });
});

describe("checkNames", () => {
  const elsewhere = service("elsewhere", { environments: ["production"] });

  function found(config: Partial<StackConfig>, complete = true): string[] {
    const findings = new Findings(FROM);
    checkNames([elsewhere, ORDERS], complete, stackConfig(config), findings);
    return findings.issues.map(formatIssue);
  }

  it("finds nothing where every name is one of the list and has an effect", () => {
    const config = {
      versions: pins({ orders: "v1" }),
      charts: new Map([["orders", { version: "1.5.0" }]]),
      holds: new Map([["orders", { reason: "slow" }]]),
      select: { names: ["orders"] },
    };
    assert.deepEqual(found(config), []);
  });

  it("finds every name that the list doesn't have, and what has no effect here", () => {
    const config = {
      versions: pins({ gone: "v1", elsewhere: "v1" }),
      charts: new Map([["gone", { version: "1.5.0" }]]),
      holds: new Map([["gone", { reason: "slow" }]]),
      select: { names: ["elsewhere", "gone", "orders"], team: "shop" },
    };
    assert.deepEqual(found(config), [
      `Pulumi.testing.yaml:2:1 unknown-service "versions.gone" names a service that isn't in the list; remove it, or add the service`,
      `Pulumi.testing.yaml:2:1 pin-without-effect warning: "versions.elsewhere" has no effect: testing doesn't run "elsewhere"`,
      `Pulumi.testing.yaml:2:1 unknown-service "charts.gone" names a service that isn't in the list; remove it, or add the service`,
      `Pulumi.testing.yaml:2:1 unknown-service "holds.gone" names a service that isn't in the list; remove it, or add the service`,
      `Pulumi.testing.yaml:3:1 unknown-service "select.names" has "gone", which isn't in the list; remove it`,
      `Pulumi.testing.yaml:2:1 unknown-service "select.team" is "shop", and no service of the list has that team`,
    ]);
  });

  it("calls no name unknown where a part of the list can't be read", () => {
    const config = {
      versions: pins({ gone: "v1" }),
      select: { names: ["gone", "orders"], team: "shop" },
    };
    assert.deepEqual(found(config, false), []);
  });
});

/** Running services by name, each with the names that it requires. */
function requiring(graph: Record<string, readonly string[]>): Deployment[] {
  return Object.entries(graph).map(([name, required]) =>
    deployment(service(name, { requires: new Map(required.map((other) => [other, "*"])) })),
  );
}

describe("inOrder", () => {
  const order = (graph: Record<string, readonly string[]>): string =>
    inOrder(requiring(graph))
      .map((found) => found.service.name)
      .join(" ");

  it("keeps the order where nothing is required", () => {
    assert.equal(order({ a: [], b: [], c: [] }), "a b c");
  });

  it("puts what is required before what requires it", () => {
    assert.equal(order({ a: ["c"], b: [], c: [] }), "c a b");
    assert.equal(order({ a: ["b"], b: ["c"], c: [] }), "c b a");
  });

  it("has each deployment once, however many require it", () => {
    assert.equal(order({ a: ["d"], b: ["d"], c: ["a", "b"], d: [] }), "d a b c");
  });

  it("leaves out what this stack doesn't run", () => {
    assert.equal(order({ a: ["elsewhere"], b: [] }), "a b");
  });

  it("orders a chain as long as a list may be", () => {
    const names = Array.from({ length: 20_000 }, (_, index) => `s${index}`);
    const graph = Object.fromEntries(names.map((name, at) => [name, names.slice(at + 1, at + 2)]));
    assert.equal(inOrder(requiring(graph))[0]?.service.name, "s19999");
  });
});

describe("requirements", () => {
  it("is the deployments of the same stack that one requires, in the order of its definition", () => {
    const [a, b, c] = requiring({ a: ["c", "elsewhere", "b"], b: [], c: [] });
    assert.ok(a && b && c);
    const byName = new Map([a, b, c].map((one) => [one.service.name, one]));
    assert.deepEqual(requirements(a, byName), [c, b]);
    assert.deepEqual(requirements(b, byName), []);
  });
});

describe("webhookTargets", () => {
  const running = [
    service("orders", { github: "shop" }),
    service("b"),
    service("c", { github: "shop" }),
  ];
  const targets = (config: Partial<StackConfig>): string[] =>
    webhookTargets(
      stackConfig(config),
      running.map((one) => deployment(one)),
    );
  const url = "https://hooks.acme.example";

  it("is each repository once, sorted", () => {
    const webhook = { url, scope: "repository" } as const;
    assert.deepEqual(targets({ webhook, githubOwner: "acme" }), ["b", "shop"]);
  });

  it("is the organization alone where the webhook is its own", () => {
    const webhook = { url, scope: "organization" } as const;
    assert.deepEqual(targets({ webhook, githubOwner: "acme" }), ["acme"]);
  });

  it("is nothing without a webhook or without an owner", () => {
    assert.deepEqual(targets({ githubOwner: "acme" }), []);
    assert.deepEqual(targets({ webhook: { url, scope: "repository" } }), []);
  });
});
