import * as fs from "node:fs";
import { keySigner, workflowSigner } from "../adapters/sigstore/signing";
import { sha256Of } from "../adapters/sigstore/sha256";
import { readTrustedRoot } from "../adapters/sigstore/trusted-root";
import { attest, type AttestRequest, type AttestResult } from "../app/promotion/attest";
import type { Approvals } from "../app/promotion/broken-glass";
import type { CheckSource } from "../app/promotion/checks";
import type { EnvironmentReader } from "../app/environments";
import type { Reporter } from "../app/reporter";
import type { World } from "../app/world";
import { outsideError, usageError } from "../core/error";
import { environmentOf } from "../core/stack/config";
import { policyOf } from "../core/verify/policy";
import type { Actions } from "./actions";
import { updatesFor } from "./deployed";

/** Who signs: the workflow that runs, of a public or another repository, or the owner of a private key. */
export type Signing =
  | { readonly by: "workflow"; readonly isPublic: boolean }
  | { readonly by: "key"; readonly pem: string };

/** What a deployment attests to. */
export interface Attestation {
  readonly stack: string;
  /** The commit that was deployed before. */
  readonly since: string;
  /** Page of the repository that deploys. */
  readonly page: string;
  readonly signing: Signing;
  /** As `planDeployments` takes them. */
  readonly kept: string | undefined;
}

/**
 * Attests to what a deployment runs, as `attest` does, once its gates were judged by `beginDeployment`.
 * @throws ReleasesError of kind `outside` where the trust root can't be read that the workflow's signature is verified
 *   with before it is attached
 */
export async function attestDeployment(
  world: World,
  reader: EnvironmentReader,
  { stack, since, page, signing, kept }: Attestation,
  github: (Approvals & CheckSource) | undefined,
  report: Reporter,
): Promise<AttestResult> {
  const values = reader.current.stacks.get(stack);
  const environment = values === undefined ? "" : environmentOf(values);
  const updates = updatesFor(world, reader, { stack, environment }, kept, report);
  const request: AttestRequest = {
    ...{ stack, since, page, updates },
    ...(github && { approvals: github, checks: github }),
    ...signerOf(signing, () => rootOf(world, reader, environment)),
  };
  return attest(world, reader, request, report);
}

/** Returns who signs, and what their bundles are verified with. */
function signerOf(
  signing: Signing,
  root: () => AttestRequest["trusted"],
): Pick<AttestRequest, "signer" | "trusted"> {
  if (signing.by === "key") {
    const { signer, publicKey } = keySigner(signing.pem);
    return { signer, trusted: { trust: { key: publicKey }, digest: sha256Of(publicKey) } };
  }
  return { signer: workflowSigner(signing.isPublic ? "public" : "github"), trusted: root() };
}

function rootOf(
  { files }: World,
  { environments }: EnvironmentReader,
  environment: string,
): AttestRequest["trusted"] {
  const nobody = { name: "", githubSource: "" };
  const { root: file } = policyOf(environments.get(environment) ?? {}, nobody, undefined);
  const found = files.exists(file) ? readTrustedRoot(files.text(file), file) : undefined;
  if (found === undefined) throw outsideError(`${file} is missing, which is to be the trust root`);
  if ("problem" in found) throw outsideError(`${file}:${found.line}: ${found.problem}`);
  return { trust: { root: found }, digest: found.digest };
}

/** Returns who signs: a key, or the workflow that runs; undefined where there is neither. */
export function signingOf(actions: Actions, key: string | undefined): Signing | undefined {
  if (key !== undefined) return { by: "key", pem: keyIn(key) };
  if (actions.optional("ACTIONS_ID_TOKEN_REQUEST_URL") === undefined) return undefined;
  // The public instance logs the names of workflows for everybody.
  return { by: "workflow", isPublic: actions.optional("REPOSITORY_VISIBILITY") === "public" };
}

/**
 * Returns the text of a key's file.
 * @throws ReleasesError of kind `usage` where there is no such file
 */
export function keyIn(file: string): string {
  if (!fs.existsSync(file)) throw usageError(`there is no file ${file}, which --key names`);
  return fs.readFileSync(file, "utf8");
}
