import assert from "node:assert/strict";
import type { GithubFiles } from "../../../src/adapters/github/branch-files";
import { Github } from "../../../src/adapters/github/github";
import "../../support/without-pauses";
import { setEnvironment } from "../../support/environment";
import { GithubApi } from "../../support/github-api";
import { findDescription } from "../../support/github-description";
import { GithubFilesModel } from "../../support/github-files";

const description = findDescription();
const AT = { branch: "gh-pages", path: "index.yaml" };
const KEY = "acme/charts gh-pages index.yaml";

describe("files of branches on GitHub", function () {
  if (description === undefined) {
    it("is skipped: GitHub's description of its API, npm's @octokit/openapi, isn't in ~/.cache/releases-ci/openapi", function () {
      this.skip();
    });
    return;
  }

  let model: GithubFilesModel;
  let api: GithubApi;
  let files: GithubFiles;
  let restore: () => void;

  before(async () => {
    api = await GithubApi.start(description, (asked) => model.answer(asked) ?? { status: 404 });
    restore = setEnvironment({ GITHUB_TOKEN: "MARKED-token", GITHUB_API_URL: api.address });
    const github = await Github.connect();
    assert.ok(github);
    files = github.files("acme/charts");
  });
  beforeEach(() => {
    model = new GithubFilesModel();
    for (const list of [api.asked, api.problems, api.instead]) list.length = 0;
  });
  afterEach(() => assert.deepEqual(api.problems, []));
  after(() => {
    restore();
    api.stop();
  });

  /** Replaces what was read. Returns what GitHub says of a conflict. */
  async function replaced(text: string): Promise<string | undefined> {
    const found = await files.read(AT);
    assert.ok(found);
    return files.replace({ ...AT, blob: found.blob, text, message: "another one" });
  }

  it("reads a file, however large, and replaces it by one commit", async () => {
    model.files.set(KEY, `# größer\n${"x".repeat(100)}\n`);
    assert.equal((await files.read(AT))?.text, model.files.get(KEY));
    assert.equal(await replaced("next: ü\n"), undefined);
    assert.equal(model.files.get(KEY), "next: ü\n");
    assert.deepEqual(model.commits, [{ at: KEY, message: "another one" }]);
  });

  it("knows a file that isn't there, and what is none", async () => {
    assert.equal(await files.read(AT), undefined);
    for (const body of [[{ type: "file", path: "index.yaml/a" }], { type: "symlink" }]) {
      api.instead.push({ status: 200, body });
      assert.equal(await files.read(AT), undefined);
    }
  });

  it("takes no bytes that it couldn't write as they are, and keeps a byte order mark", async () => {
    model.files.set(KEY, "\u{FEFF}a: 1\n");
    assert.equal((await files.read(AT))?.text, "\u{FEFF}a: 1\n");
    const content = Buffer.from([0x61, 0xe4, 0x0a]).toString("base64");
    const file = { type: "file", sha: "a".repeat(40) };
    api.instead.push({ status: 200, body: file }, { status: 200, body: { content } });
    await assert.rejects(files.read(AT), {
      kind: "outside",
      message: "index.yaml of acme/charts at gh-pages isn't UTF-8; write it anew as UTF-8",
    });
  });

  it("changes nothing where somebody else was faster", async () => {
    model.files.set(KEY, "a: 1\n");
    model.beforeChange = () => void model.files.set(KEY, "b: 1\n");
    assert.match((await replaced("c: 1\n")) ?? "", /index\.yaml does not match/);
    assert.equal(model.files.get(KEY), "b: 1\n");
  });

  it("says what GitHub refuses", async () => {
    model.files.set(KEY, "a: 1\n");
    const found = await files.read(AT);
    assert.ok(found);
    api.instead.push({ status: 403, body: { message: "not accessible by integration" } });
    await assert.rejects(
      files.replace({ ...AT, blob: found.blob, text: "b: 1\n", message: "no" }),
      {
        kind: "outside",
        message: /to change index\.yaml of acme\/charts at gh-pages: .*check what the token may do/,
      },
    );
    api.instead.push({ status: 403 });
    await assert.rejects(files.read(AT), { kind: "outside" });
  });
});
