import assert from "node:assert/strict";
import * as path from "node:path";
import { findTool } from "../../src/adapters/find-tool";
import { folderOf } from "../support/folder";

describe("findTool", () => {
  const before = process.env["PATH"];
  afterEach(() => {
    process.env["PATH"] = before;
  });

  it("takes the first of PATH, and then of the given folders", () => {
    const [one, two] = [folderOf({ tool: "" }), folderOf({ tool: "", other: "" })];
    process.env["PATH"] = one;
    assert.equal(findTool("tool", [two]), path.join(one, "tool"));
    assert.equal(findTool("other", [two]), path.join(two, "other"));
    assert.equal(findTool("third", [two]), undefined);
  });

  it("passes over folders of that name, and launchers that npm installed", () => {
    const folder = folderOf({ "tool/file": "", "node_modules/.bin/tool": "" });
    process.env["PATH"] = `${path.join(folder, "node_modules/.bin")}:${folder}`;
    assert.equal(findTool("tool"), undefined);
  });
});
