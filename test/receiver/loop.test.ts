import assert from "node:assert/strict";
import { temporaryFolder } from "../support/folder";
import { followingFiles, releasesOf } from "../support/following";
import { GitFolder, hasGit } from "../support/git";
import { findDescription, GithubApi, type Answer, type Asked } from "../support/github-api";
import { GithubGit } from "../support/github-git";
import { ReceiverProcess, releaseDelivery } from "../support/receiver-process";
import { releases } from "../support/cli";

const description = findDescription();

describe("the loop from a release to a pull request", function () {
  if (!hasGit || description === undefined) {
    it("is skipped: it takes git, and GitHub's description of its API in ~/.cache/releases-ci/openapi", function () {
      this.skip();
    });
    return;
  }

  let api: GithubApi;
  let github: GithubGit;
  let receiver: ReceiverProcess;
  /** Tags of releases, by repository. */
  let published: Record<string, string[]>;

  before(async () => {
    api = await GithubApi.start(description, answer);
  });
  beforeEach(async () => {
    published = { catalog: ["v1.0.0"], orders: ["v1.0.0"] };
    github = new GithubGit(followingFiles(Object.keys(published)).path);
    receiver = await ReceiverProcess.make(temporaryFolder(), `file://${github.path}`, api.address);
    await receiver.start();
  });
  afterEach(async () => {
    await receiver.kill();
    assert.deepEqual(api.problems, [], receiver.output);
  });
  after(() => api.stop());

  function answer(asked: Asked): Answer {
    return releasesOf(published, asked) ?? github.answer(asked) ?? { status: 404 };
  }

  /** Waits until something is true. */
  async function until(what: () => boolean): Promise<void> {
    while (!what()) await new Promise((resolve) => setTimeout(resolve, 50));
  }

  it("proposes what was published, and after the merge the plan moves this service alone", async () => {
    published["orders"] = ["v1.0.0", "v1.1.0"];
    const status = await receiver.deliver(releaseDelivery("a", "acme/orders", "v1.1.0"));
    assert.equal(status, 202, receiver.output);
    await until(() => github.pulls.length > 0);
    assert.deepEqual(
      github.pulls.map(({ base, title }) => [base, title]),
      [["main", "resolve(testing): orders v1.0.0 -> v1.1.0"]],
    );
    github.merge(1);
    const clone = new GitFolder();
    clone.git("fetch", "--quiet", github.path, "main");
    clone.git("checkout", "--quiet", "FETCH_HEAD");
    const { stdout } = await releases(clone.path, "plan", "--since", "HEAD~1", "--json");
    const { stacks } = JSON.parse(stdout) as {
      stacks: Record<string, { moves: { name: string; from: string; to: string }[] }>;
    };
    assert.deepEqual(
      stacks["testing"]?.moves.map(({ name, from, to }) => [name, from, to]),
      [["orders", "v1.0.0", "v1.1.0"]],
    );
    assert.doesNotMatch(receiver.output, /MARKED|a secret of the tests/);
    assert.equal(await receiver.kill("SIGTERM"), 0);
  });
});
