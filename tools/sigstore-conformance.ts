/**
 * `npm run -s sigstore-conformance -- verify-bundle ...`: speaks the command line of Sigstore's conformance suite
 * (https://github.com/sigstore/sigstore-conformance/blob/main/docs/cli_protocol.md), over what `releases verify`
 * uses. Exits with 0 for a bundle that is proven and 1 for one that isn't. It asks no network.
 */
import * as fs from "node:fs";
import { createRequire } from "node:module";
import { parseArgs } from "node:util";
import { verifyBundle, type VerifiedBundle } from "../src/adapters/sigstore/bundle";
import type { Artifact, Problem, Trust } from "../src/adapters/sigstore/proof";
import { readTrustedRoot } from "../src/adapters/sigstore/trusted-root";

const USAGE =
  "usage: verify-bundle --bundle FILE (--certificate-identity ID --certificate-oidc-issuer URL | --key FILE)" +
  " [--trusted-root FILE] FILE_OR_DIGEST";

/** Where the public instance's root comes from when no file is named: what the project's own client starts with. */
const PUBLIC_INSTANCE = "https://tuf-repo-cdn.sigstore.dev";

/** Returns what a call of the suite proves, or why it proves nothing. */
export function verifyCall(args: readonly string[]): VerifiedBundle | Problem {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      bundle: { type: "string" },
      "certificate-identity": { type: "string" },
      "certificate-oidc-issuer": { type: "string" },
      key: { type: "string" },
      "trusted-root": { type: "string" },
    },
  });
  const { bundle, key, "trusted-root": rootFile } = values;
  const { "certificate-identity": identity, "certificate-oidc-issuer": issuer } = values;
  const [command, named, ...others] = positionals;
  const isNamed = identity !== undefined && issuer !== undefined;
  if (command !== "verify-bundle" || bundle === undefined) return { problem: USAGE };
  if (named === undefined || others.length > 0) return { problem: USAGE };
  if (isNamed === (key !== undefined)) return { problem: USAGE };
  const root = readTrustedRoot(
    rootFile === undefined ? publicRoot() : fs.readFileSync(rootFile, "utf8"),
    rootFile ?? "seeds.json",
  );
  if ("problem" in root) return root;
  const trust: Trust = key === undefined ? { root } : { root, key: fs.readFileSync(key, "utf8") };
  const verified = verifyBundle(fs.readFileSync(bundle), artifactOf(named), trust);
  if ("problem" in verified || verified.signer.kind === "key") return verified;
  const { signer } = verified;
  if (signer.subject !== identity) return { problem: `it is signed by ${signer.subject}` };
  if (signer.issuer !== issuer) return { problem: `its issuer is ${signer.issuer ?? "nobody"}` };
  return verified;
}

/** Returns the artifact that an argument names: a file, or a digest where no file has that name. */
function artifactOf(named: string): Artifact {
  const isDigest = /^sha256:[0-9a-f]{64}$/i.test(named) && !fs.existsSync(named);
  return isDigest ? { digest: named.toLowerCase() } : { bytes: fs.readFileSync(named) };
}

/** Returns the public instance's `trusted_root.json`, as the packages carry it. */
export function publicRoot(): string {
  const seeds = createRequire(__filename)("@sigstore/tuf/seeds.json") as Seeds;
  return Buffer.from(
    seeds[PUBLIC_INSTANCE]?.targets["trusted_root.json"] ?? "",
    "base64",
  ).toString();
}

/** Files of TUF repositories in base64, by the repository's address. */
type Seeds = Readonly<Record<string, { readonly targets: Readonly<Record<string, string>> }>>;

if (require.main === module) {
  try {
    // npm runs a script in its package's folder, and the suite names files from its own.
    process.chdir(process.env["INIT_CWD"] ?? ".");
    const verified = verifyCall(process.argv.slice(2));
    if ("problem" in verified) throw new Error(verified.problem);
    console.log(JSON.stringify(verified.signer));
  } catch (cause) {
    console.error(cause instanceof Error ? cause.message : cause);
    process.exitCode = 1;
  }
}
