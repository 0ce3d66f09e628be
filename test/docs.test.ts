import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { PROGRAM } from "../cli/repository";
import { definition } from "../release/schema/definition";
import { environments } from "../release/schema/environments";
import { STACK_KEYS } from "../release/schema/stack";
import { DOCUMENT, withExamples } from "../scripts/codes";

const README = fs.readFileSync(path.join(PROGRAM, "README.md"), "utf8");

/** Runs a command of the README the way that it is written there, without npm's own output. */
function run(command: string): string {
  const line = command
    .replace(/^npx releases/, `"${process.execPath}" cli/releases.js`)
    .replace(/^npm start/, `"${process.execPath}" --require ./typescript.js scripts/start.ts`);
  const { stdout, stderr } = spawnSync(line, { cwd: PROGRAM, encoding: "utf8", shell: true });
  return stderr + stdout;
}

describe("README.md", () => {
  for (const [, command = "", output] of README.matchAll(/```console\n\$ (.*)\n([^]*?)```/g)) {
    it(`shows what ${command} prints`, () => {
      assert.equal(run(command), output);
    });
  }

  it("shows what npm start ends with", () => {
    const [, shown = "nothing"] =
      /`npm start` ends with:\n\n```text\n([^]*?)```/.exec(README) ?? [];
    const printed = run("npm start");
    assert.ok(printed.endsWith(shown), printed.slice(-shown.length));
  });

  it("has every key of a stack config", () => {
    for (const key of [...STACK_KEYS, "webhookSecret"]) {
      assert.match(README, new RegExp(`^\\| \`${key}\` +\\|`, "m"));
    }
  });
});

describe("docs/release-list.md", () => {
  const document = fs.readFileSync(DOCUMENT, "utf8");

  it("has the example of every issue code that the tests hold; npm run codes rewrites it", () => {
    assert.equal(withExamples(document), document);
  });

  it("has every field of a definition and of an environment", () => {
    const environment = environments.shape.environments.valueType;
    for (const key of [...Object.keys(definition.shape), ...Object.keys(environment.shape)]) {
      assert.match(document, new RegExp(`^\\| \`${key}\` +\\|`, "m"), key);
    }
  });
});
