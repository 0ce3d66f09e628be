import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { PROGRAM } from "../src/app/open";
import { definition } from "../src/core/list/definition";
import { environments } from "../src/core/environments-schema";
import { STACK_KEYS } from "../src/core/stack/schema";
import { DOCUMENT, withExamples } from "../tools/codes";
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
