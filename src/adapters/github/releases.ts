import { Ref } from "../../core/ref";
import { outsideError } from "../../core/error";
import { isDigest } from "../../core/version";
import { allPages, asking, statusOf, unlessMissing } from "./ask";
import type { GithubConnection } from "./connection";
import type { GithubAnswer } from "./requests";

/** A release on GitHub as it is to be. */
export interface NewRelease {
  readonly tag: string;
  /** The commit that gets the tag where the tag doesn't exist. Default: that of the default branch. */
  readonly commit?: string;
  /** Markdown. */
  readonly notes: string;
  /** Whether GitHub adds notes of its own: the pull requests since the release before. Default: false. */
  readonly generatesNotes?: boolean;
  /**
   * What the notes of a draft begin with that this run may remove: an earlier run of the same release was ended.
   * Default: nothing, and drafts stay.
   */
  readonly mark?: string;
  readonly isPrerelease: boolean;
  /** Whether it may become the latest one of its repository, by its version. Default: unless it is a pre-release. */
  readonly mayBeLatest?: boolean;
  readonly assets: readonly Asset[];
}

/** A file of a release. */
export interface Asset {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** A release that is published, with what GitHub knows of its files. */
export interface PublishedRelease {
  /** Its page. */
  readonly address: string;
  /** Markdown. */
  readonly notes: string;
  readonly assets: readonly PublishedAsset[];
}

/** A file of a published release. */
export interface PublishedAsset {
  readonly name: string;
  /** `sha256:` and 64 hex digits; absent where GitHub has none, as of files from before June 2025. */
  readonly digest?: string;
  /** In bytes. */
  readonly size: number;
  readonly id: number;
  /** Where everybody can download it, of a public repository. */
  readonly address: string;
}

/** A release that is no draft. */
export interface ListedRelease {
  readonly id: number;
  readonly tag: string;
  readonly publishedAt: Date;
  /** Whether it is marked as a pre-release. */
  readonly isPrerelease: boolean;
  /** Names of its assets that are uploaded. */
  readonly files: readonly string[];
  /** Of its assets. */
  readonly bytes: number;
}

/** What a new release replaces, where it exists: nothing, the tag's release, or the tag as well. */
export type Replaced = "nothing" | "release" | "release and tag";

/**
 * The releases of a repository on GitHub, as use cases ask for them. Every method throws a ReleasesError of
 * kind `outside` when GitHub can't be reached or refuses.
 */
export interface GithubReleasesApi {
  /**
   * Returns the names of the assets of a tag's published release; undefined where it has none. A repository that
   * the token may not see looks like one without releases.
   */
  assetNames(tag: string): Promise<string[] | undefined>;

  /** Returns a tag's published release; undefined where it has none, as `assetNames` says. */
  published(tag: string): Promise<PublishedRelease | undefined>;

  /** Returns the bytes of a file of a release. */
  download(asset: Pick<PublishedAsset, "id" | "name">): Promise<Uint8Array>;

  /** Returns the bytes of a file of a release as everybody gets them: without a token. */
  downloadPublicly(asset: Pick<PublishedAsset, "address" | "name">): Promise<Uint8Array>;

  /** Whether everybody may see the repository. */
  isPublic(): Promise<boolean>;

  /**
   * Publishes a release once all its assets are uploaded. Returns its address.
   * @param replaced removed just before the release is published. Default: `nothing`
   */
  publish(release: NewRelease, replaced?: Replaced): Promise<string>;

  /** Returns all published releases; none of a repository that the token may not see. */
  listed(): Promise<ListedRelease[]>;

  /** Removes a published release with its assets; its tag stays. Throws where it isn't what it was. */
  remove(release: ListedRelease): Promise<void>;

  /** Returns the assets of a tag's release. */
  assets(tag: string): Promise<Asset[]>;
}

/** For one file, which may be large. */
const DOWNLOAD_MILLISECONDS = 600_000;

/** The releases of a repository on GitHub, by GitHub's REST API. */
export class GithubReleases implements GithubReleasesApi {
  readonly #connection: GithubConnection;

  constructor(connection: GithubConnection) {
    this.#connection = connection;
  }

  async assetNames(tag: string): Promise<string[] | undefined> {
    // An upload that was broken off leaves an asset that nobody can download.
    const found = await this.#find(tag);
    return found?.assets.filter(({ state }) => state === "uploaded").map(({ name }) => name);
  }

  async published(tag: string): Promise<PublishedRelease | undefined> {
    const found = await this.#find(tag);
    if (found === undefined) return undefined;
    const assets = found.assets.filter(({ state }) => state === "uploaded");
    return {
      address: found.html_url,
      notes: found.body ?? "",
      assets: assets.map(({ name, digest, size, id, browser_download_url: address }) => {
        return { name, size, id, address, ...(isDigest(digest ?? "") && { digest: digest ?? "" }) };
      }),
    };
  }

  async isPublic(): Promise<boolean> {
    const { octokit, at } = this.#connection;
    const { data } = await asking(`for ${at.owner}/${at.repo}`, () =>
      octokit.request("GET /repos/{owner}/{repo}", at),
    );
    return !data.private;
  }

  async downloadPublicly({
    address,
    name,
  }: Pick<PublishedAsset, "address" | "name">): Promise<Uint8Array> {
    return asking(`for ${name}, as anybody`, async () => {
      const answer = await fetch(address, { signal: AbortSignal.timeout(DOWNLOAD_MILLISECONDS) });
      if (!answer.ok) throw outsideError(`${address} answers ${answer.status}; try again`);
      return new Uint8Array(await answer.arrayBuffer());
    });
  }

  async download({ id, name }: Pick<PublishedAsset, "id" | "name">): Promise<Uint8Array> {
    const { octokit, at } = this.#connection;
    const { data } = await asking(`for ${name}`, () =>
      octokit.request("GET /repos/{owner}/{repo}/releases/assets/{asset_id}", {
        ...at,
        asset_id: id,
        headers: { accept: "application/octet-stream" },
      }),
    );
    return new Uint8Array(data);
  }

  async publish(release: NewRelease, replaced: Replaced = "nothing"): Promise<string> {
    const { octokit, at } = this.#connection;
    const { tag, commit, notes, generatesNotes = false, mark, isPrerelease, assets } = release;
    const { mayBeLatest = !isPrerelease } = release;
    if (mark !== undefined) await this.#removeDrafts(tag, mark);
    const { data: draft } = await asking(`to make the release ${tag}`, () =>
      octokit.request("POST /repos/{owner}/{repo}/releases", {
        ...at,
        tag_name: tag,
        ...(commit !== undefined && { target_commitish: commit }),
        name: tag,
        body: mark === undefined ? notes : `${mark}\n${notes}`,
        draft: true,
        prerelease: isPrerelease,
        ...(generatesNotes && { generate_release_notes: true }),
      }),
    );
    const release_id = draft.id;
    try {
      for (const asset of assets) await this.#upload(draft, asset);
    } catch (cause) {
      // Nobody sees a draft, and nobody would look for it.
      await this.#delete(release_id).catch(() => undefined);
      throw cause;
    }
    const former = replaced === "nothing" ? undefined : await this.#find(tag);
    if (former !== undefined) await this.#delete(former.id);
    if (replaced === "release and tag") await this.#removeTag(tag);
    const { data } = await asking(`to publish the release ${tag}`, () =>
      octokit.request("PATCH /repos/{owner}/{repo}/releases/{release_id}", {
        ...at,
        release_id,
        draft: false,
        make_latest: mayBeLatest ? "legacy" : "false",
      }),
    );
    return data.html_url;
  }

  async listed(): Promise<ListedRelease[]> {
    const { octokit, at } = this.#connection;
    const found: AnsweredRelease[] = [];
    await unlessMissing(`for the releases of ${at.owner}/${at.repo}`, async () => {
      const path = "GET /repos/{owner}/{repo}/releases";
      found.push(...(await allPages((page) => octokit.request(path, { ...at, ...page }))));
    });
    return found.flatMap(listedOf);
  }

  async remove(release: ListedRelease): Promise<void> {
    const { octokit, at } = this.#connection;
    const { id: release_id, tag, publishedAt } = release;
    const { data } = await asking(`for the release ${tag}`, () =>
      octokit.request("GET /repos/{owner}/{repo}/releases/{release_id}", { ...at, release_id }),
    );
    const [now] = listedOf(data);
    if (now?.tag !== tag || now.publishedAt.getTime() !== publishedAt.getTime()) {
      throw outsideError(`the release ${tag} of ${at.owner}/${at.repo} has changed; run it again`);
    }
    await this.#delete(release_id);
  }

  async assets(tag: string): Promise<Asset[]> {
    const { octokit, at } = this.#connection;
    const { data } = await asking(`for the release ${tag}`, () =>
      octokit.request("GET /repos/{owner}/{repo}/releases/tags/{tag}", { ...at, tag }),
    );
    const assets: Asset[] = [];
    for (const asset of data.assets) {
      assets.push({ name: asset.name, bytes: await this.download(asset) });
    }
    return assets;
  }

  /** Removes drafts of a tag whose notes have a mark. A draft of an old commit stands among the releases of its day. */
  async #removeDrafts(tag: string, mark: string): Promise<void> {
    const { octokit, at } = this.#connection;
    const path = "GET /repos/{owner}/{repo}/releases";
    const all = await asking(`for drafts of ${tag}`, () =>
      allPages((page) => octokit.request(path, { ...at, ...page })),
    );
    const own = all.filter(({ draft, tag_name, body }) => {
      return draft && tag_name === tag && body?.startsWith(mark) === true;
    });
    for (const { id } of own) await this.#delete(id);
  }

  async #find(tag: string): Promise<FoundRelease | undefined> {
    const { octokit, at } = this.#connection;
    let found: FoundRelease | undefined;
    await unlessMissing(`for ${at.owner}/${at.repo} ${tag}`, async () => {
      const path = "GET /repos/{owner}/{repo}/releases/tags/{tag}";
      found = (await octokit.request(path, { ...at, tag })).data;
    });
    return found;
  }

  async #upload({ id, upload_url: url }: Draft, { name, bytes }: Asset): Promise<void> {
    // A URI template, of which this is the part before the parameters.
    const address = `${url.replace(/\{.*\}$/, "")}?name=${encodeURIComponent(name)}`;
    const send = () => this.#connection.octokit.upload(address, bytes);
    await asking(`to upload ${name}`, async () => {
      try {
        await send();
      } catch (cause) {
        // An attempt that was broken off leaves half of the file, in whose place GitHub takes no other one.
        const isTaken = statusOf(cause) === 422 && (await this.#removeAsset(id, name));
        if (!isTaken) throw cause;
        await send();
      }
    });
  }

  /** Removes an asset of a draft. Returns whether there was one. */
  async #removeAsset(release_id: number, name: string): Promise<boolean> {
    const { octokit, at } = this.#connection;
    const path = "GET /repos/{owner}/{repo}/releases/{release_id}/assets";
    const all = await allPages((page) => octokit.request(path, { ...at, release_id, ...page }));
    const own = all.filter((asset) => asset.name === name);
    for (const { id: asset_id } of own) {
      const remove = "DELETE /repos/{owner}/{repo}/releases/assets/{asset_id}";
      await octokit.request(remove, { ...at, asset_id });
    }
    return own.length > 0;
  }

  async #removeTag(tag: string): Promise<void> {
    const { octokit, at } = this.#connection;
    const request = `to move the tag ${tag}`;
    const ref = { ...at, ref: Ref.tag(tag).apiName };
    const isThere = await unlessMissing(request, () =>
      octokit.request("GET /repos/{owner}/{repo}/git/ref/{ref}", ref),
    );
    if (!isThere) return;
    await asking(request, () =>
      octokit.request("DELETE /repos/{owner}/{repo}/git/refs/{ref}", ref),
    );
  }

  async #delete(release_id: number): Promise<void> {
    const { octokit, at } = this.#connection;
    await unlessMissing("to remove a release", () =>
      octokit.request("DELETE /repos/{owner}/{repo}/releases/{release_id}", { ...at, release_id }),
    );
  }
}

/** A release that nobody sees yet. */
type Draft = GithubAnswer<"POST /repos/{owner}/{repo}/releases">["data"];

/** A release, as GitHub answers about a tag. */
type FoundRelease = GithubAnswer<"GET /repos/{owner}/{repo}/releases/tags/{tag}">["data"];

/** A release, as GitHub's list has it. */
type AnsweredRelease = GithubAnswer<"GET /repos/{owner}/{repo}/releases/{release_id}">["data"];

function listedOf(release: AnsweredRelease): ListedRelease[] {
  const { id, tag_name: tag, draft, prerelease: isPrerelease, published_at: at, assets } = release;
  if (draft || at === null) return [];
  const bytes = assets.reduce((sum, { size }) => sum + size, 0);
  const files = assets.filter(({ state }) => state === "uploaded").map(({ name }) => name);
  return [{ id, tag, publishedAt: at, isPrerelease, files, bytes }];
}
