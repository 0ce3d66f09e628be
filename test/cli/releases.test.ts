import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import * as os from "node:os";
import * as path from "node:path";
import { CHART, CHART_VERSION } from "../support/chart";
import { CLI, releases, releasesProcess } from "../support/cli";
import { folderOf } from "../support/folder";
import { serviceYaml, stackConfigYaml } from "../support/yaml";

describe("releases", () => {
  const sound = folderOf({
    "service/a.yaml": serviceYaml("api"),
    "Pulumi.testing.yaml": stackConfigYaml(),
  });
  const broken = folderOf({ "service/a.yaml": "- github: api\n  dockre: api\n" });

  it("prints its help and its version", async () => {
    const help = await releases(sound, "--help");
    assert.equal(help.code, 0);
    assert.match(help.stdout, /^Usage: releases \[options\] \[command\]/);
    for (const args of [["--version"], ["version"]]) {
      assert.deepEqual(await releases(sound, ...args), { code: 0, stdout: "0.1.0\n", stderr: "" });
    }
    assert.deepEqual(await releases(sound), {
      code: 2,
      stdout: "",
      stderr: help.stdout.replace(/\nThe result goes[^]*/, "\n"),
    });
  });

  it("exits with 2 and one way on for wrong usage", async () => {
    for (const [args, message] of [
      [["deploy"], "unknown command 'deploy'"],
      [["lnit"], "unknown command 'lnit'\n(Did you mean one of init, lint?)"],
      [["lint", "api"], "too many arguments for 'lint'. Expected 0 arguments but got 1."],
      [["lint", "--jsn"], "unknown option '--jsn'\n(Did you mean --json?)"],
      [["plan", "testign"], 'unknown stack "testign"; did you mean "testing"?'],
      [["ci", "plans", "x"], "required option '--since <ref>' not specified"],
      [["ci", "end", "x"], "missing required argument 'outcome'"],
    ] as const) {
      const { code, stdout, stderr } = await releases(sound, ...args);
      assert.deepEqual(
        { code, stdout, stderr },
        { code: 2, stdout: "", stderr: `releases: ${message}\nTry releases --help\n` },
      );
    }
  });

  it("exits with 3 for a folder that isn't there", async () => {
    const { code, stdout, stderr } = await releases(sound, "lint", "--path", "/nowhere/at/all");
    assert.equal(code, 3);
    assert.equal(stdout, "");
    assert.match(stderr, /^releases: \/nowhere\/at\/all can't be read: ENOENT/);
    assert.doesNotMatch(stderr, /\n {4}at /);
  });

  it("prints results to stdout and findings to stderr", async () => {
    assert.deepEqual(await releases(sound, "lint"), {
      code: 0,
      stdout: "1 definition, 1 stack config: 0 errors, 0 warnings\n",
      stderr: "",
    });
    assert.deepEqual(await releases(broken, "lint"), {
      code: 1,
      stdout: "1 definition, 0 stack configs: 2 errors, 0 warnings\n",
      stderr: [
        'service/a.yaml:1:3 missing-key definition 1 (api): "deploy" is missing; expected a mapping',
        'service/a.yaml:2:3 unknown-key definition 1 (api): unknown key "dockre"; did you mean "docker"?',
        "",
      ].join("\n"),
    });
  });

  it("lints as JSON", async () => {
    const { code, stdout } = await releases(broken, "lint", "--json");
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

  it("plans nothing of a broken list", async () => {
    const { code, stdout, stderr } = await releases(broken, "plan");
    assert.equal(code, 1);
    assert.equal(stdout, "");
    assert.match(stderr, /unknown-key/);
    assert.doesNotMatch(stderr, /\n {4}at /);
  });

  it("plans one stack as JSON with the fields that scripts rely on", async () => {
    const { code, stdout } = await releases(sound, "plan", "testing", "--json");
    assert.equal(code, 0);
    const { stacks } = JSON.parse(stdout) as {
      stacks: { testing: { services: unknown; resources: Record<string, unknown>[] } };
    };
    assert.deepEqual(stacks.testing.services, [
      {
        name: "api",
        version: "v1.2.3",
        digest: null,
        chart: CHART,
        chartVersion: CHART_VERSION,
        held: false,
      },
    ]);
    const release = stacks.testing.resources.find(({ type }) => type === RELEASE);
    const { description } = release?.["inputs"] as { description: string };
    assert.match(description, /^\.\/charts\/service\/1\.1\.0 \d+\.\d+\.\d+ sha256:[0-9a-f]{12}$/);
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
        chart: CHART,
        cleanupOnFail: true,
        compat: "true",
        createNamespace: true,
        description,
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
        version: CHART_VERSION,
      },
    });
  });

  describe("as a process", () => {
    it("lints a folder by its path, results on stdout, findings on stderr, and its exit code", async () => {
      assert.deepEqual(await releasesProcess(os.tmpdir(), ["lint", "--path", broken]), {
        code: 1,
        stdout: "1 definition, 0 stack configs: 2 errors, 0 warnings\n",
        stderr: (await releases(broken, "lint")).stderr,
      });
      const { code, stdout, stderr } = await releasesProcess(sound, ["deploy"]);
      assert.deepEqual([code, stdout], [2, ""]);
      assert.match(stderr, /^releases: unknown command 'deploy'/);
    });

    it("ends quietly when its reader closes the pipe", async () => {
      const list = Array.from({ length: 3000 }, (_, index) => serviceYaml(`service-${index}`));
      const folder = folderOf({ "service/a.yaml": list.join("").replaceAll("docker", "dockre") });
      const run = spawn(process.execPath, [CLI, "lint", "--json", "--path", folder]);
      run.stdout.once("data", () => run.stdout.destroy());
      const said: string[] = [];
      run.stderr.setEncoding("utf8").on("data", (chunk: string) => said.push(chunk));
      await once(run, "close");
      assert.doesNotMatch(said.join(""), /EPIPE|\n {4}at /);
    });

    it("loads Pulumi for plan alone", async () => {
      const spy = folderOf({
        "spy.js": `process.on("exit", () => {
  const loaded = Object.keys(require.cache).filter((file) => file.includes("@pulumi"));
  process.stderr.write("pulumi files: " + loaded.length);
});`,
      });
      const environment = { NODE_OPTIONS: `--require ${path.join(spy, "spy.js")}` };
      const lint = await releasesProcess(sound, ["lint"], environment);
      assert.equal(lint.stderr, "pulumi files: 0");
      const plan = await releasesProcess(sound, ["plan"], environment);
      assert.match(plan.stderr, /pulumi files: [1-9]/);
    });
  });
});

const RELEASE = "kubernetes:helm.sh/v3:Release";
