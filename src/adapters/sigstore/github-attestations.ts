import { z } from "zod";
import { outsideError } from "../../core/error";
import { utf8 } from "../../core/verify/der";

/** The answer to "which attestations are there of a digest", as GitHub's REST API has it. */
const answered = z.object({
  attestations: z.array(
    z.object({
      bundle: z.record(z.string(), z.unknown()).nullish(),
      bundle_url: z.string().nullish(),
    }),
  ),
});

/** Far more than an attestation has: a bundle with the largest statement that GitHub takes is 16 MB. */
const MOST_BYTES = 32 * 1024 * 1024;

/**
 * Returns the bundles of an answer of GitHub to `GET /repos/{owner}/{repo}/attestations/{digest}`, as JSON. Newer
 * answers have an address in place of each bundle, which serves it compressed by Snappy, without frames.
 * @param answer its body
 * @param fetchBytes returns what an address serves; it is asked without the token, which is GitHub's alone
 * @throws ReleasesError of kind `outside` for an answer that can't be read: what it had may be what refuses
 */
export async function bundlesOf(
  answer: unknown,
  fetchBytes: (address: string) => Promise<Uint8Array>,
): Promise<string[]> {
  const read = answered.safeParse(answer);
  if (!read.success) throw outsideError(`${UNREADABLE}; try again later`);
  return Promise.all(
    read.data.attestations.map(async ({ bundle, bundle_url: address }) => {
      if (bundle) return JSON.stringify(bundle);
      if (!address)
        throw outsideError("GitHub has an attestation without a bundle; try again later");
      return bundleIn(await fetchBytes(address));
    }),
  );
}

const UNREADABLE = "GitHub's answer about attestations can't be read";

function bundleIn(compressed: Uint8Array): string {
  try {
    const text = utf8(uncompress(compressed)) ?? "";
    return JSON.stringify(JSON.parse(text));
  } catch {
    throw outsideError(
      `${UNREADABLE}: the bundle isn't JSON compressed by Snappy; try again later`,
    );
  }
}

function uncompress(bytes: Uint8Array): Uint8Array {
  const { uncompress } = require("snappyjs") as Snappy;
  return uncompress(Uint8Array.from(bytes), MOST_BYTES);
}

/** What is used of a package without types. */
interface Snappy {
  readonly uncompress: (compressed: Uint8Array, maxLength: number) => Uint8Array;
}
