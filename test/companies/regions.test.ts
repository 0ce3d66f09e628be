import assert from "node:assert/strict";
import { threeRegions } from "../support/companies";
import { Company } from "../support/company";
import { hasGit } from "../support/git";

describe("three regions with a canary", () => {
  if (!hasGit) {
    it("is skipped: there is no git in PATH", function () {
      this.skip();
    });
    return;
  }

  it("go from a bump through the canary to all regions, and back", async () => {
    const company = new Company(threeRegions());
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
