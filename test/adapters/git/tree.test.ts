import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { GitRepository } from "../../../src/adapters/git/repository";
import { mergedTree, sourcesAt, type CommittedSources } from "../../../src/adapters/git/tree";
import { readSources } from "../../../src/core/read";
import { PROGRAM } from "../../../src/app/open";
import { formatIssue, type Issue } from "../../../src/core/input/issue";
import { link } from "../../support/folder";
import { GIT_ENVIRONMENT, GitFolder, hasGit } from "../../support/git";
import { randomHistory } from "../../support/random-history";

/** The bytes of a name that isn't UTF-8. */
const NOT_UTF8 = Buffer.from([0xff, 0x2e, 0x79, 0x61, 0x6d, 0x6c]);

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
      "service/large.yaml": new Uint8Array(3_000_000),
      "service/folder.yaml/g.yaml": "x",
      "service/h.yaml": link("a.yaml"),
      "service/notes.txt": link("a.yaml"),
      "Pulumi.linked.yaml": link("Pulumi.a-b.yaml"),
      "Pulumi.folder.yaml/x": "x",
    });
    fs.writeFileSync(Buffer.concat([Buffer.from(`${folder.path}/service/`), NOT_UTF8]), "x");
    folder.git("init", "--quiet", "service/module");
    folder.git("-C", "service/module", "commit", "--quiet", "--allow-empty", "--message", "x");
    const commit = folder.commit("all");
    const tree = sourcesAt(folder.path, commit);
    const disk = readSources(folder.path, PROGRAM);
    const plain = (sources: readonly { file: string; bytes: Uint8Array }[]): string[][] =>
      sources.map((source) => [source.file, text(source)]);
    assert.deepEqual(plain(tree.list), plain(disk.list));
    assert.deepEqual(plain(tree.stacks), plain(disk.stacks));
    assert.deepEqual(tree.environments && text(tree.environments), "z");
    const found = (issues: readonly Issue[]): string[] => issues.map(formatIssue).sort();
    assert.deepEqual(found(tree.issues), found(disk.issues));
    assert.deepEqual(
      tree.issues.map(({ file, code }) => `${file} ${code}`),
      [
        "Pulumi.folder.yaml unreadable",
        "Pulumi.linked.yaml link",
        "service/folder.yaml folder-named-yaml",
        "service/h.yaml link",
        "service/module link",
        "service/\uFFFD.yaml unreadable",
      ],
    );
  });

  it("returns what the reader of the working tree returns, in random histories", () => {
    let links = 0;
    for (let seed = 100; seed < 124; seed++) {
      const folder = new GitFolder();
      execFileSync("git", ["fast-import", "--quiet"], {
        cwd: folder.path,
        env: GIT_ENVIRONMENT,
        input: randomHistory(seed),
      });
      folder.git("reset", "--quiet", "--hard");
      const { defaultCharts: _charts, issues, ...disk } = readSources(folder.path, PROGRAM);
      const tree = sourcesAt(folder.path, "HEAD");
      // A commit doesn't tell where a link leads to.
      const shared = issues.filter(({ message }) => !message.startsWith("a link to a folder"));
      const sorted = (found: readonly Issue[]): string[] => found.map(formatIssue).sort();
      assert.deepEqual(sorted(tree.issues), sorted(shared), `seed ${seed}`);
      const plain = ({ list, stacks, environments }: CommittedSources): string[] =>
        [...list, ...stacks, ...(environments === undefined ? [] : [environments])]
          .map((source) => `${source.file} ${text(source)}`)
          .sort();
      assert.deepEqual(plain(tree), plain({ ...disk, issues }), `seed ${seed}`);
      links += shared.filter(({ code }) => code === "link").length;
    }
    assert.ok(links > 2, `${links} links`);
  });

  it("says of names that are almost those that are read what the reader of the working tree says", () => {
    const names = [
      ...["environments.yml", "environment.yaml", "Environments.yaml", "ENVIRONMENTS.YML"],
      ...["Pulumi.testing.yml", "pulumi.testing.yaml", "Pulumi.yml", "PULUMI.yaml"],
      ...["Pulumi.testing.json", "Pulumi.a b.yaml", "Pulumi.testing.YAML"],
      ...["services/a.yaml", "Service/b.yml", "infra/c.yaml", "INFRASTRUCTURE/d.yaml"],
      ...["service/e.yml", "service/deep/f.YAML"],
    ];
    const fine = [
      ...["service/a.yaml", "Pulumi.production.deploy.yaml", "services-old/a.yaml", "a.yml"],
      ...["Infrastructures/main.tf", "docs/environments.yml", "service/package.json", "pulumi.ts"],
      ...["environments.ts", "service/.hidden/a.yml", "my-environments.yaml"],
    ];
    const folder = new GitFolder(
      Object.fromEntries([...names, ...fine].map((file) => [file, "- {}\n"])),
    );
    const tree = sourcesAt(folder.path, folder.commit("all"));
    const disk = readSources(folder.path, PROGRAM);
    const found = (issues: readonly Issue[]): string[] => issues.map(formatIssue).sort();
    assert.deepEqual(found(tree.issues), found(disk.issues));
    const warned = names.map((name) => {
      return name.startsWith("service/") ? name : name.replace(/\/.*/, "");
    });
    assert.deepEqual(tree.issues.map(({ file }) => file).sort(), warned.sort());
    assert.deepEqual([...new Set(tree.issues.map(({ code }) => code))], ["ignored-file"]);
    assert.ok(tree.issues.every(({ severity }) => severity === "warning"));
  });

  it("attack: a folder of the list that is a link is a finding, not an empty list", () => {
    const folder = new GitFolder({ "lists/a.yaml": "a", service: link("lists") });
    folder.git("init", "--quiet", "infrastructure");
    folder.git("-C", "infrastructure", "commit", "--quiet", "--allow-empty", "--message", "x");
    const { list, issues } = sourcesAt(folder.path, folder.commit("all"));
    assert.deepEqual(list, []);
    assert.deepEqual(issues, readSources(folder.path, PROGRAM).issues);
    assert.deepEqual(
      issues.map(({ file, code }) => `${file} ${code}`),
      ["infrastructure link", "service link"],
    );
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

  for (const name of ["HEAD", "HEAD^{tree}", "HEAD:service", "HEAD:service/a.yaml"]) {
    it(`fails where git lacks ${name}, whatever it is asked`, () => {
      const folder = new GitFolder({ "service/a.yaml": "a", "service/b.yaml": "b" });
      folder.commit("one");
      folder.git("switch", "--quiet", "--create", "topic");
      folder.write("service/c.yaml", "c");
      const topic = folder.commit("two");
      folder.git("switch", "--quiet", "main");
      folder.write("service/a.yaml", "changed");
      const commit = folder.commit("three");
      folder.tag("v1.0.0");
      const id = folder.git("rev-parse", name);
      fs.rmSync(path.join(folder.path, ".git/objects", id.slice(0, 2), id.slice(2)));
      const git = new GitRepository(folder.path);
      const outside = { name: "ReleasesError", kind: "outside" };
      assert.throws(() => git.sourcesAt(commit), outside);
      for (const ref of ["main", "v*"]) {
        assert.throws(() => git.historyOf(new Map([["testing", ref]])), outside);
      }
      // A merge takes the content of one side by its id; who reads the merged tree needs it.
      assert.throws(() => git.sourcesAt(git.mergedTree(topic, commit) ?? ""), outside);
      if (name !== "HEAD") return;
      assert.throws(() => git.resolveRef("main"), outside);
      assert.throws(() => git.commitOf("main"), outside);
      assert.throws(() => git.commitOf("v1.0.0"), outside);
      assert.throws(() => git.versionTags("v*"), outside);
      assert.throws(() => git.trailersSince(topic, "Break-glass"), outside);
      assert.throws(() => git.isAncestor(topic, commit), outside);
    });
  }

  it("tells a merge that conflicts from one of commits that aren't there", () => {
    const folder = new GitFolder({ "service/a.yaml": "a" });
    folder.commit("one");
    folder.git("branch", "topic");
    folder.write("service/a.yaml", "b");
    folder.commit("two");
    folder.git("switch", "--quiet", "topic");
    folder.write("service/a.yaml", "c");
    folder.commit("three");
    assert.equal(mergedTree(folder.path, "main", "topic"), undefined);
    for (const unknown of ["gone", "f".repeat(40)]) {
      const expected = { kind: "outside", message: `git knows no commit "${unknown}"` };
      assert.throws(() => mergedTree(folder.path, "main", unknown), expected);
      assert.throws(() => mergedTree(folder.path, unknown, "main"), expected);
    }
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
