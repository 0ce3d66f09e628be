import "./without-pauses";
import { generateKeyPairSync } from "node:crypto";
import * as fs from "node:fs";
import * as http from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import * as path from "node:path";
import { findHelm } from "../../src/adapters/find-tool";
import { keySigner } from "../../src/adapters/sigstore/signing";
import { releasesWith, type Run } from "./cli";
import { folderOf, writeFiles, type Files } from "./folder";
import { GithubApi } from "./github-api";
import { findDescription } from "./github-description";
import { GithubFilesModel } from "./github-files";
import { GithubReleasesModel } from "./github-releases";
import { missingRegistryTool, PATH_WITH_REGCTL, Registry } from "./registry";

/** A commit of a service's repository. */
export const COMMIT = "0123456789abcdef0123456789abcdef01234567";

/** What GitHub tells a step of a workflow of acme/orders. */
export const RUN = {
  GITHUB_REPOSITORY: "acme/orders",
  GITHUB_SHA: COMMIT,
  GITHUB_WORKFLOW_REF: "acme/orders/.github/workflows/release.yml@refs/tags/v1.2.0",
  GITHUB_EVENT_NAME: "push",
  GITHUB_SERVER_URL: "https://github.com",
  GITHUB_RUN_ID: "42",
  GITHUB_TOKEN: "MARKED-token",
  GH_TOKEN: "",
  GITHUB_OUTPUT: "",
  GITHUB_STEP_SUMMARY: "",
  ACTIONS_ID_TOKEN_REQUEST_URL: "",
  REPOSITORY_VISIBILITY: "public",
} as const;

/** What publishing charts takes and isn't here; undefined where nothing is missing. */
export function missingForCharts(): string | undefined {
  return (
    missingRegistryTool ??
    (findHelm() === undefined ? "helm" : undefined) ??
    (findDescription() === undefined ? "description of GitHub's API" : undefined)
  );
}

/** Starts a registry and GitHub before the tests of a suite, which is given them, and stops both after these. */
export function withPublishing(use: (registry: Registry, github: PublishingGithub) => void): void {
  const stops: (() => unknown)[] = [];
  before(async () => {
    const registry = await Registry.start();
    stops.push(() => registry.stop());
    const description = findDescription();
    if (description === undefined) throw new Error("there is no description of GitHub's API");
    const github = await PublishingGithub.start(description);
    stops.push(() => github.stop());
    use(registry, github);
  });
  after(async () => {
    for (const stop of stops.reverse()) await stop();
  });
}

/** GitHub, as a workflow that publishes asks it, and the site from which everybody downloads. */
export class PublishingGithub {
  readonly api: GithubApi;
  model: GithubReleasesModel;
  /** Files of branches. */
  files = new GithubFilesModel();
  /** Downloads without a token, by their paths. */
  readonly downloads: string[] = [];
  readonly #site: http.Server;

  private constructor(api: GithubApi, site: http.Server, model: GithubReleasesModel) {
    [this.api, this.#site, this.model] = [api, site, model];
  }

  /** @param description of GitHub's API */
  static async start(description: string): Promise<PublishingGithub> {
    const started: PublishingGithub[] = [];
    const api = await GithubApi.start(description, (asked) => {
      const [own] = started;
      return own?.files.answer(asked) ?? own?.model.answer(asked) ?? { status: 500 };
    });
    const site = http.createServer().listen(0, "127.0.0.1");
    await once(site, "listening");
    const own = new PublishingGithub(api, site, new GithubReleasesModel(api.address));
    site.on("request", ({ url = "", headers }, response) => {
      own.downloads.push(`${url}${headers.authorization === undefined ? "" : " (token)"}`);
      const bytes = own.model.download(url) ?? own.#page(url);
      response.writeHead(bytes === undefined ? 404 : 200).end(bytes);
    });
    own.forget();
    started.push(own);
    return own;
  }

  /** Returns a file of a page as GitHub serves it: `/charts/index.yaml` of acme/charts. */
  #page(url: string): string | undefined {
    const [, repository = "", file = ""] = /^\/([^/]+)\/([^/]+)$/.exec(url) ?? [];
    return this.files.files.get(`acme/${repository} gh-pages ${file}`);
  }

  /** Forgets all releases, and all files of branches. */
  forget(): void {
    this.files = new GithubFilesModel();
    this.model = new GithubReleasesModel(this.api.address);
    this.model.site = `http://127.0.0.1:${(this.#site.address() as AddressInfo).port}`;
    for (const list of [this.api.asked, this.api.problems, this.api.instead]) list.length = 0;
    this.downloads.length = 0;
  }

  stop(): void {
    this.api.stop();
    this.#site.close();
    this.#site.closeAllConnections();
  }
}

/** A service's repository whose workflow publishes. */
export class ServiceRepository {
  readonly folder: string;
  readonly #github: PublishingGithub;
  /** In PEM. */
  readonly publicKey: string;

  constructor(github: PublishingGithub, files: Files) {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const pem = privateKey.export({ format: "pem", type: "pkcs8" }).toString();
    this.publicKey = keySigner(pem).publicKey;
    this.folder = folderOf({ "key.pem": pem, "key.pub": this.publicKey, ...files });
    this.#github = github;
  }

  write(files: Files): void {
    writeFiles(this.folder, files);
  }

  read(file: string): string {
    return fs.readFileSync(path.join(this.folder, file), "utf8");
  }

  /** Variables of a step at a ref. */
  environment(ref: string): NodeJS.ProcessEnv {
    return {
      ...RUN,
      PATH: PATH_WITH_REGCTL,
      HOME: this.folder,
      GITHUB_API_URL: this.#github.api.address,
      GITHUB_REF: ref,
    };
  }

  /** Runs a step at a ref. */
  step(ref: string, ...args: readonly string[]): Promise<Run> {
    return releasesWith(this.environment(ref), this.folder, "ci", ...args);
  }
}
