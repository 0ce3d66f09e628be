import assert from "node:assert/strict";
import { releases } from "../support/cli";
import { GitFolder, hasGit } from "../support/git";

const LIST = `- github: inventory
  docker: inventory
  deploy: { release: v1.1.2 }
`;

const ENVIRONMENTS = `environments:
  testing: { accepts: [release] }
  staging: { accepts: [release], from: testing }
`;

const stackOf = (name: string, pin = "v1.1.2", more = ""): string => `config:
  pulumi:disable-default-providers: ["*"]
  releases:cluster: { context: ${name} }
  releases:registry: { role: external, host: ghcr.io/acme }
${more}  releases:versions:
    inventory: ${pin}
`;

/** A text in which git couldn't merge its last line. */
const conflicted = (text: string): string => {
  const lines = text.trimEnd().split("\n");
  const last = lines.pop() ?? "";
  const sides = ["<<<<<<< HEAD", last, "||||||| base", "=======", `${last}1`, ">>>>>>> hotfix"];
  return `${[...lines, ...sides].join("\n")}\n`;
};

const FILES = {
  "service/shop.yaml": LIST,
  "environments.yaml": ENVIRONMENTS,
  "Pulumi.yaml": "name: releases\nruntime: nodejs\n",
  "Pulumi.testing.yaml": stackOf("testing", "v1.1.3"),
  "Pulumi.staging.yaml": stackOf("staging"),
};

const COMMANDS = [
  ["lint"],
  ["status"],
  ["status", "--json"],
  ["status", "--format", "html"],
  ["status", "--format", "markdown"],
  ["diff", "testing", "staging"],
  ["diff", "testing", "staging", "--json"],
  ["history"],
  ["history", "--json"],
  ["promote", "--all", "--from", "testing", "--to", "staging"],
  ["promote", "--all", "--from", "testing", "--to", "staging", "--dry-run", "--json"],
  ["plan", "staging"],
  ["bump", "inventory", "v1.1.4", "--stack", "staging"],
  ["rollback", "inventory", "--stack", "staging", "--reason", "x"],
  ["hold", "inventory", "--stack", "staging", "--reason", "x"],
] as const;

describe("files that can't be read", function () {
  if (!hasGit) {
    it("is skipped: there is no git in PATH", function () {
      this.skip();
    });
    return;
  }

  for (const [file, text] of Object.entries(FILES)) {
    it(`${file}: git's conflict markers are one finding of lint`, async () => {
      const folder = new GitFolder({ ...FILES, [file]: conflicted(text) });
      const { code, stderr } = await releases(folder.path, "lint");
      const line = text.trimEnd().split("\n").length;
      const found = stderr.split("\n").filter((line) => / merge-conflict /.test(line));
      assert.equal(code, 1);
      assert.deepEqual(found, [
        `${file}:${line}:1 merge-conflict git's conflict markers are in the file; keep one side, and remove the markers`,
      ]);
      assert.doesNotMatch(stderr, /yaml-syntax/);
    });
  }

  for (const [name, text] of [
    ["git's conflict markers", conflicted(FILES["Pulumi.staging.yaml"])],
    ["a syntax error", "config: [\n"],
    ["a list", "- x\n"],
    ["a tab", "config:\n\treleases:versions:\n"],
    ["a value of another type", "config: 5\n"],
  ] as const) {
    for (const command of COMMANDS) {
      it(`${command.join(" ")} says that a stack config with ${name} can't be read`, async () => {
        const folder = new GitFolder(FILES);
        folder.commit("all");
        folder.write("Pulumi.staging.yaml", text);
        const { code, stdout, stderr } = await releases(folder.path, ...command);
        assert.equal(code, 1, stdout + stderr);
        assert.match(stderr, /^Pulumi\.staging\.yaml:\d+:\d+ [a-z-]+ /m);
        // Nothing is said of what staging runs.
        assert.doesNotMatch(stdout, /inventory {2,}v1\.1\.3 {2,}-/);
        assert.equal(folder.read("Pulumi.staging.yaml"), text);
      });
    }
  }

  it("status shows what isn't known as such", async () => {
    const folder = new GitFolder({ ...FILES, "Pulumi.staging.yaml": "config: [\n" });
    const { stdout } = await releases(folder.path, "status");
    assert.match(stdout, /inventory {2}v1\.1\.3 {3}\?/);
    const json = await releases(folder.path, "status", "--json");
    const { services } = JSON.parse(json.stdout) as {
      services: { cells: Record<string, { version: string | null; unknown: boolean }> }[];
    };
    const { version, unknown } = services[0]?.cells["staging"] ?? {};
    assert.deepEqual([version, unknown], [null, true]);
    const html = await releases(folder.path, "status", "--format", "html");
    assert.match(html.stdout, /<b>\?<\/b><small>a stack config can&#39;t be read<\/small>/);
  });

  it("a stack without environments.yaml is a column of status all the same", async () => {
    const { "environments.yaml": _path, ...files } = FILES;
    const folder = new GitFolder({ ...files, "Pulumi.staging.yaml": "config: [\n" });
    const { stdout, code } = await releases(folder.path, "status");
    assert.equal(code, 1);
    assert.match(stdout, /SERVICE +TESTING +STAGING\n +inventory +v1\.1\.3 +\?/);
  });

  it("a shard that can't be read leaves its whole environment unknown, whatever the file's name", async () => {
    const shard = conflicted(stackOf("b", "v1.1.2", "  releases:environment: staging\n"));
    const folder = new GitFolder({ ...FILES, "Pulumi.eu.yaml": shard });
    const diff = await releases(folder.path, "diff", "testing", "staging");
    assert.equal(diff.code, 1);
    assert.match(diff.stderr, /^Pulumi\.eu\.yaml:7:1 merge-conflict /);
  });

  it("history goes on over a commit in which a stack config or the list couldn't be read", async () => {
    for (const file of ["Pulumi.staging.yaml", "service/shop.yaml"] as const) {
      const folder = new GitFolder(FILES);
      folder.commit("all");
      folder.write(file, conflicted(FILES[file]));
      folder.commit("broken");
      folder.write(file, FILES[file]);
      folder.commit("mended");
      const { stdout } = await releases(folder.path, "history", "--stack", "staging", "--json");
      const entries = JSON.parse(stdout) as { from: string | null; to: string | null }[];
      assert.deepEqual(
        entries.map(({ from, to }) => [from, to]),
        [[null, "v1.1.2"]],
      );
    }
  });
});
