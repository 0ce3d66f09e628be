import assert from "node:assert/strict";
import { signerOf, type CertificateExtension } from "../../../src/core/verify/signer";

const FULCIO = "1.3.6.1.4.1.57264.1";
const GITHUB = "https://token.actions.githubusercontent.com";
const WORKFLOW = "https://github.com/acme/orders/.github/workflows/release.yml@refs/tags/v1.2.0";

function der(tag: number, ...contents: (string | Uint8Array)[]): Buffer {
  const content = Buffer.concat(contents.map((part) => Buffer.from(part)));
  const length = content.length < 0x80 ? [content.length] : [0x81, content.length];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
}

const name = (...names: Buffer[]): CertificateExtension => ({
  oid: "2.5.29.17",
  value: der(0x30, ...names),
});
const uri = (text: string) => der(0x86, text);
const usage = (...purposes: string[]): CertificateExtension => ({
  oid: "2.5.29.37",
  value: der(0x30, ...purposes.map((hex) => der(0x06, Buffer.from(hex, "hex")))),
});
const CODE_SIGNING = "2b06010505070303";
const TIME_STAMPING = "2b06010505070308";
const claim = (number: number, text: string): CertificateExtension => ({
  oid: `${FULCIO}.${number}`,
  value: der(0x0c, text),
});
const raw = (number: number, text: string): CertificateExtension => ({
  oid: `${FULCIO}.${number}`,
  value: Buffer.from(text),
});
const constraints = (content: string): CertificateExtension => ({
  oid: "2.5.29.19",
  value: der(0x30, Buffer.from(content, "hex")),
});

const BASE = [usage(CODE_SIGNING), name(uri(WORKFLOW)), claim(8, GITHUB)];
const problem = (extensions: readonly CertificateExtension[]) => {
  const signer = signerOf(extensions);
  return "problem" in signer ? signer.problem : undefined;
};

describe("the signer of a certificate", () => {
  it("has its name, its issuer and every claim, out of DER", () => {
    const texts = Array.from({ length: 16 }, (_, at) => claim(at + 9, `text ${at + 9}`));
    assert.deepEqual(signerOf([...BASE, ...texts]), {
      kind: "keyless",
      issuer: GITHUB,
      subject: WORKFLOW,
      claims: {
        buildSigner: "text 9",
        buildSignerDigest: "text 10",
        runner: "text 11",
        sourceRepository: "https://github.com/text 12",
        sourceDigest: "text 13",
        sourceRef: "text 14",
        sourceRepositoryId: "text 15",
        sourceOwner: "text 16",
        sourceOwnerId: "text 17",
        buildConfig: "text 18",
        buildConfigDigest: "text 19",
        trigger: "text 20",
        run: "text 21",
        sourceVisibility: "text 22",
        deploymentEnvironment: "text 23",
        tokenSubject: "text 24",
      },
    });
  });

  it("has the claims of before 2023, as newer ones say them", () => {
    const old = [raw(1, GITHUB), raw(2, "push"), raw(3, "abc"), raw(4, "Release")];
    const more = [raw(5, "acme/orders"), raw(6, "refs/tags/v1.2.0")];
    const signer = signerOf([usage(CODE_SIGNING), name(uri(WORKFLOW)), ...old, ...more]);
    assert.deepEqual(signer, {
      kind: "keyless",
      issuer: GITHUB,
      subject: WORKFLOW,
      claims: {
        trigger: "push",
        sourceDigest: "abc",
        workflowName: "Release",
        sourceRepository: "https://github.com/acme/orders",
        sourceRef: "refs/tags/v1.2.0",
      },
    });
  });

  it("takes the newer claim where there are both", () => {
    const signer = signerOf([
      ...BASE,
      raw(1, "https://old.example"),
      claim(14, "new"),
      raw(6, "old"),
    ]);
    assert.ok(!("problem" in signer));
    assert.equal(signer.issuer, GITHUB);
    assert.equal(signer.claims.sourceRef, "new");
  });

  it("keeps another issuer's repository as it is", () => {
    const issuer = raw(1, "https://ci.example");
    const signer = signerOf([usage(CODE_SIGNING), name(uri(WORKFLOW)), issuer, raw(5, "a/b")]);
    assert.ok(!("problem" in signer));
    assert.equal(signer.claims.sourceRepository, "a/b");
  });

  it("has no issuer where the certificate has none", () => {
    const signer = signerOf([usage(CODE_SIGNING), name(uri("https://dotcom.releases.github.com"))]);
    const subject = "https://dotcom.releases.github.com";
    assert.deepEqual(signer, { kind: "keyless", subject, claims: {} });
  });

  it("has an email address or a name of another kind as it is", () => {
    const other = der(
      0xa0,
      der(0x06, Buffer.from("2b0601040183bf300107", "hex")),
      der(0xa0, der(0x0c, "gitea!somebody")),
    );
    for (const [value, expected] of [
      [der(0x81, "release@acme.example"), "release@acme.example"],
      [other, "gitea!somebody"],
    ] as const) {
      const signer = signerOf([usage(CODE_SIGNING), name(value), claim(8, GITHUB)]);
      assert.equal("problem" in signer ? signer.problem : signer.subject, expected);
    }
  });

  for (const [what, extensions, expected] of [
    [
      "two names",
      [usage(CODE_SIGNING), name(uri("https://other.example"), uri(WORKFLOW))],
      "its certificate has several names",
    ],
    [
      "a name and an address",
      [usage(CODE_SIGNING), name(uri(WORKFLOW), der(0x81, "a@acme.example"))],
      "its certificate has several names",
    ],
    ["no name", [usage(CODE_SIGNING), claim(8, GITHUB)], "its certificate has no name"],
    ["an empty list of names", [usage(CODE_SIGNING), name()], "its certificate has no name"],
    [
      "a host for a name",
      [usage(CODE_SIGNING), name(der(0x82, "acme.example"))],
      "its certificate has a name of an unknown kind",
    ],
    [
      "a name with an end of line",
      [usage(CODE_SIGNING), name(uri("https://a\nb"))],
      "its certificate has a name of an unknown kind",
    ],
    [
      "another kind of other name",
      [usage(CODE_SIGNING), name(der(0xa0, der(0x06, "1"), der(0xa0, der(0x0c, "me"))))],
      "its certificate has a name of an unknown kind",
    ],
    [
      "a claim twice",
      [...BASE, claim(12, "a"), claim(12, "b")],
      "its certificate has an extension twice",
    ],
    ["a list of names twice", [...BASE, name(uri("x"))], "its certificate has an extension twice"],
    [
      "a claim that isn't text",
      [...BASE, { oid: `${FULCIO}.14`, value: Buffer.from("refs/heads/main") }],
      "its certificate has a sourceRef that isn't text",
    ],
    [
      "a claim with something behind it",
      [...BASE, { oid: `${FULCIO}.14`, value: Buffer.concat([der(0x0c, "a"), der(0x0c, "b")]) }],
      "its certificate has a sourceRef that isn't text",
    ],
    ["no purpose", BASE.slice(1), "its certificate isn't one for signing code"],
    [
      "another purpose",
      [usage(TIME_STAMPING), ...BASE.slice(1)],
      "its certificate isn't one for signing code",
    ],
    [
      "the right of an authority",
      [...BASE, constraints("0101ff")],
      "its certificate isn't one for signing code",
    ],
  ] as const) {
    it(`is refused with ${what}`, () => assert.equal(problem(extensions), expected));
  }

  it("may say that it is no authority, and have further purposes", () => {
    const both = usage(TIME_STAMPING, CODE_SIGNING);
    assert.equal(problem([both, ...BASE.slice(1), constraints("")]), undefined);
  });
});
