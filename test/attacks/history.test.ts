import assert from "node:assert/strict";
import { releases } from "../support/cli";
import { hasGit, type GitFolder } from "../support/git";
import { definition } from "../support/shop";
import {
  assertRefused,
  attacked,
  daysAgo,
  edit,
  EVIL,
  judged,
  pinEvil,
  strictPath,
} from "../support/attacked";

const STAGING = "Pulumi.staging.yaml";

describe("history, attacked", function () {
  if (!hasGit) {
    it("is skipped: there is no git in PATH", function () {
      this.skip();
    });
    return;
  }

  /** Returns what staging ran of catalog, newest first. */
  async function ranInStaging(folder: GitFolder): Promise<string[]> {
    const args = ["history", "catalog", "--stack", "staging", "--json"];
    const { stdout } = await releases(folder.path, ...args);
    return (JSON.parse(stdout) as { to: string | null }[]).map(({ to }) => to ?? "nothing");
  }

  /** Asserts that today's promotion of what staging has only had today is refused. */
  async function assertTooEarly(folder: GitFolder, reason: RegExp): Promise<void> {
    const since = folder.git("rev-parse", "HEAD");
    pinEvil(folder);
    await assertRefused(folder, [["soak", "catalog", reason]], { since });
  }

  const TODAY = /^has been running in staging since .*; 24h required$/;

  it("by a comment in the first column, which hides no pin behind it", async () => {
    const folder = attacked();
    edit(folder, STAGING, "  releases:versions:\n", "# What runs here.\n  releases:versions:\n");
    edit(folder, "service/shop.yaml", definition("catalog"), evil(definition("catalog")));
    folder.commit("a comment", daysAgo(4));
    assert.deepEqual(await ranInStaging(folder), ["v1.0.0"]);
    pinEvil(folder, "staging");
    folder.commit("staging", daysAgo(0));
    assert.deepEqual(await ranInStaging(folder), [EVIL.split("@")[0], "v1.0.0"]);
    await assertTooEarly(folder, TODAY);
  });

  it("by a file that nobody reads, renamed over a stack config", async () => {
    const folder = attacked();
    folder.write(
      "service/notes.txt",
      folder.read(STAGING).replace(/catalog: .*/, `catalog: ${EVIL}`),
    );
    folder.commit("notes", daysAgo(4));
    folder.shell(`git mv ${STAGING} service/old.txt`);
    folder.commit("one", daysAgo(0));
    folder.shell(`git mv service/notes.txt ${STAGING}`);
    folder.commit("two", daysAgo(0));
    await assertTooEarly(folder, TODAY);
  });

  it("by a commit that says it is old: none is older than the one before it", async () => {
    const folder = attacked();
    folder.commit("an hour ago", daysAgo(1 / 24));
    pinEvil(folder, "staging");
    folder.commit("a week ago, it says", daysAgo(7));
    await assertTooEarly(folder, TODAY);
  });

  it("by a commit from 2100, which lifts and delays no other one", async () => {
    const folder = attacked();
    folder.commit("from 2100", { at: "@4102444800 +0000" });
    pinEvil(folder, "staging");
    folder.commit("staging", daysAgo(0));
    const since = folder.git("rev-parse", "HEAD");
    pinEvil(folder);
    const { stacks } = await judged(folder, since);
    const [refused] = stacks["production"]?.refused ?? [];
    assert.equal(refused?.gate, "soak");
    const [, at = ""] = /since (\S+);/.exec(refused.reason) ?? [];
    assert.ok(Date.parse(at) <= Date.now(), refused.reason);
  });

  it("by a replaced commit, whose date and content stay those that were pushed", async () => {
    const folder = attacked();
    pinEvil(folder, "staging");
    const real = folder.commit("staging", daysAgo(0));
    folder.git("checkout", "--quiet", "--detach", "base");
    pinEvil(folder, "staging");
    const old = folder.commit("staging", daysAgo(6));
    folder.git("checkout", "--quiet", "main");
    folder.git("replace", real, old);
    await assertTooEarly(folder, TODAY);
  });

  it("by a tag on a commit of no branch, which describes no environment", async () => {
    const refs = { staging: "ref: main", production: 'ref: "v*"' };
    const folder = attacked({ environments: strictPath(refs) });
    folder.git("tag", "v1.0.0");
    folder.git("checkout", "--quiet", "--detach");
    pinEvil(folder);
    folder.commit("of nobody");
    folder.git("tag", "v9.9.9");
    folder.git("checkout", "--quiet", "main");
    const { stdout } = await releases(folder.path, "status", "--json");
    const { services } = JSON.parse(stdout) as {
      services: { name: string; cells: Record<string, { version: string }> }[];
    };
    const [catalog] = services.filter(({ name }) => name === "catalog");
    assert.equal(catalog?.cells["production"]?.version, "v1.0.0");
    const ran = await releases(folder.path, "history", "--stack", "production", "--json");
    assert.doesNotMatch(ran.stdout, /v9\.9\.9/);
  });

  it("by log.showSignature, whose lines are no reasons", async () => {
    const folder = attacked();
    pinEvil(folder, "staging");
    folder.commit("staging", daysAgo(0));
    folder.git("config", "log.showSignature", "true");
    folder.git("config", "gpg.program", "/bin/echo");
    await assertTooEarly(folder, TODAY);
  });
});

/** A definition of which the attacker's version is the release. */
function evil(text: string): string {
  return text.replace("v1.0.0", "v9.9.9");
}
