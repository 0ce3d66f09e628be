import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { Github } from "../../../src/adapters/github/github";
import type { GithubReleases } from "../../../src/adapters/github/releases";
import "../../support/without-pauses";
import { setEnvironment } from "../../support/environment";
import { GithubApi } from "../../support/github-api";
import { findDescription } from "../../support/github-description";
import { GithubReleasesModel } from "../../support/github-releases";

const description = findDescription();

describe("releases on GitHub", function () {
  if (description === undefined) {
    it("is skipped: GitHub's description of its API, npm's @octokit/openapi, isn't in ~/.cache/releases-ci/openapi", function () {
      this.skip();
    });
    return;
  }

  let model: GithubReleasesModel;
  let api: GithubApi;
  let releases: GithubReleases;
  let restore: () => void;

  before(async () => {
    api = await GithubApi.start(description, (asked) => model.answer(asked));
    const variables = { GITHUB_TOKEN: "MARKED-token", GITHUB_API_URL: api.address };
    restore = setEnvironment(variables);
    const github = await Github.connect();
    assert.ok(github);
    releases = github.releases("acme/releases");
  });
  beforeEach(() => {
    model = new GithubReleasesModel(api.address);
    for (const list of [api.asked, api.problems, api.instead]) list.length = 0;
  });
  afterEach(() => assert.deepEqual(api.problems, []));
  after(() => {
    restore();
    api.stop();
  });

  const bytes = Buffer.from([0, 255, 10, 13]);
  const release = {
    tag: "v1.2.3",
    commit: "0123abc",
    notes: "what is new",
    isPrerelease: false,
    assets: [{ name: "plan.json", bytes }],
  };

  it("publishes one with its assets, and downloads them", async () => {
    await releases.publish(release);
    // Nobody sees it before it is whole.
    assert.deepEqual(
      api.asked.map(({ route, body }) => [
        route.replace("/repos/{owner}/{repo}", ""),
        body["draft"],
      ]),
      [
        ["POST /releases", true],
        ["POST /releases/{release_id}/assets", undefined],
        ["PATCH /releases/{release_id}", false],
      ],
    );
    const page = "https://github.com/acme/releases/releases";
    const digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
    const browser_download_url = `${page}/download/v1.2.3/plan.json`;
    const uploaded = { id: 1, name: "plan.json", digest, size: 4, browser_download_url };
    assert.deepEqual(model.releases, [
      {
        id: 1,
        html_url: `${page}/tag/v1.2.3`,
        tag_name: "v1.2.3",
        target_commitish: "0123abc",
        name: "v1.2.3",
        body: "what is new",
        draft: false,
        prerelease: false,
        make_latest: "legacy",
        assets: [{ ...uploaded, state: "uploaded" }],
      },
    ]);
    assert.deepEqual(await releases.assetNames("v1.2.3"), ["plan.json"]);
    // An upload that broke off, which nobody can download.
    model.releases[0]?.assets.push({ id: 99, name: "half.tar.gz", state: "open" });
    assert.deepEqual(await releases.assetNames("v1.2.3"), ["plan.json"]);
    model.releases[0]?.assets.pop();
    assert.equal(await releases.assetNames("v1.2.4"), undefined);
    const [asset] = await releases.assets("v1.2.3");
    assert.equal(asset?.name, "plan.json");
    assert.deepEqual(Buffer.from(asset.bytes), bytes);
  });

  it("leaves no draft when an asset can't be uploaded", async () => {
    model.refuses = "plan.json";
    await assert.rejects(releases.publish(release), /to upload plan\.json/);
    assert.deepEqual(model.releases, []);
  });

  it("uploads an asset again of which a broken attempt has left half", async () => {
    model.breaksOff = "plan.json";
    await releases.publish(release);
    assert.deepEqual(
      model.releases.map(({ assets, draft }) => [
        draft,
        assets.map(({ name, state }) => [name, state]),
      ]),
      [[false, [["plan.json", "uploaded"]]]],
    );
  });

  it("removes the draft of an ended run, however many releases there are", async () => {
    const mark = "<!-- ours -->";
    const draft = { tag_name: "v1.2.3", draft: true, published_at: null };
    const others = Array.from({ length: 1000 }, (_, index) => listed(index + 10));
    model.releases = [
      ...others,
      listed(2000, { ...draft, body: `${mark}\n` }),
      listed(2001, draft),
    ];
    await releases.publish({ ...release, mark });
    assert.deepEqual(
      model.releases
        .filter(({ tag_name }) => tag_name === "v1.2.3")
        .map(({ id, draft }) => [id, draft]),
      [
        [2001, true],
        [1, false],
      ],
    );
  });

  const listed = (id: number, more: object = {}) => ({
    id,
    tag_name: `v1.${id}.0-daily`,
    draft: false,
    prerelease: id === 1,
    published_at: "2026-01-01T00:00:00Z",
    assets: [{ id, name: "a", state: "uploaded" as const, size: 7 }],
    ...more,
  });

  it("lists those that are published, of every page", async () => {
    model.releases = Array.from({ length: 250 }, (_, index) => {
      return listed(index, index === 7 ? { draft: true, published_at: null } : {});
    });
    const found = await releases.listed();
    assert.equal(found.length, 249);
    assert.deepEqual(found[0], {
      id: 0,
      tag: "v1.0.0-daily",
      publishedAt: new Date("2026-01-01T00:00:00Z"),
      isPrerelease: false,
      files: ["a"],
      bytes: 7,
    });
    assert.equal(found[1]?.isPrerelease, true);
  });

  it("removes one that is what it was, and no other", async () => {
    model.releases = [listed(1), listed(2), listed(3)];
    model.tags.add("v1.1.0-daily");
    const [one, two, three] = await releases.listed();
    assert.ok(one && two && three);
    await releases.remove(one);
    model.releases = model.releases.map((release) =>
      release.id === 2 ? listed(2, { published_at: "2026-11-26T00:00:00Z" }) : release,
    );
    await assert.rejects(releases.remove(two), {
      kind: "outside",
      message: "the release v1.2.0-daily of acme/releases has changed; run it again",
    });
    await assert.rejects(releases.remove({ ...three, id: 9 }), { kind: "outside" });
    assert.deepEqual(
      model.releases.map(({ id }) => id),
      [2, 3],
    );
    assert.ok(model.tags.has("v1.1.0-daily"));
  });

  it("replaces one, with its tag or without it", async () => {
    await releases.publish({ ...release, tag: "v0.1-test", notes: "one" });
    model.tags.add("v0.1-test");
    await releases.publish({ ...release, tag: "v0.1-test", notes: "two" }, "release");
    assert.deepEqual([...model.tags], ["v0.1-test"]);
    await releases.publish({ ...release, tag: "v0.1-test", notes: "three" }, "release and tag");
    assert.deepEqual([...model.tags], []);
    assert.deepEqual(
      model.releases.map(({ body }) => body),
      ["three"],
    );
  });

  it("keeps the old one while the new one isn't whole", async () => {
    await releases.publish({ ...release, tag: "v0.1-test", notes: "one" });
    model.refuses = "plan.json";
    const next = { ...release, tag: "v0.1-test", notes: "two" };
    await assert.rejects(releases.publish(next, "release and tag"));
    assert.deepEqual(
      model.releases.map(({ body }) => body),
      ["one"],
    );
  });
});
