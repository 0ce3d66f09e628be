import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { PROGRAM } from "../../src/app/open";

const RULES = fs
  .readFileSync(path.join(PROGRAM, ".github/CODEOWNERS"), "utf8")
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("#"))
  .map((line) => line.split(/ +/));

/** Whether a pattern matches a file, as far as this file's patterns go: from the top, folders whole, `*` in a name. */
function matches(pattern: string, file: string): boolean {
  if (pattern === "*") return true;
  assert.match(pattern, /^\/[A-Za-z.*]+\/?$/);
  const name = pattern.slice(1).replaceAll(".", "\\.").replaceAll("*", "[^/]*");
  return new RegExp(pattern.endsWith("/") ? `^${name}` : `^${name}(?:/|$)`).test(file);
}

function ownersOf(file: string): string[] {
  const rule = RULES.findLast(([pattern = ""]) => matches(pattern, file));
  return rule?.slice(1) ?? [];
}

describe("CODEOWNERS", () => {
  const engineering = [
    "service/shop/shop.yaml",
    "infrastructure/network.yaml",
    "Pulumi.testing.yaml",
    "Pulumi.staging.yaml",
  ];
  const managers = [
    "environments.yaml",
    "Pulumi.production.yaml",
    "Pulumi.yaml",
    "bootstrap/Pulumi.github.yaml",
    "bootstrap/Pulumi.testing.yaml",
    "bootstrap/index.ts",
    "bootstrap/delivery-roles.ts",
    ".github/CODEOWNERS",
    ".github/workflows/deploy.yml",
    "stacks/service-args.ts",
    "package-lock.json",
    "docs/service/a.md",
  ];

  it("gives versions to engineering", () => {
    for (const file of engineering) assert.deepEqual(ownersOf(file), ["@acme/engineering"], file);
  });

  it("gives what promotes, and what runs with a deployment's rights, to others", () => {
    for (const file of managers) assert.deepEqual(ownersOf(file), ["@acme/release-managers"], file);
  });

  it("names only what there is", () => {
    const there = fs
      .readdirSync(PROGRAM, { withFileTypes: true })
      .map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name));
    // Stacks come and go.
    for (const [pattern = ""] of RULES.filter(([one = ""]) => !one.startsWith("/Pulumi."))) {
      assert.ok(
        there.some((name) => matches(pattern, name)),
        pattern,
      );
    }
  });
});
