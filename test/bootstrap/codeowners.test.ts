import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { PROGRAM } from "../../src/app/open";
import { isProtected } from "../../src/core/environments";
import { LIST_FOLDERS } from "../../src/core/files";
import { readSources } from "../../src/core/read";
import { parseRepository } from "../../src/core/repository";
import { environmentOf, stackOf } from "../../src/core/stack/config";

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

/** Every file of the repository below a folder. */
function filesBelow(folder: string): string[] {
  return fs
    .readdirSync(path.join(PROGRAM, folder), { withFileTypes: true })
    .filter(({ name }) => name !== ".git" && name !== "node_modules")
    .flatMap((entry) => {
      const file = path.posix.join(folder, entry.name);
      return entry.isDirectory() ? filesBelow(file) : file;
    });
}

describe("CODEOWNERS", () => {
  const { environments, stacks } = parseRepository(readSources(PROGRAM, PROGRAM));
  const MANAGERS = ["@acme/release-managers"];

  it("gives versions to engineering, but for those of a protected environment", () => {
    for (const values of stacks.values()) {
      const isManaged = isProtected(environments, environmentOf(values));
      const expected = isManaged ? MANAGERS : ["@acme/engineering"];
      assert.deepEqual(ownersOf(`Pulumi.${values.stack}.yaml`), expected, values.stack);
    }
    for (const folder of LIST_FOLDERS) {
      assert.deepEqual(ownersOf(`${folder}/shop/shop.yaml`), ["@acme/engineering"]);
    }
  });

  it("gives a stack that nobody named to release managers (attack: Pulumi.production-eu.yaml)", () => {
    for (const stack of ["production-eu", "eu", "testing-eu", "github"]) {
      assert.deepEqual(ownersOf(`Pulumi.${stack}.yaml`), MANAGERS, stack);
    }
  });

  it("gives what promotes, and what runs with a deployment's rights, to others", () => {
    const files = filesBelow("")
      .filter((file) => !LIST_FOLDERS.some((folder) => file.startsWith(`${folder}/`)))
      .filter((file) => stackOf(file) === undefined);
    for (const file of [
      "environments.yaml",
      ".github/CODEOWNERS",
      ".github/workflows/deploy.yml",
      "bootstrap/Pulumi.github.yaml",
      "bootstrap/Pulumi.testing.yaml",
      "charts/service/1.1.0/Chart.yaml",
      "policy/rules.ts",
      "src/cli/releases.js",
      "package-lock.json",
      "Pulumi.yaml",
    ]) {
      assert.ok(files.includes(file), file);
    }
    for (const file of [...files, "docs/service/a.md"]) {
      assert.deepEqual(ownersOf(file), MANAGERS, file);
    }
  });

  it("names only what there is", () => {
    const there = fs
      .readdirSync(PROGRAM, { withFileTypes: true })
      .map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name));
    for (const [pattern = ""] of RULES) {
      assert.ok(
        there.some((name) => matches(pattern, name)),
        pattern,
      );
    }
  });
});
