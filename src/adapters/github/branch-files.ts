import { outsideError } from "../../core/error";
import { Ref } from "../../core/ref";
import { asking, statusOf, unlessMissing } from "./ask";
import type { GithubConnection } from "./connection";

/** Where a file is. */
export interface BranchPath {
  readonly branch: string;
  readonly path: string;
}

/** A file of a branch. */
export interface BranchFile {
  readonly text: string;
  /** Name of its content in git. */
  readonly blob: string;
}

/** A file that gets another text by one commit. */
export interface FileChange extends BranchPath {
  /** Name of the content that it has, as git names it. */
  readonly blob: string;
  /** What it gets. */
  readonly text: string;
  /** Of the commit. */
  readonly message: string;
}

/**
 * Files of a repository on GitHub as its branches have them now. Every method throws a ReleasesError of kind
 * `outside` when GitHub can't be reached or refuses.
 */
export interface GithubFilesApi {
  /**
   * Returns a file; undefined where the branch doesn't have it, or isn't there. A repository that the token may not
   * see looks like one without branches. Throws `outside` for bytes that aren't UTF-8 as well: they couldn't be
   * written as they are.
   */
  read(at: BranchPath): Promise<BranchFile | undefined>;

  /**
   * Replaces a file that is still what `blob` says, by one commit on the branch, which GitHub signs for an App and for
   * the token of a workflow. Returns why GitHub doesn't: somebody else has changed the branch; undefined once it has.
   */
  replace(change: FileChange): Promise<string | undefined>;
}

/** Files of a repository on GitHub, by GitHub's REST API. */
export class GithubFiles implements GithubFilesApi {
  readonly #connection: GithubConnection;

  constructor(connection: GithubConnection) {
    this.#connection = connection;
  }

  async read({ branch, path }: BranchPath): Promise<BranchFile | undefined> {
    const { octokit, at } = this.#connection;
    const request = `for ${path} of ${at.owner}/${at.repo} at ${branch}`;
    let blob: string | undefined;
    await unlessMissing(request, async () => {
      const { data } = await octokit.request("GET /repos/{owner}/{repo}/contents/{path}", {
        ...at,
        path,
        ref: Ref.branch(branch).fullName,
      });
      // A folder is a list, and a link leads elsewhere.
      if (!Array.isArray(data) && data.type === "file") blob = data.sha;
    });
    if (blob === undefined) return undefined;
    const file_sha = blob;
    // The other answer has no content above 1 MB.
    const { data } = await asking(request, () =>
      octokit.request("GET /repos/{owner}/{repo}/git/blobs/{file_sha}", { ...at, file_sha }),
    );
    const text = textOf(Buffer.from(data.content, "base64"));
    if (text !== undefined) return { text, blob };
    throw outsideError(
      `${path} of ${at.owner}/${at.repo} at ${branch} isn't UTF-8; write it anew as UTF-8`,
    );
  }

  async replace({ branch, path, text, blob, message }: FileChange): Promise<string | undefined> {
    const { octokit, at } = this.#connection;
    let conflict: string | undefined;
    await asking(`to change ${path} of ${at.owner}/${at.repo} at ${branch}`, async () => {
      try {
        await octokit.request("PUT /repos/{owner}/{repo}/contents/{path}", {
          ...at,
          ...{ path, branch, message, sha: blob },
          content: Buffer.from(text).toString("base64"),
          // A conflict stays one, until the file is read again.
          request: { retries: 0 },
        });
      } catch (cause) {
        if (!(cause instanceof Error) || statusOf(cause) !== 409) throw cause;
        conflict = cause.message;
      }
    });
    return conflict;
  }
}

/** Returns the text of bytes, from which the very same bytes can be made; undefined where they aren't UTF-8. */
function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
