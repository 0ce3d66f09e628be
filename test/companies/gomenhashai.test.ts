import assert from "node:assert/strict";
import { gomenhashai, GOMENHASHAI_CHARTS } from "../support/companies";
import { Company } from "../support/company";
import { hasGit } from "../support/git";
import { digestOf } from "../support/model";

const IMAGE = "ghcr.io/marcantoineraymond/gomenhashai";
const [A, B, C] = ["a", "b", "c"].map(digestOf);

describe("GomenHashai: an image and a chart that move apart", () => {
  if (!hasGit) {
    it("is skipped: there is no git in PATH", function () {
      this.skip();
    });
    return;
  }

  it("goes from a bump to production and back, image and chart each by itself", async () => {
    const company = new Company(gomenhashai(A ?? ""));
    const both = (testing: string, production: string) => ({ testing, production });
    for (const [version, digest] of [
      ["v1.0.0", A],
      ["v1.1.0", B],
      ["v1.2.0", C],
    ] as const) {
      company.push(`${IMAGE}:${version}`, digest ?? "");
    }
    assert.deepEqual(company.lint(), []);
    const { resources = [] } = (await company.plan()).get("production") ?? {};
    const release = resources.find(({ type }) => type === "kubernetes:helm.sh/v3:Release");
    assert.deepEqual(
      ["chart", "version", "repositoryOpts", "namespace"].map((key) => release?.inputs[key]),
      ["gomenhashai", "1.0.0", { repo: GOMENHASHAI_CHARTS }, "gomenhashai"],
    );
    company.wait(48);

    await company.bump("gomenhashai", "1.1.0", "testing", true);
    assert.deepEqual(await company.refused("production", "gomenhashai"), [
      "soak refuses gomenhashai: has been running in testing since 2026-03-04T10:00:00.000Z; 24h required (passes at 2026-03-05T10:00:00.000Z)",
    ]);
    company.wait(24);
    await company.promote("production", "gomenhashai");
    assert.deepEqual(company.runs("gomenhashai"), both("v1.0.0 by 1.1.0", "v1.0.0 by 1.1.0"));

    await company.bump("gomenhashai", "v1.1.0", "testing");
    assert.match(company.folder.read("Pulumi.testing.yaml"), new RegExp(`v1.1.0@${B ?? ""}`));
    company.wait(24);
    await company.promote("production", "gomenhashai");
    assert.match(company.folder.read("Pulumi.production.yaml"), new RegExp(`v1.1.0@${B ?? ""}`));

    await company.rollback("gomenhashai", "production", "it refuses all pods");
    assert.deepEqual(company.runs("gomenhashai"), both("v1.1.0 by 1.1.0", "v1.0.0 by 1.1.0"));
    assert.deepEqual(await company.refused("production", "gomenhashai"), [
      "hold refuses gomenhashai: held: it refuses all pods; lift it with releases unhold gomenhashai --stack production",
    ]);
    await company.bump("gomenhashai", "v1.2.0", "testing");
    await company.unhold("gomenhashai", "production");
    company.wait(24);
    await company.promote("production", "gomenhashai");
    assert.deepEqual(company.runs("gomenhashai"), both("v1.2.0 by 1.1.0", "v1.2.0 by 1.1.0"));
  });
});
