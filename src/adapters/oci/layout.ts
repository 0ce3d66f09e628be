import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { usageError } from "../../core/error";
import { asMapping, isMapping, type Mapping } from "../../core/mapping";
import { isDigest } from "../../core/version";

/** An image on the disk, as a build leaves it: https://github.com/opencontainers/image-spec/blob/main/image-layout.md */
export interface ImageLayout {
  readonly folder: string;
  /** Of its index, or of its one manifest. */
  readonly digest: string;
}

/** Bytes of a layer that are read at once. */
const CHUNK_BYTES = 1 << 20;

/**
 * Returns the one image of an OCI layout, once every part of it is there with the bytes that its digest names: what
 * is broken here would be found out by a registry when half of it is pushed.
 * @throws ReleasesError of kind `usage` for a folder that isn't a layout of one image, and for broken parts
 */
export function readImageLayout(folder: string): ImageLayout {
  if (!fs.existsSync(path.join(folder, "oci-layout"))) {
    throw usageError(
      `${folder} is no OCI layout; build one, as with docker buildx build --output type=oci,tar=false,dest=${folder}`,
    );
  }
  const index = parsed(readFile(path.join(folder, "index.json"), folder), "index.json", folder);
  // One image with several names is listed once for each.
  const digests = [...new Set(partsOf(index["manifests"], folder).map(({ digest }) => digest))];
  const [digest, ...others] = digests;
  if (digest === undefined) throw usageError(`${folder} has no image; build it again`);
  if (others.length > 0) {
    throw usageError(`${folder} has ${digests.length} images; build one into a folder of its own`);
  }
  const seen = new Set<string>();
  checkManifest(folder, digest, seen);
  return { folder, digest };
}

interface Part {
  readonly digest: string;
  /** Whether its bytes are kept elsewhere, as those of a base image that may not be passed on. */
  readonly isForeign: boolean;
}

function checkManifest(folder: string, digest: string, seen: Set<string>): void {
  if (seen.has(digest)) return;
  seen.add(digest);
  checkBytes(folder, digest);
  const manifest = parsed(readFile(blob(folder, digest), folder), digest, folder);
  for (const part of partsOf(manifest["manifests"], folder)) {
    checkManifest(folder, part.digest, seen);
  }
  const config = isMapping(manifest["config"]) ? [manifest["config"]] : [];
  const layers = Array.isArray(manifest["layers"]) ? (manifest["layers"] as unknown[]) : [];
  for (const part of partsOf([...config, ...layers], folder)) {
    if (seen.has(part.digest) || part.isForeign) continue;
    seen.add(part.digest);
    checkBytes(folder, part.digest);
  }
}

function partsOf(entries: unknown, folder: string): Part[] {
  return (Array.isArray(entries) ? (entries as unknown[]) : []).map((entry) => {
    const { digest, urls } = asMapping(entry);
    if (typeof digest !== "string" || !isDigest(digest)) {
      throw usageError(`${folder} has a part without a sha256 digest; build it again`);
    }
    return { digest, isForeign: Array.isArray(urls) && urls.length > 0 };
  });
}

function checkBytes(folder: string, digest: string): void {
  const file = blob(folder, digest);
  if (!fs.existsSync(file)) throw usageError(`${folder} lacks its part ${digest}; build it again`);
  const found = `sha256:${hashOf(file)}`;
  if (found === digest) return;
  throw usageError(`${folder} has other bytes for ${digest}; build it again`);
}

function hashOf(file: string): string {
  const hash = createHash("sha256");
  const chunk = Buffer.alloc(CHUNK_BYTES);
  const descriptor = fs.openSync(file, "r");
  try {
    for (;;) {
      const read = fs.readSync(descriptor, chunk);
      if (read === 0) return hash.digest("hex");
      hash.update(chunk.subarray(0, read));
    }
  } finally {
    fs.closeSync(descriptor);
  }
}

function blob(folder: string, digest: string): string {
  return path.join(folder, "blobs", ...digest.split(":"));
}

function readFile(file: string, folder: string): string {
  if (!fs.existsSync(file)) {
    throw usageError(`${folder} has no ${path.basename(file)}; build it again`);
  }
  return fs.readFileSync(file, "utf8");
}

function parsed(text: string, what: string, folder: string): Mapping {
  try {
    return asMapping(JSON.parse(text));
  } catch {
    throw usageError(`${what} of ${folder} is no JSON; build it again`);
  }
}
