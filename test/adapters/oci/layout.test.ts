import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { readImageLayout } from "../../../src/adapters/oci/layout";
import { folderOf } from "../../support/folder";
import { imageLayout } from "../../support/registry";

describe("readImageLayout", () => {
  const broken = (change: (folder: string) => void): string => {
    const { layout } = imageLayout("one");
    change(layout);
    try {
      readImageLayout(layout);
    } catch (cause) {
      assert.equal((cause as { kind?: string }).kind, "usage");
      return (cause as Error).message.replaceAll(layout, "image");
    }
    return "nothing";
  };
  const indexOf = (folder: string) =>
    JSON.parse(fs.readFileSync(path.join(folder, "index.json"), "utf8")) as {
      manifests: { digest: string }[];
    };
  const write = (folder: string, index: object): void =>
    fs.writeFileSync(path.join(folder, "index.json"), JSON.stringify(index));

  it("returns the one image, however many names it has", () => {
    const { layout, digest } = imageLayout("one");
    assert.deepEqual(readImageLayout(layout), { folder: layout, digest });
    const { manifests } = indexOf(layout);
    write(layout, { manifests: [...manifests, ...manifests] });
    assert.equal(readImageLayout(layout).digest, digest);
  });

  it("refuses what isn't one whole image", () => {
    assert.match(
      broken((at) => fs.rmSync(path.join(at, "oci-layout"))),
      /^image is no OCI layout/,
    );
    assert.equal(
      broken((at) => fs.rmSync(path.join(at, "index.json"))),
      "image has no index.json; build it again",
    );
    assert.equal(
      broken((at) => write(at, {})),
      "image has no image; build it again",
    );
    assert.equal(
      broken((at) => fs.writeFileSync(path.join(at, "index.json"), "{")),
      "index.json of image is no JSON; build it again",
    );
    assert.match(
      broken((at) => write(at, { manifests: [{ digest: "sha256:../../etc" }] })),
      /has a part without a sha256 digest/,
    );
    const other = indexOf(imageLayout("two").layout).manifests;
    assert.equal(
      broken((at) => write(at, { manifests: [...indexOf(at).manifests, ...other] })),
      "image has 2 images; build one into a folder of its own",
    );
    assert.match(
      broken((at) => write(at, { manifests: other })),
      /^image lacks its part sha256:/,
    );
    for (const file of fs.readdirSync(path.join(imageLayout("one").layout, "blobs/sha256"))) {
      assert.equal(
        broken((at) => fs.appendFileSync(path.join(at, "blobs/sha256", file), " ")),
        `image has other bytes for sha256:${file}; build it again`,
      );
      assert.equal(
        broken((at) => fs.rmSync(path.join(at, "blobs/sha256", file))),
        `image lacks its part sha256:${file}; build it again`,
      );
    }
    assert.throws(() => readImageLayout(path.join(folderOf({}), "none")), /is no OCI layout/);
  });
});
