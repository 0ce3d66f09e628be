import { outsideError } from "../../core/error";
import { bundlesOf } from "../sigstore/github-attestations";
import { asking, isVisible, statusOf } from "./ask";
import type { GithubConnection } from "./connection";

/** The attestations of a repository on GitHub. */
export interface GithubAttestationsApi {
  /**
   * Returns the bundles of all attestations of a digest, as JSON; none where there are none, or the token may not
   * see the repository.
   * @throws ReleasesError of kind `outside` when GitHub can't be reached or refuses
   */
  of(digest: string): Promise<string[]>;

  /**
   * Whether the token may see the repository at all, so that no attestation means that there is none.
   * @throws ReleasesError of kind `outside` when GitHub can't be reached or refuses
   */
  isVisible(): Promise<boolean>;
}

/** As many as GitHub gives at once. */
const PER_PAGE = 100;

/** Far more than one digest has: one for each predicate type and each run of its workflow. */
const MOST = 1000;

/** How long a bundle's address, which isn't GitHub's API, may take to answer. */
const BUNDLE_MILLISECONDS = 30_000;

/** The attestations of a repository, by GitHub's REST API. */
export class GithubAttestations implements GithubAttestationsApi {
  readonly #connection: GithubConnection;

  constructor(connection: GithubConnection) {
    this.#connection = connection;
  }

  isVisible(): Promise<boolean> {
    return isVisible(this.#connection);
  }

  async of(digest: string): Promise<string[]> {
    const { octokit, at } = this.#connection;
    const found: string[] = [];
    for (let after: string | undefined; ;) {
      const answer = await unlessNotFound(() =>
        octokit.request("GET /repos/{owner}/{repo}/attestations/{subject_digest}", {
          ...at,
          subject_digest: digest,
          per_page: PER_PAGE,
          ...(after !== undefined && { after }),
        }),
      );
      if (answer === undefined) return found;
      found.push(...(await bundlesOf(answer.data, bytesAt)));
      after = nextOf(answer.headers.link);
      if (after === undefined) return found;
      if (found.length > MOST) {
        throw outsideError(`GitHub has more than ${MOST} attestations of ${digest}`);
      }
    }
  }
}

async function unlessNotFound<Answer>(ask: () => Promise<Answer>): Promise<Answer | undefined> {
  return asking("for attestations", async () => {
    try {
      return await ask();
    } catch (cause) {
      if (statusOf(cause) === 404) return undefined;
      throw cause;
    }
  });
}

/** Returns the cursor of the next page, which only the header has. */
function nextOf(link: string | undefined): string | undefined {
  const [, address] = /<([^>]+)>;\s*rel="next"/.exec(link ?? "") ?? [];
  if (address === undefined || !URL.canParse(address)) return undefined;
  return new URL(address).searchParams.get("after") ?? undefined;
}

/** Returns the bytes at an address that GitHub made for this answer: without the token, which is GitHub's alone. */
async function bytesAt(address: string): Promise<Uint8Array> {
  return asking("for a bundle", async () => {
    const answer = await fetch(address, { signal: AbortSignal.timeout(BUNDLE_MILLISECONDS) });
    if (!answer.ok) throw outsideError(`a bundle's address answers ${answer.status}; try again`);
    return new Uint8Array(await answer.arrayBuffer());
  });
}
