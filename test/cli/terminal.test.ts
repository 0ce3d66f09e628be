import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as path from "node:path";
import { main } from "../../src/cli/main";
import { CLI, releases } from "../support/cli";
import { folderOf } from "../support/folder";
import { serviceYaml, stackConfigYaml } from "../support/yaml";

const EXTERNAL = "{ role: external, host: ghcr.io/acme }";
const COMMANDS = [
  ...["lint", "plan", "status", "diff", "history", "drift", "bump", "promote", "rollback"],
  ...["hold", "unhold", "completion", "version"],
];

/** Six environments in a line, each with a stack that runs sixty services. */
function wideRepository(): string {
  const environments = ["development", "testing", "integration", "staging", "canary", "production"];
  const names = Array.from({ length: 60 }, (_, index) => `a-service-with-a-name-${index}`);
  const path = environments.map((name, index) => {
    const from = index === 0 ? "" : `, from: ${environments[index - 1] ?? ""}, soak: 24h`;
    return `  ${name}: { accepts: [release]${from} }\n`;
  });
  const pins = (minor: number): string =>
    names.map((name) => `    ${name}: v10.${minor}.100\n`).join("");
  return folderOf({
    "service/a.yaml": names.map((name) => serviceYaml(name)).join(""),
    "environments.yaml": `environments:\n${path.join("")}`,
    ...Object.fromEntries(
      environments.map((name, index) => [
        `Pulumi.${name}.yaml`,
        stackConfigYaml(`  releases:versions:\n${pins(20 - index)}`, EXTERNAL),
      ]),
    ),
  });
}

describe("releases on a terminal", () => {
  it("has help with an example for each command", async () => {
    for (const command of COMMANDS) {
      const { code, stdout, stderr } = await releases(folderOf({}), command, "--help");
      assert.deepEqual([code, stderr], [0, ""], command);
      assert.match(stdout, new RegExp(`^Usage: releases ${command}`));
      if (command !== "version") assert.match(stdout, /\nExamples?:\n {2}\$ /, command);
    }
  });

  it("answers wrong flags of every command with a usage error", async () => {
    const ci = ["stacks", "plans", "comments", "check-drift", "report-drift", "deployments"];
    const steps = [...ci, "begin", "end", "promote", "release", "fetch", "start"];
    for (const command of [
      ...COMMANDS.map((name) => [name]),
      ...steps.map((name) => ["ci", name]),
    ]) {
      const { code, stdout, stderr } = await releases(folderOf({}), ...command, "--no-such-flag");
      assert.deepEqual([code, stdout], [2, ""], command.join(" "));
      // A missing option or argument is told first.
      assert.match(
        stderr,
        /^releases: (?:unknown option '--no-such-flag'|required option .* not specified|missing required argument .*)\nTry releases --help\n$/,
      );
    }
  });

  it("suggests names that are near", async () => {
    const folder = folderOf({
      "service/a.yaml": serviceYaml("inventory"),
      "environments.yaml": "environments:\n  testing: { accepts: [release] }\n",
      "Pulumi.testing.yaml": stackConfigYaml(
        "  releases:versions: { inventory: v1.2.3 }\n",
        EXTERNAL,
      ),
    });
    for (const [args, suggestion] of [
      [["staus"], "(Did you mean status?)"],
      [["status", "--behnd"], "(Did you mean --behind?)"],
      [["bump", "inventry", "v1.2.4"], 'unknown service "inventry"; did you mean "inventory"?'],
      [["bump", "inventory", "v1.2.4", "--stack", "testin"], 'did you mean "testing"?'],
      [["status", "--environment", "tseting"], 'did you mean "testing"?'],
      [["plan", "testng"], 'did you mean "testing"?'],
    ] as const) {
      const { code, stderr } = await releases(folder, ...args);
      assert.equal(code, 2);
      assert.ok(stderr.includes(suggestion), stderr);
    }
  });

  it("finds the repository upwards from the current folder, below the top of git", async () => {
    const folder = folderOf({
      "service/shop/a.yaml": serviceYaml("api"),
      "docs/notes/a.txt": "",
      "other/.git/HEAD": "",
      "other/deep/a.txt": "",
    });
    const found = await releases(path.join(folder, "docs/notes"), "lint");
    assert.equal(found.stdout, "1 definition, 0 stack configs: 0 errors, 0 warnings\n");
    const nested = await releases(path.join(folder, "service/shop"), "lint");
    assert.equal(nested.stdout, found.stdout);
    const other = await releases(path.join(folder, "other/deep"), "lint");
    assert.match(other.stderr, /^service:1:1 no-list /);
  });

  it("fits a status of 6 environments and 60 services into 100 columns", async () => {
    const { code, stdout } = await releases(wideRepository(), "status");
    assert.equal(code, 0);
    const lines = stdout.split("\n");
    const table = lines.slice(0, lines.indexOf(""));
    assert.equal(table.length, 61);
    assert.ok(Math.max(...table.map(({ length }) => length)) <= 100, table[1]);
    assert.equal(
      table[1],
      "  a-service-with-a-name-0   v10.20.100  v10.19.…<!  v10.18.…<!  v10.17.…<!  v10.16.…<!  v10.15.…<!",
      table[1],
    );
  });

  it("shows no control character of a foreign text", async () => {
    const [out, err]: [string[], string[]] = [[], []];
    const io = { out: (text: string) => out.push(text), err: (text: string) => err.push(text) };
    await main(["plan", "\u001b[2J\u0007\u202e", "--path", folderOf({})], io);
    assert.match(err.join("\n"), /unknown stack "\\u001b\[2J\\u0007\\u202e"/);
  });

  it("has colors on a terminal alone", async () => {
    const folder = folderOf({
      "service/a.yaml": serviceYaml("api"),
      "environments.yaml":
        "environments:\n  testing: { accepts: [release] }\n  staging: { from: testing, accepts: [release] }\n",
      "Pulumi.testing.yaml": stackConfigYaml("  releases:versions: { api: v1.2.4 }\n", EXTERNAL),
      "Pulumi.staging.yaml": stackConfigYaml("", EXTERNAL),
    });
    const out: string[] = [];
    const style = (emphasis: string, text: string): string =>
      `\u001b[33m${emphasis} ${text}\u001b[39m`;
    const io = { out: (text: string) => out.push(text), err: () => undefined, style };
    assert.equal(await main(["status", "--path", folder], io), 0);
    assert.match(out.join(""), /\u001b\[33mbad v1\.2\.3 < v1\.2\.4 \(patch, blocked\)\u001b\[39m/);
    assert.equal((await releases(folder, "status")).stdout.includes("\u001b"), false);
  });

  it("ends quietly when its reader has seen enough", () => {
    const command = `"${process.execPath}" "${CLI}" status --path "${wideRepository()}" | head -1`;
    const { status, stdout, stderr } = spawnSync("bash", ["-o", "pipefail", "-c", command], {
      encoding: "utf8",
    });
    assert.match(stdout, /^ {2}SERVICE .*\n$/);
    assert.equal(stderr, "");
    assert.equal(status, 0);
  });

  it("prints a completion for bash, zsh and fish, which completes what there is", () => {
    const folder = folderOf({
      "service/a.yaml": serviceYaml("inventory"),
      "Pulumi.testing.yaml": stackConfigYaml("", EXTERNAL),
    });
    const run = (...args: string[]): string =>
      spawnSync(process.execPath, [CLI, ...args], { cwd: folder, encoding: "utf8" }).stdout;
    for (const [shell, mark] of [
      ["bash", "complete -F __releases_complete releases"],
      ["zsh", "#compdef releases"],
      ["fish", "# fish completion for releases"],
    ] as const) {
      assert.ok(run("completion", shell).includes(mark), shell);
    }
    assert.match(run("complete", "--", "bu"), /^bump\tpin a service/);
    assert.match(run("complete", "--", "bump", ""), /^inventory\t$/m);
    assert.match(run("complete", "--", "bump", "inventory", "v1", "--stack", ""), /^testing\t$/m);
    assert.match(run("complete", "--", "status", "--format", ""), /^html\t$/m);
    // One is a service, the other the folder of its repository.
    assert.match(run("complete", "--", "where", "--service", ""), /^inventory\t$/m);
    assert.doesNotMatch(run("complete", "--", "lint", "--service", ""), /inventory/);
  });
});
