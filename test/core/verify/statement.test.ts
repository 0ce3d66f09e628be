import assert from "node:assert/strict";
import {
  checkPredicate,
  checkSubject,
  IN_TOTO_PAYLOAD,
  parseStatement,
} from "../../../src/core/verify/statement";

const HEX = "a".repeat(64);
const OTHER = "b".repeat(64);

const STATEMENT = {
  _type: "https://in-toto.io/Statement/v1",
  subject: [{ name: "orders", digest: { sha256: HEX } }],
  predicateType: "https://slsa.dev/provenance/v1",
  predicate: { buildDefinition: {} },
};

const parse = (statement: unknown, payloadType = IN_TOTO_PAYLOAD) =>
  parseStatement(payloadType, Buffer.from(JSON.stringify(statement)));

function parsed(statement: unknown) {
  const read = parse(statement);
  assert.ok(!("problem" in read), JSON.stringify(read));
  return read;
}

describe("a statement", () => {
  it("has a predicate, its type and subjects", () => {
    assert.deepEqual(parse(STATEMENT), {
      predicateType: "https://slsa.dev/provenance/v1",
      predicate: { buildDefinition: {} },
      subjects: [{ name: "orders", digest: { sha256: HEX } }],
    });
    const old = { ...STATEMENT, _type: "https://in-toto.io/Statement/v0.1" };
    assert.deepEqual(parse(old), parse(STATEMENT));
  });

  it("leaves out subjects that are null", () => {
    const subject = [null, { digest: { sha256: HEX } }, null];
    assert.deepEqual(parsed({ ...STATEMENT, subject }).subjects, [{ digest: { sha256: HEX } }]);
  });

  for (const [what, statement, problem] of [
    ["nothing as its subject", { ...STATEMENT, subject: [] }, "its statement is about nothing"],
    ["null as its subject", { ...STATEMENT, subject: [null] }, "its statement is about nothing"],
    [
      "no subject",
      { ...STATEMENT, subject: undefined },
      "its statement has a subject that can't be read",
    ],
    [
      "a text as its subject",
      { ...STATEMENT, subject: [HEX] },
      "its statement has a subject that can't be read",
    ],
    [
      "a number as a digest",
      { ...STATEMENT, subject: [{ digest: { sha256: 1 } }] },
      "its statement has a subject that can't be read",
    ],
    [
      "an unknown type",
      { ...STATEMENT, _type: "https://in-toto.io/Statement/v2" },
      "its statement isn't of a known type (https://in-toto.io/Statement/v1, https://in-toto.io/Statement/v0.1)",
    ],
    [
      "no predicate type",
      { ...STATEMENT, predicateType: "" },
      "its statement has no predicate type",
    ],
    ["a list", [STATEMENT], "its statement isn't a JSON object"],
  ] as const) {
    it(`is refused with ${what}`, () => assert.deepEqual(parse(statement), { problem }));
  }

  it("is refused as another type of payload", () => {
    assert.deepEqual(parse(STATEMENT, "application/json"), {
      problem: `its payload is "application/json", not a statement (application/vnd.in-toto+json)`,
    });
  });

  it("is refused where its bytes aren't JSON in UTF-8", () => {
    const problem = "its statement isn't a JSON object";
    const text = JSON.stringify({ ...STATEMENT, predicateType: "é" });
    assert.deepEqual(parseStatement(IN_TOTO_PAYLOAD, Buffer.from(text, "latin1")), { problem });
    assert.deepEqual(parseStatement(IN_TOTO_PAYLOAD, Buffer.from("{")), { problem });
  });
});

describe("what a statement is about", () => {
  it("is found by its digest among others, and never by its name", () => {
    const subject = [
      { name: "x", digest: { sha256: OTHER } },
      { name: "y", digest: { sha1: HEX, sha256: HEX } },
    ];
    const statement = parsed({ ...STATEMENT, subject });
    assert.equal(checkSubject(statement, `sha256:${HEX}`), undefined);
    const named = parsed({ ...STATEMENT, subject: [{ name: HEX, digest: { sha256: OTHER } }] });
    assert.equal(
      checkSubject(named, `sha256:${HEX}`),
      `it is about sha256:${OTHER}, not about sha256:${HEX}`,
    );
  });

  it("is compared whole, and as SHA-256 alone", () => {
    for (const digest of [
      { sha256: HEX.slice(0, 63) },
      { sha256: `${HEX}a` },
      { sha256: HEX.toUpperCase() },
      { sha512: HEX },
      { gitCommit: HEX },
    ]) {
      const statement = parsed({ ...STATEMENT, subject: [{ digest }] });
      assert.notEqual(checkSubject(statement, `sha256:${HEX}`), undefined, JSON.stringify(digest));
    }
  });

  it("says how many there are", () => {
    const digests = [{ sha1: "c" }, { sha256: OTHER }];
    const statement = parsed({ ...STATEMENT, subject: digests.map((digest) => ({ digest })) });
    assert.equal(
      checkSubject(statement, `sha256:${HEX}`),
      `it is about things without a sha256 digest and 1 more, not about sha256:${HEX}`,
    );
  });
});

describe("the predicate of a statement", () => {
  const demanded = "https://slsa.dev/provenance/v1";

  it("has the demanded type", () => {
    assert.equal(checkPredicate(parsed(STATEMENT), demanded), undefined);
  });

  it("has no type that only begins like it", () => {
    for (const predicateType of [`${demanded}.1`, "https://slsa.dev/provenance/v0.2"]) {
      const statement = parsed({ ...STATEMENT, predicateType });
      assert.equal(checkPredicate(statement, demanded), `it is ${predicateType}, not ${demanded}`);
    }
  });

  it("isn't there in a signature without a statement", () => {
    const problem = `it is a signature without a statement, not ${demanded}`;
    assert.equal(checkPredicate(undefined, demanded), problem);
  });
});
