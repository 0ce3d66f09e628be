import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { ESLint, Linter } from "eslint";
import * as ts from "typescript";
import { PROGRAM } from "../src/app/open";
import { cycles } from "../src/core/graph";

/** The rooms of the house; test/ isn't one of them. */
const ROOMS = ["src", "stacks", "components", "bootstrap", "policy", "tools"];

/** Returns the files of our own that a file imports, types included. */
function importsOf(file: string): string[] {
  const { importedFiles } = ts.preProcessFile(fs.readFileSync(file, "utf8"), true, true);
  return importedFiles
    .filter(({ fileName }) => fileName.startsWith("."))
    .map(({ fileName }) => path.resolve(path.dirname(file), `${fileName}.ts`))
    .filter((imported) => fs.existsSync(imported));
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

  it("refuses imports against its arrows", async () => {
    const eslint = new ESLint({ cwd: PROGRAM });
    const rule = "no-restricted-imports";
    // Of the configuration that holds for a file, this rule alone: the others ask for types of the whole house.
    const refused = async (file: string, imported: string): Promise<string[]> => {
      const config = (await eslint.calculateConfigForFile(
        path.join(PROGRAM, file),
      )) as Linter.Config;
      const text = `import * as other from "${imported}";\nexport const used = other;\n`;
      const messages = new Linter().verify(text, { rules: { [rule]: config.rules?.[rule] } });
      return messages.map(({ message }) => message.replace(/^.*pattern\. /, ""));
    };
    const against: [string, string, RegExp][] = [
      ["src/core/version.ts", "../app/open", /^src\/core may import src\/core alone/],
      ["src/core/version.ts", "@pulumi/pulumi", /^src\/core is pure/],
      ["src/core/version.ts", "node:fs", /^src\/core is pure/],
      ["src/core/promotion/gates.ts", "../../adapters/git/refs", /^src\/core may import/],
      ["components/image-registry.ts", "../stacks/config", /^components may import src\/core/],
      ["stacks/stack.ts", "../src/adapters/git/refs", /^stacks may import src\/core, components/],
      ["src/adapters/git/refs.ts", "../../app/open", /^src\/adapters may import src\/core, stacks/],
      ["src/app/promote.ts", "../format/table", /^src\/app may import src\/core, src\/adapters/],
      ["src/app/promote.ts", "../cli/io", /^src\/app may import/],
      ["src/format/table.ts", "../cli/io", /^src\/format may import/],
      ["src/ci/drift.ts", "../cli/io", /^src\/ci may import/],
      ["src/cli/bump.ts", "../../test/support/model", /^src\/cli may import/],
    ];
    for (const [file, imported, message] of against) {
      const [first = "", ...more] = await refused(file, imported);
      assert.match(first, message, `${file} -> ${imported}`);
      assert.deepEqual(more, []);
    }
    for (const [file, imported] of [
      ["src/cli/bump.ts", "../app/bump"],
      ["src/ci/drift.ts", "../format/drift"],
      ["src/app/promote.ts", "../adapters/git/refs"],
      ["src/adapters/pulumi/embedded.ts", "../../../stacks/program"],
      ["stacks/stack.ts", "../src/core/version"],
    ] as const) {
      assert.deepEqual(await refused(file, imported), [], `${file} -> ${imported}`);
    }
  });
});
