import assert from "node:assert/strict";
import { isError } from "../../src/core/error";
import { cloneAddress } from "../../src/core/init/clone-address";

describe("the address of a repository to clone", () => {
  for (const [text, address] of [
    ["acme/releases", "https://github.com/acme/releases"],
    ["0xSplits/re.leases_2", "https://github.com/0xSplits/re.leases_2"],
    ["https://github.com/acme/releases", undefined],
    ["https://git.acme.example:8443/~ada/releases.git", undefined],
    ["ssh://git@git.acme.example:2222/acme/releases.git", undefined],
    ["ssh://git.acme.example/acme/releases", undefined],
    ["git@github.com:acme/releases.git", undefined],
    ["git@github.com:/srv/git/releases", undefined],
    ["file:///srv/git/my releases", undefined],
  ] as const) {
    it(`is ${address ?? "as it is"}: ${text}`, () => {
      assert.equal(cloneAddress(text), address ?? text);
    });
  }

  for (const text of ["releases", "./a/b", "../releases", "a/b/c", "/srv/x", "acme/", "."]) {
    it(`is none, and may be a folder: ${text}`, () => {
      assert.equal(cloneAddress(text), undefined);
    });
  }

  for (const text of [
    "--upload-pack=touch x",
    "-u",
    "ext::sh -c 'touch x'",
    "ext::sh",
    "fd::17",
    "transport::https://github.com/acme/releases",
    "http://github.com/acme/releases",
    "git://github.com/acme/releases",
    "ftp://github.com/acme/releases",
    "https://ada:secret@github.com/acme/releases",
    "https://token@github.com/acme/releases",
    "ssh://git:secret@github.com/acme/releases",
    "ssh://-oProxyCommand=touch/x",
    "ssh://git@-oProxyCommand=touch/x",
    "ssh://-oProxyCommand=x@github.com/acme",
    "git@-oProxyCommand=touch:x",
    "git@github.com:-x",
    "root@github.com:acme/releases",
    "github.com:acme/releases",
    "https:///acme/releases",
    "https://github.com",
    "https://github.com/acme/re leases",
    "https://github.com/acme/releases\n--upload-pack=x",
    "file://server/srv/releases",
    "file:///srv/x\n",
  ]) {
    it(`is refused: ${JSON.stringify(text)}`, () => {
      assert.throws(
        () => cloneAddress(text),
        (cause) =>
          isError(cause, "usage") &&
          cause.message.startsWith("--from-kayron takes no such address;"),
      );
    });
  }
});
