import assert from "node:assert/strict";
import { gatherEvidence } from "../../src/app/promotion/artifact-evidence";
import { EnvironmentReader } from "../../src/app/environments";
import { outdated } from "../../src/app/resolve/outdated";
import { plansIn } from "../../src/app/plan-stacks";
import { SILENT } from "../../src/app/reporter";
import { resolve } from "../../src/app/resolve/resolve";
import { Signatures } from "../../src/app/verify/signatures";
import type { GithubClient } from "../../src/adapters/github/github";
import { repositoriesOf } from "../../src/ci/resolution";
import { differences, newestOf } from "../../src/core/promotion/moves";
import { webhookTargets } from "../../src/core/stack/deployments";
import { policyOf } from "../../src/core/verify/policy";
import { digestOf } from "../support/model";
import { shopFiles } from "../support/shop";
import { listener, worldOf, type WorldValues } from "../support/world";

const GITHUB = "github: { source: km, releases: km-releases }, docker: km";
const COMMIT = "c".repeat(40);
const PATH = `environments:
  testing: { accepts: [release, range, branch, commit] }
  staging: { from: testing, accepts: [release] }
  production: { from: staging, accepts: [release] }
`;

/** A world with one service, built in one repository and released in another. What nobody asks for isn't there. */
function world(deploy: string, values: Partial<WorldValues> = {}, testing = "km: v1.0.0") {
  const pins = { testing: [testing], staging: ["km: v1.0.0"], production: ["km: v1.0.0"] };
  return worldOf({
    files: shopFiles({
      list: `- { ${GITHUB}, deploy: { ${deploy} } }\n`,
      environments: PATH,
      pins,
    }),
    now: "2026-11-21T12:00:00Z",
    git: null,
    github: {},
    ...values,
  });
}

const CHANNELS = {
  "acme/km-releases": ["v1.0.0", "v1.1.0"].map((tag, id) => {
    const publishedAt = new Date("2026-01-01");
    return { id, tag, publishedAt, isPrerelease: false, files: [], bytes: 1 };
  }),
};
const REQUEST = {
  services: "all",
  stack: "testing",
  environment: undefined,
  dryRun: true,
} as const;

describe("a service of two repositories on GitHub", () => {
  it("follows a range by the releases, and shows what changed by the source", async () => {
    const registries = { "ghcr.io/acme/km:v1.1.0": digestOf("a") };
    const ranged = world('range: "^1"', { channels: CHANNELS, registries });
    const { proposal } = await resolve(ranged, REQUEST, SILENT);
    assert.deepEqual(
      proposal.edits.map(({ to }) => to),
      [`v1.1.0@${digestOf("a")}`],
    );
    assert.match(
      proposal.message,
      /https:\/\/github\.com\/acme\/km\/compare\/v1\.0\.0\.\.\.v1\.1\.0/,
    );
    assert.deepEqual(repositoriesOf(ranged, "main"), ["km-releases"]);
  });

  it("follows a branch of the source", async () => {
    const followed = world(
      "branch: main",
      {
        heads: { "acme/km main": COMMIT },
        registries: { [`ghcr.io/acme/km:${COMMIT}`]: digestOf("b") },
      },
      `km: ${"a".repeat(40)}@${digestOf("a")}`,
    );
    const { proposal } = await resolve(followed, REQUEST, SILENT);
    assert.deepEqual(
      proposal.edits.map(({ to }) => to),
      [`${COMMIT}@${digestOf("b")}`],
    );
    assert.deepEqual(repositoriesOf(followed, "main"), ["km"]);
  });

  it("is outdated by the releases", async () => {
    const found = await outdated(
      world("release: v1.0.0", { channels: CHANNELS, registries: {} }),
      { stack: "testing" },
      SILENT,
    );
    assert.deepEqual(
      found.map(({ service, minor }) => [service, minor]),
      [["km", "v1.1.0"]],
    );
  });

  it("is promoted once its releases have the version", async () => {
    const promoted = world(
      "release: v1.0.0",
      {
        github: { "acme/km-releases": ["v1.1.0"] },
        registries: { "ghcr.io/acme/km:v1.1.0": digestOf("a") },
      },
      `km: v1.1.0@${digestOf("a")}`,
    );
    const report = listener();
    const reader = new EnvironmentReader(promoted, report);
    const [upstream, target] = ["testing", "staging"].map((name) =>
      reader.declared(reader.named(name)),
    );
    const [plan] = target?.plans ?? [];
    assert.ok(upstream && target && plan);
    const moving = differences(newestOf(upstream.plans), plan, target.environment);
    const to = { environment: target.environment, config: plan.config };
    const found = await gatherEvidence(promoted, moving, upstream, to, report);
    assert.equal(found.get("km")?.released, true);
  });

  it("may have attestations at both, and files of the releases alone", async () => {
    const files = shopFiles({
      list: `- { ${GITHUB}, assets: [km.tar.gz], deploy: { release: v1.0.0 } }\n`,
      environments: PATH,
      pins: { testing: ["km: v1.0.0"], staging: ["km: v1.0.0"], production: ["km: v1.0.0"] },
    });
    const signed = world("", {
      files,
      registries: {},
      released: { "acme/km-releases v1.0.0": { "km.tar.gz": "files" } },
    });
    const github = await signed.github();
    const [plan] = plansIn(new EnvironmentReader(signed, SILENT).current);
    const [deployment] = plan?.deployments ?? [];
    assert.ok(github && plan && deployment);
    const asked: string[] = [];
    const telling: GithubClient = {
      ...github,
      attestations: (name) => {
        asked.push(name);
        return github.attestations(name);
      },
    };
    const { githubOwner } = plan.config;
    const policy = policyOf({ verify: { mode: "require" } }, deployment.service, githubOwner);
    const found = await new Signatures({
      registries: signed.registries(new Map()),
      github: telling,
      charts: signed.chartRepositories(),
      list: [],
    }).of(deployment, plan.config, policy);
    assert.deepEqual(
      found.flatMap((one) =>
        "subject" in one && one.subject.kind === "asset" ? [one.subject.name] : [],
      ),
      ["km.tar.gz"],
    );
    assert.deepEqual(asked, ["acme/km", "acme/km-releases"]);
  });

  it("is trusted as the source signs it, and tells of its releases", () => {
    const [plan] = plansIn(new EnvironmentReader(world("release: v1.0.0"), SILENT).current);
    const [deployment] = plan?.deployments ?? [];
    assert.ok(plan && deployment);
    const { signatories } = policyOf(
      { verify: { mode: "require" } },
      deployment.service,
      plan.config.githubOwner,
    );
    assert.deepEqual(
      signatories.map((one) => (one.kind === "workflow" ? one.repository.text : one.kind)),
      ["acme/km"],
    );
    const webhook = { url: "https://hooks.acme.example", scope: "repository" } as const;
    assert.deepEqual(webhookTargets({ ...plan.config, webhook }, plan.deployments), [
      "km-releases",
    ]);
  });
});
