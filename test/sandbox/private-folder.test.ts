import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { privateFolder } from "../../tools/sandbox/private-folder";
import { folderOf, link } from "../support/folder";

const REFUSED = /isn't yours alone; remove it/;

describe("privateFolder", () => {
  it("makes a folder of the user alone, and takes it the next time", () => {
    const folder = path.join(folderOf({}), "a", "b");
    assert.equal(privateFolder(folder), folder);
    assert.equal(fs.statSync(folder).mode & 0o777, 0o700);
    fs.writeFileSync(path.join(folder, "state"), "kept");
    assert.equal(privateFolder(folder), folder);
    assert.deepEqual(fs.readdirSync(folder), ["state"]);
  });

  it("refuses a folder that another user made first", function () {
    if (process.getuid?.() !== 0) this.skip();
    const folder = path.join(folderOf({}), "sandbox");
    fs.mkdirSync(folder);
    fs.chownSync(folder, 65534, 65534);
    assert.throws(() => privateFolder(folder), REFUSED);
  });

  it("refuses a link, a file, and a folder that others may write", () => {
    const root = folderOf({ "real/x": "", here: link("real"), file: "" });
    assert.throws(() => privateFolder(path.join(root, "here")), REFUSED);
    assert.throws(() => privateFolder(path.join(root, "file")));
    fs.chmodSync(path.join(root, "real"), 0o777);
    assert.throws(() => privateFolder(path.join(root, "real")), REFUSED);
  });
});
