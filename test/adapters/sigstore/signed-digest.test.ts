import assert from "node:assert/strict";
import {
  createHash,
  generateKeyPairSync,
  privateEncrypt,
  randomBytes,
  sign,
  type KeyObject,
} from "node:crypto";
import { verifyDigest } from "../../../src/adapters/sigstore/signed-digest";

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest();

/** Returns two numbers in DER, as ECDSA signatures are. */
function pair(r: bigint, s: bigint): Buffer {
  const numbers = [r, s].map((number) => {
    const digits = number.toString(16);
    const even = digits.padStart(digits.length + (digits.length % 2), "0");
    const bytes = Buffer.from(/^[89a-f]/.test(even) ? `00${even}` : even, "hex");
    return Buffer.concat([Buffer.from([0x02, bytes.length]), bytes]);
  });
  const content = Buffer.concat(numbers);
  return Buffer.concat([Buffer.from([0x30, content.length]), content]);
}

const KEYS: Readonly<Record<string, () => { privateKey: KeyObject; publicKey: KeyObject }>> = {
  "ECDSA P-256": () => generateKeyPairSync("ec", { namedCurve: "P-256" }),
  "ECDSA P-384": () => generateKeyPairSync("ec", { namedCurve: "P-384" }),
  RSA: () => generateKeyPairSync("rsa", { modulusLength: 2048 }),
};

describe("a signature of bytes whose digest alone is known", () => {
  for (const [name, generate] of Object.entries(KEYS)) {
    it(`is true by ${name} of these bytes and this key alone`, () => {
      const { privateKey, publicKey } = generate();
      const other = generate();
      for (let round = 0; round < 20; round += 1) {
        const bytes = randomBytes(round);
        const signature = sign("sha256", bytes, privateKey);
        assert.equal(verifyDigest(publicKey, sha256(bytes), signature), true);
        assert.equal(verifyDigest(publicKey, sha256(randomBytes(40)), signature), false);
        assert.equal(verifyDigest(other.publicKey, sha256(bytes), signature), false);
        const at = signature.length - 1 - round;
        const changed = Buffer.from(signature);
        changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
        assert.equal(verifyDigest(publicKey, sha256(bytes), changed), false);
      }
    });

    it(`isn't true by ${name} where it is cut, empty or of another hash`, () => {
      const { privateKey, publicKey } = generate();
      const bytes = randomBytes(10);
      const signature = sign("sha256", bytes, privateKey);
      for (const wrong of [
        Buffer.alloc(0),
        signature.subarray(0, -1),
        Buffer.concat([signature, Buffer.from([0])]),
        sign("sha512", bytes, privateKey),
      ]) {
        assert.equal(verifyDigest(publicKey, sha256(bytes), wrong), false);
      }
    });
  }

  it("is true of the bytes that are asked about in place of others", () => {
    const { privateKey, publicKey } = KEYS["ECDSA P-256"]?.() ?? assert.fail();
    const bytes = Buffer.from("known");
    assert.equal(verifyDigest(publicKey, sha256(bytes), sign("sha256", bytes, privateKey)), true);
  });

  it("isn't true by RSA where something else than the hash's name is before the digest", () => {
    const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const digest = sha256(Buffer.from("x"));
    for (const before of ["", "00", "3031300d060960864801650304020305000420"]) {
      const signed = Buffer.concat([Buffer.from(before, "hex"), digest]);
      assert.equal(verifyDigest(publicKey, digest, privateEncrypt(privateKey, signed)), false);
    }
  });

  it("isn't true with numbers that no signature has", () => {
    const { publicKey } = KEYS["ECDSA P-256"]?.() ?? assert.fail();
    const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
    const numbers = [0n, 1n, order - 1n, order, order + 1n];
    for (const r of numbers) {
      for (const s of numbers) {
        assert.equal(verifyDigest(publicKey, sha256(Buffer.from("x")), pair(r, s)), false);
      }
    }
  });

  it("is unknown by a key that signs the bytes themselves, or on another curve", () => {
    const digest = sha256(Buffer.from("x"));
    for (const { publicKey } of [
      generateKeyPairSync("ed25519"),
      generateKeyPairSync("ec", { namedCurve: "secp256k1" }),
      generateKeyPairSync("rsa-pss", { modulusLength: 2048 }),
    ]) {
      assert.equal(verifyDigest(publicKey, digest, pair(1n, 1n)), undefined);
    }
  });
});
