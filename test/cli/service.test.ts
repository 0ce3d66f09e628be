import assert from "node:assert/strict";
import * as path from "node:path";
import { releases } from "../support/cli";
import { exampleFiles } from "../support/companies";
import { folderOf } from "../support/folder";
import { GitFolder, hasGit } from "../support/git";

describe("init --service and lint --service", () => {
  if (!hasGit) {
    it("are skipped: there is no git in PATH", function () {
      this.skip();
    });
    return;
  }

  /** Returns the clone of a service's repository. */
  function clone(github: string, files: Readonly<Record<string, string>> = {}): GitFolder {
    const folder = new GitFolder({ "README.md": "Orders\n", ...files });
    folder.git("remote", "add", "origin", `git@github.com:${github}.git`);
    return folder;
  }

  const list = folderOf(exampleFiles("files"));
  const run = (...args: string[]) => releases(list, ...args);

  it("writes a repository, has nothing to say of it, and proposes what the list changes", async () => {
    const payloads = clone("acme/runtime", { "payload/runenv-python/Dockerfile": "" });
    const service = payloads.path;
    const none = await run("lint", "--service", service);
    assert.deepEqual(
      [none.code, none.stdout, none.stderr],
      [
        1,
        "0 services: 1 error, 0 warnings\n",
        "releases.yaml:1:1 no-publication there is no such file; run releases init --service\n",
      ],
    );
    const first = await run("init", "--service", service, "runtime");
    const files = [
      ...["build.sh", "check.sh", "generated.json", "package.json"].map(
        (name) => `.github/releases/${name}`,
      ),
      ".github/workflows/release.yml",
      "releases.yaml",
    ];
    assert.deepEqual(
      [first.code, first.stdout, first.stderr],
      [
        0,
        files.map((file) => `wrote ${path.join(service, file)}\n`).join(""),
        "the list has no trust root, so releases ci validate can't judge signatures; write trust/root.jsonl here or there with gh attestation trusted-root\n" +
          `Next: cd ${service} && npm install --package-lock-only --prefix .github/releases\n`,
      ],
    );
    payloads.write("trust/root.jsonl", "{}\n");
    const clean = await run("lint", "--service", service);
    assert.deepEqual([clean.code, clean.stdout], [0, "2 services: 0 errors, 0 warnings\n"]);

    const changed = exampleFiles("files")["service/runtime.yaml"] ?? "";
    const other = folderOf({
      ...exampleFiles("files"),
      "service/runtime.yaml": changed.replace("[runtime.tar.gz]", "[runtime.tgz]"),
    });
    const shown = await run("init", "--service", service, "--path", other);
    assert.equal(shown.code, 1);
    assert.match(
      shown.stdout,
      /^releases\.yaml changes\n@@ [^]*\n- {4}assets: \[runtime\.tar\.gz\]\n\+ {4}assets: \[runtime\.tgz\]$/m,
    );
    assert.equal(
      shown.stderr,
      "0.1.0 -> 0.1.0: 1 file to write, 0 files of yours\n--yes writes them\n",
    );
    const linted = await run("lint", "--service", service, "--path", other, "--json");
    const { services, issues } = JSON.parse(linted.stdout) as {
      services: number;
      issues: { code: string; file: string; line: number }[];
    };
    assert.deepEqual(
      [linted.code, services, issues.map(({ code, file, line }) => `${file}:${line} ${code}`)],
      [1, 2, ["releases.yaml:13 publication-differs"]],
    );
    const written = await run("init", "--service", service, "--path", other, "--yes");
    assert.equal(written.code, 0);
    assert.equal((await run("lint", "--service", service, "--path", other)).code, 0);
  });

  it("takes the branch that the origin shows first for the one that is merged into", async () => {
    const shop = folderOf({
      ...exampleFiles("shop"),
      "Pulumi.testing.yaml": (exampleFiles("shop")["Pulumi.testing.yaml"] ?? "").replace(
        "host: ghcr.io/acme",
        "host: ghcr.io/acme, mutableTags: [trunk]",
      ),
    });
    const orders = clone("acme/orders");
    orders.commit("begin");
    orders.git("update-ref", "refs/remotes/origin/trunk", "HEAD");
    orders.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/trunk");
    const { code, stderr } = await run("init", "--service", orders.path, "--path", shop);
    assert.equal(code, 0, stderr);
    assert.match(orders.read("releases.yaml"), /\n {4}branches:\n {6}trunk: trunk\n/);
  });

  it("says why nothing is written, and writes nothing", async () => {
    const other = clone("acme/other");
    const none = await run("init", "--service", other.path, "runtim");
    assert.deepEqual(
      [none.code, none.stdout, none.stderr],
      [1, "", `runtim: isn't in the list; did you mean "runtime"?\n`],
    );
    const cases: Readonly<Record<string, readonly string[]>> = {
      "--service names gone, which is no folder; clone the service's repository": [
        ...["init", "--service", "gone"],
      ],
      "--service names ., which isn't the top of a git repository; workflows are read there alone":
        ["lint", "--service", "."],
      "init takes one folder": ["init"],
      "init takes one folder ": ["init", "a", "b"],
      "--path is for --service": ["init", "a", "--path", "b"],
      "--kayron is for the list, and --service for another repository": [
        ...["lint", "--kayron", "--service", other.path],
      ],
    };
    for (const [message, args] of Object.entries(cases)) {
      const { code, stderr } = await run(...args);
      assert.deepEqual([code, stderr.split("\n")[0]], [2, `releases: ${message.trim()}`]);
    }
    assert.deepEqual(other.git("status", "--short", "--untracked-files=no"), "");
  });

  it("doesn't take the repository of the list for that of a service", async () => {
    const both = clone("acme/runtime", exampleFiles("files"));
    const { code, stderr } = await releases(both.path, "init", "--service", ".");
    assert.deepEqual(
      [code, stderr.split("\n")[0]],
      [
        2,
        "releases: --service names ., which is the list itself; a service is published from a repository of its own",
      ],
    );
  });

  it("leaves a workflow alone that it didn't write, and says so", async () => {
    const theirs = clone("acme/runtime", { ".github/workflows/release.yml": "on: push\n" });
    const { code, stdout } = await run("init", "--service", theirs.path, "runtime");
    assert.equal(code, 1);
    assert.match(
      stdout,
      /^\.github\/workflows\/release\.yml changes \(it is your own; change it yourself\)\n@@/,
    );
    assert.equal(theirs.read(".github/workflows/release.yml"), "on: push\n");
  });
});
