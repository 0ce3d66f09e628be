import assert from "node:assert/strict";
import { jsonDocuments } from "../../../src/adapters/sigstore/json-lines";

describe("the JSON texts of a file", () => {
  for (const [what, text, documents] of [
    ["one over several lines", '{\n"a": 1\n}\n', [{ json: '{\n"a": 1\n}\n', line: 1 }]],
    ["one on one line", '{"a":1}', [{ json: '{"a":1}', line: 1 }]],
    [
      "one on each line, without the empty ones",
      '{"a":1}\r\n\n{"b":2}\n',
      [
        { json: '{"a":1}\r', line: 1 },
        { json: '{"b":2}', line: 3 },
      ],
    ],
    [
      "one on each line, of which the last is none",
      '{"a":1}\n{"b"',
      [
        { json: '{"a":1}', line: 1 },
        { json: '{"b"', line: 2 },
      ],
    ],
    ["none", " \n", []],
  ] as const) {
    it(`are ${what}`, () => assert.deepEqual(jsonDocuments(text), documents));
  }
});
