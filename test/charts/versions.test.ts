import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { PROGRAM } from "../../src/app/open";
import { chartContent } from "../../stacks/chart-content";

/** A version of the default chart has the same files for ever: a stack that pins it must not move by an upgrade. */
const CONTENTS: Readonly<Record<string, string>> = {
  "1.0.0": "sha256:37f0ee5b9572",
  "1.1.0": "sha256:a7c961116300",
};

describe("the versions of the default chart", () => {
  const charts = path.join(PROGRAM, "charts/service");

  it("have the files that they were released with: a change is a new version", () => {
    const found = fs
      .readdirSync(charts)
      .map((version) => [version, chartContent(path.join(charts, version))]);
    assert.deepEqual(Object.fromEntries(found), CONTENTS);
  });

  it("have the names of their folders", () => {
    for (const version of fs.readdirSync(charts)) {
      const text = fs.readFileSync(path.join(charts, version, "Chart.yaml"), "utf8");
      assert.match(text, new RegExp(`^version: ${version}$`, "m"));
    }
  });
});
