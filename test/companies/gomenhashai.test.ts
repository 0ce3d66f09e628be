import assert from "node:assert/strict";
import { Company } from "../support/company";
import { hasGit } from "../support/git";
import { digestOf } from "../support/model";

const IMAGE = "ghcr.io/marcantoineraymond/gomenhashai";
const REPOSITORY = "https://marcantoineRaymond.github.io/GomenHashai";
const [A, B, C] = ["a", "b", "c"].map(digestOf);

const stack = (context: string): string => `config:
  pulumi:disable-default-providers: ["*"]
  releases:cluster: { context: ${context} }
  releases:github: { owner: marcantoineraymond }
  releases:registry: { role: external, host: ghcr.io/marcantoineraymond }
  releases:versions:
    gomenhashai: v1.0.0@${A ?? ""}
  releases:charts:
    gomenhashai: 1.0.0
`;

/** An image and a chart with versions of their own; digests are pinned, because the image is signed. */
const FILES = {
  "service/gomenhashai.yaml": `- github: GomenHashai
  docker: gomenhashai
  deploy: { release: v1.0.0 }
  namespace: gomenhashai
  chart: { name: gomenhashai, repository: "${REPOSITORY}", version: 1.0.0 }
  imageValues: { repository: image.repository, tag: image.tag, digest: image.digest }
`,
  "environments.yaml": `environments:
  testing: { accepts: [release, prerelease], digest: required }
  production: { from: testing, accepts: [release], digest: required, soak: 24h }
`,
  "Pulumi.testing.yaml": stack("kind-testing"),
  "Pulumi.production.yaml": stack("production"),
};

describe("GomenHashai: an image and a chart that move apart", () => {
  if (!hasGit) {
    it("is skipped: there is no git in PATH", function () {
      this.skip();
    });
    return;
  }

  it("goes from a bump to production and back, image and chart each by itself", async () => {
    const company = new Company(FILES);
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
      ["gomenhashai", "1.0.0", { repo: REPOSITORY }, "gomenhashai"],
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
