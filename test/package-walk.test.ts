import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { findTool } from "../src/adapters/find-tool";
import { folderOf } from "./support/folder";
import { hasPulumi, install, INSTALLED, PACKAGE, PackedCompany, runIn } from "./support/packed";

const HOME = process.env["HOME"] ?? "";

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
      const company = new PackedCompany();
      const { folder, times } = company;
      const [first = "", second = ""] = order;

      after(() => console.log(`      ${times.join(", ")}`));

      it("is written into an empty folder", () => {
        const tool = folderOf({});
        install(tool, tarball);
        const args = [`${INSTALLED}/src/cli/releases.js`, "init", folder, "--owner", "acme"];
        company.timed("init", () =>
          runIn(tool, process.execPath, [...args, ...options.split(" "), "--yes"]),
        );
        const { files, lines } = company.own();
        assert.ok(files <= 10 && lines <= 160);
      });

      it("lints without a finding, and plans, in no git repository and with an empty home", () => {
        company.timed("install", () => install(folder, tarball));
        const stacks = `${order.length} stack configs`;
        assert.equal(company.releases("lint"), `2 definitions, ${stacks}: 0 errors, 0 warnings\n`);
        const plan = company.timed("plan", () => company.releases("plan", "--json"));
        assert.deepEqual(
          Object.keys((JSON.parse(plan) as { stacks: object }).stacks).sort(),
          [...order].sort(),
        );
      });

      it("has workflows that actionlint takes, whose steps without a network pass", function () {
        company.git("init", "--quiet", "--initial-branch=main");
        company.commit("begin", 9);
        const actionlint = findTool("actionlint", [path.join(HOME, "go/bin")]);
        if (actionlint !== undefined) runIn(folder, actionlint, []);
        const stacks = company.releases("ci", "stacks");
        for (const of of order) assert.ok(stacks.includes(`"stack":"${of}","project":"`), stacks);
        company.releases("ci", "plans", folderOf({}), "--since", "HEAD");
        runIn(
          folder,
          process.execPath,
          [`${INSTALLED}/src/cli/releases.js`, "ci", "stacks", "--at-ref"],
          { GITHUB_REF: "refs/heads/main" },
        );
      });

      it("makes its first promotion", () => {
        company.releases("bump", "api", "v0.2.0", "--stack", first);
        company.commit("bump", 2);
        company.timed("first promotion", () =>
          company.releases("promote", "api", "--to", second, "--offline"),
        );
        const config = fs.readFileSync(path.join(folder, `Pulumi.${second}.yaml`), "utf8");
        assert.match(config, /^ {4}api: v0\.2\.0$/m);
        company.commit("promote", 0);
      });

      it("previews with the real engine", async function () {
        if (!hasPulumi) this.skip();
        await company.preview(first);
      });

      it("declares the roles of its pipelines, or says that they take an account", () => {
        const { stdout, stderr } = spawnSync(process.execPath, ["-e", ROLES, first], {
          cwd: folder,
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
        const before = company.releases("plan", "--json");
        fs.appendFileSync(path.join(folder, "index.js"), "// ours\n");
        company.commit("ours", 0);
        const own = path.join(folder, INSTALLED);
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
          cwd: folder,
          encoding: "utf8",
        });
        assert.equal(status, 1, stderr);
        assert.match(stdout, /^\.github\/workflows\/drift\.yml changes\n@@[^]*\n\+# newer\n/);
        assert.match(stdout, /^index\.js changes \(you edited it; change it yourself\)$/m);
        assert.match(stderr, /^0\.1\.0 -> 0\.2\.0: 1 file to write, 1 file of yours$/m);
        assert.equal(company.git("status", "--short"), "");
        company.releases("init", ".", "--yes");
        assert.equal(
          company.git("status", "--short"),
          " M .github/workflows/drift.yml\n M .releases.json\n",
        );
        assert.equal(company.releases("plan", "--json"), before);
      });
    });
  }
});
