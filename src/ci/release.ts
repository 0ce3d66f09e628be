import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import type { GithubReleasesApi } from "../adapters/github/releases";
import type { Environments } from "../core/environments";
import { tagOfReleaseBranch } from "../core/publish/release-branch";
import { Ref } from "../core/ref";
import { mutablePattern } from "../core/stack/mutable-tags";
import { Version } from "../core/version";

/** The assets' digests, as `sha256sum --check` reads them. */
const CHECKSUMS = "checksums.txt";

/**
 * Returns the tag of a release: its own, or for a branch `releases/beta/new-api` the tag `beta-new-api`.
 * Undefined for any other ref.
 */
export function releaseTag({ kind, name }: Ref): string | undefined {
  if (kind === "tag") return /^v./.test(name) ? name : undefined;
  if (kind !== "branch") return undefined;
  return tagOfReleaseBranch(name);
}

/** The tags of this repository's own releases. */
const RELEASES = Ref.tag("v*");

/** What decides which refs make releases, and which releases are replaced. */
interface PublishingRules {
  readonly environments: Environments;
  /** Patterns of tags that may move. */
  readonly mutableTags: readonly string[];
}

/** Returns why a ref makes no release; undefined where it makes one. */
function refusalOf(ref: Ref, { environments, mutableTags }: PublishingRules): string | undefined {
  const name = releaseTag(ref);
  if (name === undefined) {
    return `${ref.name} is neither a tag v* nor a branch releases/*/*: it makes no release`;
  }
  if (ref.kind === "tag" || mutablePattern(name, mutableTags) !== undefined) return undefined;
  const refs = [...environments.values()].flatMap((environment) =>
    environment.ref === undefined ? [] : Ref.ofEnvironment(environment.ref),
  );
  const taken = [RELEASES, ...refs].find((one) => one.matches(Ref.tag(name)));
  if (taken === undefined) return undefined;
  return `${ref.name} would make the tag ${name}, which ${taken.name} matches: such a tag is made by a release manager; rename the branch`;
}

/**
 * Publishes the files of a folder as a release of a tag, with their checksums. A release that exists
 * stays as it is, unless its tag is mutable. A branch makes no tag that could be deployed, and never the
 * latest release. Returns the release's address, or why there is none.
 */
export async function publishRelease(
  folder: string,
  release: { ref: Ref; commit: string; notes: string },
  rules: PublishingRules,
  github: GithubReleasesApi,
): Promise<{ address: string } | { refusal: string }> {
  const { ref, commit, notes } = release;
  const refusal = refusalOf(ref, rules);
  if (refusal !== undefined) return { refusal };
  const tag = releaseTag(ref) ?? "";
  const moves = mutablePattern(tag, rules.mutableTags) !== undefined;
  if (!moves && (await github.assetNames(tag)) !== undefined) {
    return { refusal: `${tag} has a release, which stays as it is; make another tag` };
  }
  const files = fs
    .readdirSync(folder)
    .filter((name) => name !== CHECKSUMS)
    .sort()
    .map((name) => ({ name, bytes: fs.readFileSync(path.join(folder, name)) }));
  const checksums = files.map(({ name, bytes }) => `${sha256(bytes)}  ${name}\n`).join("");
  // A tag that was pushed is where it belongs; that of a branch follows the branch.
  const former = ref.kind === "branch" ? "release and tag" : "release";
  const address = await github.publish(
    {
      tag,
      commit,
      notes,
      isPrerelease: ref.kind === "branch" || (Version.parse(tag)?.isPrerelease ?? true),
      assets: [...files, { name: CHECKSUMS, bytes: Buffer.from(checksums) }],
    },
    moves ? former : "nothing",
  );
  return { address };
}

/**
 * Downloads the assets of a tag's release into a folder. Returns what is wrong with them, a line each;
 * nothing where they are what was published.
 */
export async function fetchRelease(
  folder: string,
  tag: string,
  github: GithubReleasesApi,
): Promise<string[]> {
  fs.mkdirSync(folder, { recursive: true });
  const assets = new Map((await github.assets(tag)).map(({ name, bytes }) => [name, bytes]));
  for (const [name, bytes] of assets)
    fs.writeFileSync(path.join(folder, path.basename(name)), bytes);
  const checksums = Buffer.from(assets.get(CHECKSUMS) ?? []).toString();
  const wanted = new Map(
    checksums.split("\n").flatMap((line): [string, string][] => {
      const [sum, name] = line.split("  ");
      return sum === undefined || name === undefined ? [] : [[name, sum]];
    }),
  );
  return [
    ...(wanted.size === 0 ? [`${tag} has no ${CHECKSUMS}`] : []),
    ...[...wanted.keys()].filter((name) => !assets.has(name)).map((name) => `${name} is missing`),
    ...[...assets]
      .filter(([name, bytes]) => name !== CHECKSUMS && sha256(bytes) !== wanted.get(name))
      .map(([name]) => `${name} isn't what was published`),
  ];
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
