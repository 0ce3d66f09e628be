import assert from "node:assert/strict";
import {
  init,
  isOwn,
  upgrade,
  upgradeOf,
  type Brought,
  type CompanyFolder,
} from "../../src/app/init";
import type { Start } from "../../src/app/init";
import { starterData, type Answers } from "../../src/core/init/starter";
import type { Repository } from "../../src/core/repository";
import { generatedFiles } from "../../src/core/init/generated";
import { PACKAGE_FOLDER } from "../../src/core/files";
import { errorOf } from "../support/world";
import { repositoryOf } from "../support/repository";

const ANSWERS: Answers = {
  owner: "acme",
  environments: ["testing", "production"],
  services: ["orders"],
  registry: { host: "ghcr.io/acme" },
  clusters: true,
};

const TEMPLATES: Readonly<Record<string, string>> = {
  "Pulumi.yaml": 'name: "{{name}}"\n',
  "README.md": "# {{name}}: {{environments}}; from {{first}} to {{second}}\n",
  "index.js": "program\n",
  "node-version": "22.0.0\n",
  "package.json": '{ "dependencies": { "@pulumi/pulumi": "{{pulumi}}", "a": "{{version}}" } }\n',
  "workflows/deploy.yml": "on:\n  push:\n    branches: [a, b]\n",
  "bootstrap/Pulumi.yaml": 'name: "{{name}}-bootstrap"\n',
  "bootstrap/index.js": "bootstrap\n",
  gitignore: "node_modules/\n",
};

const encoder = new TextEncoder();

function brought(version: string, changed: Readonly<Record<string, string>> = {}): Brought {
  const templates = Object.entries({ ...TEMPLATES, ...changed }).filter(([, text]) => text !== "");
  return {
    tool: { version, source: version, pulumi: "3.1.0", node: ">=22" },
    templates: new Map(templates),
    defaultCharts: ["1.1.0"].map((chart) => ({
      file: `${PACKAGE_FOLDER}/charts/service/${chart}/Chart.yaml`,
      bytes: encoder.encode(`version: ${chart}\n`),
    })),
  };
}

class Folder implements CompanyFolder {
  readonly texts = new Map<string, string>();
  readonly name = "acme-releases";

  constructor(texts: Readonly<Record<string, string>> = {}) {
    for (const [file, text] of Object.entries(texts)) this.texts.set(file, text);
  }

  entries = (): string[] => [
    ...new Set([...this.texts.keys()].map((file) => file.split("/")[0] ?? "")),
  ];
  read = (file: string): string | undefined => this.texts.get(file);
  write = (file: string, text: string): void => void this.texts.set(file, text);
  remove = (file: string): void => void this.texts.delete(file);

  get repository(): Repository {
    return repositoryOf(Object.fromEntries(this.texts));
  }
}

function start(answers: Partial<Answers> = {}, more: Partial<Start> = {}): Start {
  const data = starterData({ ...ANSWERS, ...answers }, "1.1.0");
  return { data, pipelines: "github", ...more };
}

function written(more: Partial<Start> = {}): Folder {
  const folder = new Folder();
  init(folder, start({}, more), brought("0.1.0"));
  return folder;
}

/** Returns what an upgrade does to files, a line each, and writes it. */
function upgraded(folder: Folder, to: Brought): string[] {
  const found = upgradeOf(folder, folder.repository, to);
  upgrade(folder, folder.repository, to, found);
  return found.changes.map(({ file, from, to, edited }) => {
    const what = from === undefined ? "adds" : to === undefined ? "removes" : "changes";
    return `${edited === undefined ? what : `leaves ${edited}`} ${file}`;
  });
}

describe("init", () => {
  it("writes data, a project and generated files, and a record of these", () => {
    const folder = written();
    assert.equal(isOwn(folder), true);
    assert.deepEqual([...folder.texts.keys()].sort(), [
      ".github/CODEOWNERS",
      ".github/workflows/deploy.yml",
      ".gitignore",
      ".node-version",
      ".releases.json",
      "Pulumi.production.yaml",
      "Pulumi.testing.yaml",
      "Pulumi.yaml",
      "README.md",
      "bootstrap/Pulumi.yaml",
      "bootstrap/index.js",
      "environments.yaml",
      "index.js",
      "package.json",
      "service/services.yaml",
    ]);
    assert.equal(folder.read("Pulumi.yaml"), 'name: "acme-releases"\n');
    assert.equal(
      folder.read("README.md"),
      "# acme-releases: testing and production; from testing to production\n",
    );
    assert.match(folder.read("package.json") ?? "", /"@pulumi\/pulumi": "3\.1\.0", "a": "0\.1\.0"/);
    const { files } = JSON.parse(folder.read(".releases.json") ?? "") as { files: object };
    assert.deepEqual(Object.keys(files), [
      ".github/CODEOWNERS",
      ".github/workflows/deploy.yml",
      ".gitignore",
      ".node-version",
      "bootstrap/index.js",
      "index.js",
    ]);
  });

  it("starts a deployment when a branch of environments.yaml moves, and no other", () => {
    const deploy = written().read(".github/workflows/deploy.yml");
    assert.equal(deploy, 'on:\n  push:\n    branches: ["main"]\n');
  });

  it("resolves what follows something, and has no workflow for it where nothing does", () => {
    const resolve = "jobs:\n  resolve:\n    strategy:\n      matrix:\n        branch: [main]\n";
    const workflow = (list: string): string | undefined => {
      const repository = repositoryOf({
        "environments.yaml":
          "environments:\n  a: { ref: testing, accepts: [range] }\n  b: { ref: 'v*', accepts: [release] }\n  c: { ref: main, accepts: [release] }\n",
        "service/shop.yaml": list,
      });
      const files = generatedFiles(
        brought("0.1.0", { "workflows/resolve.yml": resolve }).templates,
        repository,
        "github",
      );
      return files.get(".github/workflows/resolve.yml");
    };
    const of = (deploy: string): string =>
      `- { github: api, docker: api, deploy: { ${deploy} } }\n`;
    assert.equal(workflow(of("release: v1.0.0")), undefined);
    const filled = resolve.replace("[main]", '["testing", "main"]');
    for (const deploy of ['range: "^1"', "branch: main", "release: v1.0.0, preview: true"]) {
      assert.equal(workflow(of(deploy)), filled, deploy);
    }
  });

  describe("deploys in waves", () => {
    const DEPLOY = `jobs:
  plan:
    outputs:
      wave1: of plan.wave1
      wave2: of plan.wave2
      wave3: of plan.wave3
    steps:
      - run: releases ci deployments --waves 3

  wave1:
    steps: &up
      - run: up

      - run: end

  wave2:
    needs: [plan, wave1]
    steps: *up

  wave3:
    needs: [plan, wave2]
    steps: *up
`;
    const template = { "workflows/deploy.yml": DEPLOY };

    it("with a job for each environment of the path", () => {
      const jobs = (environments: string[]): string => {
        const folder = new Folder();
        init(folder, start({ environments }), brought("0.1.0", template));
        return folder.read(".github/workflows/deploy.yml") ?? "";
      };
      assert.equal(jobs(["a", "b", "c"]), DEPLOY);
      const two = DEPLOY.replace("      wave3: of plan.wave3\n", "")
        .replace("--waves 3", "--waves 2")
        .replace(/\n {2}wave3:[^]*/, "");
      assert.equal(jobs(["a", "b"]), two);
      const one = two
        .replace("      wave2: of plan.wave2\n", "")
        .replace("--waves 2", "--waves 1")
        .replace("steps: &up", "steps:")
        .replace(/\n {2}wave2:[^]*/, "");
      assert.equal(jobs(["a"]), one);
      const five = DEPLOY.replace(/ {6}wave3: .*\n/, (line) =>
        [3, 4, 5].map((wave) => line.replaceAll("wave3", `wave${wave}`)).join(""),
      ).replace("--waves 3", "--waves 5");
      const job = (wave: number): string =>
        `\n  wave${wave}:\n    needs: [plan, wave${wave - 1}]\n    steps: *up\n`;
      assert.equal(jobs(["a", "b", "c", "d", "e"]), five + job(4) + job(5));
    });

    it("and with another number of them once the path has another length", () => {
      const folder = new Folder();
      init(folder, start(), brought("0.1.0", template));
      const path = folder.read("environments.yaml") ?? "";
      const late = "  late:\n    ref: main\n    from: production\n    accepts: [release]\n";
      folder.write("environments.yaml", path + late);
      const next = brought("0.1.0", template);
      assert.deepEqual(upgraded(folder, next), [
        "changes .github/CODEOWNERS",
        "changes .github/workflows/deploy.yml",
      ]);
      assert.equal(folder.read(".github/workflows/deploy.yml"), DEPLOY);
      assert.deepEqual(upgraded(folder, next), []);
    });
  });

  it("gives the last environment's config to others than the list", () => {
    const owners = written().read(".github/CODEOWNERS") ?? "";
    assert.match(owners, /^\* +@acme\/release-managers$/m);
    assert.match(owners, /^\/Pulumi\.testing\.yaml +@acme\/engineering$/m);
    assert.doesNotMatch(owners, /production|environments/);
  });

  it("writes no pipelines without any", () => {
    const files = [...written({ pipelines: "none" }).texts.keys()];
    assert.deepEqual(
      files.filter((file) => /^(?:\.github|bootstrap)\/|^\.node-version$/.test(file)),
      [],
    );
  });

  it("refuses a folder that holds something else, and takes one that is a git repository", () => {
    const other = new Folder({ "notes.txt": "mine" });
    assert.throws(
      () => init(other, start(), brought("0.1.0")),
      errorOf("usage", "acme-releases holds notes.txt; give an empty folder"),
    );
    assert.deepEqual([...other.texts.keys()], ["notes.txt"]);
    const cloned = new Folder({ ".git/HEAD": "" });
    init(cloned, start(), brought("0.1.0"));
    assert.equal(isOwn(cloned), true);
  });

  it("writes nothing of data with errors", () => {
    const folder = new Folder();
    assert.throws(
      () => init(folder, start({ services: ["Orders!"] }), brought("0.1.0")),
      errorOf("findings", "the data has errors"),
    );
    assert.equal(folder.texts.size, 0);
  });

  it("writes what it is given, whoever made it", () => {
    const data = new Map(start().data).set(
      "service/more.yaml",
      "- { github: a, docker: a, deploy: { release: v1 } }\n",
    );
    const folder = new Folder();
    init(folder, { data, pipelines: "none" }, brought("0.1.0"));
    assert.equal(folder.read("service/more.yaml"), data.get("service/more.yaml"));
  });

  it("writes data whose words YAML takes for something else", () => {
    const folder = new Folder();
    const odd = { owner: "no", services: ["on", "e3"], environments: ["y", "null"] };
    init(folder, start(odd), brought("0.1.0"));
    const { list, environments } = folder.repository;
    assert.deepEqual(list.map(({ name }) => name).sort(), ["e3", "on"]);
    assert.deepEqual([...(environments?.keys() ?? [])], ["y", "null"]);
  });
});

describe("upgrade", () => {
  const NEXT = { "index.js": "another program\n", "workflows/deploy.yml": "on: push\n" };

  it("is nothing where the version generates the same", () => {
    const folder = written();
    const before = new Map(folder.texts);
    assert.deepEqual(upgraded(folder, brought("0.1.0")), []);
    assert.deepEqual(folder.texts, before);
  });

  it("changes what nobody edited, and never data", () => {
    const folder = written();
    folder.write("service/services.yaml", "- { github: a, docker: a, deploy: { release: v1 } }\n");
    folder.write("README.md", "ours\n");
    const own = new Map(
      [...folder.texts].filter(([file]) => !/index|deploy|\.releases/.test(file)),
    );
    const next = brought("0.2.0", {
      ...NEXT,
      "README.md": "another\n",
      "Pulumi.yaml": "another\n",
    });
    assert.deepEqual(upgraded(folder, next), [
      "changes .github/workflows/deploy.yml",
      "changes index.js",
    ]);
    assert.equal(folder.read("index.js"), "another program\n");
    for (const [file, text] of own) assert.equal(folder.read(file), text);
    assert.deepEqual(upgraded(folder, next), []);
    assert.match(folder.read(".releases.json") ?? "", /"version": "0\.2\.0"/);
  });

  it("leaves what somebody edited, removed or wrote themselves, until it is the same", () => {
    const folder = written();
    folder.write("index.js", "edited\n");
    folder.remove(".github/workflows/deploy.yml");
    folder.write(".github/workflows/drift.yml", "ours\n");
    const next = brought("0.2.0", { ...NEXT, "workflows/drift.yml": "theirs\n" });
    const left = [
      "leaves removed .github/workflows/deploy.yml",
      "leaves own .github/workflows/drift.yml",
      "leaves changed index.js",
    ];
    for (let times = 0; times < 2; times++) assert.deepEqual(upgraded(folder, next), left);
    folder.write("index.js", "another program\n");
    assert.deepEqual(upgraded(folder, next), left.slice(0, 2));
    assert.deepEqual(upgraded(folder, brought("0.3.0", { ...NEXT, "index.js": "third\n" })), [
      left[0],
      "changes index.js",
    ]);
  });

  it("says nothing of an edited file of which the version has no other text", () => {
    const folder = written();
    folder.write("index.js", "edited\n");
    assert.deepEqual(upgraded(folder, brought("0.2.0")), []);
  });

  it("adds what is new, and removes what is no longer generated", () => {
    const folder = written();
    const next = { "workflows/deploy.yml": "", "workflows/up.yml": "on: push\n" };
    assert.deepEqual(upgraded(folder, brought("0.2.0", next)), [
      "removes .github/workflows/deploy.yml",
      "adds .github/workflows/up.yml",
    ]);
    assert.equal(folder.read(".github/workflows/deploy.yml"), undefined);
  });

  it("follows the refs of environments.yaml", () => {
    const folder = written();
    const path = folder.read("environments.yaml") ?? "";
    folder.write("environments.yaml", path.replace("ref: main", "ref: develop"));
    assert.deepEqual(upgraded(folder, brought("0.1.0")), ["changes .github/workflows/deploy.yml"]);
    assert.match(folder.read(".github/workflows/deploy.yml") ?? "", /\["develop", "main"\]/);
  });

  it("names a package of which another version is needed", () => {
    const folder = written();
    const next = brought("0.2.0");
    const newer = { ...next, tool: { ...next.tool, pulumi: "3.2.0" } };
    assert.deepEqual(upgradeOf(folder, folder.repository, newer).advice, [
      'package.json: "@pulumi/pulumi" is 3.1.0, and this version needs 3.2.0',
    ]);
  });

  it("refuses a path that can't be read: it would deploy from no branch", () => {
    const folder = written();
    folder.write("environments.yaml", "environments: [\n");
    assert.throws(
      () => upgradeOf(folder, folder.repository, brought("0.2.0")),
      errorOf("usage", "environments.yaml can't be read; releases lint says why"),
    );
  });

  it("refuses a record that is none", () => {
    const folder = written();
    folder.write(".releases.json", "<<<<<<<\n");
    assert.throws(
      () => upgradeOf(folder, folder.repository, brought("0.2.0")),
      errorOf("usage", ".releases.json is no record of releases init; restore it from git"),
    );
  });
});
