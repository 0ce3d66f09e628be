import { createPrivateKey, createPublicKey, sign, type KeyObject } from "node:crypto";
import { outsideError, usageError } from "../../core/error";
import { asMapping } from "../../core/mapping";
import { IN_TOTO_PAYLOAD } from "../../core/verify/statement";
import { parseJson } from "./json-lines";
import { library, messageOf } from "./library";

/** Signs statements. */
export interface StatementSigner {
  /**
   * Returns a bundle of Sigstore with a statement, as JSON.
   * @throws ReleasesError of kind `outside` where it can't be signed
   */
  sign(statement: string): Promise<string>;
}

/** Where a workflow's certificates come from: Sigstore's public instance, which logs them, or GitHub's own. */
export type SigningInstance = "public" | "github";

/** As `actions/attest` has them, for private repositories, whose names belong in no public log. */
const OF_GITHUB = {
  fulcio: "https://fulcio.githubapp.com",
  times: "https://timestamp.githubapp.com",
};

/** For one request. */
const REQUEST = { timeout: 20_000, retry: 2 };

/**
 * Returns a signer with the identity of the workflow that runs: GitHub Actions gives a token to a job that has the
 * permission `id-token: write`.
 */
export function workflowSigner(instance: SigningInstance): StatementSigner {
  return {
    sign: (statement) => {
      const { CIContextProvider, FulcioSigner, RekorWitness, TSAWitness } = signing();
      const identityProvider = new CIContextProvider();
      return instance === "public"
        ? bundled(statement, {
            signer: new FulcioSigner({ identityProvider, ...REQUEST }),
            witnesses: [new RekorWitness(REQUEST)],
          })
        : bundled(statement, {
            signer: new FulcioSigner({
              identityProvider,
              fulcioBaseURL: OF_GITHUB.fulcio,
              ...REQUEST,
            }),
            witnesses: [new TSAWitness({ tsaBaseURL: OF_GITHUB.times, ...REQUEST })],
          });
    },
  };
}

/**
 * Returns the workflow that runs, as its certificate will name it: `acme/orders/.github/workflows/release.yml@<ref>`,
 * which may be one that others call. Undefined for a token that isn't GitHub's.
 * @throws ReleasesError of kind `outside` where GitHub gives no token
 */
export async function runningWorkflow(): Promise<string | undefined> {
  const { CIContextProvider } = signing();
  try {
    const [, claims = ""] = (await new CIContextProvider().getToken()).split(".");
    const { job_workflow_ref: workflow } = asMapping(
      parseJson(Buffer.from(claims, "base64url").toString()),
    );
    return typeof workflow === "string" ? workflow : undefined;
  } catch (cause) {
    throw outsideError(
      `GitHub gives no token to sign with: ${messageOf(cause)}; give the job the permission id-token: write`,
    );
  }
}

/**
 * Returns a signer with a private key, and its public key in PEM.
 * @param pem without a passphrase
 * @throws ReleasesError of kind `usage` for another text
 */
export function keySigner(pem: string): { signer: StatementSigner; publicKey: string } {
  const key = privateKeyOf(pem);
  const publicKey = createPublicKey(key).export({ format: "pem", type: "spki" }).toString();
  // Ed25519 hashes by itself.
  const hash = key.asymmetricKeyType === "ed25519" ? null : "sha256";
  const signer = {
    sign: (data: Buffer) => {
      const signature = sign(hash, data, key);
      return Promise.resolve({ signature, key: { $case: "publicKey" as const, publicKey } });
    },
  };
  return {
    publicKey,
    signer: { sign: (statement) => bundled(statement, { signer, witnesses: [] }) },
  };
}

function privateKeyOf(pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    throw usageError("the key isn't a private key in PEM without a passphrase");
  }
}

async function bundled(
  statement: string,
  by: ConstructorParameters<Signing["DSSEBundleBuilder"]>[0],
): Promise<string> {
  const { DSSEBundleBuilder } = signing();
  try {
    const bundle = await new DSSEBundleBuilder(by).create({
      data: Buffer.from(statement),
      type: IN_TOTO_PAYLOAD,
    });
    return JSON.stringify(library().bundle.bundleToJSON(bundle));
  } catch (cause) {
    throw outsideError(`Sigstore signed nothing: ${messageOf(cause)}; try again later`);
  }
}

type Signing = typeof import("@sigstore/sign");

/** Loaded when something is signed, as it has a client for HTTP of its own. */
function signing(): Signing {
  return require("@sigstore/sign") as Signing;
}
