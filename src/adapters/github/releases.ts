import type { Octokit } from "@octokit/core";
import { asking, unlessMissing } from "./errors";

/** A release as it is to be. */
export interface NewRelease {
  readonly tag: string;
  /** Where the tag is put when there is none. */
  readonly commit: string;
  /** Markdown. */
  readonly notes: string;
  readonly isPrerelease: boolean;
  readonly assets: readonly Asset[];
}

export interface Asset {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** The releases of a repository on GitHub. */
export class GithubReleases {
  readonly #octokit: Octokit;
  readonly #at: { readonly owner: string; readonly repo: string };

  constructor(octokit: Octokit, owner: string, repo: string) {
    this.#octokit = octokit;
    this.#at = { owner, repo };
  }

  /**
   * Returns whether a tag has a published release. A repository that the token may not see has none as far
   * as anyone can tell.
   */
  async has(tag: string): Promise<boolean> {
    return (await this.#find(tag)) !== undefined;
  }

  async #find(tag: string) {
    const { owner, repo } = this.#at;
    const ask = () =>
      this.#octokit.request("GET /repos/{owner}/{repo}/releases/tags/{tag}", { owner, repo, tag });
    let found: Awaited<ReturnType<typeof ask>>["data"] | undefined;
    await unlessMissing(`for ${owner}/${repo} ${tag}`, async () => {
      found = (await ask()).data;
    });
    return found;
  }

  /**
   * Publishes a release once all its assets are there. Returns its address.
   * @param instead what goes just before, where it is there: nothing, the tag's release, or the tag as well
   */
  async publish(
    release: NewRelease,
    instead: "nothing" | "release" | "release and tag" = "nothing",
  ): Promise<string> {
    const { tag, commit, notes, isPrerelease, assets } = release;
    const { data: draft } = await asking(`to make the release ${tag}`, () =>
      this.#octokit.request("POST /repos/{owner}/{repo}/releases", {
        ...this.#at,
        ...{ tag_name: tag, target_commitish: commit, name: tag, body: notes },
        ...{ draft: true, prerelease: isPrerelease },
      }),
    );
    const release_id = draft.id;
    try {
      for (const asset of assets) await this.#upload(draft.upload_url, asset);
    } catch (cause) {
      // Nobody sees a draft, and nobody would look for it.
      await this.#delete(release_id).catch(() => undefined);
      throw cause;
    }
    const former = instead === "nothing" ? undefined : await this.#find(tag);
    if (former !== undefined) await this.#delete(former.id);
    if (instead === "release and tag") await this.#removeTag(tag);
    const { data } = await asking(`to publish the release ${tag}`, () =>
      this.#octokit.request("PATCH /repos/{owner}/{repo}/releases/{release_id}", {
        ...this.#at,
        ...{ release_id, draft: false, make_latest: isPrerelease ? "false" : "legacy" },
      }),
    );
    return data.html_url;
  }

  async #upload(url: string, { name, bytes }: Asset): Promise<void> {
    await asking(`to upload ${name}`, () =>
      this.#octokit.request({
        method: "POST",
        url: `${url.replace(/\{.*\}$/, "")}?name=${encodeURIComponent(name)}`,
        // Octokit takes what stands in `data` as it is.
        data: Buffer.from(bytes),
        headers: { "content-type": "application/octet-stream", "content-length": bytes.length },
      }),
    );
  }

  async #removeTag(tag: string): Promise<void> {
    const what = `to move the tag ${tag}`;
    const at = { ...this.#at, ref: `tags/${tag}` };
    const isThere = await unlessMissing(what, () =>
      this.#octokit.request("GET /repos/{owner}/{repo}/git/ref/{ref}", at),
    );
    if (!isThere) return;
    await asking(what, () =>
      this.#octokit.request("DELETE /repos/{owner}/{repo}/git/refs/{ref}", at),
    );
  }

  async #delete(release_id: number): Promise<void> {
    await unlessMissing("to remove a release", () =>
      this.#octokit.request("DELETE /repos/{owner}/{repo}/releases/{release_id}", {
        ...this.#at,
        release_id,
      }),
    );
  }

  /** Returns the assets of a tag's release. */
  async assets(tag: string): Promise<Asset[]> {
    const { data } = await asking(`for the release ${tag}`, () =>
      this.#octokit.request("GET /repos/{owner}/{repo}/releases/tags/{tag}", { ...this.#at, tag }),
    );
    const found: Asset[] = [];
    for (const { id: asset_id, name } of data.assets) {
      const { data: bytes } = await asking(`for ${name} of ${tag}`, () =>
        this.#octokit.request("GET /repos/{owner}/{repo}/releases/assets/{asset_id}", {
          ...{ ...this.#at, asset_id },
          headers: { accept: "application/octet-stream" },
        }),
      );
      found.push({ name, bytes: new Uint8Array(bytes as unknown as ArrayBuffer) });
    }
    return found;
  }
}
