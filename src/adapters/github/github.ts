import { createPrivateKey } from "node:crypto";
import type { Octokit } from "@octokit/core";
import type { OctokitOptions } from "@octokit/core/types";
import { usageError } from "../../core/error";
import { asking } from "./ask";
import { GithubAttestations, type GithubAttestationsApi } from "./attestations";
import { GithubFiles, type GithubFilesApi } from "./branch-files";
import type { GithubConnection } from "./connection";
import { hooksOf, redeliver, type DeclaredHook } from "./deliveries";
import { GithubRequests, NO_ANSWER } from "./requests";
import { GithubReleases, type GithubReleasesApi } from "./releases";
import { GithubRepository, type GithubRepositoryApi } from "./repository";

/** GitHub, as use cases ask it. Repositories are given by their full names, such as `acme/releases`. */
export interface GithubClient {
  repository(name: string): GithubRepositoryApi;
  releases(name: string): GithubReleasesApi;
  attestations(name: string): GithubAttestationsApi;
  files(name: string): GithubFilesApi;
  checks(name: string): Pick<GithubRepositoryApi, "checksOn">;
}

/** A GitHub App, which acts for itself where it is installed. */
export interface GithubApp {
  /** Its client id, or its number. */
  readonly id: string;
  /** Its private key, in PEM. */
  readonly key: string;
}

/**
 * A failed request is sent twice again, after the time that GitHub asks for, unless that is longer than this.
 */
const RETRIES = 2;
const LONGEST_WAIT_SECONDS = 60;

/** GitHub, asked with `GITHUB_TOKEN` or `GH_TOKEN`, at `GITHUB_API_URL` or api.github.com. */
export class Github implements GithubClient {
  readonly #octokit: GithubRequests;
  /** The App itself, as which no repository can be asked. */
  readonly #app: GithubRequests | undefined;

  private constructor(octokit: GithubRequests, app?: GithubRequests) {
    this.#octokit = octokit;
    this.#app = app;
  }

  /**
   * Connects as a GitHub App, where it is installed for a repository. Its tokens last an hour, and are made anew.
   * @param repository its full name
   * @throws ReleasesError of kind `outside` where it isn't installed there
   */
  static async asApp({ id, key }: GithubApp, repository: string): Promise<Github> {
    const { createAppAuth } = await import("@octokit/auth-app");
    const auth = { appId: id, privateKey: key };
    const app = await octokitWith({ authStrategy: createAppAuth, auth });
    const [owner = "", repo = ""] = repository.split("/");
    const { data } = await asking(`where the App ${id} is installed for ${repository}`, () =>
      app.request("GET /repos/{owner}/{repo}/installation", { owner, repo }),
    );
    const installed = { ...auth, installationId: data.id };
    return new Github(await octokitWith({ authStrategy: createAppAuth, auth: installed }), app);
  }

  /**
   * Returns undefined without a token: a private repository would look like one that has no releases.
   * @param given a token in place of the one of the environment. Default: none
   * @throws ReleasesError of kind `usage` for a GITHUB_API_URL that isn't one, and for a token that isn't
   */
  static async connect(given?: string): Promise<Github | undefined> {
    const { GITHUB_TOKEN: token, GH_TOKEN: other } = process.env;
    const auth = [given, token, other].map(credential).find((text) => text !== "");
    if (auth === undefined) return undefined;
    return new Github(await octokitWith({ auth }));
  }

  /**
   * Connects without a token: public repositories alone are seen, and GitHub answers 60 requests an hour.
   * @throws ReleasesError of kind `usage` for a GITHUB_API_URL that isn't one
   */
  static async asAnybody(): Promise<Github> {
    return new Github(await octokitWith({}));
  }

  /**
   * Connects as the App of `RELEASES_APP` and `RELEASES_APP_KEY`, or else with a token.
   * @param repository where the App is installed
   * @throws ReleasesError of kind `usage` with neither, and for a key or a token that isn't one
   */
  static async fromEnvironment(repository: string): Promise<Github> {
    const id = credential(process.env["RELEASES_APP"]);
    const key = (process.env["RELEASES_APP_KEY"] ?? "").trim();
    if (id !== "" && key !== "") return Github.asApp({ id, key: privateKey(key) }, repository);
    const github = await Github.connect();
    if (github !== undefined) return github;
    throw usageError(
      "set RELEASES_APP and RELEASES_APP_KEY to those of a GitHub App, or GITHUB_TOKEN",
    );
  }

  /** Whether it is connected as an App, which alone may answer protection rules. */
  get isApp(): boolean {
    return this.#app !== undefined;
  }

  /** Returns a token that is valid for some minutes at least. */
  async token(): Promise<string> {
    return asking("for a token", () => this.#octokit.token());
  }

  /**
   * Asks for every delivery again that failed since a time: those of the App, or else of some webhooks. Returns how many.
   */
  async redeliver(declared: readonly DeclaredHook[], since: Date): Promise<number> {
    if (this.#app !== undefined) return redeliver(this.#app, { kind: "app" }, since);
    let count = 0;
    for (const one of declared) {
      for (const hook of await hooksOf(this.#octokit, one)) {
        count += await redeliver(this.#octokit, hook, since);
      }
    }
    return count;
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

  files(name: string): GithubFiles {
    return new GithubFiles(this.#connection(name));
  }

  checks(name: string): GithubRepository {
    return this.repository(name);
  }

  #connection(name: string): GithubConnection {
    const [owner = "", repo = ""] = name.split("/");
    return { octokit: this.#octokit, at: { owner, repo } };
  }
}

/** Returns a client that waits where GitHub asks it to. */
async function octokitWith(options: OctokitOptions): Promise<GithubRequests> {
  const baseUrl = apiAddress(process.env["GITHUB_API_URL"] ?? "");
  // Octokit has ES modules only, which Node.js 22.12 doesn't require without a warning.
  const [{ Octokit }, { retry }, { throttling }] = await Promise.all([
    import("@octokit/core"),
    import("@octokit/plugin-retry"),
    import("@octokit/plugin-throttling"),
  ]);
  const again = (seconds: number, _options: object, _octokit: Octokit, retries: number) =>
    retries < RETRIES && seconds <= LONGEST_WAIT_SECONDS;
  const octokit = new (Octokit.plugin(refuseOtherAnswers, retry, throttling))({
    ...options,
    ...(baseUrl !== "" && { baseUrl }),
    throttle: { onRateLimit: again, onSecondaryRateLimit: again },
    retry: { retries: RETRIES },
    log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
  });
  return new GithubRequests(octokit);
}

/** Statuses of answers that have nothing to say. */
const EMPTY: readonly number[] = [202, 204];

/**
 * Octokit takes an answer that was cut off for an empty one, and a proxy's page for a text: neither is GitHub's, who would
 * be asked again.
 */
function refuseOtherAnswers(octokit: Octokit): void {
  octokit.hook.after("request", ({ status, data }, request) => {
    if (EMPTY.includes(status) || (typeof data === "object" && data !== null)) return;
    const error = new Error("what came back isn't JSON, or isn't whole");
    throw Object.assign(error, { status: NO_ANSWER, request });
  });
}

/**
 * Returns a credential without the white space that it has around it where it comes from a file or a form; empty where
 * there is none.
 */
function credential(given = ""): string {
  const plain = given.trim();
  // What refuses it later would repeat it.
  if (/^[\x21-\x7e]*$/.test(plain)) return plain;
  throw usageError(
    "a token for GitHub has no spaces, line breaks or letters beyond ASCII; check GITHUB_TOKEN, and RELEASES_APP",
  );
}

/** Returns the private key of an App. Some stores of secrets keep its line breaks as `\n`. */
function privateKey(given: string): string {
  const key = given.replaceAll("\\n", "\n");
  try {
    if (createPrivateKey(key).asymmetricKeyType === "rsa") return key;
  } catch {
    // Its reason may repeat a part of it.
  }
  throw usageError("RELEASES_APP_KEY isn't the private key of a GitHub App, in PEM");
}

/** Returns the address, with no slash at its end. With credentials in it every failed request would repeat them. */
function apiAddress(given: string): string {
  if (given === "") return given;
  const url = URL.canParse(given) ? new URL(given) : undefined;
  const isPlain = url !== undefined && /^https?:$/.test(url.protocol);
  const isOpen = isPlain && url.username === "" && url.password === "" && url.search === "";
  if (isOpen) return given.trim().replace(/\/+$/, "");
  throw usageError(
    "GITHUB_API_URL must be an https address without credentials; the token is GITHUB_TOKEN",
  );
}

function quiet(): void {}
