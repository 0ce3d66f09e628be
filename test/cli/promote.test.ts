import assert from "node:assert/strict";
import { releases, releasesProcess, releasesKilledAt } from "../support/cli";
import { hasGit } from "../support/git";
import { configOf, definition, pin, PLAIN_PATH, shop } from "../support/shop";
import { digestOf } from "../support/model";

const A = digestOf("a");
const TO_STAGING = ["--from", "testing", "--to", "staging", "--offline"];
const TO_PRODUCTION = ["--from", "staging", "--to", "production", "--offline"];
const DAY = 24 * 60 * 60 * 1000;

interface Printed {
  moves: { name: string; from: string | null; to: string }[];
  gates: {
    gate: string;
    service: string;
    pass: boolean;
    reason: string;
    passesAt: string | null;
  }[];
  edits: { file: string; path: string; from: string | null; to: string | null }[];
  artifacts: unknown[];
  message: string;
  ref?: { action: string; name: string; from: string; commands: string[] };
}

const json = (text: string): Printed => JSON.parse(text) as Printed;

describe("releases promote", () => {
  if (!hasGit) {
    it("is skipped: there is no git in PATH", function () {
      this.skip();
    });
    return;
  }

  it("moves a service to the next environment, and nothing else", async () => {
    const folder = shop({ pins: { testing: ["catalog: v1.1.0", "orders: v2.0.0"] } });
    const before = configOf(folder, "staging");
    assert.deepEqual(await releases(folder.path, "promote", "orders", ...TO_STAGING), {
      code: 0,
      stderr: "",
      stdout: `  SERVICE  FROM    TO      STEP
  orders   v1.0.0  v2.0.0  major

Pulumi.staging.yaml  releases:versions.orders: v1.0.0 -> v2.0.0

Commit it with:

  promote(staging): orders v1.0.0 -> v2.0.0

  https://github.com/acme/orders/compare/v1.0.0...v2.0.0
`,
    });
    assert.equal(
      configOf(folder, "staging"),
      before.replace("    orders: v1.0.0", "    orders: v2.0.0"),
    );
    assert.equal(folder.git("status", "--short"), "M Pulumi.staging.yaml");
    assert.deepEqual(await releases(folder.path, "promote", "orders", ...TO_STAGING), {
      code: 0,
      stderr: "",
      stdout: "Nothing to promote: staging runs the versions of testing.\n",
    });
  });

  it("shows with --dry-run what it would do, in the contract's shape", async () => {
    const folder = shop({ pins: { testing: [`catalog: v1.1.0@${A}`, "orders: v1.0.0"] } });
    const before = configOf(folder, "staging");
    const run = await releases(
      folder.path,
      "promote",
      "catalog",
      ...TO_STAGING,
      "--dry-run",
      "--json",
    );
    assert.equal(run.code, 0);
    const { gates, ...printed } = json(run.stdout);
    assert.deepEqual(printed, {
      moves: [
        {
          stack: "staging",
          name: "catalog",
          from: "v1.0.0",
          to: "v1.1.0",
          step: "minor",
          fromDigest: null,
          toDigest: A,
        },
      ],
      edits: [
        {
          stack: "staging",
          file: "Pulumi.staging.yaml",
          path: "releases:versions.catalog",
          from: "v1.0.0",
          to: `v1.1.0@${A}`,
        },
      ],
      artifacts: [],
      message:
        "promote(staging): catalog v1.0.0 -> v1.1.0\n\nhttps://github.com/acme/catalog/compare/v1.0.0...v1.1.0",
    });
    assert.equal(gates.length, 16);
    assert.deepEqual(
      gates.filter(({ pass }) => !pass),
      [],
    );
    assert.equal(configOf(folder, "staging"), before);
  });

  it("moves a set in the order of its requirements, with one message for all", async () => {
    const folder = shop({
      list:
        definition("aaa", ", requires: { zzz: '>=2' }, team: shop") +
        definition("mmm") +
        definition("zzz", ", team: shop"),
      pins: {
        testing: ["aaa: v2.0.0", "mmm: v2.0.0", "zzz: v2.0.0"],
        staging: ["aaa: v1.0.0", "mmm: v1.0.0", "zzz: v2.0.0-rc.1"],
        production: ["aaa: v1.0.0", "mmm: v1.0.0", "zzz: v2.0.0"],
      },
    });
    const all = json(
      (await releases(folder.path, "promote", "--all", ...TO_STAGING, "--json")).stdout,
    );
    assert.deepEqual(
      all.moves.map(({ name }) => name),
      ["zzz", "aaa", "mmm"],
    );
    assert.equal(
      all.message,
      `promote(staging): 3 services from testing

- zzz v2.0.0-rc.1 -> v2.0.0
  https://github.com/acme/zzz/compare/v2.0.0-rc.1...v2.0.0
- aaa v1.0.0 -> v2.0.0
  https://github.com/acme/aaa/compare/v1.0.0...v2.0.0
- mmm v1.0.0 -> v2.0.0
  https://github.com/acme/mmm/compare/v1.0.0...v2.0.0`,
    );
    assert.match(
      configOf(folder, "staging"),
      /aaa: v2\.0\.0\n {4}mmm: v2\.0\.0\n {4}zzz: v2\.0\.0\n/,
    );
    folder.git("checkout", "--", ".");
    const team = json(
      (await releases(folder.path, "promote", "--team", "shop", ...TO_STAGING, "--json")).stdout,
    );
    assert.deepEqual(
      team.moves.map(({ name }) => name),
      ["zzz", "aaa"],
    );
  });

  it("moves all of a set or nothing", async () => {
    const folder = shop({
      list: definition("catalog") + definition("orders", ", requires: { catalog: '>=1.5' }"),
      pins: {
        testing: ["catalog: v1.5.0", "orders: v1.1.0"],
        staging: ["catalog: v1.5.0", "orders: v1.0.0"],
        production: ["catalog: v1.6.0", "orders: v1.0.0"],
      },
      environments: PLAIN_PATH.replace("accepts: [release] }", "accepts: [release], soak: 1h }"),
    });
    const before = configOf(folder, "production");
    folder.write(
      "Pulumi.staging.yaml",
      configOf(folder, "staging").replace("orders: v1.0.0", "orders: v1.1.0"),
    );
    folder.commit("promote", { at: new Date(Date.now() - DAY).toISOString() });
    const run = await releases(folder.path, "promote", "--all", ...TO_PRODUCTION);
    assert.equal(run.code, 1);
    assert.match(run.stderr, /^downgrade refuses catalog: v1\.6\.0 -> v1\.5\.0 goes back/m);
    assert.equal(run.stdout, "");
    assert.equal(configOf(folder, "production"), before);
  });

  it("says every reason at once", async () => {
    const folder = shop({
      environments: PLAIN_PATH.replace(
        "accepts: [release] }",
        "accepts: [release], soak: 24h, freeze: [{ from: 2020-01-01, until: 2120-01-01, reason: forever }] }",
      ),
      pins: { staging: ["catalog: v0.9.0", "orders: v1.0.0"] },
      more: { production: "  releases:holds:\n    catalog: { reason: slow }\n" },
    });
    const { code, stderr } = await releases(folder.path, "promote", "catalog", ...TO_PRODUCTION);
    assert.equal(code, 1);
    assert.deepEqual(
      stderr
        .trim()
        .split("\n")
        .map((line) => line.split(" ")[0]),
      ["hold", "soak", "freeze", "downgrade"],
    );
  });

  it("refuses until it has soaked, with the time, and lets a broken glass through", async () => {
    const soaking = PLAIN_PATH.replace("accepts: [release] }", "accepts: [release], soak: 24h }");
    const folder = shop({
      environments: soaking,
      at: new Date(Date.now() - 2 * DAY).toISOString(),
    });
    const since = new Date(Math.floor((Date.now() - DAY / 2) / 1000) * 1000);
    pin(folder, "staging", "orders: v1.0.0", "orders: v1.1.0", { at: since.toISOString() });
    const passesAt = new Date(since.getTime() + DAY).toISOString();
    const refused = await releases(folder.path, "promote", "orders", ...TO_PRODUCTION);
    assert.equal(refused.code, 1);
    assert.equal(
      refused.stderr,
      `soak refuses orders: has been running in staging since ${since.toISOString()}; 24h required (passes at ${passesAt})\n`,
    );
    const glass = ["--break-glass", "checkout\nis down"];
    const open = json(
      (await releases(folder.path, "promote", "orders", ...TO_PRODUCTION, ...glass, "--json"))
        .stdout,
    );
    assert.match(open.message, /\n\nBreak-glass: checkout is down$/);
    assert.equal(
      open.gates.find(({ gate }) => gate === "soak")?.reason,
      "overridden by --break-glass: checkout is down",
    );
    assert.match(configOf(folder, "production"), /orders: v1\.1\.0/);
  });

  it("doesn't take what isn't committed for what runs", async () => {
    const folder = shop();
    folder.write(
      "Pulumi.testing.yaml",
      configOf(folder, "testing").replace("orders: v1.0.0", "orders: v1.1.0"),
    );
    const { code, stderr } = await releases(folder.path, "promote", "orders", ...TO_STAGING);
    assert.equal(code, 1);
    assert.match(
      stderr,
      /order refuses orders: testing doesn't run v1\.1\.0 yet: the change isn't committed/,
    );
  });

  it("says where the working tree isn't what runs", async () => {
    const folder = shop({
      environments: PLAIN_PATH.replace("testing: {", "testing: { ref: main,"),
    });
    folder.git("switch", "--quiet", "--create", "bump");
    pin(folder, "testing", "orders: v1.0.0", "orders: v1.1.0");
    assert.deepEqual(await releases(folder.path, "promote", "orders", ...TO_STAGING), {
      code: 0,
      stdout: "Nothing to promote: staging runs the versions of testing.\n",
      stderr:
        "testing: the working tree differs from main, which is what runs: orders v1.0.0 -> v1.1.0\n",
    });
  });

  it("leaves out of --all what is held, and refuses it by name", async () => {
    const folder = shop({
      pins: { staging: ["catalog: v1.1.0", "orders: v1.1.0"] },
      more: { production: "  releases:holds:\n    orders: { reason: slow }\n" },
    });
    const named = await releases(folder.path, "promote", "orders", ...TO_PRODUCTION);
    assert.equal(named.code, 1);
    assert.match(named.stderr, /^hold refuses orders: held: slow; lift it with releases unhold/);
    const all = await releases(folder.path, "promote", "--all", ...TO_PRODUCTION);
    assert.equal(all.code, 0);
    assert.match(all.stderr, /^orders stays as it is: held: slow/);
    assert.match(configOf(folder, "production"), /catalog: v1\.1\.0\n {4}orders: v1\.0\.0\n/);
  });

  it("makes a release of a pre-release where only releases are accepted", async () => {
    const folder = shop({ pins: { staging: [`catalog: v1.1.3-rc.2@${A}`, "orders: v1.0.0"] } });
    const { moves, message } = json(
      (await releases(folder.path, "promote", "catalog", ...TO_PRODUCTION, "--json")).stdout,
    );
    assert.deepEqual(
      moves.map(({ from, to }) => [from, to]),
      [["v1.0.0", "v1.1.3"]],
    );
    assert.match(message, /compare\/v1\.0\.0\.\.\.v1\.1\.3-rc\.2$/);
    assert.match(configOf(folder, "production"), new RegExp(`catalog: v1\\.1\\.3@${A}`));
  });

  it("goes one environment at a time", async () => {
    const folder = shop({ pins: { testing: ["catalog: v1.1.0", "orders: v1.0.0"] } });
    const skip = ["--from", "testing", "--to", "production", "--offline"];
    const { code, stderr } = await releases(folder.path, "promote", "catalog", ...skip);
    assert.equal(code, 1);
    assert.match(
      stderr,
      /order refuses catalog: production takes versions from staging, not from testing/,
    );
  });

  it("says what it is called with wrongly", async () => {
    const folder = shop({
      environments: PLAIN_PATH.replace(
        "accepts: [release] }",
        "accepts: [release], digest: required }",
      ),
      pins: { production: [`catalog: v1.0.0@${A}`, `orders: v1.0.0@${A}`] },
    });
    for (const [args, message] of [
      [["orders"], "--to is required"],
      [[...TO_STAGING], "give services, --all, --ready or --team"],
      [["orders", "--all", ...TO_STAGING], "give services, --all, --ready or --team"],
      [
        ["nothing", ...TO_STAGING],
        'no service "nothing" runs in testing; known are catalog, orders',
      ],
      [["--team", "x", ...TO_STAGING], 'no service of the team "x" runs in testing'],
      [
        ["orders", "--from", "test", "--to", "staging"],
        'unknown environment "test"; known are testing',
      ],
      [["orders", ...TO_PRODUCTION], "production requires a digest, which takes a registry"],
      [["orders", ...TO_STAGING, "--break-glass", " "], "--break-glass needs a reason"],
    ] as const) {
      const { code, stdout, stderr } = await releases(folder.path, "promote", ...args);
      assert.equal(code, 2, stderr);
      assert.equal(stdout, "");
      assert.ok(stderr.startsWith(`releases: ${message}`), stderr);
    }
  });

  it("refuses outside of git, where nobody knows what ran", async () => {
    const folder = shop({ pins: { testing: ["catalog: v1.1.0", "orders: v1.0.0"] } });
    folder.removeGit();
    const { code, stderr } = await releases(folder.path, "promote", "catalog", ...TO_STAGING);
    assert.equal(code, 1);
    const refusal =
      /order refuses catalog: testing doesn't run v1\.1\.0 yet: there is no git history/;
    assert.match(stderr, refusal);
  });

  it("promotes shards together, each service in its own", async () => {
    const folder = shop({
      more: {
        production: "  releases:select: { names: [catalog] }\n",
      },
      pins: {
        staging: ["catalog: v1.1.0", "orders: v1.1.0"],
        production: ["catalog: v1.0.0"],
      },
    });
    folder.write(
      "Pulumi.more.yaml",
      configOf(folder, "production")
        .replace("config:\n", "config:\n  releases:environment: production\n")
        .replace("names: [catalog]", "names: [orders]")
        .replace("catalog: v1.0.0", "orders: v1.0.0"),
    );
    folder.commit("shards");
    const both = await releases(folder.path, "promote", "--all", ...TO_PRODUCTION);
    assert.deepEqual([both.code, both.stderr], [0, ""]);
    assert.match(both.stdout, /STACK +SERVICE .*\n +more +orders .*\n +production +catalog /);
    assert.match(configOf(folder, "more"), /orders: v1\.1\.0/);
    assert.match(configOf(folder, "production"), /catalog: v1\.1\.0/);
  });

  it("loses none of two promotions at once", async () => {
    const folder = shop({ pins: { testing: ["catalog: v1.1.0", "orders: v1.1.0"] } });
    const runs = ["catalog", "orders"].map((name) =>
      releasesProcess(folder.path, ["promote", name, ...TO_STAGING]),
    );
    assert.deepEqual(
      (await Promise.all(runs)).map(({ code }) => code),
      [0, 0],
    );
    assert.match(configOf(folder, "staging"), /catalog: v1\.1\.0\n {4}orders: v1\.1\.0\n/);
  });

  it("leaves the old file or the new one, wherever it is killed", async function () {
    const folder = shop({ pins: { testing: ["catalog: v1.1.0", "orders: v1.1.0"] } });
    const before = configOf(folder, "staging");
    const after = before.replaceAll(/(catalog|orders): v1\.0\.0/g, "$1: v1.1.0");
    const found: string[] = [];
    for (let nth = 1, code: number | null = null; code === null; nth++) {
      folder.git("checkout", "--", ".");
      folder.git("clean", "--quiet", "--force", "-d");
      const promote = ["promote", "--all", ...TO_STAGING];
      ({ code } = await releasesKilledAt(nth, folder.path, promote));
      found.push(configOf(folder, "staging"));
      assert.ok(nth < 100);
    }
    const renamed = found.indexOf(after);
    assert.ok(renamed > 3, `it has changed the disk ${found.length} times`);
    assert.deepEqual(new Set(found.slice(0, renamed)), new Set([before]));
    assert.deepEqual(new Set(found.slice(renamed)), new Set([after]));
  });
});

describe("releases promote, where an environment is a branch or a tag", () => {
  if (!hasGit) return;

  const BRANCHES = `environments:
  testing: { ref: testing, accepts: [release, prerelease] }
  staging: { ref: main, from: testing, accepts: [release, prerelease], soak: 1h }
  production: { ref: "v*", from: staging, accepts: [release] }
`;
  const NO_PINS = { testing: [], staging: [], production: [] };
  const bumped = definition("catalog").replace("v1.0.0", "v1.1.0") + definition("orders");
  const ago = (hours: number): string =>
    new Date(Date.now() - hours * 60 * 60 * 1000).toISOString();

  /** Testing is ahead of main by a release of catalog, which was merged there some hours ago. */
  function branches(hours: number) {
    const folder = shop({ environments: BRANCHES, pins: NO_PINS, at: ago(100) });
    folder.tag("v0.3.0", { at: ago(99) });
    folder.git("switch", "--quiet", "--create", "testing");
    folder.write("service/shop.yaml", bumped);
    folder.commit("bump catalog", { at: ago(hours) });
    folder.git("switch", "--quiet", "main");
    return folder;
  }

  it("proposes the merge, with the same gates and message, and changes nothing", async () => {
    const folder = branches(2);
    const promote = ["promote", "--all", ...TO_STAGING];
    const { code, stdout, stderr } = await releases(folder.path, ...promote);
    assert.equal(stderr, "");
    assert.equal(code, 0);
    assert.equal(
      stdout,
      `  SERVICE  FROM    TO      STEP
  catalog  v1.0.0  v1.1.0  minor

Versions come from the list here, so this promotion is a merge of testing into main:

  git switch main
  git merge --no-ff testing -m 'promote(staging): catalog v1.0.0 -> v1.1.0

  https://github.com/acme/catalog/compare/v1.0.0...v1.1.0'
`,
    );
    assert.equal(folder.git("status", "--short"), "");
    const printed = json((await releases(folder.path, ...promote, "--json")).stdout);
    assert.deepEqual(printed.edits, []);
    assert.deepEqual(
      [printed.ref?.action, printed.ref?.name, printed.ref?.from],
      ["merge", "main", "testing"],
    );
    assert.equal(printed.gates.length, 16);
    const commands = (printed.ref?.commands ?? []).join("\n");
    folder.shell(commands);
    assert.equal(
      (await releases(folder.path, ...promote)).stdout,
      "Nothing to promote: staging runs the versions of testing.\n",
    );
    assert.match(
      (await releases(folder.path, "history", "catalog", "--stack", "staging")).stdout,
      /v1\.0\.0 {2}v1\.1\.0/,
    );
  });

  it("evaluates the same gates for a merge", async () => {
    const { code, stderr } = await releases(
      branches(0.5).path,
      "promote",
      "catalog",
      ...TO_STAGING,
    );
    assert.equal(code, 1);
    assert.match(stderr, /^soak refuses catalog: has been running in testing since/);
  });

  it("proposes the next tag", async () => {
    const folder = branches(2);
    folder.merge("testing", "promote(staging): catalog");
    const merged = folder.git("rev-parse", "HEAD");
    const promote = ["promote", "catalog", ...TO_PRODUCTION];
    const printed = json((await releases(folder.path, ...promote, "--json")).stdout);
    assert.deepEqual(
      [printed.ref?.action, printed.ref?.name, printed.ref?.from],
      ["tag", "v0.3.1", merged],
    );
    folder.shell((printed.ref?.commands ?? []).join("\n"));
    assert.equal(
      (await releases(folder.path, ...promote)).stdout,
      "Nothing to promote: production runs the versions of staging.\n",
    );
  });

  it("says what else a merge would move", async () => {
    const folder = branches(2);
    folder.git("switch", "--quiet", "testing");
    folder.write(
      "service/shop.yaml",
      bumped.replace(
        "docker: orders, deploy: { release: v1.0.0",
        "docker: orders, deploy: { release: v2.0.0",
      ),
    );
    folder.commit("bump orders", { at: ago(2) });
    const { code, stderr } = await releases(folder.path, "promote", "catalog", ...TO_STAGING);
    assert.equal(code, 2);
    assert.match(
      stderr,
      /a merge of testing into main moves orders as well; promote --all, or pin/,
    );
  });

  it("leaves a conflict to people", async () => {
    const folder = branches(2);
    folder.write("service/shop.yaml", bumped.replace("v1.1.0", "v1.2.0-rc.1"));
    folder.commit("main goes its own way", { at: ago(1) });
    const { code, stderr } = await releases(folder.path, "promote", "--all", ...TO_STAGING);
    assert.equal(code, 3);
    assert.match(stderr, /a merge of testing into main conflicts; merge by hand/);
  });

  it("pins where one of the two environments pins", async () => {
    const folder = branches(2);
    folder.write(
      "Pulumi.staging.yaml",
      `${configOf(folder, "staging")}  releases:versions: { catalog: v1.0.5 }\n`,
    );
    folder.commit("a pin", { at: ago(1) });
    const { edits, ref } = json(
      (await releases(folder.path, "promote", "catalog", ...TO_STAGING, "--json")).stdout,
    );
    assert.equal(ref, undefined);
    assert.deepEqual(
      edits.map(({ from, to }) => [from, to]),
      [["v1.0.5", "v1.1.0"]],
    );
  });
});
