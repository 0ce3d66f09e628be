import assert from "node:assert/strict";
import { historyOf } from "../../../src/adapters/git/history";
import { pastOf } from "../../../src/core/history/replay";
import { formatPin } from "../../../src/core/version";
import { GitFolder, hasGit } from "../../support/git";
import { folderOf } from "../../support/folder";
import { digestOf } from "../../support/model";

const DIGEST = digestOf("a");

const definition = (name: string, release: string, more = ""): string =>
  `- { docker: ${name}, github: ${name}, deploy: { release: ${release} }${more} }\n`;
const pins = (...lines: string[]): string =>
  `config:\n  releases:versions:\n${lines.map((line) => `    ${line}\n`).join("")}`;
const NOW = new Date("2026-12-01T00:00:00Z");
const at = (day: number, hour = 12): string =>
  new Date(Date.UTC(2026, 10, day, hour)).toISOString();

/** A repository whose list has two services, with one commit on the first of the month. */
function repository(more: Record<string, string> = {}): GitFolder {
  const folder = new GitFolder({
    "service/shop.yaml": definition("orders", "v1.0.0") + definition("catalog", "v2.0.0"),
    "Pulumi.testing.yaml": pins("orders: v1.1.0"),
    ...more,
  });
  folder.commit("start", { at: at(1) });
  return folder;
}

/** Returns a history as lines, newest first. */
function lines(folder: GitFolder, ref?: string, path = folder.path): string[] {
  const history = historyOf(path, new Map([["testing", ref]]), NOW).get("testing");
  return (history?.entries ?? []).map(
    ({ at, service, from, to, author, pullRequest, reason }) =>
      `${at.toISOString().slice(8, 13)} ${service} ${from === undefined ? "-" : formatPin(from)} ${
        to === undefined ? "-" : formatPin(to)
      } ${author}${pullRequest === undefined ? "" : ` #${pullRequest}`}${reason === undefined ? "" : ` (${reason})`}`,
  );
}

const START = ["01T12 catalog - v2.0.0 Ada", "01T12 orders - v1.1.0 Ada"];

describe("historyOf", () => {
  if (!hasGit) {
    it("is skipped: there is no git in PATH", function () {
      this.skip();
    });
    return;
  }

  it("has each change of a pin or a release, newest first, and nothing else", () => {
    const folder = repository({ "Pulumi.staging.yaml": pins("orders: v9.0.0") });
    folder.write("Pulumi.testing.yaml", pins("# a comment", "orders: v1.1.0"));
    folder.commit("a comment", { at: at(2) });
    folder.write("Pulumi.testing.yaml", pins("orders: v1.2.0"));
    const bump = folder.commit("bump", { at: at(3), author: "Grace" });
    folder.write(
      "service/shop.yaml",
      definition("orders", "v9.9.9") + definition("catalog", "v2.1.0"),
    );
    folder.commit("releases", { at: at(4) });
    folder.write("Pulumi.testing.yaml", pins(`orders: v1.2.0@${DIGEST}`));
    folder.commit("by digest", { at: at(5) });
    folder.write("service/shop.yaml", definition("orders", "v9.9.9"));
    folder.commit("gone", { at: at(6) });
    folder.write("Pulumi.testing.yaml", "config:\n  aws:region: eu-west-1\n");
    folder.commit("unpinned", { at: at(7) });
    assert.deepEqual(lines(folder), [
      `07T12 orders v1.2.0@${DIGEST} v9.9.9 Ada`,
      "06T12 catalog v2.1.0 - Ada",
      `05T12 orders v1.2.0 v1.2.0@${DIGEST} Ada`,
      "04T12 catalog v2.0.0 v2.1.0 Ada",
      "03T12 orders v1.1.0 v1.2.0 Grace",
      ...START,
    ]);
    const history = historyOf(folder.path, new Map([["testing", undefined]]), NOW).get("testing");
    assert.equal(history?.entries[4]?.commit, bump);
    assert.equal(history.entries[4].path, "Pulumi.testing.yaml");
    assert.deepEqual(history.before, []);
  });

  it("names who wrote a merged change, and the pull request of the merge", () => {
    const folder = repository();
    folder.git("switch", "--quiet", "--create", "bump");
    folder.write("Pulumi.testing.yaml", pins("orders: v1.2.0"));
    folder.commit("first try", { at: at(2), author: "Grace" });
    folder.write("Pulumi.testing.yaml", pins("orders: v1.3.0"));
    folder.commit("second try", { at: at(3), author: "Edsger" });
    folder.write("Pulumi.testing.yaml", pins("# why", "orders: v1.3.0"));
    folder.commit("a comment", { at: at(4), author: "Barbara" });
    folder.git("switch", "--quiet", "main");
    folder.merge("bump", "Merge pull request #12 from acme/bump", { at: at(5), author: "Linus" });
    assert.deepEqual(lines(folder).slice(0, 1), ["05T12 orders v1.1.0 v1.3.0 Barbara #12"]);
    assert.equal(lines(folder).length, 3);
  });

  it("names the pull request of a squash, and takes a revert for what it is", () => {
    const folder = repository();
    folder.write("Pulumi.testing.yaml", pins("orders: v1.2.0"));
    folder.commit("bump(testing): orders v1.1.0 -> v1.2.0 (#7)\n\nIssue (#99)\n", { at: at(2) });
    folder.git("revert", "--no-edit", "HEAD");
    folder.commit("nothing (#8)", { at: at(4) });
    const [revert, squash] = lines(folder);
    assert.match(revert ?? "", /^..T.. orders v1\.2\.0 v1\.1\.0 Ada$/);
    assert.equal(squash, "02T12 orders v1.1.0 v1.2.0 Ada #7");
  });

  it("goes on where a file of the list has another name; a stack of another name is another one", () => {
    const ofTesting = (pin: string): string => {
      return `${pins(`orders: ${pin}`)}  releases:environment: testing\n`;
    };
    const folder = new GitFolder({
      "service/shop.yaml": definition("orders", "v1.0.0"),
      "Pulumi.first.yaml": ofTesting("v1.2.0"),
    });
    folder.commit("start", { at: at(1) });
    folder.git("mv", "Pulumi.first.yaml", "Pulumi.last.yaml");
    folder.git("mv", "service/shop.yaml", "service/all.yaml");
    folder.commit("renamed", { at: at(3) });
    folder.write("Pulumi.last.yaml", ofTesting("v1.3.0"));
    folder.commit("bump", { at: at(4), author: "Grace" });
    assert.deepEqual(lines(folder), [
      "04T12 orders v1.2.0 v1.3.0 Grace",
      "03T12 orders v1.2.0 - Ada",
      "03T12 orders - v1.2.0 Ada",
      "01T12 orders - v1.2.0 Ada",
    ]);
    const history = historyOf(folder.path, new Map([["testing", undefined]]), NOW).get("testing");
    assert.deepEqual(
      pastOf(history?.entries ?? [], "last").map(({ stack, to }) => [stack, to && formatPin(to)]),
      [
        ["last", "v1.3.0"],
        ["last", "v1.2.0"],
        ["first", "v1.2.0"],
      ],
    );
  });

  it("has a change for each stack of an environment that it changes", () => {
    const ofTesting = (pin: string): string => {
      return `${pins(`orders: ${pin}`)}  releases:environment: testing\n`;
    };
    const folder = repository({ "Pulumi.us.yaml": ofTesting("v1.1.0") });
    folder.write("Pulumi.us.yaml", ofTesting("v1.2.0"));
    folder.commit("a wave", { at: at(2) });
    folder.write("service/shop.yaml", definition("orders", "v1.0.0") + definition("catalog", "v3"));
    folder.commit("releases", { at: at(3) });
    const history = historyOf(folder.path, new Map([["testing", undefined]]), NOW).get("testing");
    const found = history?.entries.map(({ stack, service, from, to }) => {
      return `${stack} ${service} ${from ? formatPin(from) : "-"} ${to ? formatPin(to) : "-"}`;
    });
    assert.deepEqual(found, [
      "testing catalog v2.0.0 v3",
      "us catalog v2.0.0 v3",
      "us orders v1.1.0 v1.2.0",
      "testing catalog - v2.0.0",
      "us catalog - v2.0.0",
      "testing orders - v1.1.0",
      "us orders - v1.1.0",
    ]);
  });

  it("attack: a file that nobody reads, renamed over a stack config, ran nowhere", () => {
    const folder = repository();
    folder.write("service/notes.txt", pins("orders: v9.9.9"));
    folder.write("Pulumi.evil.yaml", pins("orders: v8.8.8"));
    folder.commit("notes", { at: at(2) });
    folder.git("mv", "-f", "service/notes.txt", "Pulumi.testing.yaml");
    folder.commit("over it", { at: at(6) });
    folder.git("mv", "-f", "Pulumi.evil.yaml", "Pulumi.testing.yaml");
    folder.commit("of another environment", { at: at(7) });
    assert.deepEqual(lines(folder), [
      "07T12 orders v9.9.9 v8.8.8 Ada",
      "06T12 orders v1.1.0 v9.9.9 Ada",
      ...START,
    ]);
  });

  it("begins where a list begins to be read: what stood in another folder ran nowhere", () => {
    const folder = new GitFolder({
      "deploy/service/shop.yaml": definition("orders", "v1.0.0"),
      "deploy/Pulumi.testing.yaml": pins("orders: v1.1.0"),
    });
    folder.commit("start", { at: at(1) });
    folder.git("mv", "deploy/service", "service");
    folder.git("mv", "deploy/Pulumi.testing.yaml", "Pulumi.testing.yaml");
    folder.commit("move", { at: at(4) });
    assert.deepEqual(lines(folder), ["04T12 orders - v1.1.0 Ada"]);
  });

  it("works in a folder of a larger repository, and sees nothing of its neighbours", () => {
    const folder = new GitFolder({
      "platform/service/shop.yaml": definition("orders", "v1.0.0"),
      "platform/Pulumi.testing.yaml": pins("orders: v1.1.0"),
      "other/service/shop.yaml": definition("mailer", "v1.0.0"),
      "other/Pulumi.testing.yaml": pins("mailer: v1.1.0"),
    });
    folder.commit("start", { at: at(1) });
    assert.deepEqual(lines(folder, undefined, `${folder.path}/platform`), [
      "01T12 orders - v1.1.0 Ada",
    ]);
  });

  it("follows a branch along its first parents: what a merge brings runs from the merge on", () => {
    const folder = repository();
    folder.git("switch", "--quiet", "--create", "next");
    folder.write(
      "service/shop.yaml",
      definition("orders", "v1.0.0") + definition("catalog", "v2.1.0"),
    );
    folder.commit("catalog (#3)", { at: at(2), author: "Grace" });
    folder.git("switch", "--quiet", "main");
    folder.merge("next", "Merge branch 'next'", { at: at(9) });
    assert.deepEqual(lines(folder, "main").slice(0, 1), ["09T12 catalog v2.0.0 v2.1.0 Grace #3"]);
    assert.deepEqual(lines(folder, "next").slice(0, 1), ["02T12 catalog v2.0.0 v2.1.0 Grace #3"]);
    assert.deepEqual(lines(folder, "gone"), lines(folder, "main"));
  });

  it("follows tags from one highest version to the next", () => {
    const folder = repository();
    folder.tag("v0.1.0", { at: at(2), author: "Linus" });
    folder.write(
      "service/shop.yaml",
      definition("orders", "v1.0.0") + definition("catalog", "v2.1.0"),
    );
    folder.commit("catalog (#3)", { at: at(3), author: "Grace" });
    folder.tag("nightly", { at: at(4) });
    folder.tag("v0.2.0", { at: at(5) });
    folder.write(
      "service/shop.yaml",
      definition("orders", "v1.0.0") + definition("catalog", "v2.2.0"),
    );
    folder.commit("catalog", { at: at(6) });
    folder.tag("v0.1.1", { at: at(7) });
    assert.deepEqual(lines(folder, "v*"), [
      "05T12 catalog v2.0.0 v2.1.0 Grace #3",
      "02T12 catalog - v2.0.0 Ada",
      "02T12 orders - v1.1.0 Ada",
    ]);
  });

  it("names who wrote a change at the first of two tags of one commit", () => {
    const folder = repository();
    folder.tag("v0.1.0", { at: at(2) });
    folder.write("Pulumi.testing.yaml", pins("orders: v1.2.0"));
    folder.commit("bump (#3)", { at: at(3), author: "Grace" });
    folder.commit("ready", { at: at(3, 18) });
    folder.tag("v0.2.0-rc.1", { at: at(4), author: "Linus" });
    folder.tag("v0.2.0", { at: at(5), author: "Linus" });
    assert.deepEqual(lines(folder, "v*").slice(0, 1), ["04T12 orders v1.1.0 v1.2.0 Grace #3"]);
  });

  it("says why: a broken glass, or the hold that came with it", () => {
    const folder = repository({
      "Pulumi.staging.yaml": "config:\n  releases:holds:\n    orders: { reason: elsewhere }\n",
    });
    folder.write("Pulumi.testing.yaml", pins("orders: v1.2.0"));
    folder.commit("promote(testing): orders\n\nBreak-glass: checkout is down\n", { at: at(2) });
    folder.write(
      "Pulumi.testing.yaml",
      `${pins("orders: v1.1.0")}  releases:holds:\n    orders: { reason: it was slow }\n`,
    );
    folder.commit("rollback", { at: at(3) });
    folder.write(
      "Pulumi.testing.yaml",
      `${pins("orders: v1.0.0")}  releases:holds:\n    orders: { reason: it was slow }\n`,
    );
    folder.commit("further back", { at: at(4) });
    assert.deepEqual(lines(folder).slice(0, 3), [
      "04T12 orders v1.1.0 v1.0.0 Ada",
      "03T12 orders v1.2.0 v1.1.0 Ada (it was slow)",
      "02T12 orders v1.1.0 v1.2.0 Ada (checkout is down)",
    ]);
  });

  it("knows only the services of the environment, and those that a stack of it selects", () => {
    const folder = new GitFolder({
      "service/shop.yaml":
        definition("orders", "v1.0.0", ", team: shop") +
        definition("lab", "v1.0.0", ", environments: [staging]") +
        definition("mailer", "v1.0.0"),
      "Pulumi.shard.yaml":
        "config:\n  releases:environment: testing\n  releases:select: { team: shop }\n",
    });
    folder.commit("start", { at: at(1) });
    assert.deepEqual(lines(folder), ["01T12 orders - v1.0.0 Ada"]);
    folder.write("Pulumi.shard.yaml", "config:\n  releases:environment: testing\n");
    folder.commit("all", { at: at(2) });
    assert.deepEqual(lines(folder).slice(0, 1), ["02T12 mailer - v1.0.0 Ada"]);
  });

  it("doesn't go back in time where a clock did", () => {
    const folder = repository();
    folder.write("Pulumi.testing.yaml", pins("orders: v1.2.0"));
    folder.commit("bump", { at: at(5) });
    folder.write("Pulumi.testing.yaml", pins("orders: v1.3.0"));
    folder.commit("bump", { at: at(2) });
    assert.deepEqual(lines(folder).slice(0, 2), [
      "05T12 orders v1.2.0 v1.3.0 Ada",
      "05T12 orders v1.1.0 v1.2.0 Ada",
    ]);
  });

  it("attack: a tag is no older than the commits that it has", () => {
    const folder = repository();
    folder.write("Pulumi.testing.yaml", pins("orders: v1.2.0"));
    folder.commit("bump", { at: at(10) });
    folder.tag("v1.0.0", { at: at(3) });
    assert.deepEqual(lines(folder, "v*").at(-1), "10T12 orders - v1.2.0 Ada");
    folder.write("Pulumi.testing.yaml", pins("orders: v1.3.0"));
    folder.commit("bump", { at: at(12) });
    folder.commit("from long ago", { at: at(4) });
    folder.tag("v1.1.0", { at: at(11) });
    folder.write("Pulumi.testing.yaml", pins("orders: v1.4.0"));
    folder.commit("bump", { at: at(13) });
    // It hides no other one.
    folder.tag("v1.2.0", { at: at(2) });
    assert.deepEqual(lines(folder, "v*"), [
      "13T12 orders v1.3.0 v1.4.0 Ada",
      "12T12 orders v1.2.0 v1.3.0 Ada",
      "10T12 catalog - v2.0.0 Ada",
      "10T12 orders - v1.2.0 Ada",
    ]);
    // A commit of the future says nothing of the tag that is on it.
    folder.write("Pulumi.testing.yaml", pins("orders: v1.5.0"));
    folder.commit("from 2100", { at: "@4102444800 +0000" });
    folder.tag("v1.3.0", { at: at(14) });
    assert.deepEqual(lines(folder, "v*")[0], "14T12 orders v1.4.0 v1.5.0 Ada");
  });

  it("attack: who wrote a commit that was merged doesn't choose when", () => {
    const folder = repository();
    folder.git("switch", "--quiet", "--create", "bump");
    folder.write("Pulumi.testing.yaml", pins("orders: v1.2.0"));
    folder.commit("a time that comes", { at: at(20) });
    folder.git("switch", "--quiet", "-");
    folder.merge("bump", "on the second", { at: at(2) });
    // What it replaced would seem to have run until then.
    assert.deepEqual(lines(folder).slice(0, 1), ["02T12 orders v1.1.0 v1.2.0 Ada"]);
  });

  it("attack: a commit from 2100 lifts no other one, and is never in the future itself", () => {
    const folder = repository();
    folder.write("Pulumi.testing.yaml", pins("orders: v1.2.0"));
    folder.commit("from 2100", { at: "@4102444800 +0000" });
    assert.deepEqual(lines(folder).slice(0, 1), ["01T00 orders v1.1.0 v1.2.0 Ada"]);
    folder.write("Pulumi.testing.yaml", pins("orders: v1.3.0"));
    folder.commit("honest", { at: at(20) });
    folder.tag("v1.0.0", { at: at(21) });
    folder.write("Pulumi.testing.yaml", pins("orders: v1.4.0"));
    folder.commit("honest", { at: at(22) });
    folder.tag("v1.1.0", { at: "@4102444800 +0000" });
    assert.deepEqual(lines(folder).slice(0, 3), [
      "22T12 orders v1.3.0 v1.4.0 Ada",
      "20T12 orders v1.2.0 v1.3.0 Ada",
      "20T12 orders v1.1.0 v1.2.0 Ada",
    ]);
    assert.deepEqual(lines(folder, "v*").slice(0, 1), ["01T00 orders v1.3.0 v1.4.0 Ada"]);
  });

  it("reads a file that couldn't be read once as what it was before", () => {
    const folder = repository();
    folder.write("Pulumi.testing.yaml", "config: [\n");
    folder.commit("broken", { at: at(2) });
    folder.write("Pulumi.testing.yaml", pins("orders: v1.1.0"));
    folder.commit("mended", { at: at(3) });
    assert.deepEqual(lines(folder), START);
  });

  it("attack: 60,000 values that were merged once and removed again cost seconds", function () {
    const folder = repository();
    const values = Array.from({ length: 60_000 }, (_, index) => `    k${index}: 1\n`).join("");
    const big = `- docker: big\n  github: big\n  deploy: { release: v1.0.0 }\n  values:\n${values}`;
    folder.write("service/big.yaml", big);
    folder.commit("big", { at: at(2) });
    folder.remove("service/big.yaml");
    folder.commit("removed", { at: at(3) });
    folder.write("service/large.yaml", `${big}${"#".repeat(1024 * 1024)}`);
    folder.commit("more than any file may have", { at: at(4) });
    assert.deepEqual(lines(folder), ["03T12 big v1.0.0 - Ada", "02T12 big - v1.0.0 Ada", ...START]);
  });

  it("knows where the history of a shallow clone begins", () => {
    const folder = repository();
    for (const day of [2, 3, 4]) {
      folder.write("Pulumi.testing.yaml", pins(`orders: v1.${day}.0`));
      folder.commit("bump", { at: at(day) });
    }
    const clone = folderOf({});
    folder.git("clone", "--quiet", "--depth", "2", `file://${folder.path}`, clone);
    const history = historyOf(clone, new Map([["testing", undefined]]), NOW).get("testing");
    assert.deepEqual(
      history?.entries.map(({ service, to }) => `${service} ${to?.version.text ?? ""}`),
      ["orders v1.4.0"],
    );
    assert.deepEqual(
      history.before.map(({ service, to }) => `${service} ${to?.version.text ?? ""}`),
      ["catalog v2.0.0", "orders v1.3.0"],
    );
  });

  it("isn't led astray by what a message or a path contains", () => {
    const folder = repository();
    folder.write("Pulumi.testing.yaml", pins("orders: v1.2.0"));
    folder.write(`service/${"0".repeat(40)} 1 2.yaml`, definition("odd", "v1.0.0"));
    folder.commit(":100644 100644 a b M\n\u001e\u001f\n(#5)\n", { at: at(2), author: "a: #9\n" });
    assert.deepEqual(lines(folder).slice(0, 2), [
      "02T12 odd - v1.0.0 a: #9",
      "02T12 orders v1.1.0 v1.2.0 a: #9",
    ]);
  });

  it("fails outside of git", () => {
    assert.throws(() => historyOf(folderOf({}), new Map([["testing", undefined]]), NOW), {
      name: "ReleasesError",
      kind: "outside",
    });
  });
});
