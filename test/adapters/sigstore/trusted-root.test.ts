import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { coversToday, readTrustedRoot } from "../../../src/adapters/sigstore/trusted-root";
import { PROGRAM } from "../../../src/app/open";
import { publicRoot } from "../../../tools/sigstore-conformance";

const FILE = "trust/root.jsonl";
const sigstore = publicRoot();
const github = fs.readFileSync(
  path.join(PROGRAM, "test/fixtures/sigstore/github-trusted-root.json"),
  "utf8",
);
const line = (text: string) => JSON.stringify(JSON.parse(text));

/** What a root has, as far as it is changed here. */
interface Root {
  mediaType?: string;
  certificateAuthorities: {
    validFor: { start?: string | null; end?: string | null };
    certChain: { certificates: { rawBytes: string }[] };
  }[];
  timestampAuthorities: { validFor: { start?: string } }[];
  tlogs: { publicKey: { rawBytes: string; validFor?: { start?: string } } }[];
  ctlogs: { publicKey: { validFor?: { start?: string } } }[];
}

/** Returns the public instance's root with a change. */
function changed(change: (root: Root) => unknown): string {
  const root = JSON.parse(sigstore) as Root;
  change(root);
  return JSON.stringify(root);
}

function read(text: string) {
  const root = readTrustedRoot(text, FILE);
  assert.ok(!("problem" in root), JSON.stringify(root));
  return root;
}

describe("a trust root", () => {
  it("is the public instance's, with a proof of each kind", () => {
    const root = read(sigstore);
    assert.equal(root.file, FILE);
    assert.equal(root.digest, `sha256:${createHash("sha256").update(sigstore).digest("hex")}`);
    assert.deepEqual(
      root.instances.map(({ thresholds }) => thresholds),
      [{ tlogThreshold: 1, ctlogThreshold: 1, timestampThreshold: 1 }],
    );
  });

  it("is GitHub's, which has no log and a time", () => {
    assert.deepEqual(
      read(github).instances.map(({ thresholds }) => thresholds),
      [{ tlogThreshold: 0, ctlogThreshold: 0, timestampThreshold: 1 }],
    );
  });

  it("is several, one on each line", () => {
    const root = read(`${line(sigstore)}\n\n${line(github)}\n`);
    assert.deepEqual(
      root.instances.map(({ thresholds }) => thresholds.tlogThreshold),
      [1, 0],
    );
    assert.equal(root.instances[1]?.material().certificateAuthorities.length, 6);
  });

  it("has no end where none is written", () => {
    const root = changed(({ certificateAuthorities }) => {
      for (const { validFor } of certificateAuthorities) validFor.end = null;
    });
    assert.ok(coversToday(read(root), new Date("2026-11-26")));
  });

  for (const [what, text, problem, at] of [
    ["nothing", "", "the trust root is empty", 1],
    ["empty lines", "\n \n", "the trust root is empty", 1],
    ["no JSON", "{", "the trust root isn't JSON", 1],
    ["a line that is cut off", `${line(github)}\n{"mediaType":`, "the trust root isn't JSON", 2],
    [
      "no object",
      `${line(github)}\n[]`,
      "the trust root must be a JSON object; take it anew from its source",
      2,
    ],
    [
      "a bundle",
      '{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json"}',
      "mediaType of the trust root must be application/vnd.dev.sigstore.trustedroot+json;version=0.1; take it anew from its source",
      1,
    ],
    [
      "no authority",
      changed((root) => (root.certificateAuthorities = [])),
      "certificateAuthorities of the trust root must be at least one; take it anew from its source",
      1,
    ],
    [
      "a log without a start",
      changed(({ tlogs }) => ((tlogs[1] ?? assert.fail()).publicKey.validFor = {})),
      "tlogs[1].publicKey.validFor.start of the trust root must be a date; take it anew from its source",
      1,
    ],
    [
      "a log without a time",
      changed(({ tlogs }) => delete (tlogs[0] ?? assert.fail()).publicKey.validFor),
      "tlogs[0].publicKey.validFor of the trust root must be an object with a start; take it anew from its source",
      1,
    ],
    [
      "a log of certificates without a start",
      changed(({ ctlogs }) => delete ctlogs[0]?.publicKey.validFor?.start),
      "ctlogs[0].publicKey.validFor.start of the trust root must be a date; take it anew from its source",
      1,
    ],
    [
      "an authority without a start",
      changed(({ certificateAuthorities: [ca] }) => delete ca?.validFor.start),
      "certificateAuthorities[0].validFor.start of the trust root must be a date; take it anew from its source",
      1,
    ],
    [
      "an authority for times without a start",
      changed(({ timestampAuthorities: [tsa] }) => delete tsa?.validFor.start),
      "timestampAuthorities[0].validFor.start of the trust root must be a date; take it anew from its source",
      1,
    ],
    [
      "a day that isn't one",
      changed(
        ({ certificateAuthorities: [ca] }) => ((ca ?? assert.fail()).validFor.start = "today"),
      ),
      "certificateAuthorities[0].validFor.start of the trust root must be a date; take it anew from its source",
      1,
    ],
    [
      "an authority without a certificate",
      changed(
        ({ certificateAuthorities: [ca] }) => ((ca ?? assert.fail()).certChain.certificates = []),
      ),
      "certificateAuthorities[0].certChain.certificates of the trust root must be at least one certificate; take it anew from its source",
      1,
    ],
    [
      "a certificate that isn't one",
      changed(
        ({ certificateAuthorities: [ca] }) =>
          ((ca?.certChain.certificates[0] ?? assert.fail()).rawBytes = "MAA="),
      ),
      "certificateAuthorities[0].certChain.certificates[0] of the trust root must be a certificate; take it anew from its source",
      1,
    ],
    [
      "a key that isn't one",
      changed(({ tlogs: [log] }) => ((log ?? assert.fail()).publicKey.rawBytes = "MAA=")),
      "tlogs[0].publicKey.rawBytes of the trust root must be a public key; take it anew from its source",
      1,
    ],
  ] as const) {
    it(`is refused with ${what}`, () => {
      assert.deepEqual(readTrustedRoot(text, FILE), { problem, line: at });
    });
  }
});

describe("coversToday", () => {
  const covers = (text: string, day: string) => coversToday(read(text), new Date(day));

  it("is true while an authority may name signers", () => {
    assert.equal(covers(github, "2026-11-26"), true);
    assert.equal(covers(github, "2023-10-27T16:29:59Z"), false);
    assert.equal(covers(github, "2023-10-27T16:30:00Z"), true);
  });

  it("is false once the certificates of the last one have ended, though the file says nothing of an end", () => {
    assert.equal(covers(github, "2027-06-11"), true);
    assert.equal(covers(github, "2027-07-01"), false);
  });

  it("is true where one of several roots covers the day", () => {
    assert.equal(covers(`${line(github)}\n${line(sigstore)}`, "2027-07-01"), true);
  });
});
