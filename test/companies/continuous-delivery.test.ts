import assert from "node:assert/strict";
import { continuousDelivery, E2E, PRD } from "../support/companies";
import { Company } from "../support/company";
import { hasGit } from "../support/git";
import { digestOf } from "../support/model";
import { ofType, TYPES } from "../support/plans";

const [A, B] = ["a", "b"].map(digestOf);
const hostOf = (account: string) => `${account}.dkr.ecr.eu-west-2.amazonaws.com`;

const FILES = continuousDelivery(A ?? "");

describe("Continuous Delivery: staging and production share an account and its registry", () => {
  if (!hasGit) {
    it("is skipped: there is no git in PATH", function () {
      this.skip();
    });
    return;
  }

  it("has one owner of the repositories, which protects production's images", async () => {
    const company = new Company(FILES);
    assert.deepEqual(company.lint(), []);
    const planned = await company.plan();
    const repositories = [...planned].map(([name, stack]) => {
      const found = [...ofType(stack, TYPES.repository).values()];
      return [
        name,
        found.map(({ inputs, options }) => [
          inputs["name"],
          options.protect,
          inputs["forceDelete"],
        ]),
      ];
    });
    assert.deepEqual(repositories, [
      ["e2e", [["inventory", false, true]]],
      ["staging", [["shop/inventory", true, false]]],
      ["production", []],
    ]);
    const url = `${hostOf(PRD)}/shop/inventory`;
    for (const name of ["staging", "production"]) {
      assert.deepEqual(planned.get(name)?.outputs.repositories, { inventory: url }, name);
    }
    const [release] = [
      ...ofType(planned.get("production") ?? { resources: [] }, TYPES.release).values(),
    ];
    assert.deepEqual(
      (release?.inputs["values"] as { image: { repository: string } }).image.repository,
      url,
    );
    const providers = planned
      .get("production")
      ?.resources.filter(({ type }) => type === "pulumi:providers:aws");
    assert.deepEqual(providers, []);
  });

  it("goes from a candidate to production and back, one image for both", async () => {
    const company = new Company(FILES);
    company.push(`${hostOf(E2E)}/inventory:v1.1.2-rc.1`, A ?? "");
    company.push(`${hostOf(E2E)}/inventory:v1.1.3-rc.2`, B ?? "");
    for (const [version, digest] of [
      ["v1.1.2", A],
      ["v1.1.3", B],
    ] as const) {
      company.push(`${hostOf(PRD)}/shop/inventory:${version}`, digest ?? "");
    }
    company.wait(48);
    await company.bump("inventory", "v1.1.3-rc.2", "e2e");
    company.wait(1);
    await company.promote("staging", "inventory");
    company.wait(25);
    await company.promote("production", "inventory");
    assert.match(company.folder.read("Pulumi.production.yaml"), new RegExp(`v1.1.3@${B ?? ""}`));
    await company.rollback("inventory", "production", "it loses stock");
    assert.match(company.folder.read("Pulumi.production.yaml"), new RegExp(`v1.1.2@${A ?? ""}`));
    assert.deepEqual(company.lint(), []);
  });
});
