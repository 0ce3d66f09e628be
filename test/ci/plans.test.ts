import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { EnvironmentReader } from "../../src/app/environments";
import { realWorld } from "../../src/app/real-world";
import { SILENT } from "../../src/app/reporter";
import { writePlans } from "../../src/ci/plans";
import { folderOf, type Files } from "../support/folder";
import { GitFolder, hasGit } from "../support/git";
import { serviceYaml, stackConfigYaml } from "../support/yaml";

const EXTERNAL = "{ role: external, host: ghcr.io/acme }";
const PRODUCTION = stackConfigYaml("  releases:versions: { api: v1.2.3 }\n", EXTERNAL);

/** Returns the texts of a change, by their files, which are all that was written. */
async function plansOf(change: Files): Promise<Record<string, string>> {
  const repository = new GitFolder({
    "service/a.yaml": serviceYaml("api"),
    "environments.yaml": "environments:\n  production: { accepts: [release] }\n",
    "Pulumi.production.yaml": PRODUCTION,
  });
  const since = repository.commit("base");
  for (const [file, text] of Object.entries(change)) repository.write(file, text as string);
  const world = realWorld(repository.path);
  const outside = folderOf({ "victim.md": "whole", "a/b/victim.md": "whole" });
  const folder = path.join(outside, "a/b/plans");
  const reader = new EnvironmentReader(world, SILENT, () => false);
  await writePlans(world, folder, reader, since, SILENT);
  const files = fs.readdirSync(folder);
  const texts = files.map((file) => [file, fs.readFileSync(path.join(folder, file), "utf8")]);
  const whole = fs.readdirSync(outside, { recursive: true, encoding: "utf8" });
  assert.deepEqual(whole.filter((file) => !file.startsWith("a/b/plans/")).sort(), [
    "a",
    "a/b",
    "a/b/plans",
    "a/b/victim.md",
    "victim.md",
  ]);
  for (const file of ["victim.md", "a/b/victim.md"]) {
    assert.equal(fs.readFileSync(path.join(outside, file), "utf8"), "whole");
  }
  return Object.fromEntries(texts) as Record<string, string>;
}

describe("the plans of a pull request", function () {
  if (!hasGit) {
    it("are skipped: there is no git in PATH", function () {
      this.skip();
    });
    return;
  }

  for (const name of [
    "../../victim",
    "../victim",
    "a/b",
    "a\0b",
    "x".repeat(300),
    ".",
    "",
    "a\nb",
    "é",
  ]) {
    it(`say so of an environment called ${JSON.stringify(name.slice(0, 20))}, and stay in their folder`, async () => {
      const texts = await plansOf({
        "environments.yaml": `environments:\n  ${JSON.stringify(name)}: { accepts: [release] }\n`,
        "Pulumi.production.yaml": `${PRODUCTION}  releases:environment: ${JSON.stringify(name)}\n`,
      });
      assert.match(texts["findings.md"] ?? "", /can't be declared|isn't planned/);
    });
  }

  it("keep the findings apart from an environment called findings", async () => {
    const texts = await plansOf({
      "environments.yaml": "environments:\n  findings: { accepts: [release] }\n",
      "Pulumi.production.yaml": `${PRODUCTION}  releases:version: {}\n`,
    });
    assert.match(texts["findings.md"] ?? "", /^This change can't be declared:\n\n```text\n/);
  });

  it("are there for an environment that the base doesn't know, and say that the old one is gone", async () => {
    const texts = await plansOf({
      "environments.yaml": "environments:\n  prod: { accepts: [release] }\n",
      "Pulumi.production.yaml":
        PRODUCTION.replace("api: v1.2.3", "api: v1.2.4") + "  releases:environment: prod\n",
    });
    assert.equal(texts["findings.md"], "");
    assert.match(texts["plan-prod.md"] ?? "", /\| `api` \|.* `v1\.2\.4` \|/);
    assert.equal(
      texts["plan-production.md"],
      "This change removes the environment `production`.\n",
    );
  });

  it("have as many findings as a comment takes, and the number of the others", async () => {
    const bad = Array.from({ length: 2000 }, (_, at) => `- { github: "a b ${at}", typo: 1 }\n`);
    const text = (await plansOf({ "service/b.yaml": bad.join("") }))["findings.md"] ?? "";
    assert.ok(text.length < 65_536 && text.length > 60_000, String(text.length));
    assert.match(text, /```\n\n\d+ findings more: `releases lint` shows them\n$/);
  });
});
