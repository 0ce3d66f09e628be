import assert from "node:assert/strict";
import { diskError, outsideError, withoutCredentials } from "../../src/core/error";

describe("withoutCredentials", () => {
  const texts = [
    ["https://user:pass@api.example/x", "https://api.example/x"],
    ["fetch of https://u:p@ss@h:8443/a failed", "fetch of https://h:8443/a failed"],
    [`"https://token@h"`, `"https://h"`],
    ["ssh://git@h/x and oci://u:p@h/y", "ssh://h/x and oci://h/y"],
    ["https://h/x?token=abc&next=1#top", "https://h/x?token=...&next=...#top"],
    ["https://b.s3.amazonaws.com/x?X-Amz-Signature=abc: 403", null],
    ["https://h?a=b?c=d", "https://h?a=..."],
    ["HTTPS://U:P@H/", "HTTPS://H/"],
    ["https://h/a@b", "https://h/a@b"],
    ["acme/x@sha256:0123", "acme/x@sha256:0123"],
    ["no address = nothing", "no address = nothing"],
  ] as const;
  for (const [text, expected] of texts) {
    it(`says of ${text} what isn't secret`, () => {
      if (expected !== null) assert.equal(withoutCredentials(text), expected);
      else assert.doesNotMatch(withoutCredentials(text), /abc/);
    });
  }

  it("is what every error of the outside says", () => {
    assert.equal(outsideError("https://u:p@h/ failed").message, "https://h/ failed");
  });

  it("repeats no header that Node.js doesn't send", async () => {
    const authorization = 'Bearer MARKED"\nsecret "MARKED';
    const failed = fetch("http://127.0.0.1:9", { headers: { authorization } });
    const said = await failed.then(() => "", String);
    assert.match(said, /MARKED/);
    assert.doesNotMatch(withoutCredentials(said), /MARKED|secret/);
  });

  it("ends on a long text", () => {
    const text = `${"https://a@".repeat(50_000)}${"?a=".repeat(50_000)}`;
    assert.ok(withoutCredentials(text).length < text.length);
  });
});

describe("diskError", () => {
  it("says what to do about a disk, and leaves every other error alone", () => {
    const full = Object.assign(new Error("ENOSPC: no space left"), { code: "ENOSPC" });
    assert.equal(diskError(full)?.message, "ENOSPC: no space left; make room on the disk");
    assert.equal(diskError(full)?.kind, "outside");
    const missing = Object.assign(new Error("ENOENT"), { code: "ENOENT" });
    assert.equal(diskError(missing), undefined);
    assert.equal(diskError(new TypeError("x")), undefined);
    assert.equal(diskError("ENOSPC"), undefined);
  });
});
