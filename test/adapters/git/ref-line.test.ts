import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { commitsTouching } from "../../../src/adapters/git/file-changes";
import { RefLine } from "../../../src/adapters/git/ref-line";
import { isRead } from "../../../src/core/files";
import { GIT_ENVIRONMENT, GitFolder, hasGit } from "../../support/git";
import { randomHistory } from "../../support/random-history";

const NOW = new Date("2026-12-01T00:00:00Z");

type Step = readonly [commit: string, order: number, files: readonly string[]];

/** Returns the steps of `main` that change files which are read. */
function stepsOf(folder: string): Step[] {
  const line = RefLine.read(folder, "main", NOW);
  const tips = line.tip === undefined ? [] : [line.tip];
  return line.steps(commitsTouching(folder, tips)).map(({ commit, order, changes }): Step => {
    return [commit, order, changes.map(({ path, blob }) => `${path} ${blob ?? "gone"}`)];
  });
}

/** Returns the same from git's log of everything. */
function referenceOf(folder: GitFolder, prefix: string): Step[] {
  const format = ["--first-parent", "--diff-merges=first-parent", "--format=%H", "--reverse"];
  const raw = ["--raw", "-r", "--no-renames", "-z", "--no-abbrev", "--root"];
  const fields = folder.git("log", ...format, ...raw, "main").split("\0");
  const steps: { commit: string; files: string[] }[] = [];
  for (let at = 0; at < fields.length;) {
    const field = (fields[at++] ?? "").trimStart();
    if (!field.startsWith(":")) {
      if (field !== "") steps.push({ commit: field, files: [] });
      continue;
    }
    const [, mode = "", , blob = "", status = ""] = field.split(" ");
    const path = fields[at++] ?? "";
    const isFile = mode.startsWith("100") && status !== "D";
    const inFolder = path.startsWith(prefix) ? path.slice(prefix.length) : "";
    if (inFolder === "environments.yaml" || !isRead(inFolder)) continue;
    // A link can't be read, and changes nothing.
    if (!isFile && status !== "D") continue;
    steps.at(-1)?.files.push(`${inFolder} ${isFile ? blob : "gone"}`);
  }
  return steps.map(({ commit, files }, order) => [commit, order, files]);
}

describe("RefLine", () => {
  if (!hasGit) {
    it("is skipped: there is no git in PATH", function () {
      this.skip();
    });
    return;
  }

  const seeds = Array.from({ length: 24 }, (_, seed) => seed);
  it(`has the steps of a log of everything, in ${seeds.length} random histories`, () => {
    let count = 0;
    for (const seed of seeds) {
      const prefix = seed % 3 === 0 ? "plat[f]orm/" : "";
      const folder = new GitFolder({ [`${prefix}service/README.md`]: "" });
      execFileSync("git", ["fast-import", "--quiet", "--force"], {
        cwd: folder.path,
        env: GIT_ENVIRONMENT,
        input: randomHistory(seed, prefix),
      });
      const isChange = ([, , files]: Step): boolean => files.length > 0;
      const steps = stepsOf(`${folder.path}/${prefix}`).filter(isChange);
      assert.deepEqual(steps, referenceOf(folder, prefix).filter(isChange), `seed ${seed}`);
      count += steps.length;
    }
    assert.ok(count > 100, `${count} steps`);
  });
});
