import assert from "node:assert/strict";
import { githubPage, pageOf } from "../../../src/adapters/git/origin";
import { folderOf } from "../../support/folder";
import { GitFolder, hasGit } from "../../support/git";

describe("a repository's page on GitHub", () => {
  for (const [remote, page] of [
    ["git@github.com:acme/releases.git", "https://github.com/acme/releases"],
    ["https://github.com/acme/releases", "https://github.com/acme/releases"],
    [
      "https://x-access-token:ghs_secret@github.com/acme/re.leases.git/",
      "https://github.com/acme/re.leases",
    ],
    [
      "ssh://git@github.acme.example:22/acme/releases.git",
      "https://github.acme.example/acme/releases",
    ],
    ["https://gitlab.com/acme/releases.git", undefined],
    ["https://notgithub.com/acme/releases.git", undefined],
    ["/srv/git/github.com/acme/releases.git", undefined],
    ['https://github.com/acme/"><script>', undefined],
    ["", undefined],
  ] as const) {
    it(`is ${page ?? "none"} of ${remote}`, () => {
      assert.equal(pageOf(remote), page);
    });
  }

  it("is that of origin", function () {
    if (!hasGit) this.skip();
    const folder = new GitFolder({ a: "b\n" });
    assert.equal(githubPage(folder.path), undefined);
    folder.git("remote", "add", "origin", "git@github.com:acme/releases.git");
    assert.equal(githubPage(folder.path), "https://github.com/acme/releases");
    assert.equal(githubPage(folderOf({})), undefined);
  });
});
