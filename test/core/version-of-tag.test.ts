import assert from "node:assert/strict";
import { Version } from "../../src/core/version";
import { tagOfVersion, versionOfTag } from "../../src/core/version-of-tag";

describe("versionOfTag", () => {
  const cases = [
    ["v1.2.0", "v*", "v1.2.0"],
    ["v1.2.0-rc.1", "v*", "v1.2.0-rc.1"],
    ["inventory-v1.2.0", "inventory-v*", "v1.2.0"],
    ["inventory-1.2.0", "inventory-*", "v1.2.0"],
    ["inventory2-v1.2.0", "inventory2-v*", "v1.2.0"],
    ["release/v1.2.0", "release/v*", "v1.2.0"],
    ["release/shop/v1.2.0", "release/*/v*", "v1.2.0"],
    ["v1.4.2", "v1.*", "v1.4.2"],
    ["servicev1.2.0", "servicev*", "v1.2.0"],
    ["v1.2.0-production", "v*-production", "v1.2.0"],
    ["a.b+v1.2.0", "a.b+v*", "v1.2.0"],
    ["v1.2", "*", "v1.2"],
    // A "v" may be missing behind a prefix alone.
    ["1.2.0", "*", undefined],
    ["inventory-vnext", "inventory-v*", undefined],
    ["other-v1.2.0", "inventory-v*", undefined],
    ["aXb-v1.2.0", "a.b-v*", undefined],
    ["release/a/b/v1.0.0", "release/*/v*", undefined],
  ] as const;
  for (const [tag, pattern, expected] of cases) {
    it(`is ${expected ?? "nothing"} of ${tag} for ${pattern}`, () => {
      assert.equal(versionOfTag(tag, pattern)?.text, expected);
    });
  }
});

describe("tagOfVersion", () => {
  const cases = [
    ["v1.2.0", "v1.2.0", "v1.2.1"],
    ["inventory-v1.2.0", "v1.2.0", "inventory-v1.2.1"],
    ["1.2.0-inventory-1.2.0", "v1.2.0", "1.2.0-inventory-1.2.1"],
    ["v1.2.0-production", "v1.2.0", "v1.2.1-production"],
  ] as const;
  for (const [tag, version, expected] of cases) {
    it(`is ${expected} after ${tag}`, () => {
      const own = Version.of(version);
      assert.equal(tagOfVersion(tag, own, own.nextPatch()), expected);
    });
  }
});
