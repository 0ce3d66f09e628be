import * as fs from "node:fs";
import * as path from "node:path";
import type { Asset } from "../adapters/github/releases";
import { readImageLayout, type ImageLayout } from "../adapters/oci/layout";
import type { Trusted } from "../adapters/sigstore/proofs";
import { sha256Of } from "../adapters/sigstore/sha256";
import { keySigner, runningWorkflow, workflowSigner } from "../adapters/sigstore/signing";
import { readTrustedRoot } from "../adapters/sigstore/trusted-root";
import type { BuildSigning } from "../app/publish/build-signatures";
import type { BuildTrust } from "../app/publish/validate";
import type { World } from "../app/world";
import { outsideError, usageError } from "../core/error";
import { builderPolicy, type Build } from "../core/publish/build";
import type { Publication } from "../core/publish/publication";
import { DEFAULT_ROOT } from "../core/verify/policy";
import type { Actions } from "./actions";
import { keyIn, type Signing } from "./attestation";

/** What a run of a workflow builds from. */
export interface Source {
  /** `owner/name`. */
  readonly repository: string;
  /** In full. */
  readonly ref: string;
  readonly commit: string;
}

/** Returns the images of a folder, by service: of one image its OCI layout, of several one in a folder each. */
export function layoutsIn(
  folder: string,
  publications: readonly Publication[],
): Map<string, ImageLayout> {
  const names = publications.flatMap(({ service }) =>
    service.images.length > 0 ? service.name : [],
  );
  const [only, ...others] = names;
  if (only !== undefined && others.length === 0 && !fs.existsSync(path.join(folder, only))) {
    return new Map([[only, readImageLayout(folder)]]);
  }
  const there = names.filter((name) => fs.existsSync(path.join(folder, name)));
  return new Map(there.map((name) => [name, readImageLayout(path.join(folder, name))]));
}

/** Returns the files of a folder, by their names; those of further folders in it are no assets. */
export function assetsIn(folder: string): Asset[] {
  if (!fs.existsSync(folder)) throw usageError(`there is no folder ${folder}`);
  const files = fs.readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile());
  const names = files.map(({ name }) => name).sort();
  return names.map((name) => ({ name, bytes: fs.readFileSync(path.join(folder, name)) }));
}

/**
 * Returns how the workflow that runs builds: what provenance says of it.
 * @param signing absent, or with a key: the workflow is the one that GitHub's variables name, and not one it calls
 */
export async function buildOf(
  actions: Actions,
  { repository, ref, commit }: Source,
  signing: Signing | undefined,
): Promise<Build> {
  const server = actions.optional("GITHUB_SERVER_URL") ?? "https://github.com";
  const workflow = actions.variable("GITHUB_WORKFLOW_REF");
  const signer = signing?.by === "workflow" ? await runningWorkflow() : undefined;
  const event = actions.optional("GITHUB_EVENT_NAME");
  return {
    source: `${server}/${repository}`,
    ...{ ref, commit },
    workflow: workflow.replace(/@.*$/, "").split("/").slice(2).join("/"),
    builder: `${server}/${signer ?? workflow}`,
    ...(event !== undefined && { event }),
    ...(actions.log !== undefined && { run: actions.log }),
  };
}

/** Returns who signs a build, and what the signatures are verified with before they are published. */
export function buildSigningOf(
  world: Pick<World, "files">,
  { repository, ref }: Source,
  signing: Signing,
): BuildSigning {
  if (signing.by === "key") {
    const { signer, publicKey } = keySigner(signing.pem);
    const file = "the key that signs";
    const trusted = { trust: { key: publicKey }, file, digest: sha256Of(publicKey) };
    return { signer, trusted, policy: builderPolicy(repository, undefined, { file }) };
  }
  const trusted = rootIn(world, DEFAULT_ROOT);
  return {
    signer: workflowSigner(signing.isPublic ? "public" : "github"),
    ...(trusted && { trusted }),
    policy: builderPolicy(repository, ref),
  };
}

/**
 * Returns the trust root of a file of the repository; undefined where there is no such file.
 * @throws ReleasesError of kind `outside` for one that can't be read
 */
export function rootIn({ files }: Pick<World, "files">, file: string): Trusted | undefined {
  if (!files.exists(file)) return undefined;
  const found = readTrustedRoot(files.text(file), file);
  if ("problem" in found) throw outsideError(`${file}:${found.line}: ${found.problem}`);
  return { trust: { root: found }, digest: found.digest };
}

/**
 * Returns whose signatures of a build count: a public key's owner, or its workflow by a trust root.
 * @throws ReleasesError of kind `usage` where nothing says whom to trust
 */
export function buildTrustOf(
  world: Pick<World, "files">,
  { repository, ref }: Source,
  { key, root = DEFAULT_ROOT }: { readonly key?: string; readonly root?: string },
): BuildTrust {
  if (key !== undefined) {
    const pem = keyIn(key);
    const trusted = { trust: { key: pem }, file: key, digest: sha256Of(pem) };
    return { trusted, policy: builderPolicy(repository, undefined, { file: key }) };
  }
  const trusted = rootIn(world, root);
  if (trusted !== undefined) return { trusted, policy: builderPolicy(repository, ref) };
  throw usageError(
    `whose signatures count isn't known: there is no ${root}; copy the trust root from the repository of the list, or give --key or --unsigned`,
  );
}
