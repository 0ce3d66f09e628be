import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { RepositoryFiles } from "../../../src/adapters/disk/repository-files";
import { PROGRAM } from "../../../src/app/open";
import { CLI, releases } from "../../support/cli";
import { folderOf } from "../../support/folder";
import { serviceYaml, stackConfigYaml } from "../../support/yaml";

const FILE = "Pulumi.testing.yaml";
const FILES = { "service/a.yaml": serviceYaml("api"), [FILE]: stackConfigYaml() };
const BUMP = ["bump", "api", "v1.2.4", "--stack", "testing"];

/** Mounts something on a folder while a function runs. Returns whether this machine lets us. */
async function mounted(
  folder: string,
  options: readonly string[],
  use: () => Promise<void>,
): Promise<boolean> {
  if (spawnSync("mount", [...options, folder]).status !== 0) return false;
  try {
    await use();
  } finally {
    spawnSync("umount", [folder]);
  }
  return true;
}

describe("an edit of a file", () => {
  it("says that the disk is full, and leaves the file as it was", async function () {
    const folder = folderOf({});
    const done = await mounted(folder, ["-t", "tmpfs", "-o", "size=32k", "none"], async () => {
      fs.mkdirSync(path.join(folder, "service"));
      for (const [file, text] of Object.entries(FILES)) {
        fs.writeFileSync(path.join(folder, file), text);
      }
      assert.throws(() => fs.writeFileSync(path.join(folder, "rest"), "x".repeat(100_000)));
      const { code, stderr } = await releases(folder, ...BUMP);
      assert.equal(code, 3);
      assert.match(
        stderr,
        /^releases: \S+ can't be written: ENOSPC: [^;]*; make room on the disk\n$/,
      );
      assert.equal(fs.readFileSync(path.join(folder, FILE), "utf8"), FILES[FILE]);
    });
    if (!done) this.skip();
  });

  it("says that the file system is read-only, and calls it no other run", async function () {
    const folder = folderOf(FILES);
    const done = await mounted(folder, ["--bind", "-o", "ro", folder], async () => {
      const { code, stderr } = await releases(folder, ...BUMP);
      assert.equal(code, 3);
      assert.match(stderr, /EROFS: .*; the file system is read-only, so use a copy elsewhere\n$/);
    });
    if (!done) this.skip();
  });

  it("says who is in the way where the lock isn't one", async () => {
    const folder = folderOf({ ...FILES, [`${FILE}.lock/other`]: "" });
    const lock = path.join(folder, `${FILE}.lock`);
    fs.utimesSync(lock, 0, 0);
    const { code, stderr } = await releases(folder, ...BUMP);
    assert.equal(code, 3);
    assert.ok(stderr.endsWith(`; remove ${lock}\n`), stderr);
  });

  it("is done, and says so, where the lock can't be ended", async () => {
    const folder = folderOf(FILES);
    const edited = new RepositoryFiles(folder, PROGRAM).edit(FILE, (write) => {
      fs.writeFileSync(path.join(folder, `${FILE}.lock`, "other"), "");
      return write("config: {}\n");
    });
    await assert.rejects(edited, /can't be locked: ENOTEMPTY.*; remove /);
    assert.equal(fs.readFileSync(path.join(folder, FILE), "utf8"), "config: {}\n");
  });
});

describe("the output of a process", () => {
  const isLinux = fs.existsSync("/dev/full");

  it("is an error without a trace where its disk is full", function () {
    if (!isLinux) this.skip();
    const folder = folderOf(FILES);
    const run = spawnSync(process.execPath, [CLI, "lint", "--path", folder], {
      stdio: ["ignore", fs.openSync("/dev/full", "w"), "pipe"],
      encoding: "utf8",
    });
    assert.equal(run.status, 3);
    assert.match(run.stderr, /^releases: stdout can't be written: ENOSPC: [^\n]*\n$/);
  });

  it("keeps the exit code of findings where its reader has seen enough", () => {
    const broken = folderOf({ "service/a.yaml": serviceYaml("api", "  colour: blue\n") });
    const line = '"$0" "$1" lint --json --path "$2" | true; exit "${PIPESTATUS[0]}"';
    const run = spawnSync("bash", ["-c", line, process.execPath, CLI, broken]);
    assert.equal(run.status, 1);
  });
});
