import type { GithubFilesApi } from "../../src/adapters/github/branch-files";
import type { GithubClient } from "../../src/adapters/github/github";
import type {
  Asset,
  GithubReleasesApi,
  ListedRelease,
  NewRelease,
  PublishedAsset,
  PublishedRelease,
  Replaced,
} from "../../src/adapters/github/releases";
import { digestOfBytes } from "./attach";

/** A release that was published. */
interface Kept extends NewRelease {
  readonly repository: string;
}

/** Releases on GitHub as values: what is published is there. */
export class TestReleases {
  releases: Kept[] = [];
  /** What was published, with what it replaced: `acme/orders v1.2.0 (nothing)`. */
  readonly published: string[] = [];
  isPublic = true;
  /** Files of branches: `acme/charts gh-pages index.yaml`. */
  readonly branchFiles = new Map<string, string>();
  /** Commits on branches, by what they say. */
  readonly commits: string[] = [];
  /** What GitHub says of the next changes of files in place of making them. */
  readonly conflicts: (() => string | undefined)[] = [];

  /** Returns the client of these releases. */
  client(): GithubClient {
    const nobody = (): never => {
      throw new Error("the test gives releases alone");
    };
    return {
      repository: nobody,
      attestations: nobody,
      checks: nobody,
      files: (repository) => this.#filesOf(repository),
      releases: (repository) => this.#of(repository),
    };
  }

  /** Returns the names of a release's files. */
  files(tag: string): string[] {
    const found = this.releases.find((release) => release.tag === tag);
    return (found?.assets ?? []).map(({ name }) => name);
  }

  /** Puts other bytes in the place of a file. */
  replace(tag: string, name: string, bytes: Uint8Array | undefined): void {
    this.releases = this.releases.map((release) => {
      if (release.tag !== tag) return release;
      const others = release.assets.filter((asset) => asset.name !== name);
      return { ...release, assets: [...others, ...(bytes === undefined ? [] : [{ name, bytes }])] };
    });
  }

  #listed(repository: string): ListedRelease[] {
    const own = this.releases.filter((release) => release.repository === repository);
    return own.map(({ tag, isPrerelease, assets }, id) => {
      const files = assets.map(({ name }) => name);
      return { id, tag, publishedAt: new Date(0), isPrerelease, files, bytes: 0 };
    });
  }

  #filesOf(repository: string): GithubFilesApi {
    const blobOf = (text: string): string => digestOfBytes(Buffer.from(text));
    return {
      read: ({ branch, path }) => {
        const text = this.branchFiles.get(`${repository} ${branch} ${path}`);
        return Promise.resolve(text === undefined ? undefined : { text, blob: blobOf(text) });
      },
      replace: ({ branch, path, blob, text, message }) => {
        const conflict = this.conflicts.shift()?.();
        const at = `${repository} ${branch} ${path}`;
        const isOther = blobOf(this.branchFiles.get(at) ?? "") !== blob;
        if (conflict !== undefined || isOther) return Promise.resolve(conflict ?? "is another one");
        this.branchFiles.set(at, text);
        this.commits.push(message);
        return Promise.resolve(undefined);
      },
    };
  }

  #of(repository: string): GithubReleasesApi {
    const nobody = (): never => {
      throw new Error("nobody asks for that");
    };
    const download = ({ name }: Pick<Asset, "name">): Promise<Uint8Array> => {
      const all = this.releases.flatMap(({ assets }) => assets);
      return Promise.resolve(all.find((asset) => asset.name === name)?.bytes ?? nobody());
    };
    return {
      assetNames: nobody,
      listed: () => Promise.resolve(this.#listed(repository)),
      remove: nobody,
      assets: nobody,
      isPublic: () => Promise.resolve(this.isPublic),
      download: (asset) => (this.isPublic ? nobody() : download(asset)),
      downloadPublicly: (asset) => (this.isPublic ? download(asset) : nobody()),
      published: (tag) => {
        const found = this.releases.find(
          (release) => release.tag === tag && release.repository === repository,
        );
        return Promise.resolve(found && publishedOf(found));
      },
      publish: (release, replaced: Replaced = "nothing") => {
        const isOther = (one: Kept) => one.tag !== release.tag || one.repository !== repository;
        this.releases = this.releases.filter(isOther);
        this.releases.push({ ...release, repository });
        this.published.push(`${repository} ${release.tag} (${replaced})`);
        return Promise.resolve(pageOf(repository, release.tag));
      },
    };
  }
}

function publishedOf({ repository, tag, notes, assets }: Kept): PublishedRelease {
  const address = pageOf(repository, tag);
  const files = assets.map(({ name, bytes }, id): PublishedAsset => {
    const digest = digestOfBytes(Buffer.from(bytes));
    return { name, id, digest, size: bytes.length, address: `${address}/${name}` };
  });
  return { address, notes, assets: files };
}

function pageOf(repository: string, tag: string): string {
  return `https://github.com/${repository}/releases/tag/${tag}`;
}
