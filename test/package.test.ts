import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { PROGRAM } from "../src/app/open";
import { version } from "../package.json";
import { chartContent as contentOf } from "../stacks/chart-content";
import { folderOf, type Files } from "./support/folder";
import { install, PACKAGE, runIn } from "./support/packed";
import { serviceYaml, stackConfigYaml } from "./support/yaml";

/** All of a company's repository that isn't data. */
const PROJECT: Files = {
  "Pulumi.yaml": "name: acme-releases\nmain: index.js\nruntime: nodejs\n",
  "package.json": '{ "name": "acme-releases", "private": true }\n',
  "index.js": 'module.exports = require("pulumi-releases").program(__dirname);\n',
};

/** Evaluates the repository's program on Pulumi's mocks, and prints what it exports. */
const EVALUATE = `
  const pulumi = require("@pulumi/pulumi");
  const answer = ({ name, inputs }) => ({ id: name, state: inputs });
  pulumi.runtime.setMocks({ newResource: answer, call: () => ({}) }, "acme-releases", "testing");
  const json = (value) => JSON.stringify(value);
  pulumi.runtime.setAllConfig({
    "releases:cluster": json({ context: "test" }),
    "releases:registry": json({ role: "external", host: "ghcr.io/acme" }),
    "releases:charts": json({ orders: "1.1.0", catalog: "1.0.0" }),
  });
  pulumi.output(require("./index.js")).apply(({ services }) => console.log(json(services)));
`;

describe("the package", function () {
  this.timeout(60_000);
  const tarball = PACKAGE;
  if (tarball === undefined) {
    it("is skipped: PACKAGE names no tarball, as npm pack makes one", function () {
      this.skip();
    });
    return;
  }

  let folder: string;

  before(() => {
    folder = folderOf({
      ...PROJECT,
      "service/shop.yaml": serviceYaml("orders") + serviceYaml("catalog"),
      "Pulumi.testing.yaml": stackConfigYaml(
        "  releases:charts: { orders: 1.1.0, catalog: 1.0.0 }\n",
        "{ role: external, host: ghcr.io/acme }",
      ),
    });
    install(folder, tarball);
  });

  const run = (command: string, ...args: readonly string[]): string => runIn(folder, command, args);

  const releases = (...args: readonly string[]): string =>
    run(process.execPath, "node_modules/pulumi-releases/src/cli/releases.js", ...args);

  it("has JavaScript and types, and no source, test, sandbox or sample", () => {
    const files = fs
      .readdirSync(path.join(folder, "node_modules/pulumi-releases"), { recursive: true })
      .map(String);
    assert.deepEqual(
      files.filter((file) => /\.ts$/.test(file) && !file.endsWith(".d.ts")),
      [],
    );
    assert.deepEqual(
      files.filter((file) =>
        /^(?:dist\/)?(?:test|tools|service|examples|environments\.yaml)$/.test(file),
      ),
      [],
    );
    assert.ok(files.includes("dist/stacks/program.d.ts"));
  });

  it("runs the command line", () => {
    assert.equal(releases("--version"), `${version}\n`);
    assert.match(releases("lint"), /^2 definitions, 1 stack config: 0 errors, 0 warnings\n$/);
    const { stacks } = JSON.parse(releases("plan", "--json")) as {
      stacks: { testing: { resources: { urn: string; inputs: Record<string, string> }[] } };
    };
    const helm = stacks.testing.resources.filter(({ inputs }) => "chart" in inputs);
    const charts = "./node_modules/pulumi-releases/dist/charts/service";
    assert.deepEqual(
      helm.map(({ inputs: { chart, description }, urn }) => [chart, description, urn]),
      ["1.0.0", "1.1.0"].map((of, index) => [
        `${charts}/${of}`,
        `${charts}/${of} ${of} ${contentOf(path.join(folder, charts, of))}`,
        `urn:pulumi:testing::acme-releases::releases:services:ServiceReleases$kubernetes:helm.sh/v3:Release::${["catalog", "orders"][index]}`,
      ]),
    );
  });

  it("is typed for a company's own program", () => {
    fs.writeFileSync(
      path.join(folder, "index.ts"),
      'import { program, type Outputs } from "pulumi-releases";\nexport const outputs: Outputs = program(__dirname);\n',
    );
    const compiler = path.join(PROGRAM, "node_modules/typescript-7/bin/tsc");
    const types = ["--typeRoots", path.join(PROGRAM, "node_modules/@types"), "--types", "node"];
    run(
      process.execPath,
      compiler,
      "--noEmit",
      "--skipLibCheck",
      "--strict",
      "--module",
      "node16",
      ...types,
      "index.ts",
    );
    fs.rmSync(path.join(folder, "index.ts"));
  });

  it("is a company's program in one line", () => {
    const { orders } = JSON.parse(run(process.execPath, "-e", EVALUATE)) as {
      orders: { version: string };
    };
    assert.equal(orders.version, "v1.2.3");
  });

  it("has the policy pack", () => {
    const pack = path.join(folder, "node_modules/pulumi-releases/dist/policy");
    assert.deepEqual(
      ["PulumiPolicy.yaml", "index.js", "pack.js"].filter(
        (file) => !fs.existsSync(path.join(pack, file)),
      ),
      [],
    );
    assert.match(
      run(process.execPath, "-p", 'require.resolve("pulumi-releases/policy")'),
      /policy/,
    );
  });
});
