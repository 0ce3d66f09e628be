import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { releases, releasesWith } from "../support/cli";
import { folderOf, link, temporaryFolder, type Files } from "../support/folder";
import { GIT_ENVIRONMENT, GitFolder, hasGit } from "../support/git";

const stackOf = (pin: string, more = "", context = "staging"): string => `config:
  pulumi:disable-default-providers: ["*"]
  releases:cluster: { context: ${context} }
  releases:registry: { role: external, host: ghcr.io/acme }
${more}  releases:versions:
    inventory: ${pin}
`;

const LIST = "- github: inventory\n  docker: inventory\n  deploy: { release: v1.1.2 }\n";

const FILES = {
  "service/shop.yaml": LIST,
  "environments.yaml":
    "environments:\n  testing: { accepts: [release] }\n  staging: { accepts: [release], from: testing }\n",
  "Pulumi.yaml": "name: releases\nruntime: nodejs\n",
  "Pulumi.testing.yaml": stackOf("v1.1.3", "", "testing"),
  "Pulumi.staging.yaml": stackOf("v1.1.2"),
} satisfies Files;

/** Every command that reads the repository, and what a line of its answer is like when all is well. */
const COMMANDS = [
  [["lint"], /^1 definition, 2 stack configs: 0 errors/],
  [["plan", "staging"], /^staging: 1 service/],
  [["plan", "staging", "--since", "HEAD"], /^staging: nothing changes/],
  [["status"], /inventory {2}v1\.1\.3 {3}v1\.1\.2/],
  [["history", "--stack", "testing"], /testing {6}inventory {8}v1\.1\.3/],
  [["diff", "testing", "staging"], /inventory {2}v1\.1\.2 {2}v1\.1\.3 {2}patch/],
  [
    ["promote", "--all", "--to", "staging", "--offline", "--dry-run"],
    /inventory {2}v1\.1\.2 {2}v1\.1\.3 {2}patch/,
  ],
] as const;

describe("git as it is", function () {
  if (!hasGit) {
    it("is skipped: there is no git in PATH", function () {
      this.skip();
    });
    return;
  }

  const { "service/shop.yaml": list, ...others } = FILES;
  const without = (file: keyof typeof FILES): Files => {
    return Object.fromEntries(Object.entries(FILES).filter(([name]) => name !== file));
  };
  const broken: readonly (readonly [string, Files, string])[] = [
    ["the list's folder", { ...others, "x/shop.yaml": list, service: link("x") }, "service"],
    [
      "a file of the list",
      { ...others, "shop.yaml": list, "service/shop.yaml": link("../shop.yaml") },
      "service/shop.yaml",
    ],
    ...(
      ["environments.yaml", "Pulumi.yaml", "Pulumi.staging.yaml"] satisfies (keyof typeof FILES)[]
    ).map((file) => {
      const files = { ...without(file), "x.yaml": FILES[file], [file]: link("x.yaml") };
      return [file, files, file] as const;
    }),
  ];
  for (const [what, files, file] of broken) {
    it(`each command has a finding where ${what} is a link`, async () => {
      const folder = new GitFolder(files);
      folder.commit("all");
      for (const [command] of COMMANDS) {
        const args = command.map((arg) => (arg === "testing" ? "staging" : arg));
        const { code, stderr } = await releases(folder.path, ...args);
        assert.equal(code, 1, args.join(" ") + stderr);
        assert.match(stderr, new RegExp(`^${file}:1:1 link `, "m"), args.join(" "));
      }
    });
  }

  it("each command has a finding where the list is a submodule", async () => {
    const folder = new GitFolder(FILES);
    folder.shell("git init -q service; cd service; git add -A; git commit -qm list");
    folder.commit("all");
    for (const [command] of COMMANDS) {
      const { code, stderr } = await releases(folder.path, ...command);
      assert.equal(code, 1, command.join(" "));
      assert.match(stderr, /^service:1:1 link /m, command.join(" "));
    }
  });

  const answers = async (
    folder: string,
    more: readonly string[] = [],
    env: NodeJS.ProcessEnv = {},
  ): Promise<void> => {
    for (const [command, expected] of COMMANDS) {
      const { stdout, stderr } = await releasesWith(env, folder, ...command, ...more);
      assert.match(stdout, expected, `${command.join(" ")}: ${stderr}`);
    }
  };
  const inGit = (files: Files): string => {
    const folder = new GitFolder(files);
    folder.commit("all");
    return folder.path;
  };
  const git = (folder: string, ...args: string[]): void => {
    execFileSync("git", args, { cwd: folder, env: GIT_ENVIRONMENT, stdio: "pipe" });
  };

  it("each command answers alike in a folder that a link leads to", async () => {
    const outside = temporaryFolder();
    fs.symlinkSync(inGit(FILES), path.join(outside, "link"));
    await answers(path.join(outside, "link"));
    await answers(outside, ["--path", "link"]);
    fs.rmSync(outside, { recursive: true });
  });

  it("each command answers alike in a part of a larger repository, whatever diff.relative says", async () => {
    const nested = Object.fromEntries(
      Object.entries(FILES).map(([file, text]) => [`apps/shop/${file}`, text]),
    );
    const folder = inGit({ ...nested, "service/other.yaml": "not: a list\n" });
    for (const value of ["true", "false"]) {
      git(folder, "config", "diff.relative", value);
      await answers(folder, ["--path", "apps/shop"]);
      await answers(path.join(folder, "apps/shop"));
    }
  });

  it("each command answers alike in a worktree, with HEAD detached, and with GIT_DIR of another", async () => {
    const folder = inGit(FILES);
    const worktree = path.join(folder, "../worktree-of-test");
    git(folder, "worktree", "add", "--quiet", "--detach", worktree);
    try {
      await answers(worktree);
      await answers(folder, [], {
        GIT_DIR: "/nowhere",
        GIT_WORK_TREE: "/tmp",
        GIT_INDEX_FILE: "x",
      });
    } finally {
      fs.rmSync(worktree, { recursive: true });
    }
  });

  it("each command answers alike in a repository of SHA-256", async () => {
    const folder = folderOf(FILES);
    git(folder, "init", "--quiet", "--object-format=sha256");
    git(folder, "add", "--all");
    git(folder, "commit", "--quiet", "--message", "all");
    await answers(folder);
  });

  it("a repository without a commit has no history, and all the rest", async () => {
    const folder = new GitFolder(FILES);
    const { code, stdout } = await releases(folder.path, "history");
    assert.deepEqual([code, stdout], [0, "No service ran yet.\n"]);
    const status = await releases(folder.path, "status");
    assert.match(status.stdout, /inventory {2}v1\.1\.3 {3}v1\.1\.2 < v1\.1\.3/);
  });

  it("a .git that leads nowhere is no folder outside of git", async () => {
    const folder = folderOf({ ...FILES, ".git": "gitdir: /nowhere\n" });
    for (const command of ["status", "history"]) {
      const { code, stderr } = await releases(folder, command);
      assert.equal(code, 3);
      assert.match(stderr, /not a git repository: .*nowhere/);
    }
  });

  it("a repository of another user isn't read", async () => {
    const env = { GIT_TEST_ASSUME_DIFFERENT_OWNER: "1" };
    const { code, stderr } = await releasesWith(env, inGit(FILES), "history");
    assert.equal(code, 3);
    assert.match(stderr, /dubious ownership/);
  });

  it("the history of a renamed stack goes on under what its environment was, and a rollback finds it", async () => {
    const folder = new GitFolder(FILES);
    folder.commit("all");
    folder.git("mv", "Pulumi.staging.yaml", "Pulumi.eu.yaml");
    folder.write("Pulumi.eu.yaml", stackOf("v1.1.2", "  releases:environment: staging\n"));
    folder.commit("renamed");
    folder.write("Pulumi.eu.yaml", stackOf("v1.1.3", "  releases:environment: staging\n"));
    folder.commit("promoted");
    folder.git("mv", "Pulumi.eu.yaml", "Pulumi.de.yaml");
    folder.commit("renamed again");
    const { stdout } = await releases(folder.path, "history", "--stack", "staging", "--json");
    const entries = JSON.parse(stdout) as { from: string | null; to: string | null }[];
    assert.deepEqual(
      entries.map(({ from, to }) => [from, to]),
      [
        ["v1.1.2", "v1.1.3"],
        [null, "v1.1.2"],
      ],
    );
    const back = ["rollback", "inventory", "--stack", "de", "--reason", "slow"];
    assert.equal((await releases(folder.path, ...back)).code, 0);
    assert.match(folder.read("Pulumi.de.yaml"), /^ {4}inventory: v1\.1\.2$/m);
  });

  describe("with tags", () => {
    const production = (ref: string): Files => ({
      ...FILES,
      "environments.yaml": `environments:\n  testing: { accepts: [release], ref: main }\n  staging: { accepts: [release], from: testing, ref: "${ref}" }\n`,
      "Pulumi.testing.yaml": stackOf("v1.1.2", "", "testing").replace(
        / {2}releases:versions[^]*/,
        "",
      ),
      "Pulumi.staging.yaml": stackOf("v1.1.2").replace(/ {2}releases:versions[^]*/, ""),
    });
    const tagged = (ref: string, ...tags: readonly string[]): GitFolder => {
      const folder = new GitFolder(production(ref));
      folder.commit("all");
      for (const tag of tags) folder.git("tag", tag);
      return folder;
    };

    it("a pattern with a prefix describes an environment, and promote proposes its next tag", async () => {
      for (const [ref, tag, next] of [
        ["inventory-v*", "inventory-v1.2.9", "inventory-v1.2.10"],
        ["release/v*", "release/v1.0.0", "release/v1.0.1"],
        ["shop-*", "shop-2.0.0", "shop-2.0.1"],
        ["v*", "v1.0.0", "v1.0.1"],
      ] as const) {
        const folder = tagged(ref, tag);
        folder.write("service/shop.yaml", LIST.replace("v1.1.2", "v1.1.3"));
        folder.commit("release");
        const status = await releases(folder.path, "status");
        assert.match(status.stdout, /inventory {2}v1\.1\.3 {3}v1\.1\.2 < v1\.1\.3 \(patch\)/, ref);
        assert.equal(status.stderr, "");
        const to = ["--to", "staging", "--offline"];
        const { stdout } = await releases(folder.path, "promote", "--all", ...to);
        assert.match(stdout, new RegExp(`\\n {2}git tag --annotate ${next} `));
      }
    });

    it("a tag that is no version, or no commit's, is passed over and said, annotated or not", async () => {
      const folder = tagged("v*", "v1.0.0", "vnext", "v1.0.0-test");
      folder.shell(
        "git tag v9.0.0 HEAD:environments.yaml; git tag -a -m x v8.0.0 HEAD^{tree}; git tag -a -m x v1.1.0; git tag -a -m x v1.2.0 v1.1.0",
      );
      for (const command of ["status", "history"]) {
        const { code, stdout, stderr } = await releases(folder.path, command);
        assert.equal(code, 0, stderr);
        assert.match(stdout, /inventory/);
        assert.equal(
          stderr,
          "staging: tags that match v* and aren't versions of commits are passed over: v8.0.0, v9.0.0, vnext\n",
        );
      }
    });
  });
});
