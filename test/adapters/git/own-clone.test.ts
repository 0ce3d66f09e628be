import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { bringClone, variablesFor } from "../../../src/adapters/git/own-clone";
import { commitOf } from "../../../src/adapters/git/refs";
import { isError } from "../../../src/core/error";
import { temporaryFolder } from "../../support/folder";
import { GitFolder, hasGit } from "../../support/git";

describe("a clone of one's own", () => {
  if (!hasGit) {
    it("is skipped: there is no git in PATH", function () {
      this.skip();
    });
    return;
  }

  let origin: GitFolder;
  let folder: string;
  let address: string;

  beforeEach(() => {
    origin = new GitFolder({ "service/a.yaml": "one\n" });
    origin.commit("one");
    folder = path.join(temporaryFolder(), "clone");
    address = `file://${origin.path}`;
  });

  const textIn = (): string => fs.readFileSync(path.join(folder, "service/a.yaml"), "utf8");

  it("is made, and has what the default branch has, each time that it is brought", () => {
    assert.equal(bringClone(folder, address), "main");
    assert.equal(textIn(), "one\n");
    origin.write("service/a.yaml", "two\n");
    origin.commit("two");
    origin.tag("v1.0.0");
    origin.git("branch", "testing");
    bringClone(folder, address);
    assert.equal(textIn(), "two\n");
    const head = origin.git("rev-parse", "HEAD");
    for (const ref of ["refs/remotes/origin/testing", "refs/tags/v1.0.0"]) {
      assert.equal(commitOf(folder, ref), head);
    }
  });

  it("forgets tags and branches that are deleted, and follows a history that was rewritten", () => {
    origin.tag("v1.0.0");
    origin.git("branch", "testing");
    bringClone(folder, address);
    origin.git("tag", "--delete", "v1.0.0");
    origin.git("branch", "--delete", "--force", "testing");
    origin.write("service/a.yaml", "other\n");
    origin.git("add", "--all");
    origin.git(
      "-c",
      "user.name=A",
      "-c",
      "user.email=a@b.example",
      "commit",
      "--amend",
      "--quiet",
      "-m",
      "x",
    );
    bringClone(folder, address);
    assert.equal(textIn(), "other\n");
    assert.equal(commitOf(folder, "refs/tags/v1.0.0"), undefined);
    assert.equal(commitOf(folder, "refs/remotes/origin/testing"), undefined);
  });

  it("is mended where a process left it half done", () => {
    bringClone(folder, address);
    fs.writeFileSync(path.join(folder, ".git/index.lock"), "");
    origin.write("service/a.yaml", "two\n");
    origin.commit("two");
    bringClone(folder, address);
    assert.equal(textIn(), "two\n");
    fs.rmSync(path.join(folder, ".git/HEAD"));
    bringClone(folder, address);
    assert.equal(textIn(), "two\n");
  });

  it("stays as it is where the origin can't be reached", () => {
    bringClone(folder, address);
    fs.rmSync(origin.path, { recursive: true });
    assert.throws(
      () => bringClone(folder, address),
      (cause) => isError(cause, "outside"),
    );
    assert.equal(textIn(), "one\n");
  });

  it("gives a token to the address's own host alone", () => {
    assert.deepEqual(variablesFor("https://github.com/acme/releases", "t0ken"), {
      GIT_CONFIG_COUNT: "1",
      GIT_CONFIG_KEY_0: "http.https://github.com/.extraHeader",
      GIT_CONFIG_VALUE_0: `Authorization: Basic ${btoa("x-access-token:t0ken")}`,
    });
    assert.deepEqual(variablesFor("http://github.com/acme/releases", "t0ken"), {});
    assert.deepEqual(variablesFor("https://github.com/acme/releases", undefined), {});
  });
});
