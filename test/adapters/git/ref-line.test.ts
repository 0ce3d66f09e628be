import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { commitsTouching } from "../../../src/adapters/git/file-changes";
import { FollowedFiles } from "../../../src/adapters/git/followed-files";
import { RefLine } from "../../../src/adapters/git/ref-line";
import { GIT_ENVIRONMENT, GitFolder, hasGit } from "../../support/git";
import { randomHistory } from "../../support/random-history";

type Step = readonly [commit: string, order: number, files: readonly string[]];

/** Returns the steps of `main` that change files which are read. */
function stepsOf(folder: string, prefix: string): Step[] {
  const line = RefLine.read(folder, "main");
  const tips = line.tip === undefined ? [] : [line.tip];
  const files = new FollowedFiles(prefix);
  const steps = line.steps(files, commitsTouching(folder, tips, FollowedFiles.PATTERNS));
  return steps.map(({ commit, order, changes, names }): Step => {
    const versions = files.versionsOf(changes, names);
    return [commit, order, versions.map(({ path, blob }) => `${path} ${blob ?? "gone"}`)];
  });
}

/** Returns the same from git's log of everything, whose renames are all followed. */
function referenceOf(folder: GitFolder, prefix: string): Step[] {
  const format = ["--first-parent", "--diff-merges=first-parent", "--format=%H", "--reverse"];
  const raw = ["--raw", "-r", "-M", "-z", "--no-abbrev", "--root"];
  const fields = folder.git("log", ...format, ...raw, "main").split("\0");
  const commits: { id: string; changes: { path: string; from: string; blob?: string }[] }[] = [];
  for (let at = 0; at < fields.length;) {
    const field = (fields[at++] ?? "").trimStart();
    if (!field.startsWith(":")) {
      if (field !== "") commits.push({ id: field, changes: [] });
      continue;
    }
    const [, mode = "", , blob = "", status = ""] = field.split(" ");
    const from = fields[at++] ?? "";
    const path = status.startsWith("R") ? (fields[at++] ?? "") : from;
    const isFile = mode.startsWith("100") && status !== "D";
    commits.at(-1)?.changes.push({ path, from, ...(isFile && { blob }) });
  }
  const files = new FollowedFiles(prefix);
  const names = new Map<string, string>();
  const steps = [...commits.entries()].reverse().map(([order, { id, changes }]): Step => {
    const renames = changes.filter(({ path, from }) => path !== from);
    const today = renames.map(({ path }) => names.get(path) ?? path);
    for (const [index, { from }] of renames.entries()) names.set(from, today[index] ?? "");
    const versions = changes.flatMap(({ path, from, blob }) => {
      const [now = "", before = ""] = [path, from].map((name) => names.get(name) ?? name);
      const both = [...(before === now ? [] : [[before]]), [now, blob]];
      return both.flatMap(([file = "", blob = "gone"]) => {
        const read = files.pathOf(file);
        return read === undefined ? [] : `${read} ${blob}`;
      });
    });
    return [id, order, versions];
  });
  return steps.reverse();
}

describe("RefLine", () => {
  if (!hasGit) {
    it("is skipped: there is no git in PATH", function () {
      this.skip();
    });
    return;
  }

  const seeds = Array.from({ length: 24 }, (_, seed) => seed);
  it(`follows renames as a log of everything does, in ${seeds.length} random histories`, () => {
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
      const steps = stepsOf(`${folder.path}/${prefix}`, prefix).filter(isChange);
      assert.deepEqual(steps, referenceOf(folder, prefix).filter(isChange), `seed ${seed}`);
      count += steps.length;
    }
    assert.ok(count > 100, `${count} steps`);
  });
});
