import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { PROGRAM } from "../src/app/open";
import { cycles } from "../src/core/graph";

/** The rooms of the house; test/ isn't one of them. */
const ROOMS = ["src", "stacks", "components", "bootstrap", "policy", "tools"];

/** Returns the files of our own that a file imports, types included. */
function importsOf(file: string): string[] {
  const imported = fs
    .readFileSync(file, "utf8")
    .matchAll(/(?:from |import |import\(|require\()"(\.[^"]+)"/g);
  return [...imported]
    .map(([, name = ""]) => path.resolve(path.dirname(file), `${name}.ts`))
    .filter((other) => fs.existsSync(other));
}

function sourcesIn(room: string): string[] {
  return fs
    .readdirSync(path.join(PROGRAM, room), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => path.join(PROGRAM, room, name));
}

describe("the house", function () {
  it("has no circle of imports, not even of types", () => {
    const files = ROOMS.flatMap(sourcesIn);
    assert.ok(files.length > 100);
    const found = cycles(files, importsOf);
    assert.deepEqual(
      found.map((circle) => circle.map((file) => path.relative(PROGRAM, file))),
      [],
    );
  });

  it("refuses imports against its arrows", () => {
    const against: [string, string, RegExp][] = [
      ["src/core/version.ts", "../app/open", /^src\/core may import src\/core alone/],
      ["src/core/graph.ts", "@pulumi/pulumi", /^src\/core is pure/],
      ["src/core/limits.ts", "node:fs", /^src\/core is pure/],
      ["src/core/promotion/gates.ts", "../../adapters/git/refs", /^src\/core may import/],
      ["components/image-registry.ts", "../stacks/config", /^components may import src\/core/],
      ["stacks/stack.ts", "../src/adapters/git/refs", /^stacks may import src\/core, components/],
      ["src/adapters/git/refs.ts", "../../app/open", /^src\/adapters may import src\/core, stacks/],
      ["src/app/promote.ts", "../format/table", /^src\/app may import src\/core, src\/adapters/],
      ["src/app/bump.ts", "../cli/io", /^src\/app may import/],
      ["src/format/table.ts", "../cli/io", /^src\/format may import/],
      ["src/ci/drift.ts", "../cli/io", /^src\/ci may import/],
      ["src/cli/bump.ts", "../../test/support/model", /^src\/cli may import/],
    ];
    const along: [string, string][] = [
      ["src/cli/edit.ts", "../app/bump"],
      ["src/ci/plans.ts", "../format/drift"],
      ["src/app/diff.ts", "../adapters/git/refs"],
      ["src/adapters/pulumi/embedded.ts", "../../../stacks/program"],
      ["stacks/program.ts", "../src/core/version"],
    ];
    const texts = [...against, ...along].map(([file, imported]): [string, string] => {
      return [file, `import * as other from "${imported}";\nexport const used = other;\n`];
    });
    const refused = linted(Object.fromEntries(texts), "no-restricted-imports");
    for (const [file, imported, message] of against) {
      const [first = "", ...more] = refused.get(file) ?? [];
      assert.match(first, message, `${file} -> ${imported}`);
      assert.deepEqual(more, []);
    }
    assert.deepEqual([...refused.keys()].sort(), against.map(([file]) => file).sort());
  });

  it("refuses a resource that is made once an output is known", () => {
    const made = (what: string): string => {
      return `output.apply((name) => ${what});\n`;
    };
    const refused = linted(
      {
        "stacks/a.ts": made("new Repository(name)"),
        "stacks/b.ts": made("new ecr.Repository(name)"),
        "stacks/c.ts": made("[name].map((one) => new ImageRegistry(one))"),
        "stacks/d.ts": made("new Error(name)"),
        "stacks/e.ts": "for (const name of names) new ImageRegistry(name);\n",
      },
      "house(no-resource-in-apply)",
    );
    assert.deepEqual([...refused.keys()].sort(), ["stacks/b.ts", "stacks/c.ts"]);
  });
});

/** Returns what a rule of the linter's configuration says of some files, by their names. */
function linted(files: Readonly<Record<string, string>>, rule: string): Map<string, string[]> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "releases-house-"));
  try {
    for (const name of ["oxlint.config.js", "tools/lint-rules.js"]) {
      fs.cpSync(path.join(PROGRAM, name), path.join(folder, name));
    }
    for (const [name, text] of Object.entries(files)) {
      fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
      fs.writeFileSync(path.join(folder, name), text);
    }
    const linter = path.join(PROGRAM, "node_modules/oxlint/bin/oxlint");
    // Types of the whole house are the business of other rules.
    const args = [linter, "--config", "oxlint.config.js", "--format", "json"];
    const { stdout } = spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8" });
    const found = new Map<string, string[]>();
    const { diagnostics } = JSON.parse(stdout) as { diagnostics: readonly Diagnostic[] };
    for (const { code, filename, message, help = "" } of diagnostics) {
      if (!code.includes(rule)) continue;
      found.set(filename, [...(found.get(filename) ?? []), `${help} ${message}`.trim()]);
    }
    return found;
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

/** A finding of the linter. */
interface Diagnostic {
  readonly code: string;
  readonly filename: string;
  readonly message: string;
  readonly help?: string;
}
