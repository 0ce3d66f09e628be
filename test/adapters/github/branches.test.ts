import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { Github } from "../../../src/adapters/github/github";
import type { NewBranch } from "../../../src/adapters/github/branches";
import type { GithubRepository } from "../../../src/adapters/github/repository";
import "../../support/without-pauses";
import { setEnvironment } from "../../support/environment";
import { GithubApi, type Answer, type Asked } from "../../support/github-api";
import { findDescription } from "../../support/github-description";

const description = findDescription();

describe("a branch of one commit", function () {
  if (description === undefined) {
    it("is skipped: GitHub's description of its API, npm's @octokit/openapi, isn't in ~/.cache/releases-ci/openapi", function () {
      this.skip();
    });
    return;
  }

  type Tree = Readonly<Record<string, string>>;
  interface Commit {
    readonly message: string;
    readonly tree: string;
    readonly parents: readonly string[];
  }
  /** Objects by their names, as git has them. */
  let trees: Map<string, Tree>;
  let commits: Map<string, Commit>;
  let branch: string | undefined;
  let api: GithubApi;
  let repository: GithubRepository;
  let restore: () => void;

  before(async () => {
    api = await GithubApi.start(description, answer);
    restore = setEnvironment({ GITHUB_TOKEN: "a-token", GITHUB_API_URL: api.address });
    const github = await Github.connect();
    assert.ok(github);
    repository = github.repository("acme/releases");
  });
  beforeEach(() => {
    trees = new Map();
    commits = new Map();
    branch = undefined;
    api.asked.length = 0;
  });
  afterEach(() => assert.deepEqual(api.problems, []));
  after(() => {
    restore();
    api.stop();
  });

  function put<Value>(objects: Map<string, Value>, value: Value): string {
    const name = createHash("sha1").update(JSON.stringify(value)).digest("hex");
    objects.set(name, value);
    return name;
  }

  /** Makes a commit of files. Returns its name. */
  const commitOf = (files: Tree): string =>
    put(commits, { message: "start", tree: put(trees, files), parents: [] });

  function answer({ route, parameters, body }: Asked): Answer {
    const [method, path] = route.replace("/repos/{owner}/{repo}/git", "").split(" ");
    if (method === "GET" && path === "/ref/{ref}") {
      return branch === undefined
        ? { status: 404 }
        : { status: 200, body: { object: { sha: branch } } };
    }
    if (method === "GET") {
      const commit = commits.get(parameters["commit_sha"] ?? "");
      assert.ok(commit);
      const parents = commit.parents.map((sha) => ({ sha }));
      return { status: 200, body: { ...commit, tree: { sha: commit.tree }, parents } };
    }
    if (path === "/trees") {
      const base = commits.get(String(body["base_tree"]))?.tree ?? "";
      const files = new Map(Object.entries(trees.get(base) ?? {}));
      for (const { path: file, content, sha } of body["tree"] as Record<string, string | null>[]) {
        // As GitHub: what isn't there can't be removed.
        if (sha === null && !files.delete(file ?? "")) return { status: 422 };
        if (typeof content === "string") files.set(file ?? "", content);
      }
      return { status: 201, body: { sha: put(trees, Object.fromEntries([...files].sort())) } };
    }
    if (path === "/commits") return { status: 201, body: { sha: put(commits, body as never) } };
    branch = String(body["sha"]);
    return { status: method === "PATCH" ? 200 : 201 };
  }

  const filesOf = (commit: string | undefined): Tree | undefined =>
    trees.get(commits.get(commit ?? "")?.tree ?? "");

  const wantedOn = (on: string, more: Partial<NewBranch> = {}): NewBranch => ({
    ...{ name: "evidence/taken-back", on, message: "evidence: one" },
    files: new Map([
      ["a", undefined],
      ["b", "2"],
    ]),
    ...more,
  });

  it("changes files and removes files", async () => {
    const wanted = wantedOn(commitOf({ a: "1", b: "1", c: "1" }));
    assert.equal(await repository.putBranch(wanted), true);
    assert.deepEqual(filesOf(branch), { b: "2", c: "1" });
  });

  it("stays as it is, with its reviews, where it says the same on an earlier commit", async () => {
    await repository.putBranch(wantedOn(commitOf({ a: "1", b: "1" })));
    const before = branch;
    const later = commitOf({ a: "1", b: "1", others: "1" });
    assert.equal(await repository.putBranch(wantedOn(later)), false);
    assert.equal(branch, before);
    for (const more of [{ message: "evidence: two" }, { files: new Map([["b", "3"]]) }]) {
      assert.equal(await repository.putBranch(wantedOn(later, more)), true);
      assert.notEqual(branch, before);
      assert.deepEqual(commits.get(branch ?? "")?.parents, [later]);
      branch = before;
    }
  });

  it("is moved where its own commit hasn't what is to be removed", async () => {
    await repository.putBranch(wantedOn(commitOf({ a: "1", b: "1" })));
    const later = commitOf({ a: "1", b: "1", d: "1" });
    await repository.putBranch(wantedOn(later, { files: new Map([["d", undefined]]) }));
    assert.deepEqual(filesOf(branch), { a: "1", b: "1" });
  });
});
