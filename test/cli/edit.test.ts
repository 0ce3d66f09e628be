import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { ACME, copyOfAcme } from "../support/acme";
import { releases, releasesKilledAt, releasesProcess } from "../support/cli";
import { DIGEST } from "../support/model";

const TESTING = "Pulumi.testing.yaml";
const PRODUCTION = "Pulumi.production.yaml";

const read = (folder: string, file: string): string =>
  fs.readFileSync(path.join(folder, file), "utf8");

describe("releases bump", () => {
  it("changes one line, and says what to commit", async () => {
    const folder = copyOfAcme();
    const before = read(folder, TESTING);
    const run = await releases(folder, "bump", "inventory", "v1.1.4", "--stack", "testing");
    assert.deepEqual(run, {
      code: 0,
      stderr: "testing: commit this to testing\n",
      stdout: `  SERVICE    FROM         TO      STEP
  inventory  v1.1.4-rc.1  v1.1.4  patch

${TESTING}  releases:versions.inventory: v1.1.4-rc.1 -> v1.1.4

Commit it with:

  bump(testing): inventory v1.1.4-rc.1 -> v1.1.4

  https://github.com/acme/inventory/compare/v1.1.4-rc.1...v1.1.4
`,
    });
    assert.equal(
      read(folder, TESTING),
      before.replace("inventory: v1.1.4-rc.1\n", "inventory: v1.1.4\n"),
    );
    assert.deepEqual(fs.readdirSync(folder), fs.readdirSync(ACME));
  });

  it("writes nothing the second time, nor with --dry-run", async () => {
    const folder = copyOfAcme();
    const before = read(folder, TESTING);
    const bump = ["bump", "gateway", "v2.5.0", "--stack", "testing"];
    assert.match((await releases(folder, ...bump, "--dry-run")).stdout, /Nothing was written/);
    assert.equal(read(folder, TESTING), before);
    assert.equal((await releases(folder, ...bump)).code, 0);
    const after = read(folder, TESTING);
    assert.notEqual(after, before);
    const { mtimeMs } = fs.statSync(path.join(folder, TESTING));
    assert.deepEqual(await releases(folder, ...bump), {
      code: 0,
      stdout: "Already up to date.\n",
      stderr: "",
    });
    assert.equal(fs.statSync(path.join(folder, TESTING)).mtimeMs, mtimeMs);
  });

  it("prints the whole proposal as JSON", async () => {
    const { code, stdout } = await releases(
      copyOfAcme(),
      ...["bump", "search", `${"c".repeat(40)}@${DIGEST}`],
      ...["--stack", "testing", "--dry-run", "--json"],
    );
    assert.equal(code, 0);
    const from = "8ccf84aa1a9106d57e472103cd0a8e2cee6c730d";
    const fromDigest = "sha256:5e5a84049fdce76b702e72a969100ede627bafe0f3ceeaad467a1fb9289d90b5";
    const [to, toDigest] = ["c".repeat(40), DIGEST];
    const stack = "testing";
    const gate = (gate: string, reason: string) => {
      return { gate, stack, service: "search", pass: true, reason, passesAt: null };
    };
    assert.deepEqual(JSON.parse(stdout), {
      moves: [{ stack, name: "search", from, to, step: "unordered", fromDigest, toDigest }],
      gates: [
        gate(
          "accepted",
          `${to} is a commit, as testing accepts release, prerelease, branch, commit`,
        ),
        gate("prerelease", `${to} is not a pre-release`),
        gate("digest", `pinned by ${toDigest}`),
        gate("requires", "every requirement runs there"),
        gate("required-by", "no service there requires another version"),
        gate("rejected", "not rejected"),
        gate("hold", "not held"),
        gate("freeze", "testing isn't frozen"),
        gate("verified", "testing demands no signature"),
      ],
      edits: [
        {
          stack,
          file: TESTING,
          path: "releases:versions.search",
          from: `${from}@${fromDigest}`,
          to: `${to}@${toDigest}`,
        },
      ],
      artifacts: [],
      message: `bump(testing): search ${from} -> ${to}\n\nhttps://github.com/acme/search/compare/${from}...${to}`,
    });
  });

  it("is refused by a hold, and says how to lift it", async () => {
    const folder = copyOfAcme();
    const before = read(folder, PRODUCTION);
    assert.deepEqual(
      await releases(folder, "bump", "orders", `v3.0.2@${DIGEST}`, "--stack", "production"),
      {
        code: 1,
        stdout: "",
        stderr:
          "hold refuses orders: held: v3.0.2 doubled the checkout's latency; lift it with releases unhold orders --stack production\n",
      },
    );
    assert.equal(read(folder, PRODUCTION), before);
  });

  it("is refused by what lint would refuse, all at once", async () => {
    const folder = copyOfAcme();
    const before = read(folder, PRODUCTION);
    const refused = await releases(
      folder,
      "bump",
      "gateway",
      "v3.0.0-rc.1",
      "--stack",
      "production",
    );
    assert.deepEqual(refused, {
      code: 1,
      stdout: "",
      stderr: `prerelease refuses gateway: v3.0.0-rc.1 is a pre-release, and production accepts release; promote it, and it becomes v3.0.0
digest refuses gateway: production requires digests; pin it as v3.0.0-rc.1@sha256:...
`,
    });
    assert.equal(read(folder, PRODUCTION), before);
  });

  it("passes a hold that has ended by itself", async () => {
    const folder = copyOfAcme();
    const reason = "      reason: v3.0.2 doubled the checkout's latency\n";
    const ended = read(folder, PRODUCTION).replace(reason, `${reason}      until: "2020-01-01"\n`);
    fs.writeFileSync(path.join(folder, PRODUCTION), ended);
    assert.equal(
      (await releases(folder, "bump", "orders", `v3.0.3@${DIGEST}`, "--stack", "production")).code,
      0,
    );
  });

  it("mends what it is about, whatever else is wrong, and adds no finding", async () => {
    const folder = copyOfAcme();
    const missing = read(folder, TESTING)
      .replace(/ {4}search: .*\n/, "")
      .replace("    catalog: v2.3.4\n", "");
    fs.writeFileSync(path.join(folder, TESTING), missing);
    assert.equal(
      (await releases(folder, "bump", "catalog", "v2.3.5", "--stack", "testing")).code,
      0,
    );
    assert.match(read(folder, TESTING), /catalog: v2\.3\.5/);
  });

  it("exits with 2 for what isn't there", async () => {
    const folder = copyOfAcme();
    for (const [args, message] of [
      [["bump", "inventory", "v1.0.0"], "--stack or --environment is required"],
      [
        ["bump", "nothing", "v1.0.0", "--stack", "testing"],
        'unknown service "nothing"; known are accounts-lite, ',
      ],
      [["bump", "gateway", "--stack", "testing"], "missing required argument 'version'"],
      [
        ["bump", "gateway", "1.0.0", "--stack", "testing"],
        '"1.0.0" is not a pin; expected a v in front: "v1.0.0"',
      ],
      [["bump", "gateway", "v1.0.0", "--stack", "nowhere"], 'unknown stack "nowhere"; known are '],
      [["lint", "--stack", "testing"], "unknown option '--stack'"],
    ] as const) {
      const { code, stdout, stderr } = await releases(folder, ...args);
      assert.equal(code, 2);
      assert.equal(stdout, "");
      assert.ok(stderr.startsWith(`releases: ${message}`), stderr);
    }
  });

  it("loses none of several edits at once", async () => {
    const folder = copyOfAcme();
    const names = ["gateway", "mailer", "orders", "payments"];
    const runs = names.map((name) =>
      releasesProcess(folder, ["bump", name, "v9.0.0", "--stack", "testing"]),
    );
    const codes = (await Promise.all(runs)).map(({ code }) => code);
    assert.deepEqual(codes, [0, 0, 0, 0]);
    for (const name of names)
      assert.match(read(folder, TESTING), new RegExp(`${name}: v9\\.0\\.0`));
  });

  it("leaves the old file or the new one, wherever it is killed", async function () {
    const folder = copyOfAcme();
    const before = read(folder, TESTING);
    const after = before.replace("inventory: v1.1.4-rc.1\n", "inventory: v7.7.7\n");
    const bump = ["bump", "inventory", "v7.7.7", "--stack", "testing"];
    const found: string[] = [];
    for (let nth = 1, code: number | null = null; code === null; nth++) {
      fs.rmSync(path.join(folder, `${TESTING}.lock`), { recursive: true, force: true });
      fs.writeFileSync(path.join(folder, TESTING), before);
      ({ code } = await releasesKilledAt(nth, folder, bump));
      found.push(read(folder, TESTING));
      assert.ok(nth < 100);
    }
    const renamed = found.indexOf(after);
    assert.ok(renamed > 3, `it has changed the disk ${found.length} times`);
    assert.deepEqual(new Set(found.slice(0, renamed)), new Set([before]));
    assert.deepEqual(new Set(found.slice(renamed)), new Set([after]));
  });
});

describe("releases hold", () => {
  it("keeps a service at a pin, and unhold lets it go", async () => {
    const folder = copyOfAcme();
    const before = read(folder, TESTING);
    const hold = ["hold", "gateway", "--stack", "testing", "--reason", "load test"];
    assert.equal((await releases(folder, ...hold, "--until", "2126-12-01")).code, 0);
    assert.equal(
      read(folder, TESTING),
      `${before.replace("    inventory:", "    gateway: v2.4.1\n    inventory:")}  releases:holds:
    gateway:
      reason: load test
      until: "2126-12-01"
`,
    );
    const refused = await releases(folder, "bump", "gateway", "v3.0.0", "--stack", "testing");
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /\(passes at 2126-12-01T00:00:00\.000Z\)/);
    assert.equal((await releases(folder, "unhold", "gateway", "--stack", "testing")).code, 0);
    assert.equal(
      read(folder, TESTING),
      before.replace("    inventory:", "    gateway: v2.4.1\n    inventory:"),
    );
  });

  it("writes nothing that would be a finding", async () => {
    const folder = copyOfAcme();
    const before = read(folder, TESTING);
    const hold = ["hold", "gateway", "--stack", "testing", "--reason", "x", "--until", "soon"];
    const { code, stderr } = await releases(folder, ...hold);
    assert.equal(code, 1);
    assert.match(stderr, /invalid-date "holds\.gateway\.until" is "soon"/);
    assert.equal(read(folder, TESTING), before);
  });

  it("asks for a reason, and for a service that runs there", async () => {
    const folder = copyOfAcme();
    assert.match(
      (await releases(folder, "hold", "gateway", "--stack", "testing")).stderr,
      /--reason/,
    );
    const elsewhere = await releases(
      folder,
      ...["hold", "search", "--stack", "production", "--reason", "x"],
    );
    assert.equal(elsewhere.code, 2);
    assert.match(elsewhere.stderr, /"search" doesn't run in production/);
    assert.match(
      (await releases(folder, "unhold", "gateway", "--stack", "testing")).stderr,
      /"gateway" isn't held in testing/,
    );
  });
});
