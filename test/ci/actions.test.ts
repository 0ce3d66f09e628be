import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { Actions } from "../../src/ci/actions";
import { folderOf } from "../support/folder";

/** Returns a run of a workflow, and what it told the runner. */
function run() {
  const folder = folderOf({ output: "", summary: "" });
  const [output, summary] = [path.join(folder, "output"), path.join(folder, "summary")];
  const variables = { GITHUB_OUTPUT: output, GITHUB_STEP_SUMMARY: summary };
  const actions = new Actions(variables, () => assert.fail("it isn't by hand"));
  return { actions, told: () => [output, summary].map((file) => fs.readFileSync(file, "utf8")) };
}

describe("what a step tells the runner", () => {
  it("is one output, whatever its value", () => {
    const { actions, told } = run();
    actions.output("stacks", JSON.stringify(["a\nstacks=[]", "b\r"]));
    assert.deepEqual(told(), ['stacks=["a\\nstacks=[]","b\\r"]\n', ""]);
    for (const value of ["a\nrole=b", "a\rrole=b"]) {
      assert.throws(
        () => actions.output("stacks", value),
        /the output stacks has more than one line/,
      );
    }
    assert.deepEqual(told(), ['stacks=["a\\nstacks=[]","b\\r"]\n', ""]);
  });

  it("is a summary that GitHub takes, however long the plan is", () => {
    const { actions, told } = run();
    actions.summarize("é🚀".repeat(400_000));
    const bytes = Buffer.byteLength(told()[1] ?? "");
    assert.ok(bytes <= 2 ** 20 && bytes > 2 ** 20 - 16, String(bytes));
  });
});
