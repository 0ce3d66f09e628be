import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import { temporaryFolder } from "../support/folder";
import { followingFiles, releasesOf } from "../support/following";
import { hasGit } from "../support/git";
import { GithubApi, type Answer, type Asked } from "../support/github-api";
import { findDescription } from "../support/github-description";
import { GithubGit } from "../support/github-git";
import { ReceiverProcess, releaseDelivery, SECRET } from "../support/receiver-process";

const description = findDescription();

describe("what the receiver asks GitHub", function () {
  if (!hasGit || description === undefined) {
    it("is skipped: it takes git, and GitHub's description of its API in ~/.cache/releases-ci/openapi", function () {
      this.skip();
    });
    return;
  }

  const START = ["v1.0.0"];
  const published: Record<string, string[]> = { catalog: START, orders: START, search: START };
  let api: GithubApi;
  let github: GithubGit;
  let receiver: ReceiverProcess;

  before(async () => {
    api = await GithubApi.start(description, answer);
    github = new GithubGit(followingFiles(Object.keys(published)).path);
    receiver = await ReceiverProcess.make(temporaryFolder(), `file://${github.path}`, api.address, {
      // As a file has it that somebody made a secret of.
      RELEASES_WEBHOOK_SECRET: `${SECRET}\n`,
    });
    await receiver.start();
  });
  after(async () => {
    await receiver.kill();
    api.stop();
    assert.deepEqual(api.problems, [], receiver.output);
  });

  function answer(asked: Asked): Answer {
    return releasesOf(published, asked) ?? github.answer(asked) ?? { status: 404 };
  }

  /** Publishes a release, delivers that, and waits until it is proposed. Returns which repositories were asked about. */
  async function publish(repo: string, tag: string): Promise<string[]> {
    api.asked.length = 0;
    published[repo] = [tag, ...START];
    const status = await receiver.deliver(releaseDelivery(tag + repo, `acme/${repo}`, tag));
    assert.equal(status, 202, receiver.output);
    const isProposed = (): boolean =>
      github.pulls.some(({ title, body }) =>
        `${title}${body}`.includes(`${repo} v1.0.0 -> ${tag}`),
      );
    while (!isProposed()) await new Promise((resolve) => setTimeout(resolve, 50));
    const lists = api.asked.filter(({ route }) => route === "GET /repos/{owner}/{repo}/releases");
    return [...new Set(lists.map(({ parameters }) => parameters["repo"] ?? ""))].sort();
  }

  it("is what a delivery hints at, and what was hinted at just before, as GitHub's answers lag", async () => {
    await publish("orders", "v1.1.0");
    assert.deepEqual(await publish("orders", "v1.2.0"), ["orders"]);
    assert.deepEqual(await publish("catalog", "v1.1.0"), ["catalog", "orders"]);
    assert.deepEqual(await publish("catalog", "v1.2.0"), ["catalog"]);
  });

  it("is asked by a thread that waits for who answers deliveries", function () {
    const { pid = 0 } = receiver;
    if (process.platform !== "linux") this.skip();
    const threads = fs.readdirSync(`/proc/${pid}/task`).map(Number);
    const priorityOf = (thread: number): number => os.getPriority(thread) - os.getPriority(pid);
    const later = threads.filter((thread) => priorityOf(thread) > 0);
    assert.equal(later.length, 1, threads.map(priorityOf).join());
  });
});
