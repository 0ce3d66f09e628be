import type { Asset, GithubReleasesApi, PublishedRelease } from "../../adapters/github/releases";
import { markOf } from "../../adapters/github/mark";
import { sha256Of } from "../../adapters/sigstore/sha256";
import type { NamedRelease } from "../../core/publish/publication";
import { envelopeOf, type SignedStatement } from "./build-signatures";

/** A GitHub release as it is to be. */
export interface WantedRelease extends NamedRelease {
  /** Images or charts that it is of, by their digests, as its notes name them. */
  readonly artifacts: readonly string[];
  readonly files: readonly Asset[];
  /** Whose attestations it has, by the names of their files without the endings. */
  readonly attested: readonly string[];
  /** Whether it may become the latest one. Default: unless it is a pre-release. */
  readonly mayBeLatest?: boolean;
}

/** What is to be done with a release. */
export type ReleaseState =
  | { readonly kind: "new" }
  /** An earlier run published the same. */
  | { readonly kind: "there"; readonly address: string }
  | { readonly kind: "refused"; readonly refusal: string };

/** A statement about what a release is of, and the name that its files get. */
export interface Attestation {
  readonly name: string;
  /** The last one has the provenance of all of it. */
  readonly statements: readonly SignedStatement[];
}

/** What the notes of a draft begin with that an ended run may have left. */
const OWN = markOf("publish");

/** Returns the names of the files that an attestation is in: its bundle, and its envelope as in-toto has it. */
export function attestationFiles(name: string): {
  readonly bundle: string;
  readonly envelope: string;
} {
  return { bundle: `${name}.sigstore`, envelope: `${name}.intoto.jsonl` };
}

/**
 * Returns what is to be done with a release.
 * @throws ReleasesError of kind `outside` when GitHub can't be asked
 */
export async function releaseState(
  wanted: WantedRelease,
  releases: Pick<GithubReleasesApi, "published">,
): Promise<ReleaseState> {
  const found = await releases.published(wanted.tag);
  if (found === undefined) return { kind: "new" };
  if (isSame(found, wanted)) return { kind: "there", address: found.address };
  if (wanted.replaces !== "nothing") return { kind: "new" };
  const refusal = `${wanted.repository} has a release ${wanted.tag} already; make another version, or delete that release and run it again`;
  return { kind: "refused", refusal };
}

/**
 * Publishes a release whose state is `new`, at once with all its files. Returns its page.
 * @throws ReleasesError of kind `outside` when GitHub can't be reached or refuses
 */
export function publishRelease(
  wanted: WantedRelease,
  attestations: readonly Attestation[],
  releases: Pick<GithubReleasesApi, "publish">,
): Promise<string> {
  const { tag, commit, isPrerelease, replaces, files, mayBeLatest } = wanted;
  const assets = [...files, ...attestations.flatMap(filesOf)];
  return releases.publish(
    {
      ...{ tag, notes: notesOf(wanted), mark: OWN, isPrerelease, assets },
      ...(commit !== undefined && { commit, generatesNotes: true }),
      ...(mayBeLatest !== undefined && { mayBeLatest }),
    },
    replaces,
  );
}

function filesOf({ name, statements }: Attestation): Asset[] {
  const provenance = statements.at(-1);
  if (provenance === undefined) return [];
  const { bundle, envelope } = attestationFiles(name);
  const inToto = envelopeOf(provenance.bundle) ?? "";
  return [
    { name: bundle, bytes: Buffer.from(`${provenance.bundle}\n`) },
    { name: envelope, bytes: Buffer.from(`${inToto}\n`) },
  ];
}

/** Whether a release is what is wanted: made by a run like this one, and every file still there as it was. */
function isSame({ notes, assets }: PublishedRelease, wanted: WantedRelease): boolean {
  const digests = new Map(assets.map(({ name, digest }) => [name, digest]));
  const attested = wanted.attested.flatMap((name) => Object.values(attestationFiles(name)));
  return (
    notes.includes(contentMark(wanted)) &&
    wanted.files.every(({ name, bytes }) => digests.get(name) === sha256Of(bytes)) &&
    attested.every((name) => digests.has(name))
  );
}

function contentMark({ artifacts, files, attested }: WantedRelease): string {
  const sums = files.map(({ name, bytes }) => [name, sha256Of(bytes)]);
  return markOf(`content ${sha256Of(JSON.stringify([artifacts, sums, attested]))}`);
}

function notesOf(wanted: WantedRelease): string {
  const lines = wanted.artifacts.map((name) => `- \`${name}\``);
  return [contentMark(wanted), ...lines].join("\n");
}
