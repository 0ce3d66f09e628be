import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { PROGRAM } from "../src/app/open";
import { definition } from "../src/core/list/definition";
import { environments } from "../src/core/environments-schema";
import { STACK_KEYS } from "../src/core/stack/schema";
import { CODES_DOCUMENT, withCodes } from "../tools/codes";
import { FIELDS_DOCUMENT, fieldsOf, withFields, type JsonSchema } from "../tools/fields";
import { folderOf } from "./support/folder";
import { GIT_ENVIRONMENT, hasGit } from "./support/git";

const README = fs.readFileSync(path.join(PROGRAM, "README.md"), "utf8");

const RELEASES = `"${process.execPath}" src/cli/releases.js`;

/** Runs a command of the README the way that it is written there, without npm's own output. */
function run(command: string): string {
  const line = command
    .replace(/^npx releases/, RELEASES)
    .replace(/^npm start/, `"${process.execPath}" --require ./register.js tools/start.ts`);
  const { stdout, stderr } = spawnSync(line, { cwd: PROGRAM, encoding: "utf8", shell: true });
  return stderr + stdout;
}

const BLOCKS = [...README.matchAll(/```console\n([^]*?)```/g)].map(([, block = ""]) => block);

/** Returns a console block's commands with what each prints. */
function commandsOf(block: string): { command: string; output: string }[] {
  return block
    .split(/^\$ /m)
    .slice(1)
    .map((part) => {
      const [command = "", ...output] = part.split("\n");
      return { command, output: output.join("\n") };
    });
}

/** Times and commits are other ones each time. */
function timeless(text: string): string {
  return text
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d\.\d{3})?Z/g, "<time>")
    .replaceAll(/\b[0-9a-f]{12}\b/g, "<commit>");
}

describe("README.md", () => {
  const isWalk = (block: string): boolean => block.includes("$walk");

  for (const { command, output } of BLOCKS.filter((block) => !isWalk(block)).flatMap(commandsOf)) {
    it(`shows what ${command} prints`, () => {
      assert.equal(run(command), output);
    });
  }

  it("shows what a walk through a promotion prints, from a bump to the history of it all", function () {
    if (!hasGit) this.skip();
    const walk = BLOCKS.filter(isWalk).flatMap(commandsOf);
    assert.ok(walk.length > 10);
    const mark = "-- next --";
    const script = walk.map(
      ({ command }) => `${command.replace(/^npx releases/, RELEASES)}\necho "${mark}"`,
    );
    const { stdout } = spawnSync("sh", ["-c", `exec 2>&1\n${script.join("\n")}`], {
      cwd: PROGRAM,
      encoding: "utf8",
      env: { ...GIT_ENVIRONMENT, TMPDIR: folderOf({}) },
    });
    const printed = stdout.split(`${mark}\n`).map(timeless);
    assert.deepEqual(
      walk.map(({ command }, index) => ({ command, output: printed[index] })),
      walk.map(({ command, output }) => ({ command, output: timeless(output) })),
    );
  });

  it("shows what npm start ends with", () => {
    const [, shown = "nothing"] =
      /`npm start` ends with:\n\n```text\n([^]*?)```/.exec(README) ?? [];
    const printed = run("npm start");
    assert.ok(printed.endsWith(shown), printed.slice(-shown.length));
  });
});

describe("docs/issue-codes.md", () => {
  it("has the example of every issue code that the tests hold; npm run codes rewrites it", () => {
    const document = fs.readFileSync(CODES_DOCUMENT, "utf8");
    assert.equal(withCodes(document), document);
  });
});

describe("docs/fields.md", () => {
  const document = fs.readFileSync(FIELDS_DOCUMENT, "utf8");

  it("has the tables that the schemas make; npm run fields rewrites it", () => {
    assert.equal(withFields(document), document);
  });

  it("has a row for every key of a definition, of an environment and of a stack config", () => {
    const keys = [
      ...Object.keys(definition.shape),
      ...Object.keys(environments.shape.environments.valueType.shape).map(
        (key) => `environments.<name>.${key}`,
      ),
      ...[...STACK_KEYS, "webhookSecret"].map((key) => `releases:${key}`),
    ];
    const rows = new Set([...document.matchAll(/^\| `([^`]+)` +\|/gm)].map(([, key]) => key));
    assert.deepEqual(
      keys.filter((key) => !rows.has(key)),
      [],
    );
  });
});

describe("fieldsOf", () => {
  const text: JsonSchema = { type: "string" };
  const pathsOf = (schema: JsonSchema): string[] => fieldsOf(schema).map(({ path: at }) => at);
  const mapping = (properties: Record<string, JsonSchema>): JsonSchema => ({
    type: "object",
    properties,
    additionalProperties: false,
  });

  it("names keys of mappings, of items and of what a map holds", () => {
    assert.deepEqual(
      pathsOf(
        mapping({
          chart: mapping({ version: text }),
          freeze: { type: "array", items: mapping({ from: text }) },
          holds: { type: "object", additionalProperties: mapping({ reason: text }) },
          versions: { type: "object", additionalProperties: text },
          parameter: { anyOf: [text, mapping({ secure: text })] },
        }),
      ),
      [
        "chart",
        "chart.version",
        "freeze",
        "freeze[].from",
        "holds",
        "holds.<name>.reason",
        "versions",
        "versions.<name>",
        "parameter",
        "parameter.secure",
      ],
    );
  });

  it("doesn't descend into a value that refers to itself", () => {
    const values = { type: "object", additionalProperties: { $ref: "#/definitions/json" } };
    assert.deepEqual(pathsOf(mapping({ values })), ["values"]);
  });

  it("tells required keys from others", () => {
    const schema = { ...mapping({ name: text, team: text }), required: ["name"] };
    assert.deepEqual(
      fieldsOf(schema).map(({ path: at, required }) => [at, required]),
      [
        ["name", true],
        ["team", false],
      ],
    );
  });
});
