import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as os from "node:os";
import * as path from "node:path";
import { folderOf } from "../support/folder";
import { serviceYaml, stackConfigYaml } from "../support/yaml";

const CLI = path.join(__dirname, "../../src/cli/releases.js");

function releases(args: string[], options: { cwd?: string; node?: string[] } = {}) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [...(options.node ?? []), CLI, ...args],
    { encoding: "utf8", cwd: options.cwd ?? os.tmpdir() },
  );
  return { code: status, stdout, stderr };
}

describe("releases", () => {
  const sound = folderOf({
    "service/a.yaml": serviceYaml("api"),
    "Pulumi.testing.yaml": stackConfigYaml(),
  });
  const broken = folderOf({ "service/a.yaml": "- github: api\n  dockre: api\n" });

  it("prints its help and its version", () => {
    const help = releases(["--help"]);
    assert.equal(help.code, 0);
    assert.match(help.stdout, /^Usage: releases \[options\] \[command\]/);
    for (const args of [["--version"], ["version"]]) {
      assert.deepEqual(releases(args), { code: 0, stdout: "0.1.0\n", stderr: "" });
    }
    assert.deepEqual(releases([]), {
      code: 2,
      stdout: "",
      stderr: help.stdout.replace(/\nThe result goes[^]*/, "\n"),
    });
  });

  it("exits with 2 and one way on for wrong usage", () => {
    for (const [args, message] of [
      [["deploy"], "unknown command 'deploy'"],
      [["lnit"], "unknown command 'lnit'\n(Did you mean lint?)"],
      [["lint", "api"], "too many arguments for 'lint'. Expected 0 arguments but got 1."],
      [["lint", "--jsn"], "unknown option '--jsn'\n(Did you mean --json?)"],
      [["plan", "testign", "--path", sound], 'unknown stack "testign"; did you mean "testing"?'],
      [["ci", "plans", "x"], "required option '--since <ref>' not specified"],
      [["ci", "end", "x"], "missing required argument 'outcome'"],
    ] as const) {
      const { code, stdout, stderr } = releases([...args]);
      assert.deepEqual(
        { code, stdout, stderr },
        { code: 2, stdout: "", stderr: `releases: ${message}\nTry releases --help\n` },
      );
    }
  });

  it("exits with 3 for a folder that isn't there", () => {
    const { code, stdout, stderr } = releases(["lint", "--path", "/nowhere/at/all"]);
    assert.equal(code, 3);
    assert.equal(stdout, "");
    assert.match(stderr, /^releases: \/nowhere\/at\/all can't be read: ENOENT/);
    assert.doesNotMatch(stderr, /\n {4}at /);
  });

  it("lints from any folder, results on stdout and findings on stderr", () => {
    assert.deepEqual(releases(["lint", "--path", sound]), {
      code: 0,
      stdout: "1 definition, 1 stack config: 0 errors, 0 warnings\n",
      stderr: "",
    });
    assert.deepEqual(releases(["lint"], { cwd: broken }), {
      code: 1,
      stdout: "1 definition, 0 stack configs: 2 errors, 0 warnings\n",
      stderr: [
        'service/a.yaml:1:3 missing-key definition 1 (api): "deploy" is missing; expected a mapping',
        'service/a.yaml:2:3 unknown-key definition 1 (api): unknown key "dockre"; did you mean "docker"?',
        "",
      ].join("\n"),
    });
  });

  it("lints as JSON", () => {
    const { code, stdout } = releases(["lint", "--json", "--path", broken]);
    assert.equal(code, 1);
    assert.deepEqual(JSON.parse(stdout), {
      definitions: 1,
      issues: [
        {
          code: "missing-key",
          severity: "error",
          file: "service/a.yaml",
          line: 1,
          column: 3,
          message: 'definition 1 (api): "deploy" is missing; expected a mapping',
        },
        {
          code: "unknown-key",
          severity: "error",
          file: "service/a.yaml",
          line: 2,
          column: 3,
          message: 'definition 1 (api): unknown key "dockre"; did you mean "docker"?',
        },
      ],
    });
  });

  it("plans nothing of a broken list", () => {
    const { code, stdout, stderr } = releases(["plan", "--path", broken]);
    assert.equal(code, 1);
    assert.equal(stdout, "");
    assert.match(stderr, /unknown-key/);
    assert.doesNotMatch(stderr, /\n {4}at /);
  });

  it("plans one stack as JSON with the fields that scripts rely on", () => {
    const { code, stdout } = releases(["plan", "testing", "--json", "--path", sound]);
    assert.equal(code, 0);
    const { stacks } = JSON.parse(stdout) as {
      stacks: { testing: { services: unknown; resources: Record<string, unknown>[] } };
    };
    assert.deepEqual(stacks.testing.services, [
      {
        name: "api",
        version: "v1.2.3",
        digest: null,
        chart: "./charts/service",
        chartVersion: "1.0.0",
        held: false,
      },
    ]);
    const release = stacks.testing.resources.find(({ type }) => type === RELEASE);
    assert.deepEqual(release, {
      type: RELEASE,
      name: "api",
      urn: `urn:pulumi:testing::releases::releases:services:ServiceReleases$${RELEASE}::api`,
      parent: "urn:pulumi:testing::releases::releases:services:ServiceReleases::services",
      provider: "urn:pulumi:testing::releases::pulumi:providers:kubernetes::kubernetes",
      options: {
        protect: false,
        deleteBeforeReplace: false,
        retainOnDelete: false,
        dependsOn: [],
        ignoreChanges: [],
      },
      inputs: {
        atomic: true,
        chart: "./charts/service",
        cleanupOnFail: true,
        compat: "true",
        createNamespace: true,
        maxHistory: 10,
        name: "api",
        namespace: "default",
        resetValues: true,
        timeout: 300,
        values: {
          image: {
            repository: "111111111111.dkr.ecr.eu-west-1.amazonaws.com/releases/api",
            tag: "v1.2.3",
          },
        },
        version: "1.0.0",
      },
    });
  });

  it("loads Pulumi for plan alone", () => {
    const spy = path.join(
      folderOf({
        "spy.js": `process.on("exit", () => {
  const loaded = Object.keys(require.cache).filter((file) => file.includes("@pulumi"));
  process.stderr.write("pulumi files: " + loaded.length);
});`,
      }),
      "spy.js",
    );
    const lint = releases(["lint", "--path", sound], { node: ["--require", spy] });
    assert.equal(lint.stderr, "pulumi files: 0");
    const plan = releases(["plan", "--path", sound], { node: ["--require", spy] });
    assert.match(plan.stderr, /pulumi files: [1-9]/);
  });
});

const RELEASE = "kubernetes:helm.sh/v3:Release";
