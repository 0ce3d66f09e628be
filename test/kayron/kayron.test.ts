import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { lint } from "../../src/app/lint";
import { RepositoryFiles } from "../../src/adapters/disk/repository-files";
import { hasErrors, type Issue } from "../../src/core/input/issue";
import { temporaryFolder, writeFiles } from "../support/folder";
import { Dice } from "../support/random-history";
import { PROGRAM_ROOT } from "../support/repository";
import { DIFFERENCES, differenceOf, differenceOfKayron } from "./differences";
import { randomList, type ListFiles } from "./lists";
import { KAYRON, kayronSays } from "./real";

/** What both say of a list. */
interface Said {
  readonly kayron: string | undefined;
  readonly issues: readonly Issue[];
}

async function askBoth(files: ListFiles): Promise<Said> {
  const folder = temporaryFolder();
  try {
    writeFiles(folder, files);
    const { issues } = lint(
      {
        files: new RepositoryFiles(folder, PROGRAM_ROOT),
        git: { branch: () => undefined },
        now: () => new Date(0),
      },
      "kayron",
    );
    return { kayron: await kayronSays(folder), issues };
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

/** Returns the documented differences between both, and what no document has. */
function compare({ kayron, issues }: Said): { ids: string[]; undocumented: string[] } {
  const isTaken = !hasErrors(issues);
  if (kayron !== undefined && !isTaken) return { ids: [], undocumented: [] };
  if (kayron !== undefined) {
    const id = differenceOfKayron(kayron);
    return id === undefined
      ? { ids: [], undocumented: [`Kayron alone refuses: ${kayron}`] }
      : { ids: [id], undocumented: [] };
  }
  const ids: string[] = [];
  const undocumented: string[] = [];
  for (const issue of issues) {
    const { code, message, severity } = issue;
    const id = differenceOf(issue, severity === "error" ? "releases" : "warning");
    if (id === undefined) undocumented.push(`Kayron takes it: ${severity} ${code} ${message}`);
    else ids.push(id);
  }
  return { ids, undocumented };
}

describe("docs/kayron.md", () => {
  it("has a row for each difference that is tested, and tests each row about lists", () => {
    const text = fs.readFileSync(path.join(PROGRAM_ROOT, "docs/kayron.md"), "utf8");
    const [, lists = ""] = /\n## Lists\n([^]*?)\n## /.exec(text) ?? [];
    const ids = [...lists.matchAll(/^\| `([a-z-]+)` /gm)].map(([, id]) => id);
    assert.deepEqual(ids, Object.keys(DIFFERENCES));
  });
});

describe("lists given to the real Kayron and to releases lint --kayron", function () {
  before(function () {
    if (KAYRON !== undefined) return;
    console.log(
      "      skipped: Kayron isn't installed; go install github.com/0xSplits/kayron@v0.5.3",
    );
    this.skip();
  });

  for (const [id, { files, refusedBy, codes }] of Object.entries(DIFFERENCES)) {
    it(`differ as documented: ${id}`, async () => {
      const said = await askBoth(files);
      const errors = said.issues.filter(({ severity }) => severity === "error");
      assert.equal(said.kayron !== undefined, refusedBy === "kayron", said.kayron);
      assert.equal(errors.length > 0, refusedBy === "releases");
      const { ids, undocumented } = compare(said);
      assert.deepEqual([[...new Set(ids)], undocumented], [[id], []]);
      if (refusedBy !== "warning") return;
      assert.deepEqual([...new Set(said.issues.map(({ code }) => code))].sort(), [...codes].sort());
    });
  }

  const TWICE = "- docker: a\n  docker: a\n";
  for (const first of ["---\n", "---\n# c\n", "\n---\n---\n", "# c\n", "~\n", "[]\n"]) {
    it(`are read as far as Kayron reads them: ${JSON.stringify(first)} in front of a broken document`, async () => {
      const sound = "- github: orders\n  docker: orders\n  deploy: { release: v1.2.3 }\n";
      const files = { "service/a.yaml": `${first}---\n${TWICE}`, "service/b.yaml": sound };
      assert.deepEqual(compare(await askBoth(files)).undocumented, []);
    });
  }

  const runs = process.env["DEEP"] === undefined ? 100 : 2000;
  const seed = Number(process.env["SEED"] ?? Date.now() % 2 ** 31);
  it(`are taken or refused alike, but for documented differences, in ${runs} of them (SEED=${seed})`, async function () {
    this.timeout(runs * 500);
    const count = { taken: 0, refused: 0, differing: 0 };
    const { default: pMap } = await import("p-map");
    const seeds = Array.from({ length: runs }, (_, run) => seed + run);
    await pMap(
      seeds,
      async (each) => {
        const files = randomList(new Dice(each));
        const said = await askBoth(files);
        const { ids, undocumented } = compare(said);
        assert.deepEqual(undocumented, [], `SEED=${each}: ${JSON.stringify(files)}`);
        if (ids.length > 0) count.differing++;
        else count[said.kayron === undefined ? "taken" : "refused"]++;
      },
      { concurrency: 2 },
    );
    assert.ok(Math.min(...Object.values(count)) > runs / 20, JSON.stringify(count));
  });
});
