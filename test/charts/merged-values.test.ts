import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as path from "node:path";
import fc from "fast-check";
import { findHelm } from "../../src/adapters/find-tool";
import { isMapping, type Mapping } from "../../src/core/mapping";
import { mergeValues } from "../../src/core/stack/helm-values";
import { folderOf } from "../support/folder";

/** A chart that prints the values that Helm gives it, and has some of its own, for null to remove. */
const CHART = {
  "chart/Chart.yaml": "{ apiVersion: v2, name: shown, version: 1.0.0 }\n",
  "chart/values.yaml": JSON.stringify({ a: { a: 1, b: { c: 2 } }, b: "own", c: [1], d: {} }),
  "chart/templates/shown.yaml": "kind: Shown\nvalues: {{ toJson .Values | quote }}\n",
};

const key = fc.constantFrom("a", "b", "c", "d");
const scalar = fc.constantFrom(null, null, true, 0, 1.5, "", "x", "no");
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    scalar,
    fc.array(scalar, { maxLength: 2 }),
    fc.dictionary(key, tie("tree"), { maxKeys: 4 }),
  ),
}));
const values = fc.dictionary(key, tree, { maxKeys: 4, minKeys: 1 }).filter(isMapping);

describe("mergeValues, beside helm template with two files of values", function () {
  this.timeout(300_000);
  const helm = findHelm();
  if (helm === undefined) {
    it("is skipped: there is no helm in PATH", function () {
      this.skip();
    });
    return;
  }

  /** Returns the values that Helm gives the chart of some files. */
  const given = (...files: readonly Mapping[]): unknown => {
    const texts = files.map((file, at) => [`${at}.yaml`, JSON.stringify(file)] as const);
    const folder = folderOf({ ...CHART, ...Object.fromEntries(texts) });
    const named = texts.flatMap(([name]) => ["--values", path.join(folder, name)]);
    const args = ["template", "shown", path.join(folder, "chart"), ...named];
    const { stdout, stderr } = spawnSync(helm, args, { encoding: "utf8" });
    const [, text] = /^values: (".*")$/m.exec(stdout) ?? [];
    assert.ok(text !== undefined, stderr);
    return JSON.parse(JSON.parse(text) as string);
  };

  it("gives a chart the same values, at the top, where null removes the chart's own", () => {
    fc.assert(
      fc.property(values, values, (below, above) => {
        assert.deepEqual(given(mergeValues(below, above)), given(below, above));
      }),
      { numRuns: 20 },
    );
  });

  it("gives a chart the same values, 400 pairs below keys of their own", () => {
    const pairs = fc.sample(fc.tuple(values, values), { numRuns: 200 });
    const side = (at: 0 | 1): Mapping =>
      Object.fromEntries(pairs.map((pair, index) => [`p${index}`, pair[at]]));
    const [below, above] = [side(0), side(1)];
    const merged = mergeValues(below, above);
    assert.deepEqual(given(merged), given(below, above));
    // Not by leaving out what is null: Helm gets it.
    assert.ok(JSON.stringify(merged).includes("null"));
  });
});
