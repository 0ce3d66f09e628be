import assert from "node:assert/strict";
import * as path from "node:path";
import { installedFrom } from "../../../src/adapters/disk/installed-from";
import { folderOf } from "../../support/folder";

describe("where the program was installed from", () => {
  const from = (said: string): string | undefined => {
    const folder = folderOf({
      "tools/package.json": JSON.stringify({ dependencies: { "pulumi-releases": said } }),
    });
    const program = path.join(folder, "tools/node_modules/pulumi-releases/dist");
    return installedFrom(program, path.join(folder, "acme"));
  };

  for (const [said, found] of [
    ["file:../packed/pulumi-releases-0.1.0.tgz", "file:../packed/pulumi-releases-0.1.0.tgz"],
    ["file:pulumi-releases-0.1.0.tgz", "file:../tools/pulumi-releases-0.1.0.tgz"],
    ["github:acme/releases#v1", "github:acme/releases#v1"],
    ["https://acme.example/pulumi-releases.tgz", "https://acme.example/pulumi-releases.tgz"],
    ["0.1.0", undefined],
    ["^0.1.0", undefined],
  ] as const) {
    it(`is ${found ?? "a registry"} of ${said}`, () => {
      assert.equal(from(said), found);
    });
  }

  it("is a registry of sources, and of a package that nobody names", () => {
    assert.equal(installedFrom("/srv/releases", "/srv/acme"), undefined);
    assert.equal(
      installedFrom(path.join(folderOf({}), "node_modules/pulumi-releases/dist"), "/srv/acme"),
      undefined,
    );
  });
});
