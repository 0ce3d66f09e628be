import assert from "node:assert/strict";
import { changedCharts } from "../../src/ci/charts";
import { openRepository } from "../../src/app/open";
import { realWorld } from "../../src/app/real-world";
import { releases } from "../support/cli";
import { GitFolder, hasGit } from "../support/git";

const chart = (version: string): string => `apiVersion: v2\nname: orders\nversion: ${version}\n`;

const FILES = {
  "service/shop.yaml": `- github: orders
  docker: orders
  deploy: { release: v1.0.0 }
  chart: { name: ./own/orders, version: 1.0.0 }
`,
  "own/orders/Chart.yaml": chart("1.0.0"),
  "own/orders/values.yaml": "a: 1\n",
  "charts/service/1.0.0/Chart.yaml": chart("1.0.0"),
  "charts/service/1.0.0/templates/a.yaml": "a: 1\n",
  "charts/service/1.0.0/charts/part/Chart.yaml": chart("0.1.0"),
  "charts/README.md": "text\n",
};

describe("ci charts", function () {
  if (!hasGit) {
    it("is skipped: there is no git in PATH", function () {
      this.skip();
    });
    return;
  }

  /** What is refused after a change of files. */
  function refused(change: Readonly<Record<string, string>>): string[] {
    const folder = new GitFolder(FILES);
    folder.commit("start");
    for (const [file, text] of Object.entries(change)) folder.write(file, text);
    const world = realWorld(folder.path);
    return changedCharts(world, openRepository(world), "HEAD");
  }

  it("takes charts that stay, that are new, and whose version was raised", () => {
    assert.deepEqual(refused({}), []);
    assert.deepEqual(refused({ "charts/README.md": "other\n" }), []);
    assert.deepEqual(
      refused({
        "charts/service/1.1.0/Chart.yaml": chart("1.1.0"),
        "own/orders/Chart.yaml": chart("1.1.0"),
        "own/orders/values.yaml": "a: 2\n",
      }),
      [],
    );
  });

  const own =
    "own/orders is another chart than at HEAD, and own/orders/Chart.yaml has the same version 1.0.0; raise it";
  const packaged =
    "charts/service/1.0.0 is another chart than at HEAD, and charts/service/1.0.0/Chart.yaml has the same version 1.0.0; raise it";
  const cases: [string, Record<string, string>, string[]][] = [
    ["a chart of the list", { "own/orders/values.yaml": "a: 2\n" }, [own]],
    ["a file more", { "own/orders/templates/b.yaml": "b: 1\n" }, [own]],
    ["Chart.yaml itself", { "own/orders/Chart.yaml": `${chart("1.0.0")}home: x\n` }, [own]],
    ["the default chart", { "charts/service/1.0.0/templates/a.yaml": "a: 2\n" }, [packaged]],
    [
      "a part of a chart, whose own version rises",
      { "charts/service/1.0.0/charts/part/Chart.yaml": chart("0.2.0") },
      [packaged],
    ],
  ];
  for (const [what, change, says] of cases) {
    it(`refuses ${what} under the same version`, () => assert.deepEqual(refused(change), says));
  }

  it("is a step, which exits with 1, and with 2 for a commit that git doesn't know", async () => {
    const folder = new GitFolder(FILES);
    folder.commit("start");
    const run = (since: string) => releases(folder.path, "ci", "charts", "--since", since);
    assert.deepEqual(await run("HEAD"), { code: 0, stdout: "", stderr: "" });
    folder.write("own/orders/values.yaml", "a: 2\n");
    assert.deepEqual(await run("HEAD"), { code: 1, stdout: "", stderr: `${own}\n` });
    const unknown = await run("nothing");
    assert.equal(unknown.code, 2);
    assert.match(unknown.stderr, /git knows no commit "nothing"; fetch it/);
  });
});
