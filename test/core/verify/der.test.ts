import assert from "node:assert/strict";
import { DER, derValue, derValues, utf8 } from "../../../src/core/verify/der";

const hex = (text: string) => new Uint8Array(Buffer.from(text.replaceAll(" ", ""), "hex"));

describe("DER", () => {
  it("returns values that follow each other", () => {
    const values = derValues(hex("0c 02 6869 30 00"));
    assert.deepEqual(values, [
      { tag: 0x0c, content: hex("6869") },
      { tag: 0x30, content: hex("") },
    ]);
  });

  it("reads lengths of up to three bytes", () => {
    for (const [head, size] of [
      ["0c 7f", 0x7f],
      ["0c 8180", 0x80],
      ["0c 820100", 0x100],
      ["0c 83010000", 0x10000],
    ] as const) {
      const bytes = new Uint8Array([...hex(head), ...new Uint8Array(size)]);
      assert.equal(derValue(bytes, DER.utf8)?.length, size, head);
    }
  });

  for (const [what, bytes] of [
    ["a length that isn't the shortest", "0c 8102 6869"],
    ["a length with a zero in front", "0c 820002 6869"],
    ["no length, up to an end mark", "24 80 0401 61 0000"],
    ["more content than there is", "0c 03 6869"],
    ["a length that is cut off", "0c 82 01"],
    ["no length", "0c"],
    ["a tag of several bytes", "1f 8101 00"],
    ["a length of four bytes", "0c 8400000001 61"],
  ] as const) {
    it(`refuses ${what}`, () => {
      assert.equal(derValues(hex(bytes)), undefined);
      assert.equal(derValue(hex(bytes), DER.utf8), undefined);
    });
  }

  it("is one value of the demanded tag, or none", () => {
    assert.equal(derValue(hex("0c 01 61 0c 01 62"), DER.utf8), undefined);
    assert.equal(derValue(hex("16 01 61"), DER.utf8), undefined);
    assert.equal(derValue(hex(""), DER.utf8), undefined);
  });

  it("takes no bytes for text that aren't UTF-8", () => {
    assert.equal(utf8(hex("c3a9")), "é");
    assert.equal(utf8(hex("e9")), undefined);
  });
});
