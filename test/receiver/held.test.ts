import assert from "node:assert/strict";
import { temporaryFolder } from "../support/folder";
import { followingFiles, releasesOf } from "../support/following";
import { hasGit } from "../support/git";
import { GithubApi, type Answer, type Asked } from "../support/github-api";
import { findDescription } from "../support/github-description";
import { GithubGit } from "../support/github-git";
import { ReceiverProcess, releaseDelivery } from "../support/receiver-process";

const description = findDescription();

describe("what is held, and what is rejected", function () {
  if (!hasGit || description === undefined) {
    it("is skipped: it takes git, and GitHub's description of its API in ~/.cache/releases-ci/openapi", function () {
      this.skip();
    });
    return;
  }

  it("is moved by no delivery, and by no look at everything", async () => {
    const published = { catalog: ["v1.1.0"], orders: ["v1.1.0"], search: ["v1.1.0"] };
    const folder = followingFiles(Object.keys(published));
    folder.shell(
      "printf '  releases:holds: { orders: { reason: audit } }\\n' >> Pulumi.testing.yaml",
    );
    const rejected = "rejected: { catalog: [{ version: v1.1.0, reason: loses reservations }] }";
    folder.shell(`printf '${rejected}\\n' >> environments.yaml`);
    folder.commit("what doesn't move");
    const github = new GithubGit(folder.path);
    const api = await GithubApi.start(description, (asked: Asked): Answer => {
      return releasesOf(published, asked) ?? github.answer(asked) ?? { status: 404 };
    });
    const receiver = await ReceiverProcess.make(
      temporaryFolder(),
      `file://${github.path}`,
      api.address,
    );
    const works = async (): Promise<number> => {
      const text = await (await fetch(`${receiver.address}/metrics`)).text();
      return Number(/releases_works_total\{outcome="done"\} (\d+)/.exec(text)?.[1] ?? 0);
    };
    const until = async (count: number): Promise<void> => {
      while ((await works()) < count) await new Promise((resolve) => setTimeout(resolve, 50));
    };
    try {
      await receiver.start();
      await until(1);
      for (const name of Object.keys(published)) {
        const delivery = releaseDelivery(name, `acme/${name}`, "v1.1.0");
        assert.equal(await receiver.deliver(delivery), 202);
      }
      await until(2);
      await receiver.kill();
      // It looks at everything anew.
      await receiver.start();
      await until(1);
      const [pull, ...others] = github.pulls;
      assert.deepEqual(others, []);
      const changed = github.git(["diff", "main", pull?.head ?? ""]).split("\n");
      assert.deepEqual(
        changed.filter((line) => /^[-+] /.test(line)),
        ["-    search: v1.0.0", "+    search: v1.1.0"],
      );
      assert.deepEqual(api.problems, []);
    } finally {
      await receiver.kill();
      api.stop();
    }
  });
});
