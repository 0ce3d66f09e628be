import assert from "node:assert/strict";
import { bundlesOf } from "../../../src/adapters/sigstore/github-attestations";
import { isError } from "../../../src/core/error";

const BUNDLE = { mediaType: "application/vnd.dev.sigstore.bundle.v0.3+json", dsseEnvelope: {} };
const ADDRESS = "https://blobs.example/attestation?sig=1";

/** Returns bytes compressed by Snappy without frames: their length, then one literal. */
function snappy(text: string): Uint8Array {
  const bytes = Buffer.from(text);
  assert.ok(bytes.length > 60 && bytes.length < 128);
  return Buffer.concat([Buffer.from([bytes.length, 60 << 2, bytes.length - 1]), bytes]);
}

const never = () => assert.fail("nothing is to be fetched");

describe("GitHub's answer about attestations", () => {
  it("has bundles", async () => {
    const answer = { attestations: [{ bundle: BUNDLE, repository_id: 1 }, { bundle: BUNDLE }] };
    const text = JSON.stringify(BUNDLE);
    assert.deepEqual(await bundlesOf(answer, never), [text, text]);
    assert.deepEqual(await bundlesOf({ attestations: [] }, never), []);
  });

  it("has addresses of bundles that are compressed, in the same order", async () => {
    const asked: string[] = [];
    const other = { ...BUNDLE, dsseEnvelope: { payload: "" } };
    const answer = {
      attestations: [
        { bundle: null, bundle_url: ADDRESS },
        { bundle: other, bundle_url: ADDRESS },
      ],
    };
    const bundles = await bundlesOf(answer, (address) => {
      asked.push(address);
      return Promise.resolve(snappy(JSON.stringify(BUNDLE)));
    });
    assert.deepEqual(bundles, [JSON.stringify(BUNDLE), JSON.stringify(other)]);
    assert.deepEqual(asked, [ADDRESS]);
  });

  for (const [what, answer, served, message] of [
    [
      "another shape",
      { message: "Not Found" },
      "",
      "GitHub's answer about attestations can't be read; try again later",
    ],
    [
      "an attestation without a bundle",
      { attestations: [{ bundle: BUNDLE }, { bundle: null, bundle_url: null }] },
      "",
      "GitHub has an attestation without a bundle; try again later",
    ],
    [
      "an address that serves something else",
      { attestations: [{ bundle: null, bundle_url: ADDRESS }] },
      "<html>",
      "GitHub's answer about attestations can't be read: the bundle isn't JSON compressed by Snappy; try again later",
    ],
    [
      "an address that serves nothing",
      { attestations: [{ bundle: null, bundle_url: ADDRESS }] },
      "",
      "GitHub's answer about attestations can't be read: the bundle isn't JSON compressed by Snappy; try again later",
    ],
    [
      "a bundle that says to be larger than any",
      { attestations: [{ bundle: null, bundle_url: ADDRESS }] },
      Buffer.from("ffffff7f00", "hex").toString("latin1"),
      "GitHub's answer about attestations can't be read: the bundle isn't JSON compressed by Snappy; try again later",
    ],
  ] as const) {
    it(`is refused with ${what}`, async () => {
      const fetched = () => Promise.resolve(Buffer.from(served, "latin1"));
      await assert.rejects(bundlesOf(answer, fetched), (cause: Error) => {
        assert.ok(isError(cause, "outside"));
        assert.equal(cause.message, message);
        return true;
      });
    });
  }
});
