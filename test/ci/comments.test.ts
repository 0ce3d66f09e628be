import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import type { GithubRepositoryApi } from "../../src/adapters/github/repository";
import { leaveComments } from "../../src/ci/comments";
import { folderOf, link, type Files } from "../support/folder";

const RUN = {
  head: { owner: "mallory", branch: "main", commit: "0123456789abcdef0123456789abcdef01234567" },
  url: "https://github.com/acme/releases/actions/runs/7",
};
const HEAD = `\`0123456789ab\` ([run](${RUN.url}))\n\n`;
const FINDINGS = "plan: findings";
const UNKNOWN = "plan: unknown environments";
const KNOWN = ["testing", "production"];
const UNPLANNED = "This commit couldn't be planned: the run tells why.";

type Github = Pick<
  GithubRepositoryApi,
  "pullRequestOf" | "changesFolder" | "commentKinds" | "comment"
>;

/** GitHub with one pull request, and the comments that are left on it, by their kinds. */
function githubWith(former: readonly string[], isForeign = false) {
  const comments = new Map(former.map((kind) => [kind, "of a run before"]));
  const github: Github = {
    pullRequestOf: () => Promise.resolve({ number: 7, base: "base" }),
    changesFolder: (base, commit, folder) => {
      assert.deepEqual([base, commit, folder], ["base", RUN.head.commit, ".github"]);
      return Promise.resolve(isForeign);
    },
    commentKinds: () => Promise.resolve([...comments.keys()]),
    comment: (_, kind, text) => {
      comments.set(kind, text);
      return Promise.resolve("written");
    },
  };
  return { comments, github };
}

/** Returns the comments on the pull request after the run. */
async function left(
  files: Files | string,
  former: readonly string[] = [],
  isForeign = false,
): Promise<Record<string, string>> {
  const { comments, github } = githubWith(former, isForeign);
  const folder = typeof files === "string" ? files : folderOf(files);
  await leaveComments(folder, KNOWN, RUN, github as GithubRepositoryApi);
  return Object.fromEntries(comments);
}

const PLANS = { "findings.md": "", "plan-testing.md": "moves", "plan-production.md": "" };

describe("the comments on a pull request", () => {
  it("name the head commit and the run, and are left where there is something to say", async () => {
    assert.deepEqual(await left(PLANS), { "plan testing": `${HEAD}moves` });
  });

  it("replace what a run before said, whatever it was", async () => {
    const former = ["plan production", "plan prod", UNKNOWN, FINDINGS, "drift"];
    const nothing = `${HEAD}Nothing changes any more.`;
    assert.deepEqual(await left(PLANS, former), {
      "plan testing": `${HEAD}moves`,
      "plan production": nothing,
      "plan prod": nothing,
      [UNKNOWN]: nothing,
      [FINDINGS]: nothing,
      drift: "of a run before",
    });
  });

  it("show the plan of an environment that the default branch doesn't know, such as prod", async () => {
    assert.deepEqual(await left({ ...PLANS, "plan-prod.md": "10 to delete" }), {
      "plan testing": `${HEAD}moves`,
      [UNKNOWN]: `${HEAD}**Unknown environment** \`prod\`\n\n10 to delete`,
    });
    const many: Files = Object.fromEntries(
      Array.from({ length: 200 }, (_, at) => [`plan-e${at}.md`, "x".repeat(10_000)]),
    );
    const { [UNKNOWN]: text = "" } = await left({ ...PLANS, ...many });
    assert.ok(text.length < 65_536);
    assert.match(text, /\*\*Unknown environment\*\* `e99`: its plan is too long/);
  });

  it("keep the findings apart from an environment called findings", async () => {
    assert.deepEqual(await left({ "findings.md": "no", "plan-findings.md": "moves" }), {
      [FINDINGS]: `${HEAD}no`,
      [UNKNOWN]: `${HEAD}**Unknown environment** \`findings\`\n\nmoves`,
    });
  });

  it("say of every plan before that the change can't be declared any more", async () => {
    const found = await left({ ...PLANS, "plan-testing.md": "", "findings.md": "no" }, [
      "plan testing",
    ]);
    assert.deepEqual(found, {
      [FINDINGS]: `${HEAD}no`,
      "plan testing": `${HEAD}This commit can't be declared: another comment has the findings.`,
    });
  });

  it("post nothing of a run whose workflows aren't those of the base", async () => {
    const found = await left(
      { ...PLANS, "plan-production.md": "nothing changes" },
      ["plan testing"],
      true,
    );
    assert.deepEqual(Object.keys(found), ["plan testing", FINDINGS]);
    for (const text of Object.values(found)) {
      assert.match(text, /changes `\.github`, so its run may have planned anything/);
    }
  });

  describe("say that the commit couldn't be planned where the run left", () => {
    const [pipe, huge] = [folderOf({ "findings.md": "" }), folderOf(PLANS)];
    execFileSync("mkfifo", [path.join(pipe, "plan-production.md")]);
    fs.truncateSync(path.join(huge, "plan-testing.md"), 2 ** 32);
    for (const [what, files] of [
      ["nothing", path.join(folderOf({}), "no-such-folder")],
      ["no findings.md", { "plan-testing.md": "moves" }],
      ["a link", { ...PLANS, "plan-production.md": link("/proc/self/environ") }],
      ["a link for findings.md", { ...PLANS, "findings.md": link("/etc/passwd") }],
      ["a FIFO", pipe],
      ["a file of 4 GiB", huge],
      ["a file of another name", { ...PLANS, "production.md": "nothing changes" }],
      ["a folder", { ...PLANS, "plan-a.md/b": "x" }],
      ["a name that is no environment's", { ...PLANS, "plan-..md": "x" }],
      [
        "more files than anybody has environments",
        {
          ...PLANS,
          ...Object.fromEntries(Array.from({ length: 300 }, (_, at) => [`plan-e${at}.md`, "x"])),
        },
      ],
    ] as const) {
      it(what, async () => {
        assert.deepEqual(await left(files, ["plan production"]), {
          [FINDINGS]: HEAD + UNPLANNED,
          "plan production": HEAD + UNPLANNED,
        });
      });
    }
  });

  it("are none where the pull request is closed, or has a newer commit", async () => {
    const { comments, github } = githubWith([]);
    github.pullRequestOf = () => Promise.resolve(undefined);
    const lines = await leaveComments(folderOf(PLANS), KNOWN, RUN, github as GithubRepositoryApi);
    assert.match(lines.join(), /^mallory:main at 0123\w+ has no open pull request any more$/);
    assert.equal(comments.size, 0);
  });
});
