import assert from "node:assert/strict";
import { foreignSignature } from "../../../src/core/verify/foreign-signatures";

describe("a signature of others", () => {
  it("is named where it is Notation's", () => {
    assert.equal(
      foreignSignature("application/vnd.cncf.notary.signature"),
      "it is signed by AWS Signer or Notation, which isn't verified here; sign it with cosign as well",
    );
  });

  it("is none where it is a bundle of Sigstore", () => {
    assert.equal(foreignSignature("application/vnd.dev.sigstore.bundle.v0.3+json"), undefined);
  });
});
