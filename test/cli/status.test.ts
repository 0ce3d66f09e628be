import assert from "node:assert/strict";
import { CHART, CHART_VERSION } from "../support/chart";
import { releases } from "../support/cli";
import { folderOf } from "../support/folder";
import { hasGit } from "../support/git";
import { configOf, definition, pin, PLAIN_PATH, shop } from "../support/shop";
import { chromium, rendered } from "../support/browser";
import { digestOf } from "../support/model";

const A = digestOf("a");
const HOUR = 60 * 60 * 1000;

/** A shop in which orders soaks in staging since half a day, and catalog is held in production. */
function soaking() {
  const environments = PLAIN_PATH.replace(
    "accepts: [release] }",
    "accepts: [release], soak: 24h }",
  );
  const folder = shop({
    environments,
    list:
      definition("catalog") + definition("orders") + definition("lab", ", environments: [testing]"),
    pins: {
      testing: ["catalog: v1.1.0", `orders: v2.0.0-rc.1@${A}`],
      production: ["catalog: v1.0.0", "orders: v1.0.0"],
    },
    more: { production: "  releases:holds:\n    catalog: { reason: <b>slow</b> & odd }\n" },
    at: new Date(Date.now() - 100 * HOUR).toISOString(),
  });
  const since = new Date(Math.floor((Date.now() - 12 * HOUR) / 1000) * 1000);
  pin(folder, "staging", "orders: v1.0.0", `orders: v1.1.0`, { at: since.toISOString() });
  return {
    folder,
    since: since.toISOString(),
    passes: new Date(since.getTime() + 24 * HOUR).toISOString(),
  };
}

describe("releases status", () => {
  if (!hasGit) {
    it("is skipped: there is no git in PATH", function () {
      this.skip();
    });
    return;
  }

  it("shows what runs where, how far it is behind, and what blocks it", async () => {
    const { folder, since, passes } = soaking();
    assert.deepEqual(await releases(folder.path, "status"), {
      code: 0,
      stderr: "",
      stdout: `  SERVICE  TESTING      STAGING                       PRODUCTION
  catalog  v1.1.0       v1.0.0 < v1.1.0 (minor)       v1.0.0 (held)
  lab      v1.0.0       -                             -
  orders   v2.0.0-rc.1  v1.1.0 < v2.0.0-rc.1 (major)  v1.0.0 < v1.1.0 (minor, blocked)

Blocked:

  production orders: soak: has been running in staging since ${since}; 24h required (passes at ${passes})
`,
    });
  });

  it("prints the contract's fields", async () => {
    const { folder, since, passes } = soaking();
    folder.write(
      "Pulumi.staging.yaml",
      configOf(folder, "staging").replace("catalog: v1.0.0", "catalog: v1.1.0"),
    );
    const { code, stdout } = await releases(folder.path, "status", "--json");
    assert.equal(code, 0);
    const { environments, services } = JSON.parse(stdout) as {
      environments: string[];
      services: { name: string; cells: Record<string, Record<string, unknown>> }[];
    };
    assert.deepEqual(environments, ["testing", "staging", "production"]);
    assert.deepEqual(
      services.map(({ name }) => name),
      ["catalog", "lab", "orders"],
    );
    const orders = services[2]?.cells ?? {};
    const chart = { chart: CHART, chartVersion: CHART_VERSION };
    assert.deepEqual(orders["production"], {
      version: "v1.0.0",
      digest: null,
      ...chart,
      differs: false,
      stacks: {
        production: { version: "v1.0.0", digest: null, ...chart, held: false, tree: null },
      },
      since: orders["testing"]?.["since"],
      behind: "minor",
      next: "v1.1.0",
      comparison: "https://github.com/acme/orders/compare/v1.0.0...v1.1.0",
      held: false,
      blocked: [
        `soak: has been running in staging since ${since}; 24h required (passes at ${passes})`,
      ],
      tree: null,
      unknown: false,
    });
    assert.equal(orders["staging"]?.["since"], since);
    assert.deepEqual([orders["testing"]?.["digest"], orders["testing"]?.["behind"]], [A, null]);
    assert.equal(services[0]?.cells["production"]?.["held"], true);
    assert.deepEqual(Object.keys(services[1]?.cells ?? {}), ["testing"]);
  });

  it("tells what a branch runs from what the working tree would make of it", async () => {
    const folder = shop({
      environments: PLAIN_PATH.replace("staging: {", "staging: { ref: main,"),
    });
    folder.git("switch", "--quiet", "--create", "change");
    pin(folder, "staging", "orders: v1.0.0", "orders: v1.1.0");
    const { stdout } = await releases(folder.path, "status");
    assert.match(stdout, /orders {3}v1\.0\.0 {3}v1\.0\.0 {3}v1\.0\.0\n/);
    assert.match(
      stdout,
      /\n\nThe working tree differs:\n\n {2}staging orders: v1\.0\.0 -> v1\.1\.0\n$/,
    );
  });

  it("writes Markdown in which nothing that people wrote is markup", async () => {
    const { folder, passes } = soaking();
    pin(folder, "staging", "catalog: v1.0.0", "catalog: v1.1.0");
    const { code, stdout } = await releases(folder.path, "status", "--format", "markdown");
    assert.equal(code, 0);
    const lines = stdout.split("\n");
    assert.deepEqual(lines.slice(0, 3), [
      "| service | testing | staging | production |",
      "| --- | --- | --- | --- |",
      "| catalog | v1.1.0 | v1.1.0 | v1.0.0 &#60; v1.1.0 (minor, held, blocked) |",
    ]);
    assert.ok(
      stdout.includes(
        "- production catalog: hold: held: &#60;b&#62;slow&#60;/b&#62; &#38; odd; lift it",
      ),
    );
    assert.ok(stdout.includes(`(passes at ${passes})`));
  });

  it("says when nothing runs, as in a list alone", async () => {
    const folder = folderOf({ "service/shop.yaml": definition("orders") });
    assert.deepEqual(await releases(folder, "status"), {
      code: 0,
      stdout: "No service to show.\n",
      stderr: "",
    });
  });

  it("says what it is called with wrongly", async () => {
    const folder = shop();
    assert.match(
      (await releases(folder.path, "status", "--format", "pdf")).stderr,
      /Allowed choices are text, markdown, html\./,
    );
    assert.equal((await releases(folder.path, "status", "orders")).code, 2);
  });

  it("works outside of git, where nobody knows since when", async () => {
    const { folder } = soaking();
    folder.removeGit();
    const { code, stdout } = await releases(folder.path, "status");
    assert.equal(code, 0);
    assert.match(
      stdout,
      /running time in staging is unknown: there is no git history; 24h required\n$/,
    );
  });

  describe("--format html", function () {
    if (chromium === undefined) {
      it("is skipped: there is no Chromium in PATH", function () {
        this.skip();
      });
      return;
    }

    it("is one file that a browser shows, with table, reasons and timeline, and loads nothing", async () => {
      const { folder, passes } = soaking();
      pin(folder, "staging", "catalog: v1.0.0", "catalog: v1.1.0", {
        author: "<script>alert(1)</script>",
      });
      const { code, stdout } = await releases(folder.path, "status", "--format", "html");
      assert.equal(code, 0);
      // Whatever the browser ran would have changed this document.
      const probe = '<script>document.body.dataset["ran"] = "yes"</script></body>';
      const dom = rendered(stdout.replace("</body>", probe));
      assert.doesNotMatch(dom, /data-ran/);
      assert.doesNotMatch(
        stdout,
        /https?:\/\/(?!github\.com)|<script[^>]|<link|<img|@import|url\(/,
      );
      const text = dom
        .replaceAll(/<(style|title|script)>[^]*?<\/\1>/g, "")
        .replaceAll(/<[^>]+>/g, "\n");
      for (const expected of [
        "3 services in 3 environments, 3 behind, 2 blocked, 1 held",
        "3 of 3 services",
        "testing",
        "production",
        "behind v1.1.0, minor",
        "blocked, held",
        "Blocked",
        "Timeline",
      ]) {
        assert.ok(text.split(/\s*\n\s*/).includes(expected), expected);
      }
      assert.ok(text.includes(`(passes at ${passes})`));
      assert.ok(text.includes("held: &lt;b&gt;slow&lt;/b&gt; &amp; odd"));
      assert.equal(dom.match(/ -&gt; /g)?.length, 9);
      assert.match(dom, /<td data-environment="production" class="blocked" title="[^"]*held: /);
    });
  });
});
