import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { ask, git, isInGit } from "../../../src/adapters/git/git";
import { GitRepository } from "../../../src/adapters/git/repository";
import { folderOf } from "../../support/folder";
import { GIT_ENVIRONMENT, GitFolder, hasGit } from "../../support/git";

const definition = (name: string, release: string): string =>
  `- { docker: ${name}, github: ${name}, deploy: { release: ${release} } }\n`;

/** A repository with renamed files, merges, a tag, a trailer, and an ä in paths and texts. */
function repository(): GitFolder {
  const folder = new GitFolder({
    "deploy/shop.yaml": `# The shop.\n${definition("orders", "v1.0.0")}${definition("catalog", "v1.0.0")}`,
    "service/ä.yaml": definition("mailer", "v1.0.0"),
    "Pulumi.testing.yaml": "config:\n  releases:versions:\n    orders: v1.1.0\n",
  });
  folder.commit("start", { at: "2026-01-01T12:00:00Z" });
  folder.git("switch", "--quiet", "--create", "topic");
  folder.write("deploy/shop.yaml", `${folder.read("deploy/shop.yaml")}# Its end.\n`);
  folder.commit("topic", { at: "2026-01-01T13:00:00Z" });
  folder.git("switch", "--quiet", "main");
  folder.git("mv", "deploy/shop.yaml", "service/shop.yaml");
  folder.commit("moved", { at: "2026-01-02T12:00:00Z" });
  folder.git("tag", "v1.0.0");
  folder.git("switch", "--quiet", "--create", "next");
  folder.write("service/ä.yaml", definition("mailer", "v1.1.0"));
  folder.commit("mailer, für Ä (#3)\n\nBreak-glass: es war spät\n", { at: "2026-01-03T12:00:00Z" });
  folder.git("switch", "--quiet", "main");
  folder.merge("next", "Merge pull request #4 from acme/next", { at: "2026-01-04T12:00:00Z" });
  return folder;
}

/** Everything that git is asked about a folder. */
function answersOf(folder: string): unknown {
  const repository = new GitRepository(folder, () => new Date("2026-12-01T00:00:00Z"));
  const commit = repository.commitOf("HEAD") ?? "";
  return {
    tags: repository.versionTags("v*").map(({ ref }) => ref),
    sources: repository.sourcesAt(commit),
    tree: repository.mergedTree("main", "topic"),
    history: [...repository.historyOf(new Map([["testing", undefined]]))],
    trailers: repository.trailersSince("v1.0.0", "Break-glass"),
  };
}

/** Runs something with variables of the process. */
function withVariables<Value>(variables: NodeJS.ProcessEnv, run: () => Value): Value {
  const before = { ...process.env };
  Object.assign(process.env, variables);
  try {
    return run();
  } finally {
    for (const name of Object.keys(variables)) delete process.env[name];
    Object.assign(process.env, before);
  }
}

describe("git", () => {
  if (!hasGit) {
    it("is skipped: there is no git in PATH", function () {
      this.skip();
    });
    return;
  }

  let folder: GitFolder;
  let files: string[];
  let expected: unknown;
  before(() => {
    folder = repository();
    files = fs.readdirSync(folder.path).sort();
    expected = withVariables(GIT_ENVIRONMENT, () => answersOf(folder.path));
  });

  const others = folderOf({
    attributes: "* merge=all diff=all filter=all text eol=crlf working-tree-encoding=UTF-16\n",
    config: "[diff]\n\trenames = copies\n[log]\n\tshowSignature = true\n",
    mailmap: "Mallory <ada@acme.example>\n",
  });

  // Each of these changes the answer of some command of git's, or has it run a program.
  const failing = 'touch "$(git rev-parse --show-toplevel)/ran"; false';
  const settings: Readonly<Record<string, string>> = {
    "color.ui": "always",
    "color.diff": "always",
    "core.abbrev": "4",
    "core.fsmonitor": failing,
    "core.pager": failing,
    "core.quotePath": "true",
    "diff.external": failing,
    "diff.ignoreSubmodules": "all",
    "diff.mnemonicPrefix": "true",
    "diff.noprefix": "true",
    "diff.orderFile": "/nowhere",
    "diff.relative": "true",
    "diff.renameLimit": "1",
    "diff.renames": "false",
    "format.notes": "true",
    "format.pretty": "raw",
    "gpg.program": failing,
    "i18n.logOutputEncoding": "ISO-8859-1",
    "log.date": "relative",
    "log.decorate": "full",
    "log.diffMerges": "combined",
    "log.follow": "true",
    "log.showRoot": "false",
    "log.showSignature": "true",
    "merge.renames": "false",
    "merge.conflictStyle": "diff3",
    "notes.displayRef": "*",
    "pager.log": failing,
    "core.hooksPath": "/nowhere",
    "core.sshCommand": failing,
    "core.alternateRefsCommand": failing,
    "core.commentChar": "B",
    "core.notesRef": "refs/heads/main",
    "credential.helper": failing,
    "diff.algorithm": "patience",
    "diff.context": "0",
    "diff.submodule": "diff",
    "format.attach": "x",
    "grep.patternType": "perl",
    "init.defaultObjectFormat": "sha256",
    "log.mailmap": "true",
    "log.excludeDecoration": "refs/*",
    "rerere.enabled": "true",
    "submodule.recurse": "true",
    "trailer.separators": "=",
    "alias.log": `!${failing}`,
    "mailmap.file": path.join(others, "mailmap"),
    "core.attributesFile": path.join(others, "attributes"),
    "diff.all.textconv": failing,
    "diff.all.command": failing,
    "filter.all.smudge": failing,
    "merge.all.driver": failing,
    "trailer.Break-glass.key": "Other: ",
    "trailer.Break-glass.command": failing,
    "include.path": path.join(others, "config"),
  };
  afterEach(() => {
    fs.rmSync(path.join(folder.path, "ran"), { force: true });
  });
  for (const [key, value] of Object.entries(settings)) {
    it(`answers alike with ${key} ${value === failing ? "as a program" : value}`, () => {
      const [section = "", ...rest] = key.split(".");
      const [name = "", part] = rest.reverse();
      const header = part === undefined ? section : `${section} "${part}"`;
      const attributes = `[core]\n\tattributesFile = ${others}/attributes\n`;
      const config = folderOf({
        config: `${attributes}[${header}]\n\t${name} = ${JSON.stringify(value)}\n`,
      });
      const file = path.join(config, "config");
      const everywhere = {
        ...GIT_ENVIRONMENT,
        GIT_CONFIG_SYSTEM: file,
        GIT_CONFIG_GLOBAL: file,
        GIT_CONFIG_COUNT: "1",
        GIT_CONFIG_KEY_0: key,
        GIT_CONFIG_VALUE_0: value,
        GIT_CONFIG_PARAMETERS: `'${key}'='${value.replaceAll("'", "'\\''")}'`,
      };
      folder.git("config", "--file", ".git/config", key, value);
      try {
        assert.deepEqual(
          withVariables(everywhere, () => answersOf(folder.path)),
          expected,
        );
      } finally {
        folder.git("config", "--file", ".git/config", "--unset", key);
      }
      assert.deepEqual(fs.readdirSync(folder.path).sort(), files);
    });
  }

  const variables: Readonly<Record<string, string>> = {
    GIT_ALLOW_PROTOCOL: "ext:file",
    GIT_ALTERNATE_OBJECT_DIRECTORIES: "/nowhere",
    GIT_ATTR_SOURCE: "HEAD",
    GIT_COMMON_DIR: "/nowhere",
    GIT_DEFAULT_HASH: "sha256",
    GIT_DIFF_OPTS: "--unified=9",
    GIT_DIR: "/nowhere",
    GIT_EXTERNAL_DIFF: "/nowhere",
    GIT_GLOB_PATHSPECS: "1",
    GIT_GRAFT_FILE: "/nowhere",
    GIT_ICASE_PATHSPECS: "1",
    GIT_INDEX_FILE: "/nowhere",
    GIT_LITERAL_PATHSPECS: "1",
    GIT_NAMESPACE: "elsewhere",
    GIT_NOGLOB_PATHSPECS: "1",
    GIT_OBJECT_DIRECTORY: "/nowhere",
    GIT_OPTIONAL_LOCKS: "1",
    GIT_PAGER: "/nowhere",
    GIT_PREFIX: "service/",
    GIT_REPLACE_REF_BASE: "refs/tags/",
    GIT_SHALLOW_FILE: "/nowhere",
    GIT_TRACE: "1",
    GIT_NO_LAZY_FETCH: "0",
    GIT_NO_REPLACE_OBJECTS: "0",
    GIT_NOTES_REF: "refs/heads/main",
    GIT_REF_PARANOIA: "0",
    GIT_SSH_COMMAND: failing,
    GIT_ASKPASS: failing,
    GIT_WORK_TREE: "/nowhere",
    LANGUAGE: "de",
    LC_ALL: "de_DE.UTF-8",
  };
  for (const [name, value] of Object.entries(variables)) {
    it(`answers alike with ${name}=${value}`, () => {
      const changed = { ...GIT_ENVIRONMENT, [name]: value };
      assert.deepEqual(
        withVariables(changed, () => answersOf(folder.path)),
        expected,
      );
    });
  }

  it("reads commits as they were written, whatever replaces them or grafts their parents", () => {
    const replaced = repository();
    const read = (): unknown => withVariables(GIT_ENVIRONMENT, () => answersOf(replaced.path));
    const before = read();
    replaced.git("replace", "HEAD~1", "HEAD");
    assert.deepEqual(read(), before);
    const [last, start] = ["HEAD", "HEAD~2"].map((name) => replaced.git("rev-parse", name));
    replaced.write(".git/info/grafts", `${last} ${start}\n`);
    assert.equal(replaced.git("log", "--format=%P", "--no-walk", "HEAD"), start);
    assert.deepEqual(read(), before);
  });

  it("merges by no driver and no attribute, of the repository's own either", () => {
    const merged = repository();
    const read = (): unknown => {
      const { path } = merged;
      return withVariables(GIT_ENVIRONMENT, () => new GitRepository(path).mergedTree("a", "b"));
    };
    for (const branch of ["a", "b"]) {
      merged.git("switch", "--quiet", "--create", branch, "main");
      merged.write("service/ä.yaml", definition("mailer", `v2.0.0-${branch}`));
      merged.commit(branch);
    }
    assert.equal(read(), undefined);
    merged.write(".gitattributes", "* merge=union\n");
    merged.write(".git/info/attributes", "* merge=ours\n");
    merged.git("config", "merge.ours.driver", failing.replace("false", "true"));
    assert.equal(read(), undefined);
    assert.equal(fs.existsSync(path.join(merged.path, "ran")), false);
  });

  it("fetches nothing: what a partial clone lacks is a failure", () => {
    const origin = repository();
    origin.git("config", "uploadpack.allowFilter", "true");
    const clone = new GitFolder();
    const filter = ["--filter=blob:none", "--no-checkout", `file://${origin.path}`];
    clone.git("clone", "--quiet", ...filter, "clone");
    clone.git("-C", "clone", "config", "protocol.file.allow", "always");
    const git = new GitRepository(path.join(clone.path, "clone"));
    const commit = git.commitOf("HEAD") ?? "";
    const missing = { kind: "outside", message: /promisor remote; .*--refetch/ };
    withVariables(GIT_ENVIRONMENT, () => {
      assert.throws(() => git.sourcesAt(commit), missing);
      assert.throws(() => git.historyOf(new Map([["testing", undefined]])), missing);
    });
    assert.match(clone.git("-C", "clone", "cat-file", "-p", "HEAD:service/ä.yaml"), /mailer/);
  });

  it("leaves safe.directory to the user", () => {
    const unsafe = { ...GIT_ENVIRONMENT, GIT_TEST_ASSUME_DIFFERENT_OWNER: "1" };
    const expected = {
      kind: "outside",
      message: /^git rev-parse: fatal: detected dubious ownership/,
    };
    assert.throws(() => withVariables(unsafe, () => isInGit(folder.path)), expected);
    const config = folderOf({ config: "[safe]\n\tdirectory = *\n" });
    const safe = { ...unsafe, GIT_CONFIG_GLOBAL: path.join(config, "config") };
    assert.equal(
      withVariables(safe, () => isInGit(folder.path)),
      true,
    );
  });

  it("takes no name for an option", () => {
    const repository = new GitRepository(folder.path);
    for (const name of ["--all", "-n1", "--output=ran", "--upload-pack=touch ran"]) {
      assert.equal(repository.commitOf(name), undefined);
      assert.equal(repository.resolveRef(name), undefined);
      assert.deepEqual(repository.versionTags(`${name}*`), []);
      const outside = { name: "ReleasesError", kind: "outside" };
      assert.throws(() => repository.sourcesAt(name), outside);
      assert.throws(() => repository.mergedTree(name, "main"), outside);
      assert.throws(() => repository.trailersSince(name, "Break-glass"), outside);
    }
    assert.equal(fs.existsSync(path.join(folder.path, "ran")), false);
  });

  it("reads refs, files and folders whose names begin with a dash", () => {
    const dashed = new GitFolder({
      "--all/Pulumi.testing.yaml": "config:\n  aws:region: eu-west-1\n",
      "--all/service/-o.yaml": definition("orders", "v1.0.0"),
      "--all/service/--output=ran.yaml": definition("catalog", "v1.0.0"),
    });
    const commit = dashed.commit("-m --all\n\nBreak-glass: --all\n");
    for (const ref of ["refs/heads/--all", "refs/tags/-v1.0.0"]) {
      dashed.git("update-ref", ref, commit);
    }
    const git = new GitRepository(path.join(dashed.path, "--all"));
    assert.equal(git.resolveRef("--all")?.commit, commit);
    const files = git.sourcesAt(commit).list.map(({ file }) => file);
    assert.deepEqual(files, ["service/--output=ran.yaml", "service/-o.yaml"]);
    const entries = git.historyOf(new Map([["testing", "--all"]])).get("testing")?.entries ?? [];
    assert.deepEqual(
      entries.map(({ service, reason }) => [service, reason]),
      [
        ["catalog", "--all"],
        ["orders", "--all"],
      ],
    );
    assert.equal(fs.existsSync(path.join(dashed.path, "ran")), false);
  });

  it("fails with git's own words", () => {
    assert.throws(() => git(folder.path, ["cat-file", "-p", "gone"]), {
      name: "ReleasesError",
      kind: "outside",
      message: "git cat-file: fatal: Not a valid object name gone",
    });
    assert.throws(() => git(path.join(folder.path, "gone"), ["version"]), {
      kind: "outside",
      message: /^git can't be run: /,
    });
  });

  it("tells a no from a failure", () => {
    assert.deepEqual(ask(folder.path, ["rev-parse", "--abbrev-ref", "HEAD"]), ["main"]);
    assert.equal(ask(folder.path, ["rev-parse", "--verify", "--quiet", "gone"]), undefined);
    assert.equal(ask(folderOf({}), ["rev-parse", "--git-dir"]), undefined);
    assert.throws(() => ask(folder.path, ["rev-parse", "--verify", "gone"]), { kind: "outside" });
  });
});
