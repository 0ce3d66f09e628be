import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { GitRepository, type Git } from "../../../src/adapters/git/repository";
import { Ref } from "../../../src/core/ref";
import { folderOf } from "../../support/folder";
import { GitFolder, hasGit } from "../../support/git";

describe("GitRepository", () => {
  if (!hasGit) {
    it("is skipped: there is no git in PATH", function () {
      this.skip();
    });
    return;
  }

  it("answers about its folder", () => {
    const folder = new GitFolder({
      "service/shop.yaml": "- { docker: orders, github: orders, deploy: { release: v1.0.0 } }\n",
      "Pulumi.testing.yaml": "config:\n  aws:region: eu-west-1\n",
    });
    const start = folder.commit("start");
    folder.git("tag", "v1.0.0");
    folder.write("notes", "1");
    const last = folder.commit("notes\n\nBreak-glass: it is late\n");
    const git: Git = new GitRepository(folder.path);
    assert.equal(git.isRepository(), true);
    assert.deepEqual(git.resolveRef("main"), { ref: Ref.branch("main"), commit: last });
    assert.equal(git.commitOf("HEAD~1"), start);
    assert.deepEqual(
      git.versionTags("v*").map(({ ref, commit }) => [ref, commit]),
      [[Ref.tag("v1.0.0"), start]],
    );
    assert.deepEqual(
      git.sourcesAt(start).list.map(({ file }) => file),
      ["service/shop.yaml"],
    );
    assert.equal(git.mergedTree(start, last), folder.git("rev-parse", "HEAD^{tree}"));
    const history = git.historyOf(new Map([["testing", "main"]])).get("testing");
    assert.deepEqual(
      history?.entries.map(({ service, commit }) => [service, commit]),
      [["orders", start]],
    );
    assert.deepEqual(git.trailersSince(start, "Break-glass"), [
      { commit: last, parents: [start], value: "it is late" },
    ]);
  });

  it("writes folders of a commit for as long as somebody reads them, without links", () => {
    const folder = new GitFolder({
      "charts/service/Chart.yaml": "version: 1.0.0\n",
      "charts/service/templates/ä pod.yaml": "kind: Pod\n",
      "service/shop.yaml": "- {}\n",
    });
    fs.symlinkSync("/etc/passwd", path.join(folder.path, "charts/link"));
    const start = folder.commit("start");
    folder.write("charts/service/Chart.yaml", "version: 2.0.0\n");
    const git: Git = new GitRepository(folder.path);
    let written = "";
    const files = git.withFolders(start, ["charts", "none"], (root) => {
      written = root;
      const all = fs.readdirSync(root, { recursive: true, encoding: "utf8" });
      const isFile = (file: string) => fs.statSync(path.join(root, file)).isFile();
      return all
        .filter(isFile)
        .map((file) => [file, fs.readFileSync(path.join(root, file), "utf8")])
        .sort();
    });
    assert.deepEqual(files, [
      ["charts/service/Chart.yaml", "version: 1.0.0\n"],
      ["charts/service/templates/ä pod.yaml", "kind: Pod\n"],
    ]);
    assert.equal(fs.existsSync(written), false);
  });

  it("has no answer outside of git", () => {
    const git: Git = new GitRepository(folderOf({}));
    assert.equal(git.isRepository(), false);
    assert.equal(git.resolveRef("main"), undefined);
    assert.equal(git.commitOf("HEAD"), undefined);
    assert.deepEqual(git.versionTags("v*"), []);
  });
});
