import {
  constants,
  createECDH,
  createHash,
  createPublicKey,
  publicDecrypt,
  verify,
  type KeyObject,
} from "node:crypto";
import { derValue, derValues } from "../../core/verify/der";

/**
 * Whether a key made a signature over bytes, of which the SHA-256 digest alone is known. Node.js hashes bytes
 * itself, so it is asked an equal question about bytes that are known. For ECDSA and RSA (PKCS #1 v1.5).
 * @returns undefined for a kind of key that signs the bytes and not their digest
 */
export function verifyDigest(
  key: KeyObject,
  digest: Uint8Array,
  signature: Uint8Array,
): boolean | undefined {
  switch (key.asymmetricKeyType) {
    case "ec":
      return verifyEcdsa(key, digest, signature);
    case "rsa":
      return verifyRsa(key, digest, signature);
    default:
      return undefined;
  }
}

/** A curve by its names in OpenSSL and in JSON Web Keys: its prime, and the order of its base point (SEC 2 §2). */
interface Curve {
  readonly name: string;
  readonly crv: string;
  readonly prime: bigint;
  readonly order: bigint;
  /** Bytes of a coordinate. */
  readonly size: number;
}

const P256: Curve = {
  name: "prime256v1",
  crv: "P-256",
  prime: 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n,
  order: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  size: 32,
};

const P384: Curve = {
  name: "secp384r1",
  crv: "P-384",
  prime: 2n ** 384n - 2n ** 128n - 2n ** 96n + 2n ** 32n - 1n,
  order:
    0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
  size: 48,
};

/** What is verified in place of the bytes that are unknown. Any bytes would do. */
const KNOWN = Buffer.from("known");

interface Point {
  readonly x: bigint;
  readonly y: bigint;
}

/**
 * A signature (r, s) of a digest z by the key Q holds where s·R = z·G + r·Q. With Q' = Q + t·G and
 * t = (z - z')/r that is s·R = z'·G + r·Q': the same signature, of the known digest z', by the key Q'.
 */
function verifyEcdsa(
  key: KeyObject,
  digest: Uint8Array,
  signature: Uint8Array,
): boolean | undefined {
  const curve = [P256, P384].find(({ name }) => name === key.asymmetricKeyDetails?.namedCurve);
  if (curve === undefined) return undefined;
  const { x = "", y = "" } = key.export({ format: "jwk" });
  const [r, s] = signatureOf(signature, curve) ?? [];
  if (r === undefined || s === undefined) return false;
  const { order, size } = curve;
  const known = createHash("sha256").update(KNOWN).digest();
  const t = modulo((numberOf(digest) - numberOf(known)) * inverse(r, order), order);
  const point = {
    x: numberOf(Buffer.from(x, "base64url")),
    y: numberOf(Buffer.from(y, "base64url")),
  };
  const moved = t === 0n ? point : sum(point, multipleOfBase(t, curve), curve);
  if (moved === undefined) return false;
  const other = createPublicKey({
    format: "jwk",
    key: {
      kty: "EC",
      crv: curve.crv,
      x: bytesOf(moved.x, size).toString("base64url"),
      y: bytesOf(moved.y, size).toString("base64url"),
    },
  });
  // The numbers go to Node.js as they were read, so that it reads no others.
  const both = Buffer.concat([bytesOf(r, size), bytesOf(s, size)]);
  return verify("sha256", KNOWN, { key: other, dsaEncoding: "ieee-p1363" }, both);
}

/** Returns both numbers of a signature in DER; undefined where one can't be of any. */
function signatureOf(signature: Uint8Array, { order }: Curve): [bigint, bigint] | undefined {
  const content = derValue(signature, 0x30);
  const values = (content && derValues(content)) ?? [];
  const [r, s] = values.map(({ tag, content }) => (tag === 0x02 ? numberOf(content) : 0n));
  if (r === undefined || s === undefined || values.length > 2) return undefined;
  return [r, s].every((number) => number > 0n && number < order) ? [r, s] : undefined;
}

function multipleOfBase(t: bigint, { name, size }: Curve): Point {
  const ecdh = createECDH(name);
  ecdh.setPrivateKey(bytesOf(t, size));
  const point = ecdh.getPublicKey();
  return { x: numberOf(point.subarray(1, 1 + size)), y: numberOf(point.subarray(1 + size)) };
}

/** Returns the sum of two points; undefined where one is the other's multiple by 1 or -1, which chance never makes. */
function sum(a: Point, b: Point, { prime }: Curve): Point | undefined {
  if (a.x === b.x) return undefined;
  const slope = modulo((b.y - a.y) * inverse(modulo(b.x - a.x, prime), prime), prime);
  const x = modulo(slope * slope - a.x - b.x, prime);
  return { x, y: modulo(slope * (a.x - x) - a.y, prime) };
}

/** Returns the inverse of a number from 1 up to a prime, by Euclid. */
function inverse(number: bigint, prime: bigint): bigint {
  let [low, high] = [number, prime];
  let [x, y] = [1n, 0n];
  while (low > 1n) {
    const quotient = high / low;
    [low, high] = [high % low, low];
    [x, y] = [y - quotient * x, x];
  }
  return modulo(x, prime);
}

function modulo(number: bigint, by: bigint): bigint {
  const rest = number % by;
  return rest < 0n ? rest + by : rest;
}

function numberOf(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).toString("hex") || "0"}`);
}

function bytesOf(number: bigint, size: number): Buffer {
  return Buffer.from(number.toString(16).padStart(size * 2, "0"), "hex");
}

/** What stands before a SHA-256 digest in a signature by RSA (RFC 8017 §9.2). */
const SHA256_INFO = Buffer.from("3031300d060960864801650304020105000420", "hex");

function verifyRsa(key: KeyObject, digest: Uint8Array, signature: Uint8Array): boolean {
  try {
    const signed = publicDecrypt({ key, padding: constants.RSA_PKCS1_PADDING }, signature);
    return signed.equals(Buffer.concat([SHA256_INFO, digest]));
  } catch {
    return false;
  }
}
