import assert from "node:assert/strict";
import { releases } from "../support/cli";
import { GitFolder, hasGit } from "../support/git";
import { text } from "../support/text";

const LIST = text`
  # What we run.
  - docker: "kayron"
    github: "kayron"
    deploy:
      release: "v0.5.3"

  - docker: 'specta' # metrics
    github: specta
    deploy: { release: v0.3.1, preview: false }
`;

const PATH = text`
  environments:
    testing: { ref: testing, accepts: [release, prerelease] }
    staging: { ref: main, from: testing, accepts: [release] }
    production: { ref: "v*", from: staging, accepts: [release], freeze: [] }
`;

function stack(name: string): string {
  return text`
    config:
      pulumi:disable-default-providers: ["*"]
      releases:cluster: { context: ${name} }
      releases:registry: { role: external, host: ghcr.io/splits }
  `;
}

/** A repository in Kayron's way: versions in the list, a branch for testing and one for staging, tags for production. */
class Walk {
  readonly git: GitFolder;

  constructor(list = LIST) {
    this.git = new GitFolder({
      "service/service.yaml": list,
      "environments.yaml": PATH,
      ...Object.fromEntries(
        ["testing", "staging", "production"].map((name) => [`Pulumi.${name}.yaml`, stack(name)]),
      ),
    });
    this.git.commit("list");
    this.git.git("branch", "testing");
    this.git.tag("v0.1.0");
  }

  /** Runs a command that succeeds, and returns what it says. */
  async run(...args: string[]): Promise<{ stdout: string; stderr: string }> {
    const { code, stdout, stderr } = await releases(this.git.path, ...args);
    assert.equal(code, 0, `${args.join(" ")}: ${stdout}${stderr}`);
    return { stdout, stderr };
  }

  /** Edits on a branch, and commits there what it is told to. */
  async edit(branch: string, ...args: string[]): Promise<string> {
    this.git.git("switch", "--quiet", branch);
    const { stderr } = await this.run(...args);
    this.git.commit(args.join(" "));
    return stderr;
  }

  /** Promotes, and returns what moves and how. */
  async promote(
    to: string,
    ...services: string[]
  ): Promise<{ moves: string[]; by: string; ref: { commands: string[] } | undefined }> {
    const who = services.length === 0 ? ["--all"] : services;
    const { stdout } = await this.run("promote", ...who, "--to", to, "--offline", "--json");
    const { moves, edits, ref } = JSON.parse(stdout) as {
      moves: { name: string; from: string; to: string }[];
      edits: { file: string; path: string; from: string; to: string }[];
      ref?: { action: string; name: string; from: string; commands: string[] };
    };
    return {
      moves: moves.map((move) => `${move.name} ${move.from} -> ${move.to}`),
      by:
        ref === undefined
          ? edits.map((one) => `${one.file} ${one.path}: ${one.from} -> ${String(one.to)}`).join()
          : `${ref.action} ${ref.name}`,
      ref,
    };
  }

  /** Promotes by a merge or a tag, and does what is proposed. */
  async follow(to: string, ...services: string[]): Promise<string[]> {
    const { moves, by, ref } = await this.promote(to, ...services);
    assert.ok(ref !== undefined, by);
    this.git.shell(ref.commands.join("\n"));
    return [by, ...moves];
  }

  async versions(): Promise<Record<string, string>> {
    const { stdout } = await this.run("status", "--json");
    const { services } = JSON.parse(stdout) as {
      services: { name: string; cells: Record<string, { version: string | null }> }[];
    };
    return Object.fromEntries(
      services.map(({ name, cells }) => [
        name,
        ["testing", "staging", "production"].map((one) => cells[one]?.version ?? "-").join(" "),
      ]),
    );
  }
}

describe("versions in the list, on branches and tags", () => {
  if (!hasGit) {
    it("is skipped: there is no git in PATH", function () {
      this.skip();
    });
    return;
  }

  it("go from a bump to production, back, and on again, each proposal after the other", async () => {
    const walk = new Walk();
    const { git } = walk;

    assert.equal(
      await walk.edit("testing", "bump", "specta", "v0.3.2"),
      "testing: commit this to testing\n",
    );
    assert.equal(git.read("service/service.yaml"), LIST.replace("v0.3.1", "v0.3.2"));
    assert.deepEqual(await walk.follow("staging"), ["merge main", "specta v0.3.1 -> v0.3.2"]);
    assert.deepEqual(await walk.follow("production", "specta"), [
      "tag v0.1.1",
      "specta v0.3.1 -> v0.3.2",
    ]);
    assert.deepEqual(await walk.versions(), {
      kayron: "v0.5.3 v0.5.3 v0.5.3",
      specta: "v0.3.2 v0.3.2 v0.3.2",
    });

    const told = await walk.edit(
      "main",
      "rollback",
      "specta",
      "--stack",
      "production",
      "--reason",
      "it leaks",
    );
    assert.equal(told, "production: commit this to main, then make the tag v0.1.2 there\n");
    assert.equal((await walk.versions())["specta"], "v0.3.2 v0.3.2 v0.3.2");
    assert.deepEqual(await walk.follow("production"), ["tag v0.1.2", "specta v0.3.2 -> v0.3.1"]);
    assert.equal((await walk.versions())["specta"], "v0.3.2 v0.3.2 v0.3.1");

    // While it is held, the others go on, asked for by name or all together.
    await walk.edit("testing", "bump", "specta", "v0.3.3");
    await walk.edit("testing", "bump", "kayron", "v0.5.4");
    const both = ["kayron v0.5.3 -> v0.5.4", "specta v0.3.2 -> v0.3.3"];
    assert.deepEqual(await walk.follow("staging"), ["merge main", ...both]);
    const byName = await walk.promote("production", "kayron");
    assert.deepEqual(await walk.promote("production"), byName);
    assert.deepEqual(await walk.follow("production"), ["tag v0.1.3", "kayron v0.5.3 -> v0.5.4"]);
    const held = await releases(git.path, "promote", "specta", "--to", "production", "--offline");
    assert.equal(held.code, 1);
    assert.match(held.stderr, /^hold refuses specta: held: it leaks; lift it with /);

    // Lifted, it follows the list again: its pin goes, and the next tag brings the version.
    await walk.edit("main", "unhold", "specta", "--stack", "production");
    const lifted = "Pulumi.production.yaml releases:versions.specta: v0.3.1 -> null";
    const proposed = await walk.promote("production", "specta", "--dry-run");
    assert.deepEqual(proposed.by, lifted);
    assert.deepEqual((await walk.promote("production")).by, lifted);
    git.commit("specta follows the list");
    assert.deepEqual(await walk.follow("production"), ["tag v0.1.4", "specta v0.3.1 -> v0.3.3"]);
    assert.deepEqual(await walk.versions(), {
      kayron: "v0.5.4 v0.5.4 v0.5.4",
      specta: "v0.3.3 v0.3.3 v0.3.3",
    });
    assert.equal(git.read("Pulumi.production.yaml"), stack("production"));
    const { stdout } = await walk.run("promote", "--all", "--to", "production", "--offline");
    assert.equal(stdout, "Nothing to promote: production runs the versions of staging.\n");

    // And once more, so that no step leaves anything behind.
    await walk.edit("testing", "bump", "specta", "v0.3.4");
    assert.deepEqual(await walk.follow("staging"), ["merge main", "specta v0.3.3 -> v0.3.4"]);
    assert.deepEqual(await walk.follow("production"), ["tag v0.1.5", "specta v0.3.3 -> v0.3.4"]);
  });

  it("are held in production until the hold is lifted, and a tag brings both", async () => {
    const walk = new Walk();
    const told = await walk.edit(
      "main",
      "hold",
      "kayron",
      "--stack",
      "production",
      "--reason",
      "audit",
    );
    assert.equal(told, "production: commit this to main, then make the tag v0.1.1 there\n");
    await walk.edit("testing", "bump", "kayron", "v0.6.0");
    await walk.edit("testing", "bump", "specta", "v0.4.0");
    await walk.follow("staging");
    assert.deepEqual(await walk.follow("production"), ["tag v0.1.1", "specta v0.3.1 -> v0.4.0"]);
    await walk.edit("main", "unhold", "kayron", "--stack", "production");
    await walk.edit("main", "promote", "kayron", "--to", "production", "--offline");
    assert.deepEqual(await walk.follow("production"), ["tag v0.1.2", "kayron v0.5.3 -> v0.6.0"]);
  });

  it("pin what can't be a release of the list where a stack is named, and are told so", async () => {
    const walk = new Walk();
    const commit = "c0ffee00".repeat(5);
    const { code, stderr } = await releases(walk.git.path, "bump", "kayron", commit);
    assert.deepEqual(
      [code, stderr],
      [
        2,
        `releases: service/service.yaml has releases such as v1.2.3; pin "${commit}" with --stack\nTry releases --help\n`,
      ],
    );
  });

  it("are refused by the gates of the environment that takes them, and of no other", async () => {
    const walk = new Walk();
    walk.git.git("switch", "--quiet", "testing");
    await walk.run("bump", "kayron", "v0.6.0-rc.1");
    walk.git.git("switch", "--quiet", "--discard-changes", "main");
    const { code, stderr } = await releases(walk.git.path, "bump", "kayron", "v0.6.0-rc.1");
    assert.equal(code, 1);
    assert.match(
      stderr,
      /^prerelease refuses kayron: v0\.6\.0-rc\.1 is a pre-release, and staging accepts release/,
    );
    assert.equal(walk.git.read("service/service.yaml"), LIST);
  });

  it("are judged by lint for what the branch deploys; what others deploy is a warning", async () => {
    const walk = new Walk(LIST.replace("v0.3.1", "v0.4.0-rc.1"));
    const found = async (branch: string): Promise<[number | null, string[]]> => {
      walk.git.git("switch", "--quiet", branch);
      const { code, stderr } = await releases(walk.git.path, "lint");
      return [code, stderr.split("\n").filter((line) => line !== "")];
    };
    const finding = (name: string, severity: string, where: string): string =>
      `Pulumi.${name}.yaml:2:3 prerelease-not-accepted ${severity}"specta": v0.4.0-rc.1 is a pre-release, and ${name} accepts release; promote it, and it becomes v0.4.0${where}`;
    assert.deepEqual(await found("testing"), [
      0,
      [
        finding("production", "warning: ", " (production is deployed from main)"),
        finding("staging", "warning: ", " (staging is deployed from main)"),
      ],
    ]);
    const errors = [finding("production", "", ""), finding("staging", "", "")];
    assert.deepEqual(await found("main"), [1, errors]);
    walk.git.git("branch", "change");
    assert.deepEqual(await found("change"), [1, errors]);
  });

  it("let a new service come along the path, an environment at a time", async () => {
    const walk = new Walk();
    const { git } = walk;
    git.git("switch", "--quiet", "testing");
    const added = `${LIST}
- { github: teller, docker: teller, environments: [testing], deploy: { release: v0.1.0 } } # new
`;
    git.write("service/service.yaml", added);
    git.commit("teller");
    const edited = (names: string): string => added.replace("[testing]", `[${names}]`);

    const told = await walk.edit("testing", "promote", "teller", "--to", "staging", "--offline");
    assert.equal(told, "testing: commit this to testing\n");
    assert.equal(git.read("service/service.yaml"), edited("testing, staging"));
    assert.deepEqual(await walk.follow("staging"), ["merge main", "teller null -> v0.1.0"]);
    const next = await walk.edit("main", "promote", "teller", "--to", "production", "--offline");
    assert.equal(next, "staging: commit this to main\n");
    assert.equal(git.read("service/service.yaml"), edited("testing, staging, production"));
    assert.deepEqual(await walk.follow("production"), ["tag v0.1.1", "teller null -> v0.1.0"]);
    assert.equal((await walk.versions())["teller"], "v0.1.0 v0.1.0 v0.1.0");
  });

  it("refuse a new service in an environment that skips one", async () => {
    const walk = new Walk(
      LIST.replace("github: specta", "github: specta\n  environments: [testing]"),
    );
    const { code, stderr } = await releases(
      ...([walk.git.path, "promote", "specta", "--from", "testing", "--to", "production"] as const),
      "--offline",
    );
    assert.equal(code, 1);
    assert.match(stderr, /^order refuses specta: /);
    assert.match(walk.git.read("service/service.yaml"), /environments: \[testing\]/);
  });
});
