import assert from "node:assert/strict";
import { isAncestor, resolveRef } from "../../../src/adapters/git/refs";
import { Ref } from "../../../src/core/ref";
import { folderOf } from "../../support/folder";
import { GitFolder, hasGit } from "../../support/git";

describe("resolveRef", () => {
  if (!hasGit) {
    it("is skipped: there is no git in PATH", function () {
      this.skip();
    });
    return;
  }

  it("is a branch's newest commit", () => {
    const folder = new GitFolder({ a: "1" });
    folder.commit("one");
    folder.git("checkout", "--quiet", "-b", "testing");
    folder.write("a", "2");
    const commit = folder.commit("two");
    folder.git("checkout", "--quiet", "main");
    assert.deepEqual(resolveRef(folder.path, "testing"), { ref: Ref.branch("testing"), commit });
  });

  it("is origin's branch in a clone that has none of its own", () => {
    const origin = new GitFolder({ a: "1" });
    const commit = origin.commit("one");
    origin.git("branch", "testing");
    const clone = new GitFolder();
    clone.git("remote", "add", "origin", origin.path);
    clone.git("fetch", "--quiet", "origin");
    assert.deepEqual(resolveRef(clone.path, "testing"), {
      ref: Ref.remote("origin", "testing"),
      commit,
    });
  });

  it("is the highest version among tags, not the newest tag", () => {
    const folder = new GitFolder({ a: "1" });
    const first = folder.commit("one");
    folder.git("tag", "v1.9.0");
    folder.git("tag", "v1.10.0-rc.1");
    folder.write("a", "2");
    const second = folder.commit("two");
    folder.git("tag", "--annotate", "--message", "ten", "v1.10.0", first);
    folder.git("tag", "v1.2.0", second);
    folder.git("tag", "vnext", second);
    assert.deepEqual(resolveRef(folder.path, "v*"), { ref: Ref.tag("v1.10.0"), commit: first });
    assert.equal(resolveRef(folder.path, "w*"), undefined);
  });

  it("is no tag that may move, unless the ref says so", () => {
    const folder = new GitFolder();
    const commit = folder.commit("one");
    folder.git("tag", "v1.0.0");
    const moved = folder.commit("two");
    for (const tag of ["v9.0-test", "v9.0-daily"]) folder.git("tag", tag);
    assert.deepEqual(resolveRef(folder.path, "v*"), { ref: Ref.tag("v1.0.0"), commit });
    const daily = { ref: Ref.tag("v9.0-daily"), commit: moved };
    assert.deepEqual(resolveRef(folder.path, "v*-daily"), daily);
  });

  it("is nowhere without the ref, and outside of git", () => {
    assert.equal(resolveRef(new GitFolder().path, "testing"), undefined);
    assert.equal(resolveRef(folderOf({ a: "1" }), "testing"), undefined);
  });
});

describe("isAncestor", () => {
  if (!hasGit) {
    it("is skipped: there is no git in PATH", function () {
      this.skip();
    });
    return;
  }

  it("tells a commit of a branch from one of no branch", () => {
    const folder = new GitFolder();
    const first = folder.commit("one");
    const last = folder.commit("two");
    folder.git("switch", "--quiet", "--detach", first);
    const aside = folder.commit("evil");
    folder.git("tag", "v9.9.9");
    folder.git("switch", "--quiet", "main");
    assert.equal(isAncestor(folder.path, first, last), true);
    assert.equal(isAncestor(folder.path, last, last), true);
    assert.equal(isAncestor(folder.path, last, first), false);
    assert.equal(isAncestor(folder.path, aside, last), false);
  });

  it("is nothing that is guessed: unknown commits and what a shallow clone lacks are failures", () => {
    const folder = new GitFolder();
    const first = folder.commit("one");
    const last = folder.commit("two");
    const outside = { name: "ReleasesError", kind: "outside" };
    for (const unknown of ["f".repeat(40), "gone", "--all"]) {
      assert.throws(() => isAncestor(folder.path, unknown, last), outside);
      assert.throws(() => isAncestor(folder.path, last, unknown), outside);
    }
    assert.throws(() => isAncestor(folderOf({}), first, last), outside);
    const clone = folderOf({});
    folder.git("clone", "--quiet", "--depth", "1", `file://${folder.path}`, clone);
    assert.throws(() => isAncestor(clone, first, last), outside);
    new GitFolder().git("-C", clone, "fetch", "--quiet", "--depth", "1", "origin", first);
    assert.throws(() => isAncestor(clone, first, last), {
      ...outside,
      message: /is a shallow clone; fetch its history with git fetch --unshallow$/,
    });
  });
});
