import assert from "node:assert/strict";
import { editPreviews } from "../../../src/core/stack/preview-editor";

const copy = (pullRequest: number, branch = `b${pullRequest}`) => ({
  ...{ service: "orders", pullRequest, branch, commit: "1".repeat(40) },
  ...{ digest: `sha256:${"0".repeat(64)}`, until: "2026-12-03T09:00:00Z" },
});
const written = (pullRequest: number, branch = `b${pullRequest}`): string =>
  `{ service: orders, pullRequest: ${pullRequest}, branch: ${JSON.stringify(branch)}, commit: "${"1".repeat(40)}", digest: "sha256:${"0".repeat(64)}", until: "2026-12-03T09:00:00Z" }`;

const edit = (text: string, ...open: ReturnType<typeof copy>[]): string =>
  editPreviews({ file: "Pulumi.testing.yaml", text }, open);

const BLOCK = "config:\n  releases:previews:\n    domain: acme.example\n";

describe("editPreviews", () => {
  const cases: Readonly<Record<string, readonly [before: string, after: string]>> = {
    "a block without the list": [BLOCK, `${BLOCK}    open:\n      - ${written(1)}\n`],
    "an empty list": [`${BLOCK}    open: []\n`, `${BLOCK}    open:\n      - ${written(1)}\n`],
    "a key without a value": [`${BLOCK}    open:\n`, `${BLOCK}    open:\n      - ${written(1)}\n`],
    "a flow mapping": [
      "config:\n  releases:previews: { domain: acme.example } # ours\n",
      `config:\n  releases:previews: { domain: acme.example, open: [${written(1)}] } # ours\n`,
    ],
    "line ends of Windows": [
      BLOCK.replaceAll("\n", "\r\n"),
      `${BLOCK}    open:\n      - ${written(1)}\n`.replaceAll("\n", "\r\n"),
    ],
    "a last line without an end": [
      `${BLOCK}    open:\n      - ${written(2)}`,
      `${BLOCK}    open:\n      - ${written(1)}\n`,
    ],
    "a block of its own for each": [
      `${BLOCK}    open:\n      - service: orders\n        pullRequest: 7\n        branch: b1\n        commit: c\n    max: 2\n`,
      `${BLOCK}    open:\n      - ${written(1)}\n    max: 2\n`,
    ],
  };
  for (const [title, [before, after]] of Object.entries(cases)) {
    it(`writes into ${title}`, () => {
      assert.equal(edit(before, copy(1)), after);
      assert.equal(edit(after, copy(1)), after);
    });
  }

  it("quotes a branch that is anything", () => {
    for (const branch of ["1.10", "yes", "a: b", '"x"', "a # b", "{x}", "é\u2028", "*a"]) {
      const text = edit(BLOCK, copy(1, branch));
      assert.equal(edit(text, copy(1, branch)), text);
      assert.equal(edit(text), BLOCK);
    }
  });

  it("refuses what an alias shares", () => {
    const text = `config:\n  releases:previews: &a { domain: x }\n  other: *a\n`;
    assert.throws(() => edit(text, copy(1)), { kind: "findings" });
  });
});
