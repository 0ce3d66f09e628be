import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { temporaryFolder } from "../support/folder";
import { followingFiles, releasesOf } from "../support/following";
import { hasGit } from "../support/git";
import { GithubApi } from "../support/github-api";
import { findDescription } from "../support/github-description";
import { GithubGit } from "../support/github-git";
import { Dice } from "../support/random-history";
import {
  ReceiverProcess,
  releaseDelivery,
  signatureOf,
  type Delivery,
} from "../support/receiver-process";

const description = findDescription();
/** How often the receiver is killed. */
const KILLS = 3;
/** Deliveries under way at the same time. */
const AT_ONCE = 8;

describe("a receiver under load", function () {
  if (!hasGit || description === undefined) {
    it("is skipped: it takes git, and GitHub's description of its API in ~/.cache/releases-ci/openapi", function () {
      this.skip();
    });
    return;
  }

  const count = process.env["DEEP"] === undefined ? 200 : 2_000;
  const seed = Number(process.env["SEED"] ?? Date.now() % 2 ** 31);

  it(`bumps every release once, of ${count} deliveries and ${KILLS} kills (SEED=${seed})`, async function () {
    this.timeout(300_000);
    const dice = new Dice(seed);
    const names = Array.from({ length: count / 10 }, (_, index) => `service-${index}`);
    const published = Object.fromEntries(names.map((name) => [name, ["v1.0.0"]]));
    const github = new GithubGit(followingFiles(names).path);
    const api = await GithubApi.start(description, (asked) => {
      return releasesOf(published, asked) ?? github.answer(asked) ?? { status: 404 };
    });
    const receiver = await ReceiverProcess.make(
      temporaryFolder(),
      `file://${github.path}`,
      api.address,
    );
    try {
      await receiver.start();
      const deliveries = dealt(dice, names, count);
      const kills = new Set(
        Array.from({ length: KILLS }, (_, index) =>
          Math.floor(((index + 1) * count) / (KILLS + 1)),
        ),
      );
      const statuses = new Map<Delivery, number>();
      const queue = [...deliveries.keys()];
      const deliver = async (): Promise<void> => {
        for (let index = queue.shift(); index !== undefined; index = queue.shift()) {
          const delivery = deliveries[index];
          if (delivery === undefined) continue;
          if (kills.delete(index)) {
            await receiver.kill();
            await receiver.start();
          }
          const [, name = ""] = /acme\/([\w-]+)/.exec(delivery.body) ?? [];
          if (delivery.signature === undefined) published[name] = ["v1.0.0", "v1.1.0"];
          const status = await receiver.deliver(delivery);
          // What GitHub couldn't deliver it is asked for again.
          if (status === undefined || status >= 500) queue.push(index);
          else statuses.set(delivery, status);
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, deliver));
      assert.equal(statuses.size, count);
      for (const [{ signature, id }, status] of statuses) {
        const expected = signature === undefined ? [200, 202] : [401];
        assert.ok(expected.includes(status), `${id}: ${status}`);
      }
      const branch = "resolve/testing";
      const pins = (commit: string): Map<string, string> => {
        const text = github.git(["show", `${commit}:Pulumi.testing.yaml`]);
        return new Map(
          [...text.matchAll(/^ {4}(service-\d+): (\S+)$/gm)].map(([, name = "", pin = ""]) => [
            name,
            pin,
          ]),
        );
      };
      const isWhole = (): boolean => {
        const last = github.commits.at(-1);
        if (last === undefined || github.pulls.length === 0) return false;
        return [...pins(last.sha).values()].every((pin) => pin === "v1.1.0");
      };
      while (!isWhole()) await new Promise((resolve) => setTimeout(resolve, 100));
      assert.deepEqual(new Set(github.commits.map((one) => one.branch)), new Set([branch]));
      assert.equal(github.pulls.length, 1);
      if (process.platform === "linux") assert.deepEqual(niceThreads(receiver.pid), ["10"]);
      // Each service is at v1.1.0 from one commit on, and never goes back.
      const bumps = new Map<string, number>();
      let before = pins("main");
      for (const { sha } of github.commits) {
        const now = pins(sha);
        for (const [name, pin] of now) {
          if (pin !== before.get(name)) bumps.set(name, (bumps.get(name) ?? 0) + 1);
        }
        before = now;
      }
      assert.deepEqual(bumps, new Map(names.map((name) => [name, 1])));
      assert.doesNotMatch(receiver.output, /MARKED|"level":"error".*TypeError/);
      assert.deepEqual(api.problems, []);
    } finally {
      await receiver.kill();
      api.stop();
    }
  });
});

/**
 * Returns deliveries of one release for each name, in any order: each several times, by `published` and `released`
 * and as redeliveries, and one of ten tampered.
 */
function dealt(dice: Dice, names: readonly string[], count: number): Delivery[] {
  const deliveries = Array.from({ length: count }, (_, index): Delivery => {
    const name = names[index % names.length] ?? "";
    const action = index % 3 === 0 ? "released" : "published";
    // Of each event two deliveries have the same id.
    const id = `${name} ${Math.floor(index / names.length / 2)}`;
    const delivery = releaseDelivery(id, `acme/${name}`, "v1.1.0", action);
    const round = Math.floor(index / names.length);
    if (round !== (index % names.length) % 10) return delivery;
    const other = releaseDelivery(`tampered ${index}`, "acme/evil", "v9.9.9");
    return { ...other, signature: signatureOf(delivery.body) };
  });
  return dice.shuffled(deliveries);
}

/** Returns the priorities of threads of a process that wait for others, as Linux tells them. */
function niceThreads(pid: number | undefined): string[] {
  const threads = `/proc/${pid}/task`;
  return fs.readdirSync(threads).flatMap((thread) => {
    const stat = fs.readFileSync(path.join(threads, thread, "stat"), "utf8");
    const [nice = ""] = stat
      .slice(stat.lastIndexOf(")") + 2)
      .split(" ")
      .slice(16);
    return nice === "0" ? [] : [nice];
  });
}
