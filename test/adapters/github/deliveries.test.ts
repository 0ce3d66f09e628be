import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { Github } from "../../../src/adapters/github/github";
import "../../support/without-pauses";
import { setEnvironment } from "../../support/environment";
import { GithubApi, type Answer, type Asked } from "../../support/github-api";
import { findDescription } from "../../support/github-description";

const description = findDescription();
const URL_OF_HOOK = "https://releases.acme.example/github";
const SINCE = new Date("2026-11-23T00:00:00Z");

describe("deliveries that failed", function () {
  if (description === undefined) {
    it("is skipped: GitHub's description of its API, npm's @octokit/openapi, isn't in ~/.cache/releases-ci/openapi", function () {
      this.skip();
    });
    return;
  }

  let api: GithubApi;
  let restore: () => void;
  /** Pages of deliveries, newest first. */
  let pages: (readonly object[])[];

  before(async () => {
    api = await GithubApi.start(description, answer);
    restore = setEnvironment({ GITHUB_TOKEN: "MARKED-token", GITHUB_API_URL: api.address });
  });
  beforeEach(() => {
    pages = [[]];
    api.asked.length = 0;
    api.problems.length = 0;
  });
  afterEach(() => assert.deepEqual(api.problems, []));
  after(() => {
    restore();
    api.stop();
  });

  function answer({ route, parameters }: Asked): Answer {
    if (route.startsWith("POST") && route.endsWith("/attempts")) return { status: 202, body: {} };
    if (route.endsWith("/deliveries")) {
      const page = Number(parameters["cursor"] ?? 0);
      const next = `${api.address}/app/hook/deliveries?per_page=100&cursor=${page + 1}`;
      const link = page + 1 < pages.length ? { link: `<${next}>; rel="next"` } : {};
      return { status: 200, body: pages[page] ?? [], headers: link };
    }
    if (route.endsWith("/hooks")) {
      return {
        status: 200,
        body: [
          { id: 3, config: { url: "https://other.example/" } },
          { id: 5, config: { url: URL_OF_HOOK } },
        ],
      };
    }
    if (route === "GET /repos/{owner}/{repo}/installation") return { status: 200, body: { id: 8 } };
    if (route === "POST /app/installations/{installation_id}/access_tokens") {
      const body = {
        token: "MARKED-installation",
        expires_at: "2099-01-01T00:00:00Z",
        permissions: {},
      };
      return { status: 201, body };
    }
    return { status: 404 };
  }

  const attempted = (): string[] =>
    api.asked
      .filter(({ route }) => route.endsWith("/attempts"))
      .map(
        ({ route, parameters }) =>
          `${route.split("/")[1] ?? ""} ${parameters["delivery_id"] ?? ""}`,
      );

  function delivery(id: number, guid: string, status = "OK", at = "2026-11-25T10:00:00Z") {
    return { id, guid, status, delivered_at: at, redelivery: false, event: "release" };
  }

  it("are asked for again, each once, unless an attempt succeeded since", async () => {
    pages = [
      [
        delivery(9, "a", "OK"),
        delivery(8, "b", "timed out"),
        delivery(7, "b", "failed to connect"),
      ],
      [delivery(6, "a", "Invalid HTTP Response: 503"), delivery(5, "c", "Service Unavailable")],
    ];
    const github = await Github.connect();
    assert.equal(await github?.redeliver([{ place: { org: "acme" }, url: URL_OF_HOOK }], SINCE), 2);
    assert.deepEqual(attempted(), ["orgs 8", "orgs 5"]);
  });

  it("are named digit for digit, however many there are", async () => {
    const id = "9007199254740993";
    const page = JSON.stringify([delivery(1, "a", "failed")]).replace('"id":1', `"id":${id}`);
    // A number of JavaScript can't hold it, so the answer is written as it comes.
    api.instead.push(
      { status: 200, body: [{ id: 5, config: { url: URL_OF_HOOK } }] },
      {
        status: 200,
        bytes: Buffer.from(page),
        headers: { "content-type": "application/json" },
      },
    );
    const github = await Github.connect();
    assert.equal(await github?.redeliver([{ place: { org: "acme" }, url: URL_OF_HOOK }], SINCE), 1);
    assert.deepEqual(attempted(), [`orgs ${id}`]);
  });

  it("aren't asked for where they are older, and no page is asked for beyond", async () => {
    pages = [[delivery(9, "a", "OK"), delivery(8, "b", "failed", "2026-11-22T00:00:00Z")], [], []];
    const github = await Github.connect();
    const place = { owner: "acme", repo: "inventory" };
    assert.equal(await github?.redeliver([{ place, url: URL_OF_HOOK }], SINCE), 0);
    assert.deepEqual(
      api.asked.map(({ route }) => route),
      ["GET /repos/{owner}/{repo}/hooks", "GET /repos/{owner}/{repo}/hooks/{hook_id}/deliveries"],
    );
    assert.equal(api.asked[1]?.parameters["hook_id"], "5");
  });

  it("are those of the App, asked for as the App", async () => {
    pages = [[delivery(9, "a", "failed")]];
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const key = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    const github = await Github.asApp({ id: "Iv1.1234", key }, "acme/releases");
    assert.equal(await github.redeliver([{ place: { org: "acme" }, url: URL_OF_HOOK }], SINCE), 1);
    assert.deepEqual(attempted(), ["app 9"]);
    assert.equal(await github.token(), "MARKED-installation");
  });
});
