import assert from "node:assert/strict";
import { html } from "../../src/format/html";

describe("HTML", () => {
  it("has no markup, attribute or hidden character of a text", () => {
    const text = `"'><img src=x onerror=y>&\u202e\r\0\u001b[2J\u2028\nb`;
    assert.equal(
      html`<p title="${text}">${text}</p>`.text,
      ['<p title="', '">', "</p>"].join(
        "&quot;&#39;&gt;&lt;img src=x onerror=y&gt;&amp;\\u202e\\r\\u0000\\u001b[2J\\u2028&#10;b",
      ),
    );
  });
});
