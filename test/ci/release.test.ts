import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { releaseTag } from "../../src/ci/release";
import { Ref } from "../../src/core/ref";
import { folderOf } from "../support/folder";
import { GitFolder, hasGit } from "../support/git";
import { GithubApi } from "../support/github-api";
import { findDescription } from "../support/github-description";
import { GithubReleasesModel } from "../support/github-releases";
import { serviceYaml, stackConfigYaml } from "../support/yaml";
import { linkProgram, runStep, type Run } from "../support/workflows";

const description = findDescription();

describe("releaseTag", () => {
  it("is a tag's own, or what a branch of releases/ is called", () => {
    const tags = [
      Ref.tag("v1.2.3"),
      Ref.tag("v0.1-test"),
      Ref.branch("releases/beta/snapshot-api"),
      Ref.branch("releases/v0.9/daily"),
      Ref.branch("main"),
      Ref.branch("releases/v0.9"),
      Ref.tag("nightly"),
    ].map(releaseTag);
    const none = undefined;
    assert.deepEqual(tags, [
      ...["v1.2.3", "v0.1-test", "beta-snapshot-api", "v0.9-daily"],
      ...[none, none, none],
    ]);
  });
});

describe("the release workflow", function () {
  if (!hasGit || description === undefined) {
    it("is skipped: it takes git, and GitHub's description of its API in ~/.cache/releases-ci/openapi", function () {
      this.skip();
    });
    return;
  }

  let model: GithubReleasesModel;
  let api: GithubApi;
  let clone: GitFolder;

  /** What the step that makes the assets has made of a release's list. */
  let made: string;

  before(async () => {
    api = await GithubApi.start(description, (asked) => model.answer(asked));
    clone = new GitFolder();
    linkProgram(clone.path);
    clone.commit("start");
    clone.git("tag", "v0.9.0");
    clone.shell("sed -i 's/catalog: v2.3.4/catalog: v2.3.5/' Pulumi.testing.yaml");
    clone.commit("bump");
    await assets("refs/tags/v1.0.0");
    made = folderOf({});
    clone.shell(`cp -R assets notes.md '${made}'`);
  });
  beforeEach(() => {
    model = new GithubReleasesModel(api.address);
    clone.shell(`rm -rf assets list notes.md; cp -R '${made}'/* .`);
  });
  afterEach(() => assert.deepEqual(api.problems, []));
  after(() => api.stop());

  async function step(name: string, ref: string): Promise<Run> {
    const token = { "github.token": "MARKED-token" };
    const run = await runStep("release.yml", name, clone.path, token, {
      GITHUB_API_URL: api.address,
      GITHUB_REPOSITORY: "acme/releases",
      GITHUB_REF: ref,
      GITHUB_SHA: clone.git("rev-parse", "HEAD"),
    });
    assert.doesNotMatch(run.out, /MARKED/);
    return run;
  }

  async function assets(ref: string): Promise<void> {
    const { code, out } = await step("Assets", ref);
    assert.equal(code, 0, out);
  }

  /** Publishes the assets that were made before. */
  function publish(ref: string): Promise<Run> {
    return step("Publish", ref);
  }

  /** What a job that begins anew has. */
  async function validate(ref: string): Promise<Run> {
    clone.shell("rm -rf assets list");
    return step("Validate", ref);
  }

  it("publishes the plan and the list, which anyone can get and look at again", async () => {
    const published = await publish("refs/tags/v1.0.0");
    assert.equal(published.code, 0, published.out);
    const [release] = model.releases;
    assert.equal(release?.["tag_name"], "v1.0.0");
    assert.equal(release["draft"], false);
    assert.equal(release["prerelease"], false);
    assert.deepEqual(
      release.assets.map(({ name }) => name),
      ["plan.json", "release-list.tar.gz", "checksums.txt"],
    );
    // What is new since the tag before, and no more.
    assert.match(String(release["body"]), /\| `catalog` \| `v2\.3\.4` \| `v2\.3\.5` \| patch \|/);
    assert.equal(String(release["body"]).match(/^\| `/gm)?.length, 1);
    const valid = await validate("refs/tags/v1.0.0");
    assert.equal(valid.code, 0, valid.out);
    assert.deepEqual(
      execFileSync("tar", ["-tzf", path.join(clone.path, "assets/release-list.tar.gz")], {
        encoding: "utf8",
      })
        .split("\n")
        .filter((name) => name.startsWith("Pulumi.")),
      ["Pulumi.production.yaml", "Pulumi.staging.yaml", "Pulumi.testing.yaml"],
    );
    const started = await step("Start", "refs/tags/v1.0.0");
    assert.equal(started.code, 0, started.out);
    assert.deepEqual(model.started, ["deploy.yml v1.0.0"]);
  });

  it("publishes a list that has a folder alone", async () => {
    const whole = clone;
    clone = new GitFolder({
      "service/a.yaml": serviceYaml("api"),
      "Pulumi.testing.yaml": stackConfigYaml(),
    });
    linkProgram(clone.path, folderOf({}));
    clone.commit("small");
    try {
      await assets("refs/tags/v1.0.0");
      const published = await publish("refs/tags/v1.0.0");
      assert.equal(published.code, 0, published.out);
      const valid = await validate("refs/tags/v1.0.0");
      assert.equal(valid.code, 0, valid.out);
    } finally {
      clone = whole;
    }
  });

  it("finds out what isn't what was published", async () => {
    await publish("refs/tags/v1.0.0");
    const plan = model.releases[0]?.assets.find(({ name }) => name === "plan.json");
    assert.ok(plan);
    model.replaceAsset(plan.id, Buffer.from("{}"));
    const broken = await validate("refs/tags/v1.0.0");
    assert.equal(broken.code, 1);
    assert.match(broken.out, /plan\.json isn't what was published/);
    model.releases[0]?.assets.shift();
    assert.match((await validate("refs/tags/v1.0.0")).out, /plan\.json is missing/);
  });

  it("leaves a release as it is, unless its tag may move", async () => {
    await publish("refs/tags/v1.0.0");
    const again = await publish("refs/tags/v1.0.0");
    assert.equal(again.code, 1);
    assert.match(again.out, /v1\.0\.0 has a release, which stays as it is; make another tag/);
    assert.equal(model.releases.length, 1);

    for (const ref of [Ref.tag("v0.1-test"), Ref.branch("releases/v0.9/daily")]) {
      await publish(ref.fullName);
      const first = model.releases.at(-1)?.id;
      model.tags.add(releaseTag(ref) ?? "");
      const second = await publish(ref.fullName);
      assert.equal(second.code, 0, second.out);
      assert.notEqual(model.releases.at(-1)?.id, first);
      assert.equal(model.releases.at(-1)?.["prerelease"], true);
    }
    assert.deepEqual(
      model.releases.map(({ tag_name }) => tag_name),
      ["v1.0.0", "v0.1-test", "v0.9-daily"],
    );
    assert.deepEqual([...model.tags], ["v0.1-test"]);
    await publish("refs/heads/releases/beta/snapshot-api");
    assert.equal(model.releases.at(-1)?.["tag_name"], "beta-snapshot-api");
    assert.equal(model.releases.at(-1)?.["prerelease"], true);
  });

  for (const branch of ["releases/v9.9.10/x", "releases/v9.9.10/abc1234"]) {
    it(`makes no tag that could be deployed (attack: a branch ${branch})`, async () => {
      const run = await publish(Ref.branch(branch).fullName);
      const tag = releaseTag(Ref.branch(branch)) ?? "";
      assert.equal(run.code, 1, run.out);
      assert.ok(
        run.out.includes(
          `${branch} would make the tag ${tag}, which v* matches: such a tag is made by a release manager; rename the branch`,
        ),
        run.out,
      );
      assert.deepEqual([model.releases, [...model.tags]], [[], []]);
    });
  }

  it("makes nothing of a branch the latest release (attack: releases/beta/abc1234)", async () => {
    assert.equal((await publish("refs/heads/releases/beta/abc1234")).code, 0);
    assert.equal(model.releases.at(-1)?.["prerelease"], true);
  });

  it("holds no secret", async () => {
    await publish("refs/tags/v1.0.0");
    await validate("refs/tags/v1.0.0");
    const texts = ["assets/plan.json", "notes.md"].map((file) =>
      fs.readFileSync(path.join(clone.path, file), "utf8"),
    );
    assert.doesNotMatch(texts.join("\n") + String(model.releases[0]?.["body"]), /v1:|MARKED/);
  });
});
