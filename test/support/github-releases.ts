import type { Answer, Asked } from "./github-api";

interface Release {
  readonly id: number;
  readonly [key: string]: unknown;
  readonly assets: {
    readonly id: number;
    readonly name: string;
    readonly state: "uploaded" | "open";
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

  constructor(address: string) {
    this.#address = address;
  }

  /** Puts something else in the place of what was uploaded. */
  replaceAsset(id: number, bytes: Buffer): void {
    this.#contents.set(id, bytes);
  }

  answer({ route, parameters, body, bytes }: Asked): Answer {
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
        this.releases.push({ id, ...body, assets: [] });
        const upload = `${this.#address}/repos/acme/releases/releases/${id}/assets{?name,label}`;
        return { status: 201, body: { id, upload_url: upload } };
      }
      case "POST /releases/{release_id}/assets": {
        const name = parameters["name"] ?? "";
        if (name === this.refuses) return { status: 422 };
        const id = this.#contents.size + 1;
        this.#contents.set(id, bytes ?? Buffer.alloc(0));
        byId?.assets.push({ id, name, state: "uploaded" });
        return { status: 201 };
      }
      case "PATCH /releases/{release_id}":
        if (byId !== undefined) Object.assign(byId, body);
        return { status: 200 };
      case "DELETE /releases/{release_id}":
        this.releases = this.releases.filter((release) => release !== byId);
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
      default:
        return { status: 404 };
    }
  }
}
