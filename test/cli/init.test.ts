import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { main } from "../../src/cli/main";
import { releases, releasesWith } from "../support/cli";
import { folderOf } from "../support/folder";
import { GitFolder } from "../support/git";

const OWNER = ["--owner", "acme", "--yes"];

describe("init", () => {
  it("makes a repository of ours from a clone of Kayron's, and tells what it means", async () => {
    const list = (version: string): string =>
      `- docker: orders # the shop\n  github: orders\n  owner: shop\n  deploy: { release: ${version} }\n- docker: catalog\n  github: catalog\n  deploy: { branch: main }\n`;
    const clone = new GitFolder({
      "services/shop.yaml": list("v1.0.0"),
      "README.md": "Releases\n",
      "infrastructure/a.yaml":
        "- { github: network, provider: cloudformation, deploy: { release: v0.5.8 } }\n",
    });
    clone.commit("list");
    clone.git("branch", "testing");
    clone.tag("v0.3.0");
    const folder = folderOf({});
    const accounts = "111111111111,222222222222,333333333333";
    const { code, stderr } = await releases(
      folder,
      "init",
      "ours",
      "--from-kayron",
      clone.path,
      "--accounts",
      accounts,
      "--clusters",
      ...OWNER,
    );
    assert.equal(code, 0, stderr);
    const ours = path.join(folder, "ours");
    assert.equal(
      fs.readFileSync(path.join(ours, "service/shop.yaml"), "utf8"),
      list("v1.0.0").replace("  owner: shop\n", ""),
    );
    for (const line of [
      'services/shop.yaml:1 "owner" is removed: Kayron ignores it',
      "services/shop.yaml becomes service/shop.yaml: only service/ and infrastructure/ are read",
      "templates.bucket of each stack config is a guess: write yours",
    ]) {
      assert.ok(stderr.split("\n").includes(line), `${line} in ${stderr}`);
    }
    assert.match(stderr, /^production is the highest tag v\*, v0\.3\.0 now, /m);
    assert.match(stderr, /^catalog follows the branch main: each stack config pins its commit/m);
    const config = fs.readFileSync(path.join(ours, "Pulumi.staging.yaml"), "utf8");
    assert.match(config, /releases:charts:\n {4}orders: 1\.1\.0\n {4}catalog: 1\.1\.0\n$/);
    const linted = await releases(ours, "lint");
    const codes = linted.stderr
      .split("\n")
      .flatMap((one) => / ([a-z-]+) (?!warning: )/.exec(one)?.[1] ?? []);
    assert.deepEqual(codes, ["missing-pin", "missing-pin", "missing-pin"], linted.stderr);
  });

  it("clones a repository that is given by its address, and removes the clone", async () => {
    const list = "- { docker: orders, github: orders, deploy: { release: v1.0.0 } }\n";
    const kayron = new GitFolder({ "services.yaml": list, "services/README.md": "Services\n" });
    kayron.commit("list");
    kayron.git("branch", "testing");
    kayron.git("checkout", "--quiet", "testing");
    kayron.write("services.yaml", list.replace("v1.0.0", "v1.1.0"));
    kayron.commit("testing");
    kayron.git("checkout", "--quiet", "main");
    const temporary = folderOf({});
    const folder = folderOf({});
    const accounts = ["--accounts", "111111111111,222222222222,333333333333"];
    const { code, stderr } = await releasesWith(
      { TMPDIR: temporary },
      folder,
      ...["init", "ours", "--from-kayron", `file://${kayron.path}`, ...accounts, ...OWNER],
    );
    assert.equal(code, 0, stderr);
    assert.deepEqual(fs.readdirSync(temporary), []);
    assert.equal(fs.readFileSync(path.join(folder, "ours/service/services.yaml"), "utf8"), list);
    assert.match(stderr, /^staging is the branch main$/m);
    assert.match(stderr, /^orders is at v1\.0\.0 here, and at v1\.1\.0 in testing: /m);
    const config = fs.readFileSync(path.join(folder, "ours/Pulumi.staging.yaml"), "utf8");
    assert.doesNotMatch(config, /cluster|charts/);
    const linted = await releases(path.join(folder, "ours"), "lint");
    assert.equal(linted.stdout, "1 definition, 3 stack configs: 0 errors, 0 warnings\n");
  });

  it("gives git no address that is an option, or starts a program", async () => {
    const folder = folderOf({});
    for (const address of ["--upload-pack=touch started", "ext::touch started", "-u"]) {
      const args = ["init", "ours", "--from-kayron", address, ...OWNER];
      const { code, stderr } = await releases(folder, ...args);
      assert.equal(code, 2, stderr);
      assert.match(stderr, /^releases: --from-kayron takes no such address; give a folder, /);
    }
    assert.deepEqual(fs.readdirSync(folder), []);
  });

  it("says why git can't clone an address, and writes nothing", async () => {
    const empty = new GitFolder({});
    const gone = path.join(empty.path, "gone");
    for (const [address, message] of [
      [`file://${gone}`, `git clone: fatal: '${gone}' does not appear to be a git repository`],
      [`file://${empty.path}`, `file://${empty.path} has no commit on its default branch`],
    ] as const) {
      const folder = folderOf({});
      const args = ["init", "ours", "--from-kayron", address, "--accounts", "1,2,3", ...OWNER];
      const { code, stderr } = await releases(folder, ...args);
      assert.equal(code, 3, stderr);
      assert.ok(stderr.startsWith(`releases: ${message}`), stderr);
      assert.deepEqual(fs.readdirSync(folder), []);
    }
  });

  it("refuses to import what isn't there, and options that an import decides", async () => {
    const folder = folderOf({
      "kayron/service/a.yaml": "- { github: a, docker: a, deploy: { release: v1 } }\n",
    });
    const cases: Readonly<Record<string, readonly string[]>> = {
      [`${path.join(folder, "gone")} isn't a folder; give a clone, or the address of the repository`]:
        ["--from-kayron", "gone"],
      "--environments comes from the repository of --from-kayron": [
        "--from-kayron",
        "kayron",
        "--environments",
        "a,b",
      ],
      "--accounts is required": ["--from-kayron", "kayron"],
    };
    for (const [message, args] of Object.entries(cases)) {
      const { code, stderr } = await releases(folder, "init", "ours", ...args, ...OWNER);
      assert.deepEqual([code, stderr.split("\n")[0]], [2, `releases: ${message}`]);
    }
  });

  it("asks on a terminal for what no option says, and takes an empty answer for the default", async () => {
    const folder = folderOf({});
    const asked: string[] = [];
    const answers: Readonly<Record<string, string>> = {
      "Owner of the services on GitHub": "acme",
      "Registry of the images: ecr, or a host with a path": "ecr",
      "AWS accounts, one for each environment": "111111111111, 222222222222",
    };
    const ask = (question: string, fallback: string): Promise<string> => {
      asked.push(`${question}: ${fallback}`);
      return Promise.resolve(answers[question] ?? fallback);
    };
    const [out, err]: [string[], string[]] = [[], []];
    const io = { out: (text: string) => out.push(text), err: (text: string) => err.push(text) };
    const args = ["init", "acme", "--environments", "demo,live"];
    assert.equal(await main(args, { ...io, ask, cwd: folder }), 0, err.join("\n"));
    assert.deepEqual(asked, [
      "Owner of the services on GitHub: ",
      "First services: api,web",
      "Registry of the images: ecr, or a host with a path: ghcr.io/acme",
      "AWS accounts, one for each environment: ",
      "AWS region: eu-west-1",
      "Do services run in Kubernetes: yes",
      "Pipelines: github or none: github",
    ]);
    const config = fs.readFileSync(path.join(folder, "acme/Pulumi.live.yaml"), "utf8");
    assert.match(config, /source: \{ account: "111111111111", region: eu-west-1 \}/);
    assert.ok(out.includes(`wrote ${path.join("acme", "index.js")}`));
  });

  it("asks nobody where nobody answers, and refuses what is missing or has no effect", async () => {
    const folder = folderOf({ "other/notes.txt": "" });
    const cases: Readonly<Record<string, readonly string[]>> = {
      "--owner is required": ["init", "a"],
      "--accounts is required": ["init", "a", ...OWNER, "--registry", "ecr"],
      "--accounts has 1 of 3; give one for each environment": [
        ...["init", "a", ...OWNER, "--registry", "ecr", "--accounts", "111111111111"],
      ],
      "--region has no effect with --registry ghcr.io/a": [
        ...["init", "a", ...OWNER, "--registry", "ghcr.io/a", "--region", "eu-west-1"],
      ],
      '--environments has "a" twice': ["init", "a", ...OWNER, "--environments", "a,b,a"],
      "other holds notes.txt; give an empty folder": ["init", "other", ...OWNER],
    };
    for (const [message, args] of Object.entries(cases)) {
      const { code, stderr } = await releases(folder, ...args);
      assert.deepEqual([code, stderr.split("\n")[0]], [2, `releases: ${message}`]);
    }
    assert.deepEqual(fs.readdirSync(folder), ["other"]);
  });

  it("shows what an upgrade changes, and writes it with --yes", async () => {
    const folder = folderOf({});
    await releases(folder, "init", "acme", ...OWNER);
    const same = await releases(folder, "init", "acme");
    assert.deepEqual([same.code, same.stdout], [0, ""]);
    // As an older version would have written it.
    const root = path.join(folder, "acme");
    const record = path.join(root, ".releases.json");
    const old = "module.exports = {};\n";
    const hash = "sha256:afaadca5a32fe4e1ae2dbb7a7ea6c5b4ebc9a5a1bb3b3bd9c2f8e3cb1a4d9dc7";
    fs.writeFileSync(path.join(root, "index.js"), old);
    const text = fs.readFileSync(record, "utf8");
    fs.writeFileSync(record, text.replace(/("index\.js": )"[^"]*"/, `$1"${hash}"`));
    const edited = await releases(folder, "init", "acme");
    assert.equal(edited.code, 0);
    assert.match(edited.stdout, /^index\.js changes \(you edited it; change it yourself\)\n@@/);
    assert.equal(fs.readFileSync(path.join(root, "index.js"), "utf8"), old);
    fs.rmSync(path.join(root, ".node-version"));
    fs.writeFileSync(record, text.replace(/ *"\.node-version": .*\n/, ""));
    const shown = await releases(folder, "init", "acme");
    assert.deepEqual([shown.code, shown.stderr.split("\n").at(-2)], [1, "--yes writes them"]);
    assert.ok(!fs.existsSync(path.join(root, ".node-version")));
    const yes = await releases(folder, "init", "acme", "--yes");
    assert.equal(yes.code, 0, yes.stderr);
    assert.ok(fs.existsSync(path.join(root, ".node-version")));
  });
});
