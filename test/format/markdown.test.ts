import assert from "node:assert/strict";
import { printable, printableLines } from "../../src/core/printable";
import { block, code, escaped, folded, row } from "../../src/format/markdown";
import { findRenderer, type Parts } from "../support/github-markdown";
import { hostileTexts } from "../support/hostile-texts";

const render = findRenderer();

/** Every place of our texts that a foreign one is put into, some of them beside each other. */
function documentOf(text: string): string {
  const both = [escaped(text), code(text)];
  const lines = both.flatMap((shown) => [
    ...[`Before [${shown}] after`, "", shown, "", `**${shown}**`, "", `words`, shown, ""],
    ...[
      `### ${shown}: 1 service moves`,
      "",
      `- ${shown}`,
      `- **order** refuses ${shown}: ${shown}`,
      "",
    ],
    ...["- update", `  - ${shown}: ${shown} → ${shown}`, "", `1. ${shown}`, ""],
    ...[
      row(["a", "b", "c"]),
      "| --- | --- | --- |",
      row([shown, shown, "end"]),
      row([shown, "", shown]),
      "",
    ],
    ...["> [!CAUTION]", `> **${shown} DELETES ${shown} ${shown}**<br>`, `> ${shown}`, ""],
    ...folded("a title", [`- ${shown}`, ...block("diff", text)]),
    "",
  ]);
  return [...lines, ...folded(text, block("text", text)), "", `${both.join(" ")} \`end\``].join(
    "\n",
  );
}

/** The tags without the element that keeps a character apart. */
const tagsOf = (parts: Parts): string[] =>
  parts.filter((part) => part.startsWith("<") && !/^<\/?span>$/.test(part));

const textOf = (parts: Parts): string =>
  parts.map((part) => (part.startsWith("<") ? "" : part.slice(1))).join("");

/** What GitHub links in the text of a page, or shows as a picture or a formula, where no code is. */
const LINKED = /@[a-z\d]|#\d|\bGH-\d|:(?!\d\d:)[\w+-]+:|https?:\/\/|www\.|\$\S/i;

/** Returns the texts that stand outside of code. */
function prose(parts: Parts): string[] {
  let depth = 0;
  return parts.filter((part) => {
    if (/^<(?:code|pre)\b/.test(part)) depth++;
    else if (/^<\/(?:code|pre)>/.test(part)) depth--;
    return depth === 0 && part.startsWith(" ");
  });
}

describe("Markdown on GitHub", function () {
  this.timeout(600_000);
  if (render === undefined) {
    it("is skipped: Python has no cmarkgfm, GitHub's own renderer", function () {
      this.skip();
    });
    return;
  }

  it("shows a text as it is in every place, and nothing of it leaves", () => {
    const { texts, seed } = hostileTexts();
    const wanted = tagsOf(render([documentOf("x")])[0] ?? []);
    for (let at = 0; at < texts.length; at += 500) {
      const some = texts.slice(at, at + 500);
      const shown: Parts[] = render(some.map(documentOf));
      for (const [index, text] of some.entries()) {
        const parts = shown[index] ?? [];
        const where = `${JSON.stringify(text)}, SEED=${seed}`;
        assert.deepEqual(tagsOf(parts), wanted, where);
        const all = textOf(parts);
        assert.equal(all.split(`[${printable(text)}]`).length, 3, where);
        assert.ok(all.includes(printableLines(text)), where);
        assert.deepEqual(
          prose(parts).filter((part) => LINKED.test(part)),
          [],
          where,
        );
      }
    }
  });
});
