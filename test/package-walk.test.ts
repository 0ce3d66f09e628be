import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { findPulumi, findTool } from "../src/adapters/find-tool";
import { Providers } from "../tools/sandbox/providers";
import { folderOf } from "./support/folder";
import { install, INSTALLED, PACKAGE, runIn } from "./support/packed";

const HOME = process.env["HOME"] ?? "";
const cli = findPulumi();

const COMPANIES: Readonly<Record<string, { options: string; path: string[] }>> = {
  "three environments in AWS": {
    options:
      "--registry ecr --accounts 111111111111,222222222222,333333333333 --environments testing,staging,production",
    path: ["testing", "staging", "production"],
  },
  "three environments without clusters": {
    options: "--registry docker.io/acme --no-clusters",
    path: ["testing", "staging", "production"],
  },
  "two environments with images on GitHub": {
    options: "--registry ghcr.io/acme --environments demo,live",
    path: ["demo", "live"],
  },
};

/** Evaluates the project of administrators for a stack on Pulumi's mocks, and prints its roles. */
const ROLES = `
  const pulumi = require("@pulumi/pulumi");
  const answer = ({ name, inputs }) => ({ id: name, state: inputs });
  const [, stack] = process.argv;
  pulumi.runtime.setMocks({ newResource: answer, call: () => ({}) }, "acme-bootstrap", stack);
  pulumi.runtime.setAllConfig({
    "bootstrap:repository": "acme/releases",
    "bootstrap:stateBucket": "acme-state",
  });
  console.log(JSON.stringify(require("./bootstrap/index.js").roles));
`;

describe("a company's repository, from the package", function () {
  this.timeout(300_000);
  const tarball = PACKAGE;
  if (tarball === undefined) {
    it("is skipped: PACKAGE names no tarball, as npm pack makes one", function () {
      this.skip();
    });
    return;
  }

  for (const [name, { options, path: order }] of Object.entries(COMPANIES)) {
    describe(name, () => {
      const company = folderOf({});
      const times: string[] = [];
      const releases = (...args: readonly string[]): string =>
        runIn(company, process.execPath, [`${INSTALLED}/src/cli/releases.js`, ...args]);
      const git = (...args: readonly string[]): string => runIn(company, "git", args);
      const [first = "", second = ""] = order;

      /** Commits everything, so many days ago. */
      const commit = (message: string, days: number): void => {
        const at = new Date(Date.now() - days * 24 * 3600 * 1000).toISOString();
        git("add", "--all");
        const dates = { GIT_AUTHOR_DATE: at, GIT_COMMITTER_DATE: at };
        runIn(company, "git", ["commit", "--quiet", "--message", message], dates);
      };

      const timed = <Result>(what: string, act: () => Result): Result => {
        const start = performance.now();
        const result = act();
        times.push(`${what} ${((performance.now() - start) / 1000).toFixed(1)} s`);
        return result;
      };

      after(() => console.log(`      ${times.join(", ")}`));

      it("is written into an empty folder", () => {
        const tool = folderOf({});
        install(tool, tarball);
        const args = [`${INSTALLED}/src/cli/releases.js`, "init", company, "--owner", "acme"];
        timed("init", () =>
          runIn(tool, process.execPath, [...args, ...options.split(" "), "--yes"]),
        );
        const files = fs.readdirSync(company, { recursive: true, encoding: "utf8" });
        const texts = files
          .filter((file) => fs.statSync(path.join(company, file)).isFile())
          .map((file) => [file, fs.readFileSync(path.join(company, file), "utf8")] as const);
        const lines = (of: typeof texts): number =>
          of.reduce((sum, [, text]) => sum + text.split("\n").length - 1, 0);
        const { files: generated } = JSON.parse(
          fs.readFileSync(path.join(company, ".releases.json"), "utf8"),
        ) as { files: object };
        const own = texts.filter(([file]) => !(file in generated) && file !== ".releases.json");
        times.push(`${own.length} files with ${lines(own)} lines of their own`);
        times.push(`${texts.length} files with ${lines(texts)} lines in all`);
        assert.ok(own.length <= 10 && lines(own) <= 160);
      });

      it("lints without a finding, and plans, in no git repository and with an empty home", () => {
        timed("install", () => install(company, tarball));
        const stacks = `${order.length} stack configs`;
        assert.equal(releases("lint"), `2 definitions, ${stacks}: 0 errors, 0 warnings\n`);
        const plan = timed("plan", () => releases("plan", "--json"));
        assert.deepEqual(
          Object.keys((JSON.parse(plan) as { stacks: object }).stacks).sort(),
          [...order].sort(),
        );
      });

      it("has workflows that actionlint takes, whose steps without a network pass", function () {
        git("init", "--quiet", "--initial-branch=main");
        commit("begin", 9);
        const actionlint = findTool("actionlint", [path.join(HOME, "go/bin")]);
        if (actionlint !== undefined) runIn(company, actionlint, []);
        const stacks = releases("ci", "stacks");
        for (const of of order) assert.ok(stacks.includes(`"stack":"${of}","project":"`), stacks);
        releases("ci", "plans", folderOf({}), "--since", "HEAD");
        runIn(
          company,
          process.execPath,
          [`${INSTALLED}/src/cli/releases.js`, "ci", "stacks", "--at-ref"],
          { GITHUB_REF: "refs/heads/main" },
        );
      });

      it("makes its first promotion", () => {
        releases("bump", "api", "v0.2.0", "--stack", first);
        commit("bump", 2);
        timed("first promotion", () => releases("promote", "api", "--to", second, "--offline"));
        const config = fs.readFileSync(path.join(company, `Pulumi.${second}.yaml`), "utf8");
        assert.match(config, /^ {4}api: v0\.2\.0$/m);
        commit("promote", 0);
      });

      it("previews with the real engine", async function () {
        if (cli === undefined) this.skip();
        const providers = await Providers.start({ world: folderOf({}), program: company });
        try {
          const state = folderOf({});
          const engine = {
            PATH: [path.dirname(cli), path.dirname(process.execPath), process.env["PATH"]].join(
              ":",
            ),
            PULUMI_BACKEND_URL: `file://${state}?metadata=skip`,
            PULUMI_CONFIG_PASSPHRASE: "sample",
            PULUMI_SKIP_UPDATE_CHECK: "true",
            PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
            PULUMI_DEBUG_PROVIDERS: providers.addresses,
          };
          runIn(company, cli, ["stack", "init", first], engine);
          const preview = ["preview", "--stack", first, "--json"];
          const policies = ["--policy-pack", `${INSTALLED}/dist/policy`];
          const shown = timed("preview", () =>
            runIn(company, cli, [...preview, ...policies], engine),
          );
          const { steps } = JSON.parse(shown) as { steps: { op: string; urn: string }[] };
          const planned = JSON.parse(releases("plan", first, "--json")) as {
            stacks: Record<string, { resources: { urn: string }[] }>;
          };
          const made = steps.filter(({ urn }) => !urn.includes("pulumi:pulumi:Stack::"));
          assert.deepEqual(
            made.map(({ urn }) => urn).sort(),
            planned.stacks[first]?.resources.map(({ urn }) => urn).sort(),
          );
        } finally {
          providers.close();
        }
      });

      it("declares the roles of its pipelines, or says that they take an account", () => {
        const { stdout, stderr } = spawnSync(process.execPath, ["-e", ROLES, first], {
          cwd: company,
          encoding: "utf8",
        });
        const isInAws = options.includes("--accounts");
        assert.match(
          isInAws ? stdout : stderr,
          isInAws
            ? /"deploy":"arn:aws:iam::111111111111:role\/releases-deploy-testing"/
            : /"account" and "aws:region" are needed for roles; set both/,
        );
      });

      it("is upgraded: generated files are proposed, data is untouched, the plan is the same", () => {
        const before = releases("plan", "--json");
        fs.appendFileSync(path.join(company, "index.js"), "// ours\n");
        commit("ours", 0);
        const own = path.join(company, INSTALLED);
        for (const file of ["package.json", "dist/package.json"]) {
          const text = fs.readFileSync(path.join(own, file), "utf8");
          fs.writeFileSync(
            path.join(own, file),
            text.replace('"version": "0.1.0"', '"version": "0.2.0"'),
          );
        }
        fs.appendFileSync(path.join(own, "dist/templates/workflows/drift.yml"), "# newer\n");
        fs.appendFileSync(path.join(own, "dist/templates/index.js"), "// newer\n");
        const upgrade = [`${INSTALLED}/src/cli/releases.js`, "init", "."];
        const { status, stdout, stderr } = spawnSync(process.execPath, upgrade, {
          cwd: company,
          encoding: "utf8",
        });
        assert.equal(status, 1, stderr);
        assert.match(stdout, /^\.github\/workflows\/drift\.yml changes\n@@[^]*\n\+# newer\n/);
        assert.match(stdout, /^index\.js changes \(you edited it; change it yourself\)$/m);
        assert.match(stderr, /^0\.1\.0 -> 0\.2\.0: 1 file to write, 1 file of yours$/m);
        assert.equal(git("status", "--short"), "");
        releases("init", ".", "--yes");
        assert.equal(
          git("status", "--short"),
          " M .github/workflows/drift.yml\n M .releases.json\n",
        );
        assert.equal(releases("plan", "--json"), before);
      });
    });
  }
});
