import assert from "node:assert/strict";
import { Company } from "../support/company";
import { hasGit } from "../support/git";

const stack = (name: string, environment: string): string => `config:
  pulumi:disable-default-providers: ["*"]
  releases:environment: ${environment}
  releases:cluster: { context: ${name} }
  releases:registry: { role: external, host: ghcr.io/acme }
  releases:versions:
    catalog: v1.0.0
    orders: v1.0.0
`;

/** Three regions of production, of which the one in Europe goes first. */
const FILES = {
  "service/shop.yaml": `- { github: catalog, docker: catalog, deploy: { release: v1.0.0 } }
- { github: orders, docker: orders, deploy: { release: v1.0.0 } }
`,
  "environments.yaml": `environments:
  testing: { accepts: [release, prerelease] }
  staging: { from: testing, accepts: [release], soak: 1h }
  production-eu: { from: [staging], accepts: [release], soak: 2h, protected: true }
  production: { from: [production-eu], accepts: [release], soak: 24h }
`,
  "Pulumi.testing.yaml": stack("testing", "testing"),
  "Pulumi.staging.yaml": stack("staging", "staging"),
  "Pulumi.production-eu.yaml": stack("production-eu", "production-eu"),
  "Pulumi.production-us.yaml": stack("production-us", "production"),
  "Pulumi.production-ap.yaml": stack("production-ap", "production"),
};

describe("three regions with a canary", () => {
  if (!hasGit) {
    it("is skipped: there is no git in PATH", function () {
      this.skip();
    });
    return;
  }

  it("go from a bump through the canary to all regions, and back", async () => {
    const company = new Company(FILES);
    for (const version of ["v1.0.0", "v1.1.0"]) {
      company.push(`ghcr.io/acme/orders:${version}`, `sha256:${version.slice(3, 4).repeat(64)}`);
    }
    assert.deepEqual(company.lint(), []);
    const planned = await company.plan();
    const releases = [...planned].map(([name, { resources }]) => {
      const found = resources.filter(({ type }) => type === "kubernetes:helm.sh/v3:Release");
      return [name, found.map(({ options }) => options.protect)];
    });
    assert.deepEqual(releases, [
      ["testing", [false, false]],
      ["staging", [false, false]],
      ["production-eu", [true, true]],
      ["production-ap", [true, true]],
      ["production-us", [true, true]],
    ]);
    company.wait(48);
    await company.bump("orders", "v1.1.0", "testing");
    company.wait(1);
    await company.promote("staging", "orders");
    company.wait(2);
    await company.promote("production-eu", "orders");
    company.wait(2);
    assert.deepEqual(
      (await company.refused("production", "orders")).map((line) => line.replace(/ since .*/, "")),
      Array(2).fill("soak refuses orders: has been running in production-eu"),
    );
    company.wait(22);
    await company.promote("production-us", "orders");
    assert.deepEqual(company.stacksOf("orders", "production"), {
      "production-ap": "v1.0.0",
      "production-us": "v1.1.0",
    });
    assert.deepEqual(company.lint(), []);
    await company.promote("production", "orders");
    assert.deepEqual(company.stacksOf("orders", "production"), {
      "production-ap": "v1.1.0",
      "production-us": "v1.1.0",
    });
    await company.rollback("orders", { environment: "production" }, "it loses orders");
    assert.deepEqual(company.stacksOf("orders", "production"), {
      "production-ap": "v1.0.0",
      "production-us": "v1.0.0",
    });
    await company.unhold("orders", { environment: "production" });
    await company.promote("production", "orders");
    assert.deepEqual(company.stacksOf("orders", "production"), {
      "production-ap": "v1.1.0",
      "production-us": "v1.1.0",
    });
  });
});
