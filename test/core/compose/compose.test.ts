import assert from "node:assert/strict";
import {
  compositionOf,
  withRequired,
  type Composed,
  type Composition,
} from "../../../src/core/compose/compose";
import type { Service } from "../../../src/core/list/service";
import { Version } from "../../../src/core/version";
import { DEFAULT_CHART, deployment, digestOf, service, template } from "../../support/model";

const OWN = {
  port: 8080,
  service: { enabled: true },
  probes: { readiness: { enabled: true, periodSeconds: 5 } },
  env: {},
};

function composed(one: Service, more: Partial<Composed["deployment"]> = {}): Composed {
  return {
    deployment: deployment(one, { chart: DEFAULT_CHART, ...more }),
    prefix: "ghcr.io/acme/",
  };
}

const requiring = (...names: string[]): Partial<Service> => ({
  requires: new Map(names.map((name) => [name, "*"])),
});

function composition(...running: Composed[]): Composition {
  const ports = new Map(
    running.map(({ deployment }, index) => [deployment.service.name, 12_000 + index]),
  );
  return compositionOf(running, { chartValues: () => OWN, ports });
}

const left = ({ left: found }: Composition): string[] =>
  found.map(({ service: name, reason }) => `${name}: ${reason}`);

describe("compositionOf", () => {
  it("pins the image by digest, and by its tag alone without", () => {
    const digest = digestOf("a");
    const { services } = composition(
      composed(service("orders"), { digest, version: Version.of("v1.2.3") }),
      composed(service("catalog", { tags: { github: "v{version}", image: "{version}" } })),
    );
    assert.deepEqual(
      [...services].map(([name, { image }]) => [name, image]),
      [
        ["catalog", "ghcr.io/acme/catalog:1.2.0"],
        ["orders", `ghcr.io/acme/orders:v1.2.3@${digest}`],
      ],
    );
  });

  it("takes command, arguments, environment and port of the values, over the chart's own", () => {
    const values = {
      port: 9090,
      command: ["/bin/app"],
      args: ["--user=$(USER_NAME)", "--price=5$", "$$(USER_NAME)"],
      env: {
        USER_NAME: "ada",
        LIMIT: 5,
        DEBUG: false,
        GREETING: "hi $(USER_NAME), $(ZONE)",
        ZONE: "x",
      },
      probes: { readiness: { enabled: false } },
    };
    const { services, variables } = composition(composed(service("orders", { values })));
    assert.deepEqual(services.get("orders"), {
      image: "ghcr.io/acme/orders:v1.2.0",
      entrypoint: ["/bin/app"],
      command: ["--user=ada", "--price=5$$", "$$(USER_NAME)"],
      environment: {
        DEBUG: "false",
        // USER_NAME and ZONE come after it, and Kubernetes knows neither of them yet.
        GREETING: "hi $$(USER_NAME), $$(ZONE)",
        LIMIT: "5",
        USER_NAME: "ada",
        ZONE: "x",
      },
      ports: ["127.0.0.1:12000:9090"],
    });
    assert.deepEqual(variables, []);
  });

  it("leaves every secret to a variable", () => {
    const token = `ghp_${"a1B2c3D4e5F6".repeat(3)}`;
    const values = {
      args: ["--token", token],
      env: {
        PASSWORD: { valueFrom: { secretKeyRef: { name: "database", key: "password" } } },
        REGION: { valueFrom: { configMapKeyRef: { name: "cloud", key: "region" } } },
        POD: { valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
        TOKEN: token,
        URL: "postgres://$(PASSWORD)@db",
      },
      envFrom: [{ secretRef: { name: "all" } }],
      volumes: [{ name: "data" }],
    };
    const found = composition(composed(service("orders", { values })));
    const { environment, command } = found.services.get("orders") ?? {};
    assert.deepEqual(environment, {
      PASSWORD: "${ORDERS_PASSWORD}",
      REGION: "${ORDERS_REGION}",
      TOKEN: "${ORDERS_TOKEN}",
      URL: "postgres://${ORDERS_PASSWORD}@db",
    });
    assert.deepEqual(command, ["--token", "${ORDERS_ARGS_1}"]);
    assert.deepEqual(
      found.variables.map(({ name, source }) => `${name}: ${source}`),
      [
        "ORDERS_ARGS_1: args_1, part 2 of args",
        "ORDERS_PASSWORD: PASSWORD, key password of the secret database",
        "ORDERS_REGION: REGION, key region of the config map cloud",
        "ORDERS_TOKEN: TOKEN, a secret in its values",
      ],
    );
    assert.deepEqual(left(found), [
      "orders: POD is left out, whose value Kubernetes alone knows",
      "orders: the envFrom of its values is left out",
      "orders: the volumes of its values is left out",
    ]);
    assert.ok(!JSON.stringify([...found.services]).includes(token));
  });

  it("waits for the health of what is required, or for its start where none is checked", () => {
    const off = { probes: { readiness: { enabled: false } } };
    const { services } = composition(
      composed(service("orders", requiring("catalog", "ledger", "gone"))),
      composed(service("catalog")),
      composed(service("ledger", { values: off })),
    );
    assert.deepEqual(services.get("orders")?.depends_on, {
      catalog: { condition: "service_healthy" },
      ledger: { condition: "service_started" },
    });
  });

  it("starts what is required with the teams of those that require it", () => {
    const { services, profiles } = composition(
      composed(service("web", { team: "front end", ...requiring("orders") })),
      composed(service("orders", { team: "shop", ...requiring("ledger") })),
      composed(service("ledger", { team: "money" })),
      composed(service("cron", requiring("mailer"))),
      composed(service("mailer", { team: "mail", ...requiring("smtp") })),
      composed(service("smtp", { team: "mail" })),
      composed(service("stats", { team: "mail" })),
    );
    assert.deepEqual(
      [...services].map(([name, one]) => [name, one.profiles]),
      [
        ["cron", undefined],
        ["ledger", ["front-end", "money", "shop"]],
        ["mailer", undefined],
        ["orders", ["front-end", "shop"]],
        ["smtp", undefined],
        ["stats", ["mail"]],
        ["web", ["front-end"]],
      ],
    );
    assert.deepEqual(profiles, ["front-end", "mail", "money", "shop"]);
  });

  it("says what Compose doesn't run, and what has its image alone", () => {
    const { docker: _docker, ...files } = service("files", { assets: ["a.tar.gz"] });
    const own = { name: "oci://ghcr.io/acme/charts/own", version: "1.0.0" };
    const { chart: _chart, ...bare } = composed(service("bare")).deployment;
    const found = composition(
      composed(template("network")),
      composed(files),
      composed(service("own", { values: { port: 1, env: { A: "b" } } }), { chart: own }),
      { deployment: bare, prefix: "" },
      composed(service("a.b")),
      composed(service("a-b")),
    );
    assert.deepEqual([...found.services.keys()], ["a-b", "bare", "own"]);
    assert.deepEqual(found.services.get("own"), { image: "ghcr.io/acme/own:v1.2.0" });
    assert.deepEqual(left(found), [
      "a-b: a.b has its name in Compose, so it is left out",
      "bare: its stack has no cluster, so it gets its image alone",
      "files: it is a release of files, so it is left out",
      "network: CloudFormation deploys it, so it is left out",
      "own: it has the chart oci://ghcr.io/acme/charts/own, so it gets its image alone",
    ]);
  });

  it("publishes no port of what isn't served", () => {
    const { services } = composition(
      composed(service("worker", { values: { service: { enabled: false } } })),
    );
    assert.equal(services.get("worker")?.ports, undefined);
  });
});

describe("withRequired", () => {
  it("takes what is required by what is required, and nothing else", () => {
    const all = [
      composed(service("web", requiring("orders", "elsewhere"))),
      composed(service("orders", requiring("ledger"))),
      composed(service("ledger")),
      composed(service("mailer")),
    ];
    assert.deepEqual(
      withRequired(all, ["web"]).map(({ deployment }) => deployment.service.name),
      ["ledger", "orders", "web"],
    );
  });
});
