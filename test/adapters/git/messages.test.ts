import assert from "node:assert/strict";
import { historyOf } from "../../../src/adapters/git/history";
import { trailersIn } from "../../../src/adapters/git/messages";
import { EMPTY_TREE, trailersSince } from "../../../src/adapters/git/refs";
import { GitFolder, hasGit } from "../../support/git";

describe("trailersIn", () => {
  if (!hasGit) {
    it("is skipped: there is no git in PATH", function () {
      this.skip();
    });
    return;
  }

  const MESSAGES: [what: string, message: string, values: string[]][] = [
    ["the last paragraph", "promote\n\nBody.\n\nBreak-glass: down\n", ["down"]],
    ["several, all of them", "promote\n\nBreak-glass: a\nBreak-glass: b\n", ["a", "b"]],
    [
      "a paragraph in front of another, as of Co-authored-by",
      "promote\n\nBreak-glass: down\n\nCo-authored-by: Grace <g@acme.example>\n",
      ["down"],
    ],
    [
      "the paragraphs of a squash",
      "Promote (#7)\n\n* promote(staging): catalog\n\nBreak-glass: a\n\n* more\n\nSigned-off-by: Ada\nBreak-glass: b\n\n* end\n",
      ["a", "b"],
    ],
    ["no space", "promote\n\nBreak-glass:down\n", ["down"]],
    ["a space in front of the colon, and any case", "promote\n\nBREAK-glass : down\n", ["down"]],
    ["a value of several lines", "promote\n\nBreak-glass: it\n  was down\n", ["it was down"]],
    ["Windows line ends", "promote\r\n\r\nBody.\r\n\r\nBreak-glass: down\r\n", ["down"]],
    ["no value", "promote\n\nBreak-glass:\n", []],
    ["the subject", "Break-glass: down\n", []],
    ["a line of prose", "promote\n\nWe had\nBreak-glass: down\nand then more.\n", []],
    ["prose that mentions it", "promote\n\nNo Break-glass: here.\n", []],
    ["another key", "promote\n\nNo-Break-glass: down\nBreak-glass-not: down\n", []],
    ["an indented line", "promote\n\n    Break-glass: down\n", []],
    ["a divider", "promote\n\nBreak-glass: down\n---\nx\n", []],
  ];
  for (const [what, message, values] of MESSAGES) {
    it(`reads as git does: ${what}`, () => {
      assert.deepEqual(trailersIn(message, "Break-glass"), values);
    });
  }

  it("gives the history and the gates the same reasons, and the commits that have them", () => {
    const pin = (version: string): string => {
      return `config:\n  releases:versions:\n    orders: ${version}\n`;
    };
    const folder = new GitFolder({
      "service/shop.yaml": "- { docker: orders, github: orders, deploy: { release: v1.0.0 } }\n",
      "Pulumi.testing.yaml": pin("v1.1.0"),
    });
    const start = folder.commit("start", { at: "2026-11-01T12:00:00Z" });
    const messages = [
      "squash (#2)\n\n* a\n\nBreak-glass: one\n\n* b\n\nBreak-glass:two\n\nCo-authored-by: Grace <g@a>\n",
      "prose\n\nAbout the\nBreak-glass: line.\n",
      "the newest\n\nBreak-glass: three\n",
    ];
    const [first = "", , last] = messages.map((message, index) => {
      folder.write("Pulumi.testing.yaml", pin(`v1.2.${index}`));
      return folder.commit(message, { at: `2026-11-0${index + 2}T12:00:00Z` });
    });
    const trailers = trailersSince(folder.path, start, "Break-glass");
    assert.deepEqual(
      trailers.map(({ commit, value }) => [commit, value]),
      [
        [last, "three"],
        [first, "one"],
        [first, "two"],
      ],
    );
    assert.deepEqual(trailers[1]?.parents, [start]);
    assert.deepEqual(trailersSince(folder.path, EMPTY_TREE, "Break-glass"), []);
    const refs = new Map([["testing", undefined]]);
    const { entries = [] } = historyOf(folder.path, refs, new Date()).get("testing") ?? {};
    assert.deepEqual(
      entries.map(({ reason }) => reason),
      ["three", undefined, "one; two", undefined],
    );
  });
});
