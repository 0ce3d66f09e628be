import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { withClone } from "../../../src/adapters/git/clone";
import { commitOf } from "../../../src/adapters/git/refs";
import { isError } from "../../../src/core/error";
import { setEnvironment } from "../../support/environment";
import { folderOf } from "../../support/folder";
import { GitFolder, hasGit } from "../../support/git";

describe("a clone that is read once", () => {
  if (!hasGit) {
    it("is skipped: there is no git in PATH", function () {
      this.skip();
    });
    return;
  }

  /** A user's settings, with a file that a program would write which nobody may start. */
  function home(settings: (mark: string) => string): { mark: string; restore: () => void } {
    const folder = folderOf({});
    const mark = path.join(folder, "started");
    const config = path.join(folder, "config");
    fs.writeFileSync(config, settings(mark));
    return { mark, restore: setEnvironment({ GIT_CONFIG_GLOBAL: config }) };
  }

  it("has branches and tags, writes no file of a commit, and is removed", () => {
    const origin = new GitFolder({ "service/a.yaml": "[]\n" });
    const first = origin.commit("one");
    origin.git("branch", "testing");
    origin.tag("v1.0.0");
    const folder = withClone(`file://${origin.path}`, (clone) => {
      assert.deepEqual(fs.readdirSync(clone), [".git"]);
      for (const ref of ["HEAD", "refs/remotes/origin/testing", "refs/tags/v1.0.0"]) {
        assert.equal(commitOf(clone, ref), first, ref);
      }
      return clone;
    });
    assert.ok(!fs.existsSync(folder));
  });

  it("is removed where reading it fails", () => {
    const origin = new GitFolder({ a: "b\n" });
    origin.commit("one");
    let folder = "";
    assert.throws(() => {
      withClone(`file://${origin.path}`, (clone) => {
        folder = clone;
        throw new Error("no");
      });
    }, /^Error: no$/);
    assert.ok(folder !== "" && !fs.existsSync(folder));
  });

  it("starts no hook, no filter and no program of another transport", () => {
    const origin = new GitFolder({ ".gitattributes": "* filter=mark\n", a: "b\n" });
    origin.commit("one");
    const { mark, restore } = home(
      (mark) =>
        `[filter "mark"]\n  smudge = touch ${mark}\n[init]\n  templateDir = ${hooks(mark)}\n`,
    );
    try {
      withClone(`file://${origin.path}`, () => {
        assert.ok(!fs.existsSync(mark));
      });
    } finally {
      restore();
    }
    const other = home((mark) => `[url "ext::touch ${mark} "]\n  insteadOf = https://\n`);
    try {
      assert.throws(() => {
        withClone("https://127.0.0.1:1/acme/releases", () => undefined);
      }, /git clone: .*transport 'ext' not allowed/);
      assert.ok(!fs.existsSync(other.mark));
    } finally {
      other.restore();
    }
  });

  it("fails with git's reason", () => {
    const gone = path.join(folderOf({}), "gone");
    assert.throws(
      () => {
        withClone(`file://${gone}`, () => undefined);
      },
      (cause) => isError(cause, "outside") && /^git clone: .*gone.*/.test(cause.message),
    );
  });

  function hooks(mark: string): string {
    const folder = folderOf({ "hooks/post-checkout": `#!/bin/sh\ntouch ${mark}\n` });
    fs.chmodSync(path.join(folder, "hooks/post-checkout"), 0o755);
    return folder;
  }
});
