import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { sourcesAt } from "../../../src/adapters/git/tree";
import { readSources } from "../../../src/core/read";
import { PROGRAM } from "../../../src/app/open";
import { GitFolder, hasGit } from "../../support/git";

const text = ({ bytes }: { bytes: Uint8Array }): string => Buffer.from(bytes).toString("utf8");

describe("sourcesAt", () => {
  if (!hasGit) {
    it("is skipped: there is no git in PATH", function () {
      this.skip();
    });
    return;
  }

  it("returns the files of a commit, whatever the working tree holds by now", () => {
    const folder = new GitFolder({
      "service/shop/ä.yaml": "# one\n",
      "environments.yaml": "# path\n",
      "Pulumi.testing.yaml": "# stack\n",
    });
    const commit = folder.commit("one");
    folder.write("service/shop/ä.yaml", "# two\n");
    folder.write("service/new.yaml", "# new\n");
    const { list, environments, stacks } = sourcesAt(folder.path, commit);
    assert.deepEqual(
      list.map((source) => [source.file, text(source)]),
      [["service/shop/ä.yaml", "# one\n"]],
    );
    assert.equal(environments && text(environments), "# path\n");
    assert.deepEqual(
      stacks.map(({ file }) => file),
      ["Pulumi.testing.yaml"],
    );
  });

  it("returns what the reader of the working tree returns", () => {
    const folder = new GitFolder({
      "service/a.yaml": "a",
      "service/b/c.yaml": "",
      "service/b/.hidden.yaml": "x",
      "service/.hidden/d.yaml": "x",
      "service/README.md": "x",
      "infrastructure/e.yaml": "e\r\nf",
      "other/f.yaml": "x",
      "Pulumi.yaml": "x",
      "Pulumi.a-b.yaml": "y",
      "environments.yaml": "z",
    });
    fs.symlinkSync("a.yaml", path.join(folder.path, "service/link.txt"));
    const commit = folder.commit("all");
    const tree = sourcesAt(folder.path, commit);
    const disk = readSources(folder.path, PROGRAM);
    const plain = (sources: readonly { file: string; bytes: Uint8Array }[]): string[][] =>
      sources.map((source) => [source.file, text(source)]);
    assert.deepEqual(plain(tree.list), plain(disk.list));
    assert.deepEqual(plain(tree.stacks), plain(disk.stacks));
    assert.deepEqual(tree.environments && text(tree.environments), "z");
  });

  it("reads a repository that is a folder of a larger one", () => {
    const folder = new GitFolder({ "deploy/service/a.yaml": "a", "service/b.yaml": "b" });
    const commit = folder.commit("all");
    const { list } = sourcesAt(path.join(folder.path, "deploy"), commit);
    assert.deepEqual(
      list.map(({ file }) => file),
      ["service/a.yaml"],
    );
  });

  it("fails where git lacks a content, as a partial clone may", () => {
    const folder = new GitFolder({ "service/a.yaml": "a", "service/b.yaml": "b" });
    const commit = folder.commit("all");
    const blob = folder.git("rev-parse", "HEAD:service/a.yaml");
    fs.rmSync(path.join(folder.path, ".git/objects", blob.slice(0, 2), blob.slice(2)));
    assert.throws(() => sourcesAt(folder.path, commit), {
      kind: "outside",
      message: `git cat-file: ${blob} is missing`,
    });
  });

  it("throws git's own words for a commit that isn't there", () => {
    const folder = new GitFolder();
    assert.throws(() => sourcesAt(folder.path, "f".repeat(40)), {
      name: "ReleasesError",
      kind: "outside",
      message: /^git ls-tree: fatal: /,
    });
  });
});
