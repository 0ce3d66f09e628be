import { createHash } from "node:crypto";
import type { Answer, Asked } from "./github-api";

interface Release {
  readonly id: number;
  readonly [key: string]: unknown;
  assets: {
    readonly id: number;
    readonly name: string;
    readonly state: "uploaded" | "open";
    readonly digest?: string;
    readonly size?: number;
    readonly browser_download_url?: string;
  }[];
}

/** What GitHub knows of a repository's releases, as far as ours change it. */
export class GithubReleasesModel {
  readonly #address: string;
  readonly #contents = new Map<number, Buffer>();
  #count = 0;
  releases: Release[] = [];
  /** Tags, where a test wants to know of them. */
  readonly tags = new Set<string>();
  /** Workflows that were started, and at which ref. */
  readonly started: string[] = [];
  /** An asset that can't be uploaded. */
  refuses = "";
  /** An asset of which the first attempt leaves half. */
  breaksOff = "";
  /** Where everybody downloads assets; a test serves `download` there. */
  site = "https://github.com";
  isPrivate = false;

  constructor(address: string) {
    this.#address = address;
  }

  /** Puts something else in the place of what was uploaded. */
  replaceAsset(id: number, bytes: Buffer): void {
    this.#contents.set(id, bytes);
  }

  /** Returns the bytes of an asset by the path of its address; undefined where everybody gets none. */
  download(path: string): Buffer | undefined {
    const assets = this.releases.flatMap((release) => (release["draft"] ? [] : release.assets));
    const asset = assets.find((one) => one.browser_download_url === `${this.site}${path}`);
    return asset === undefined || this.isPrivate ? undefined : this.#contents.get(asset.id);
  }

  answer({ route, parameters, body, bytes }: Asked): Answer {
    const { owner = "", repo = "" } = parameters;
    const published = this.releases.find(
      ({ tag_name, draft }) => tag_name === parameters["tag"] && draft === false,
    );
    const byId = this.releases.find(({ id }) => String(id) === parameters["release_id"]);
    switch (route.replace("/repos/{owner}/{repo}", "")) {
      case "GET /releases/tags/{tag}":
        return published === undefined ? { status: 404 } : { status: 200, body: published };
      case "GET /releases": {
        const [page, size] = [parameters["page"] ?? "1", parameters["per_page"] ?? "30"].map(
          Number,
        );
        const start = ((page ?? 1) - 1) * (size ?? 30);
        return { status: 200, body: this.releases.slice(start, start + (size ?? 30)) };
      }
      case "GET /releases/{release_id}":
        return byId === undefined ? { status: 404 } : { status: 200, body: byId };
      case "POST /releases": {
        const id = ++this.#count;
        const page = `${this.site}/${owner}/${repo}/releases/tag/${String(body["tag_name"])}`;
        this.releases.push({ id, html_url: page, ...body, assets: [] });
        const upload = `${this.#address}/repos/${owner}/${repo}/releases/${id}/assets{?name,label}`;
        return { status: 201, body: { id, upload_url: upload } };
      }
      case "POST /releases/{release_id}/assets": {
        const name = parameters["name"] ?? "";
        if (name === this.refuses) return { status: 422 };
        if (byId?.assets.some((asset) => asset.name === name) === true) return { status: 422 };
        if (name === this.breaksOff) {
          byId?.assets.push({ id: 1000, name, state: "open" });
          this.breaksOff = "";
          return { status: 502 };
        }
        const id = this.#contents.size + 1;
        const content = bytes ?? Buffer.alloc(0);
        this.#contents.set(id, content);
        const digest = `sha256:${createHash("sha256").update(content).digest("hex")}`;
        const place = `${owner}/${repo}/releases/download/${String(byId?.["tag_name"])}/${name}`;
        const browser_download_url = `${this.site}/${place}`;
        const asset = { id, name, digest, size: content.length, browser_download_url };
        byId?.assets.push({ ...asset, state: "uploaded" });
        return { status: 201 };
      }
      case "PATCH /releases/{release_id}":
        if (byId !== undefined) Object.assign(byId, body);
        return { status: 200, body: { html_url: byId?.["html_url"] } };
      case "DELETE /releases/{release_id}":
        this.releases = this.releases.filter((release) => release !== byId);
        return { status: 204 };
      case "GET /releases/{release_id}/assets":
        return { status: 200, body: byId?.assets ?? [] };
      case "DELETE /releases/assets/{asset_id}":
        for (const release of this.releases) {
          release.assets = release.assets.filter(({ id }) => String(id) !== parameters["asset_id"]);
        }
        return { status: 204 };
      case "GET /releases/assets/{asset_id}":
        return {
          status: 200,
          bytes: this.#contents.get(Number(parameters["asset_id"])) ?? Buffer.alloc(0),
        };
      case "GET /git/ref/{ref}":
        return { status: this.tags.has(parameters["ref"]?.replace("tags/", "") ?? "") ? 200 : 404 };
      case "DELETE /git/refs/{ref}":
        return {
          status: this.tags.delete(parameters["ref"]?.replace("tags/", "") ?? "") ? 204 : 422,
        };
      case "POST /actions/workflows/{workflow_id}/dispatches":
        this.started.push(`${parameters["workflow_id"] ?? ""} ${String(body["ref"])}`);
        return { status: 204 };
      case "GET ":
        return { status: 200, body: { private: this.isPrivate } };
      default:
        return { status: 404 };
    }
  }
}
