import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { formatIssue } from "../../src/core/input/issue";
import { readSources } from "../../src/core/read";
import type { Sources } from "../../src/core/repository";
import { folder, link, PROGRAM_ROOT, withRepository, type Files } from "../support/repository";

function read(files: Files): Sources {
  return withRepository(files, (root) => readSources(root, PROGRAM_ROOT));
}

/** Returns what is read of a list, as `file: text`, and what is found. */
function list(files: Files): string[] {
  const { list, issues } = read(files);
  const decoder = new TextDecoder();
  return [
    ...list.map(({ file, bytes }) => `${file}: ${decoder.decode(bytes)}`),
    ...issues.map(formatIssue),
  ];
}

describe("readSources", () => {
  it("reads every .yaml below service and infrastructure, in the order of their paths", () => {
    const found = list({
      "service/b.yaml": "1",
      "service/a.yaml": "2",
      "service/B.yaml": "3",
      "service/a/z.yaml": "4",
      "service/a/deep/er.yaml": "5",
      "infrastructure/z.yaml": "6",
    });
    assert.deepEqual(found, [
      "infrastructure/z.yaml: 6",
      "service/B.yaml: 3",
      "service/a/deep/er.yaml: 5",
      "service/a/z.yaml: 4",
      "service/a.yaml: 2",
      "service/b.yaml: 1",
    ]);
  });

  it("reads nothing else: no other folder, dot folder or dot file, no other ending", () => {
    const found = list({
      "a.yaml": "1",
      "charts/a.yaml": "1",
      "lists/a.yaml": "1",
      "service/README.md": "1",
      "service/a.yaml.bak": "1",
      "service/yaml": "1",
      "service/.hidden.yaml": "1",
      "service/.github/a.yaml": "1",
      "service/empty": folder,
    });
    assert.deepEqual(found, []);
  });

  it("reads an empty repository", () => {
    const { list, environments, stacks, issues } = read({});
    assert.deepEqual([list, environments, stacks, issues], [[], undefined, [], []]);
  });

  it("attack: reads nothing behind a link, wherever it leads, for a commit can't", () => {
    const { list, stacks, environments, issues } = read({
      "other.yaml": "1",
      "../outside/secret.yaml": "secret",
      "service/a.yaml": link("../other.yaml"),
      "service/b.yaml": link("../../outside/secret.yaml"),
      "service/c.yaml": link("../../outside"),
      "service/d.yaml": link("nowhere"),
      "service/.e.yaml": link("../other.yaml"),
      "service/notes": link("../other.yaml"),
      infrastructure: link("../outside"),
      "environments.yaml": link("other.yaml"),
      "Pulumi.testing.yaml": link("other.yaml"),
    });
    assert.deepEqual([list, stacks, environments], [[], [], undefined]);
    assert.deepEqual(
      issues.map(({ code, file }) => `${file} ${code}`),
      [
        "infrastructure link",
        "service/a.yaml link",
        "service/b.yaml link",
        "service/c.yaml link",
        "service/d.yaml link",
        "environments.yaml link",
        "Pulumi.testing.yaml link",
      ],
    );
  });

  it("doesn't follow a link that leads back to its own folder", () => {
    const found = list({ "service/a.yaml": "1", "service/loop": link(".") });
    assert.deepEqual(found, [
      "service/a.yaml: 1",
      "service/loop:1:1 ignored-file warning: a link to a folder isn't followed; move the files here",
    ]);
  });

  it("reads the same list through a link to the repository", () => {
    withRepository({ "service/a.yaml": "1", "service/b.yaml": "2" }, (root) => {
      const other = `${root}-link`;
      fs.symlinkSync(root, other);
      const { list, issues } = readSources(other, PROGRAM_ROOT);
      assert.deepEqual(
        list.map(({ file }) => file),
        ["service/a.yaml", "service/b.yaml"],
      );
      assert.deepEqual(issues, []);
    });
  });

  it("reads no more than the limit of a file above it", () => {
    const { list } = read({ "service/a.yaml": new Uint8Array(3_000_000) });
    assert.equal(list[0]?.bytes.length, 1024 * 1024 + 1);
  });

  it("reads the bytes of a file as they are", () => {
    const bytes = Uint8Array.from([0xef, 0xbb, 0xbf, 0xff, 0x00, 0x0d, 0x0a]);
    const { list } = read({ "service/a.yaml": bytes });
    assert.deepEqual([...(list[0]?.bytes ?? [])], [...bytes]);
  });

  it("reads the stack configs and environments.yaml, and no other file of the top folder", () => {
    const { stacks, environments } = read({
      "Pulumi.yaml": "1",
      "Pulumi.testing.yaml": "2",
      "Pulumi.eu-west_1.2.yaml": "3",
      "Pulumi.a.yml": "4",
      "Pulumi..yaml": "5",
      "Pulumi.a b.yaml": "6",
      "pulumi.a.yaml": "7",
      "environments.yaml": "8",
      "environments.yml": "9",
      "stacks/Pulumi.b.yaml": "10",
    });
    assert.deepEqual(
      stacks.map(({ file }) => file),
      ["Pulumi.eu-west_1.2.yaml", "Pulumi.testing.yaml"],
    );
    assert.equal(environments?.file, "environments.yaml");
  });

  it("takes the default chart from the program, not from the repository", () => {
    const { defaultCharts } = read({ "charts/service/9.9.9/Chart.yaml": "version: 9.9.9\n" });
    assert.deepEqual(
      defaultCharts.map(({ file, bytes }) => [file, Buffer.from(bytes)]),
      ["1.1.0", "1.0.0"]
        .map((version) => `charts/service/${version}/Chart.yaml`)
        .map((file) => [file, fs.readFileSync(path.join(PROGRAM_ROOT, file))]),
    );
  });

  it("names charts of a package by the link to it in the project, or in a folder above", () => {
    const files = {
      "node_modules/pulumi-releases/dist": link(PROGRAM_ROOT),
      "infra/releases/README.md": "",
    };
    const [own, nested] = withRepository(files, (root) =>
      [root, path.join(root, "infra/releases")].map((project) => {
        return readSources(project, PROGRAM_ROOT, project).defaultCharts[0]?.file;
      }),
    );
    const chart = "node_modules/pulumi-releases/dist/charts/service/1.1.0/Chart.yaml";
    assert.deepEqual([own, nested], [chart, `../../${chart}`]);
  });

  it("throws where there is no repository", () => {
    assert.throws(() => readSources("/nowhere/at/all", PROGRAM_ROOT), /ENOENT/);
  });

  it("finds a file where a folder of the list is expected", () => {
    const { list, issues } = read({ service: "- github: orders\n" });
    assert.deepEqual(list, []);
    assert.deepEqual(
      issues.map(({ code, file }) => `${file} ${code}`),
      ["service unreadable"],
    );
  });

  it("finds a file whose name isn't UTF-8", () => {
    withRepository({ "service/a.yaml": "1" }, (root) => {
      const name = Buffer.from([0xff, 0x2e, 0x79, 0x61, 0x6d, 0x6c]);
      fs.writeFileSync(Buffer.concat([Buffer.from(`${root}/service/`), name]), "1");
      const { list, issues } = readSources(root, PROGRAM_ROOT);
      assert.deepEqual(
        list.map(({ file }) => file),
        ["service/a.yaml"],
      );
      assert.deepEqual(
        issues.map(({ code }) => code),
        ["unreadable"],
      );
    });
  });

  it("finds a file that may not be read", function () {
    // Nothing is kept from root.
    if (process.getuid?.() === 0) this.skip();
    withRepository({ "service/a.yaml": "1" }, (root) => {
      fs.chmodSync(path.join(root, "service/a.yaml"), 0);
      const { list, issues } = readSources(root, PROGRAM_ROOT);
      assert.deepEqual(list, []);
      assert.deepEqual(
        issues.map(({ code, file }) => `${file} ${code}`),
        ["service/a.yaml unreadable"],
      );
    });
  });
});
