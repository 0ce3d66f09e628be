import type { Octokit } from "@octokit/core";
import { GithubReleases } from "./releases";
import { GithubRepository } from "./repository";

/** Asked again twice, after what GitHub asks to wait, if that isn't long; then it is the user's to decide. */
const RETRIES = 2;
const LONGEST_WAIT_SECONDS = 60;

/** GitHub, asked with `GITHUB_TOKEN` or `GH_TOKEN`, at `GITHUB_API_URL` or api.github.com. */
export class Github {
  readonly #octokit: Octokit;

  private constructor(octokit: Octokit) {
    this.#octokit = octokit;
  }

  /** Returns undefined without a token: nobody could tell a private repository from a missing release. */
  static async connect(): Promise<Github | undefined> {
    const { GITHUB_TOKEN: token, GH_TOKEN: other, GITHUB_API_URL: address } = process.env;
    const auth = [token, other].find((text) => text !== undefined && text !== "");
    if (auth === undefined) return undefined;
    // Octokit has ES modules only, which Node.js 22.12 doesn't require without a warning.
    const [{ Octokit }, { retry }, { throttling }] = await Promise.all([
      import("@octokit/core"),
      import("@octokit/plugin-retry"),
      import("@octokit/plugin-throttling"),
    ]);
    const again = (seconds: number, _options: object, _octokit: Octokit, retries: number) =>
      retries < RETRIES && seconds <= LONGEST_WAIT_SECONDS;
    return new Github(
      new (Octokit.plugin(retry, throttling))({
        auth,
        ...(address !== undefined && address !== "" && { baseUrl: address }),
        throttle: { onRateLimit: again, onSecondaryRateLimit: again },
        retry: { retries: RETRIES },
        log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
      }),
    );
  }

  /** Returns a repository by its full name, `acme/releases`. */
  repository(name: string): GithubRepository {
    const [owner = "", repo = ""] = name.split("/");
    return new GithubRepository(this.#octokit, owner, repo);
  }

  /** Returns the releases of a repository by its full name. */
  releases(name: string): GithubReleases {
    const [owner = "", repo = ""] = name.split("/");
    return new GithubReleases(this.#octokit, owner, repo);
  }
}

function quiet(): void {}
