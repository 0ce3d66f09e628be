import type { Octokit } from "@octokit/core";
import { usageError } from "../../core/error";
import { GithubAttestations, type GithubAttestationsApi } from "./attestations";
import type { GithubConnection } from "./connection";
import { GithubReleases, type GithubReleasesApi } from "./releases";
import { GithubRepository, type GithubRepositoryApi } from "./repository";

/** GitHub, as use cases ask it. Repositories are given by their full names, such as `acme/releases`. */
export interface GithubClient {
  repository(name: string): GithubRepositoryApi;
  releases(name: string): GithubReleasesApi;
  attestations(name: string): GithubAttestationsApi;
  checks(name: string): Pick<GithubRepositoryApi, "checksOn">;
}

/**
 * A failed request is sent twice again, after the time that GitHub asks for, unless that is longer than this.
 */
const RETRIES = 2;
const LONGEST_WAIT_SECONDS = 60;

/** GitHub, asked with `GITHUB_TOKEN` or `GH_TOKEN`, at `GITHUB_API_URL` or api.github.com. */
export class Github implements GithubClient {
  readonly #octokit: Octokit;

  private constructor(octokit: Octokit) {
    this.#octokit = octokit;
  }

  /**
   * Returns undefined without a token: a private repository would look like one that has no releases.
   * @throws ReleasesError of kind `usage` for a GITHUB_API_URL that isn't one
   */
  static async connect(): Promise<Github | undefined> {
    const { GITHUB_TOKEN: token, GH_TOKEN: other } = process.env;
    const auth = [token, other].find((text) => text !== undefined && text !== "");
    if (auth === undefined) return undefined;
    const baseUrl = apiAddress(process.env["GITHUB_API_URL"] ?? "");
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
        ...(baseUrl !== "" && { baseUrl }),
        throttle: { onRateLimit: again, onSecondaryRateLimit: again },
        retry: { retries: RETRIES },
        log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
      }),
    );
  }

  repository(name: string): GithubRepository {
    return new GithubRepository(this.#connection(name));
  }

  releases(name: string): GithubReleases {
    return new GithubReleases(this.#connection(name));
  }

  attestations(name: string): GithubAttestations {
    return new GithubAttestations(this.#connection(name));
  }

  checks(name: string): GithubRepository {
    return this.repository(name);
  }

  #connection(name: string): GithubConnection {
    const [owner = "", repo = ""] = name.split("/");
    return { octokit: this.#octokit, at: { owner, repo } };
  }
}

/** Returns the address as it was given. With credentials in it every failed request would repeat them. */
function apiAddress(given: string): string {
  if (given === "") return given;
  const url = URL.canParse(given) ? new URL(given) : undefined;
  const isPlain = url !== undefined && /^https?:$/.test(url.protocol);
  if (isPlain && url.username === "" && url.password === "" && url.search === "") return given;
  throw usageError(
    "GITHUB_API_URL must be an https address without credentials; the token is GITHUB_TOKEN",
  );
}

function quiet(): void {}
