import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { CLI, releases } from "../support/cli";
import { GitFolder, hasGit } from "../support/git";
import { FAULTS, type Step } from "./faults";

async function check(step: Step, folder: GitFolder): Promise<void> {
  const run = await releases(folder.path, ...step.run.split(" "), ...(step.args ?? []));
  const said = `${step.run}\n${run.stdout}${run.stderr}`;
  if (step.code >= 0) assert.equal(run.code, step.code, said);
  const lines = run.stderr.split("\n");
  for (const expected of step.errors ?? []) {
    const isThere = lines.some((line) => {
      return typeof expected === "string" ? line === expected : expected.test(line);
    });
    assert.ok(isThere, `${said}lacks ${String(expected)}`);
  }
  for (const expected of step.shows ?? []) {
    if (typeof expected === "string") assert.ok(run.stdout.includes(expected), said);
    else assert.match(run.stdout, expected, said);
  }
  step.check?.(run, folder);
}

describe("faults that use has shown", function () {
  if (!hasGit) {
    it("is skipped: there is no git in PATH", function () {
      this.skip();
    });
    return;
  }

  for (const { number, was, files, git, steps } of FAULTS) {
    it(`${number}: ${was}`, async () => {
      const folder = new GitFolder(files);
      git?.(folder);
      for (const step of steps) await check(step, folder);
    });
  }

  it("21: a reader that went away ended in a trace", () => {
    const { files } = FAULTS.find(({ number }) => number === "19") ?? {};
    const folder = new GitFolder(files);
    const shell = '"$0" "$1" plan testing --json | head -1';
    const args = ["-c", `set -o pipefail; ${shell}`, process.execPath, CLI];
    const { stdout, stderr } = spawnSync("bash", args, { cwd: folder.path, encoding: "utf8" });
    assert.deepEqual([stdout, stderr], ["{\n", ""]);
  });
});
