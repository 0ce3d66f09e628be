import { createHash } from "node:crypto";
import { Buffer } from "node:buffer";
import type { Answer, Asked } from "./github-api";

/** A commit that changed a file of a branch. */
interface FileCommit {
  readonly at: string;
  readonly message: string;
}

/** What GitHub knows of files of branches, by `acme/charts gh-pages index.yaml`, as far as ours change them. */
export class GithubFilesModel {
  readonly files = new Map<string, string>();
  readonly commits: FileCommit[] = [];
  /** Called before each change is made: somebody else may be faster. */
  beforeChange: () => void = () => undefined;

  /** Returns the answer to a request about files; undefined for others. */
  answer({ route, parameters, body }: Asked): Answer | undefined {
    const { owner = "", repo = "", path = "", ref = "", file_sha } = parameters;
    const at = (branch: string): string => `${owner}/${repo} ${branch} ${path}`;
    switch (route.replace("/repos/{owner}/{repo}", "")) {
      case "GET /contents/{path}": {
        const text = this.files.get(at(ref.replace("refs/heads/", "")));
        if (text === undefined || !ref.startsWith("refs/heads/")) return { status: 404 };
        // As of a large file.
        const large = { content: "", encoding: "none", size: text.length };
        return { status: 200, body: { type: "file", path, sha: blobOf(text), ...large } };
      }
      case "GET /git/blobs/{file_sha}": {
        const text = [...this.files.values()].find((one) => blobOf(one) === file_sha);
        if (text === undefined) return { status: 404 };
        const content = Buffer.from(text).toString("base64").replaceAll(/.{60}/g, "$&\n");
        return { status: 200, body: { sha: file_sha, content, encoding: "base64" } };
      }
      case "PUT /contents/{path}": {
        this.beforeChange();
        const own = at(String(body["branch"]));
        const before = this.files.get(own);
        if (before === undefined) return { status: 404 };
        if (blobOf(before) !== body["sha"]) {
          return {
            status: 409,
            body: { message: `${path} does not match ${String(body["sha"])}` },
          };
        }
        this.files.set(own, Buffer.from(String(body["content"]), "base64").toString());
        this.commits.push({ at: own, message: String(body["message"]) });
        return { status: 200 };
      }
      default:
        return undefined;
    }
  }
}

/** Returns what git calls a content. */
function blobOf(text: string): string {
  return createHash("sha1")
    .update(`blob ${Buffer.byteLength(text)}\0${text}`)
    .digest("hex");
}
