import assert from "node:assert/strict";
import * as fs from "node:fs";
import { ageInWords } from "../../src/format/age";
import { statusHtml } from "../../src/format/status-html";
import { chromium, rendered } from "../support/browser";
import { statusPage } from "../support/status-page";

describe("an age in words", () => {
  const NOW = new Date("2026-11-25T10:00:00Z");
  for (const [since, words] of [
    ["2026-11-25T11:00:00Z", "0 minutes"],
    ["2026-11-25T09:01:00Z", "59 minutes"],
    ["2026-11-25T09:00:00Z", "1 hour"],
    ["2026-11-23T10:01:00Z", "47 hours"],
    ["2026-11-23T10:00:00Z", "2 days"],
    ["2026-11-11T10:00:00Z", "2 weeks"],
    ["2026-09-26T10:00:00Z", "2 months"],
    ["2024-11-25T10:00:00Z", "2 years"],
  ] as const) {
    it(`is ${words} since ${since}`, () => {
      assert.equal(ageInWords(new Date(since), NOW), words);
    });
  }
});

describe("the status page", function () {
  const page = statusHtml(statusPage(60, 600));

  it("has every service, what it is behind by, and the newest 500 changes by month", () => {
    assert.equal(page.match(/<tr data-team=/g)?.length, 60);
    assert.match(
      page,
      /<title>Releases: 60 services in 6 environments, 39 behind, 13 blocked, 3 held</,
    );
    assert.match(
      page,
      /<a href="https:\/\/github.com\/acme\/service-2\/compare\/a\.\.\.b">behind v1\.2\.5, patch</,
    );
    assert.match(page, /The newest 500 changes of 600, by month/);
    assert.equal(
      page.match(/<a href="#month-/g)?.length,
      page.match(/<details id="month-/g)?.length,
    );
    assert.match(page, /<a href="https:\/\/github.com\/acme\/releases\/pull\/999">#999</);
  });

  if (chromium === undefined) {
    it("is skipped in a browser: there is no Chromium in PATH", function () {
      this.skip();
    });
    return;
  }

  /** Returns what is left of the page after somebody has filled in the filter. */
  function shown(fill: string): { count: string; rows: number } {
    const script = `<script>{ const form = document.forms.filter; ${fill}; form.dispatchEvent(new Event("input")); }</script>`;
    // The page's policy refuses every script but its own.
    const dom = rendered(
      page.replace(/<meta\s+http-equiv[^>]*>/, "").replace("</body>", `${script}</body>`),
    );
    const [, count = ""] = /<output id="shown">([^<]*)</.exec(dom) ?? [];
    const rows = (dom.match(/<tr data-team=[^>]*>/g) ?? []).filter(
      (row) => !row.includes("hidden"),
    );
    return { count, rows: rows.length };
  }

  it("searches and filters without a server", () => {
    assert.deepEqual(shown(`form.search.value = "SERVICE-0"`), {
      count: "9 of 60 services",
      rows: 9,
    });
    assert.deepEqual(shown(`form.team.value = "shop"`), { count: "15 of 60 services", rows: 15 });
    assert.deepEqual(shown(`form.state.value = "held"`), { count: "3 of 60 services", rows: 3 });
  });

  for (const [width, scheme] of [
    [1920, "0"],
    [390, "1"],
  ] as const) {
    it(`has no finding of axe at ${width} pixels, ${scheme === "0" ? "dark" : "light"}`, () => {
      const axe = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
      const run = `axe.run().then(({ violations }) => { document.title = JSON.stringify(violations.map(({ id, nodes }) => [id, nodes[0].html])); });`;
      const dom = rendered(
        page
          .replace(/<meta\s+http-equiv[^>]*>/, "")
          .replace("</body>", () => `<script>${axe}</script><script>${run}</script></body>`),
        `--window-size=${width},1080`,
        `--blink-settings=preferredColorScheme=${scheme}`,
        "--virtual-time-budget=30000",
      );
      assert.equal(/<title>([^<]*)</.exec(dom)?.[1], "[]");
    });
  }
});
