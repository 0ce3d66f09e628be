import assert from "node:assert/strict";
import { copyName, previewHash, previewHost } from "../../../src/core/stack/previews";
import { planOf, theOne, ofType, TYPES } from "../../support/plans";
import { text } from "../../support/text";

const COMMIT = "3f9c0ffee13f9c0ffee13f9c0ffee13f9c0ffee1";
const DIGEST = `sha256:${"a".repeat(64)}`;

const open = (service: string, branch: string, pullRequest = 12): string =>
  `      - { service: ${service}, pullRequest: ${pullRequest}, branch: "${branch}", commit: "${COMMIT}", digest: "${DIGEST}", until: "2026-12-03T09:00:00Z" }\n`;

const LIST = text`
  - github: orders
    docker: orders
    deploy: { release: v1.2.0, preview: true }
    namespace: shop
    requires: { catalog: "*" }
    values:
      replicaCount: 3
      env: { LOG_LEVEL: info }
      ingress: { enabled: true, hosts: [{ host: orders.acme.example }], tls: [{ secretName: orders }] }
      serviceAccount: { name: orders }
  - github: catalog
    docker: catalog
    deploy: { release: v2.3.4 }
  - github: web
    docker: web
    deploy: { preview: true }
    chart: { name: "oci://ghcr.io/acme/charts/web", version: 1.4.0 }
`;

/** Returns a repository with previews in testing. */
const files = (entries: string, list = LIST) => ({
  "service/shop.yaml": list,
  "environments.yaml": text`
    environments:
      testing: { accepts: [release, preview] }
      production: { from: testing, accepts: [release] }
  `,
  "Pulumi.testing.yaml": `${text`
    config:
      pulumi:disable-default-providers: ["*"]
      releases:cluster: { context: acme-testing }
      releases:github: { owner: acme }
      releases:registry: { role: external, host: ghcr.io/acme }
      releases:previews:
        domain: acme.example
        values:
          web: { ingress: { host: "{host}" }, api: "https://{hash}.orders.testing.acme.example", tls: ["{name}-tls"] }
        open:
  `}${entries}`,
});

describe("previews", () => {
  it("have Kayron's hash, which is equal for equal branches", () => {
    // As sha256sum has it.
    assert.equal(previewHash("main"), "0d6e4079");
    assert.equal(previewHash("feature-x"), "c791eb83");
    assert.equal(copyName("orders", "main"), "orders-0d6e4079");
  });

  it("have the names that Kayron's own tests expect", () => {
    // pkg/preview/testdata/000 of v0.5.3: a service that its list calls lite.
    const where = { environment: "testing", domain: "splits.org" };
    for (const [branch, host] of [
      ["fancy-feature-branch", "1d0fd508.lite.testing.splits.org"],
      ["dependabot/another-one", "f4436797.lite.testing.splits.org"],
    ] as const) {
      assert.equal(previewHost("lite", branch, where), host);
      assert.equal(copyName("lite", branch), `lite-${host.slice(0, 8)}`);
    }
  });

  it("have Kayron's host, with the service's name as DNS takes it", () => {
    const where = { environment: "testing", domain: "splits.org" };
    assert.equal(previewHost("lite", "main", where), "0d6e4079.lite.testing.splits.org");
    const other = previewHost("library/al_loy", "main", where);
    assert.equal(other, "0d6e4079.library-al-loy.testing.splits.org");
  });

  it("are Helm releases of their own, which nothing protects and nobody waits for", async () => {
    const planned = await planOf(files(open("orders", "main") + open("web", "main", 3)));
    assert.deepEqual([...ofType(planned, TYPES.release).keys()].sort(), [
      "catalog",
      "orders",
      "previews-orders-0d6e4079",
      "previews-web-0d6e4079",
    ]);
    const { inputs, options } = theOne(planned, TYPES.release, "previews-orders-0d6e4079");
    assert.deepEqual(
      { ...inputs, chart: undefined, description: undefined, version: undefined },
      {
        ...{ chart: undefined, description: undefined, version: undefined },
        ...{ name: "orders-0d6e4079", namespace: "shop", createNamespace: true },
        ...{ atomic: false, skipAwait: true, cleanupOnFail: true, resetValues: true },
        ...{ maxHistory: 10, timeout: 300, compat: "true" },
        values: {
          replicaCount: 1,
          autoscaling: { enabled: false },
          env: { LOG_LEVEL: "info" },
          image: { repository: "ghcr.io/acme/orders", tag: COMMIT, digest: DIGEST },
          ingress: {
            enabled: true,
            hosts: [{ host: "0d6e4079.orders.testing.acme.example" }],
            tls: [],
          },
          serviceAccount: { name: "orders", create: false },
        },
      },
    );
    assert.equal(options.protect, false);
    assert.deepEqual(options.dependsOn, []);
    assert.deepEqual(options.ignoreChanges, []);
    assert.deepEqual(theOne(planned, TYPES.release, "previews-web-0d6e4079").inputs["values"], {
      api: "https://0d6e4079.orders.testing.acme.example",
      image: { repository: "ghcr.io/acme/web", tag: COMMIT, digest: DIGEST },
      ingress: { host: "0d6e4079.web.testing.acme.example" },
      tls: ["web-0d6e4079-tls"],
    });
  });

  it("change nothing of the services, and of what a stack exports", async () => {
    const [without, having] = [
      await planOf(files("        []\n")),
      await planOf(files(open("orders", "main"))),
    ];
    assert.deepEqual(having.outputs, without.outputs);
    assert.deepEqual(having.services, without.services);
    const others = having.resources.filter(({ urn }) => !urn.includes("previews"));
    assert.deepEqual(others, without.resources);
  });
});
