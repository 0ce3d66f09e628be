import { generateKeyPairSync } from "node:crypto";
import { sha256Of } from "../../src/adapters/sigstore/sha256";
import { keySigner } from "../../src/adapters/sigstore/signing";
import type { BuildSigning } from "../../src/app/publish/build-signatures";
import type { BuildTrust } from "../../src/app/publish/validate";
import { builderPolicy, type Build } from "../../src/core/publish/build";
import { COMMIT } from "./publisher";

const SOURCE = "https://github.com/acme/orders";

/** A build of a tag of acme/orders by its workflow. */
export function buildAt(ref: string): Build {
  const workflow = ".github/workflows/release.yml";
  const builder = `${SOURCE}/${workflow}@${ref}`;
  return { source: SOURCE, ref, commit: COMMIT, workflow, builder };
}

/** Returns who signs with a new key, and what makes these signatures count. */
export function newSigner(): BuildSigning & BuildTrust {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const pem = privateKey.export({ format: "pem", type: "pkcs8" }).toString();
  const { signer, publicKey } = keySigner(pem);
  const trusted = { trust: { key: publicKey }, file: "key.pub", digest: sha256Of(publicKey) };
  return { signer, trusted, policy: builderPolicy("acme/orders", undefined, { file: "key.pub" }) };
}
