import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as os from "node:os";
import * as path from "node:path";

/** Renders documents with cmark-gfm, and cuts the HTML at its tags: `["<p>", "text", "</p>"]`. */
const RENDER = `
import json, sys
from html.parser import HTMLParser
from cmarkgfm import cmark

class Cut(HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.parts = []
    def handle_starttag(self, tag, attrs): self.parts.append(self.get_starttag_text())
    def handle_endtag(self, tag): self.parts.append("</" + tag + ">")
    def handle_startendtag(self, tag, attrs): self.parts.append(self.get_starttag_text())
    def handle_comment(self, data): self.parts.append("<!--")
    def handle_decl(self, decl): self.parts.append("<!")
    def unknown_decl(self, data): self.parts.append("<!")
    def handle_pi(self, data): self.parts.append("<?")
    def handle_data(self, data): self.parts.append(" " + data)

options = cmark.Options.CMARK_OPT_UNSAFE | cmark.Options.CMARK_OPT_FOOTNOTES
extensions = ["table", "autolink", "strikethrough", "tasklist", "tagfilter"]
def cut(text):
    reader = Cut()
    reader.feed(cmark.markdown_to_html_with_extensions(text, options, extensions))
    reader.close()
    return reader.parts

sys.stdin.reconfigure(encoding="utf-8")
json.dump([cut(text) for text in json.load(sys.stdin)], sys.stdout)
`;

/** A document as GitHub shows it, cut at its tags. A part that begins with a blank is a text behind it. */
export type Parts = readonly string[];

/** Returns GitHub's own renderer of Markdown, cmark-gfm; undefined where Python's `cmarkgfm` isn't installed. */
export function findRenderer(): ((documents: readonly string[]) => Parts[]) | undefined {
  const cache = process.env["XDG_CACHE_HOME"] ?? path.join(os.homedir(), ".cache");
  const python = [path.join(cache, "releases-ci/python/bin/python3"), "python3"].find(
    (command) => spawnSync(command, ["-c", "import cmarkgfm"]).status === 0,
  );
  if (python === undefined) return undefined;
  return (documents) => {
    const { status, stdout, stderr } = spawnSync(python, ["-c", RENDER], {
      input: JSON.stringify(documents),
      encoding: "utf8",
      maxBuffer: 2 ** 30,
    });
    assert.equal(status, 0, stderr);
    return JSON.parse(stdout) as Parts[];
  };
}
