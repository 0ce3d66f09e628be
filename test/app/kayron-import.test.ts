import assert from "node:assert/strict";
import * as yaml from "yaml";
import { RepositoryFiles } from "../../src/adapters/disk/repository-files";
import { importKayron, type KayronRepository } from "../../src/app/kayron-import";
import { lint } from "../../src/app/lint";
import { isError } from "../../src/core/error";
import { formatIssue, hasErrors } from "../../src/core/input/issue";
import type { Source } from "../../src/core/input/source";
import { asMapping, type Mapping } from "../../src/core/mapping";
import { readKayronFiles, readSources } from "../../src/core/read";
import { planStack, type Repository } from "../../src/core/repository";
import { randomList, type ListFiles } from "../kayron/lists";
import { KAYRON, kayronSays } from "../kayron/real";
import { folderOf } from "../support/folder";
import { Dice } from "../support/random-history";
import { issuesOf, PROGRAM_ROOT, repositoryOf, withRepository } from "../support/repository";
import { text } from "../support/text";

/** Returns what Kayron reads of files. */
function listOf(files: ListFiles): readonly Source[] {
  return withRepository(files, (root) => [
    ...readSources(root, PROGRAM_ROOT).list,
    ...readKayronFiles(root).list,
  ]);
}

function imported(
  files: ListFiles,
  more: Partial<KayronRepository> = {},
): ReturnType<typeof importKayron> {
  return importKayron({
    list: listOf(files),
    defaultBranch: "main",
    branches: [],
    tags: [],
    ...more,
  });
}

/** Returns the same, and says what is refused where it is. */
function importedOrThrow(files: ListFiles): ReturnType<typeof importKayron> {
  try {
    return imported(files);
  } catch (cause) {
    assert.ok(isError(cause, "findings"));
    throw new Error(JSON.stringify([files, cause.issues.map(formatIssue)], null, 2));
  }
}

/** The list of 0xSplits/releases, and its neighbors. */
const SPLITS = {
  "infrastructure/infrastructure.yaml": text`
    - github: "infrastructure"
      provider: "cloudformation"
      deploy:
        release: "v0.5.8"
  `,
  "service/service.yaml": text`
    - docker: "alloy"
      github: "alloy"
      deploy:
        release: "v1.12.2-ce60d74"

    # The operator itself.
    - docker: "kayron"
      github: "kayron"
      deploy:
        release: "v0.5.3"

    - docker: "splits-lite"
      github: "splits-lite"
      deploy:
        release: "v0.2.3"
        preview: true
  `,
};

const STACK = text`
  config:
    pulumi:disable-default-providers: ["*"]
    aws:region: eu-west-1
    releases:account: "111111111111"
    releases:cluster: { context: splits-1111 }
    releases:registry: { role: source }
    releases:templates: { bucket: splits-templates, versions: all }
`;

/** Whether Kayron takes a list; where it isn't installed, whether `lint --kayron` does. */
async function isTaken(files: ListFiles): Promise<boolean> {
  // The one key that a library of YAML can't give to anybody.
  if (Object.values(files).some((content) => content.includes("__proto__"))) return false;
  const folder = folderOf(files);
  if (KAYRON !== undefined) return (await kayronSays(folder)) === undefined;
  // Kayron knows no range, and lint takes one for what says which version runs.
  if (Object.values(files).some((content) => content.includes("range:"))) return false;
  return !hasErrors(
    lint(
      {
        files: new RepositoryFiles(folder, PROGRAM_ROOT),
        git: { branch: () => undefined },
        now: () => new Date(0),
      },
      "kayron",
    ).issues,
  );
}

/** Returns what an environment of Kayron's runs, by image or repository, as YAML's own library reads the list. */
function runsOfKayron(files: ListFiles): string[] {
  const images = new Set<unknown>();
  return [...listOf(files)]
    .sort((a, b) => (a.file < b.file ? -1 : 1))
    .flatMap(({ bytes }) => {
      const [document] = yaml.parseAllDocuments(new TextDecoder().decode(bytes), { merge: true });
      const entries = (
        document === undefined || !("toJS" in document) ? [] : document.toJS()
      ) as unknown;
      return Array.isArray(entries) ? (entries as Mapping[]) : [];
    })
    .flatMap(({ docker, github, deploy }) => {
      const image = docker === null || docker === "" ? undefined : docker;
      if (image !== undefined && images.has(image)) return [];
      images.add(image);
      const { release, branch, suspend } = asMapping(deploy);
      const given = [release, branch].map((one) =>
        one === null || one === undefined ? "" : textOf(one),
      );
      const isNone =
        given[1] !== "" && (given[1]?.trim() === "" || given[1]?.includes("\n") === true);
      const what = given.find((one) => one !== "" && !isNone);
      const otherwise = suspend === true || isNone ? "suspend" : "previews";
      return `${textOf(image ?? github)} ${what ?? otherwise}`;
    })
    .sort();
}

function textOf(value: unknown): string {
  const number = NUMBERS.get(String(value));
  if (number !== undefined) return number;
  return String(value).replace(/^(?:ghcr\.io|localhost)\//, "");
}

/** Numbers of the generated lists that Kayron's library reads in another way than the one here. */
const NUMBERS = new Map([
  ["400", "256"],
  ["1000", "1e3"],
  ["1_000", "1000"],
]);

/** Returns what an environment runs here. */
function runsOf({ list }: Repository): string[] {
  return list
    .map(({ docker, github, deploy }) => {
      const what =
        deploy.strategy === "release"
          ? deploy.version.text
          : deploy.strategy === "branch"
            ? deploy.branch
            : deploy.strategy;
      return `${docker ?? github} ${what}`;
    })
    .sort();
}

function versionsIn(repository: Repository): Record<string, Record<string, string>> {
  const stacks = [...repository.stacks.values()].map((values) => {
    const { plan } = planStack(repository, values);
    const running = plan?.deployments ?? [];
    return [
      values.stack,
      Object.fromEntries(running.map((one) => [one.service.name, one.version.text])),
    ];
  });
  return Object.fromEntries(stacks) as Record<string, Record<string, string>>;
}

describe("a repository of Kayron's", () => {
  it("keeps the text of the sample's lists, and has its versions in each environment", () => {
    const { files, environments, report } = imported(SPLITS, {
      branches: ["main", "testing"],
      tags: ["v0.9.0", "v0.10.0", "notes"],
    });
    const { "environments.yaml": path, ...list } = Object.fromEntries(files);
    assert.deepEqual(list, SPLITS);
    assert.deepEqual(environments, ["testing", "staging", "production"]);
    const stacks = environments.map((name, index) => {
      return [`Pulumi.${name}.yaml`, STACK.replaceAll("1111", `111${index}`)];
    });
    const all = { ...Object.fromEntries(files), ...(Object.fromEntries(stacks) as ListFiles) };
    assert.deepEqual(
      issuesOf(all)
        .filter(({ severity }) => severity === "error")
        .map(formatIssue),
      [],
    );
    const versions = {
      alloy: "v1.12.2-ce60d74",
      infrastructure: "v0.5.8",
      kayron: "v0.5.3",
      "splits-lite": "v0.2.3",
    };
    assert.deepEqual(versionsIn(repositoryOf(all)), {
      testing: versions,
      staging: versions,
      production: versions,
    });
    assert.match(
      path ?? "",
      /staging:\n {4}ref: "main"\n {4}from: testing\n {4}accepts: \[release\]\n/,
    );
    assert.deepEqual(report, [
      "testing is the branch testing: merge this commit into it before it is deployed",
      "staging is the branch main",
      "production is the highest tag v*, v0.10.0 now, and no longer GitHub's latest release: an older release that is marked as the latest rolls nothing back",
      "development is your machine, and no stack",
      "infrastructure is a CloudFormation stack: its repository uploads its templates, docs/kayron.md has the workflow",
      "splits-lite has previews: the first environment that accepts preview has them, in a cluster, once its stack config sets releases:previews",
      "templates.bucket of each stack config is a guess: write yours",
      "no list is read over GitHub's API: a deployment is a workflow of this repository",
    ]);
  });

  it("loses what Kayron ignores, and keeps the comments and the quoting of the rest", () => {
    const { files, report } = imported({
      "services/shop.yaml": text`
        # The shop.
        - owner: shop # who
          # its image
          docker: 'orders'
          github: 123
          labels:
            a: b
          # what runs
          deploy: { canary: true, release: "v1.2.3" } # soon
        - { github: catalog, x: 1, docker: ghcr.io/acme/catalog, deploy: { branch: main }, name: Bad Name }
        - github: again
          docker: orders
          deploy:
            release: v9
      `,
      "more.yaml": text`
        - github: 0x1F
          provider: cloudformation
          deploy: { suspend: true }
        ---
        - github: gone
      `,
      "service/none.yaml": "# Nothing.\n",
    });
    const { "environments.yaml": _path, ...list } = Object.fromEntries(files);
    assert.deepEqual(list, {
      "infrastructure/more.yaml": text`
        - github: "31"
          provider: cloudformation
          deploy: { suspend: true }
          name: infrastructure
      `
        .replace("  name: infrastructure\n", "")
        .replace('"31"\n', '"31"\n  name: infrastructure\n'),
      "service/shop.yaml": text`
        # The shop.
        - # its image
          docker: 'orders'
          github: 123
          # what runs
          deploy: { release: "v1.2.3" } # soon
        - { github: catalog, docker: acme/catalog, deploy: { branch: main } }
      `,
    });
    assert.deepEqual(report.slice(0, 13), [
      "more.yaml:4 the second document is left out: Kayron drops it",
      'more.yaml:1 "github" is "31", as Kayron reads 0x1F',
      'more.yaml:1 gets the name "infrastructure": "31" can\'t be one here, or is another one\'s',
      "more.yaml becomes infrastructure/more.yaml: only service/ and infrastructure/ are read",
      "service/none.yaml is left out: it has no definition",
      'services/shop.yaml:2 "owner" is removed: Kayron ignores it',
      'services/shop.yaml:2 "labels" is removed: Kayron ignores it',
      'services/shop.yaml:2 "deploy.canary" is removed: Kayron ignores it',
      'services/shop.yaml:10 "x" is removed: Kayron ignores it',
      'services/shop.yaml:10 "name" is removed: Kayron ignores it',
      'services/shop.yaml:10 "docker" loses its host: write "ghcr.io" as registry.host of each stack config',
      'services/shop.yaml:11 is left out: "orders" is defined already, in services/shop.yaml:2',
      "services/shop.yaml becomes service/shop.yaml: only service/ and infrastructure/ are read",
    ]);
    assert.deepEqual(report.slice(-5, -2), [
      "infrastructure is suspended: each stack config pins what runs there, and nothing of it changes",
      "infrastructure is a CloudFormation stack: its repository uploads its templates, docs/kayron.md has the workflow",
      "acme/catalog follows the branch main: each stack config pins its commit, releases bump acme/catalog COMMIT@sha256:... --stack testing",
    ]);
  });

  it("tells which other tree has other versions, which a merge keeps", () => {
    const service = SPLITS["service/service.yaml"].replace("v0.5.3", "v0.6.0-rc.1");
    const others = new Map([["testing", listOf({ ...SPLITS, "service/service.yaml": service })]]);
    const { report } = imported(SPLITS, { others });
    assert.ok(
      report.includes(
        "kayron is at v0.5.3 here, and at v0.6.0-rc.1 in testing: its own tree says so, and stays as it is",
      ),
    );
  });

  for (const [what, content] of [
    ["a text", "text\n"],
    ["a mapping", "a: 1\n"],
    ["no YAML", "- ["],
    ["a key twice", "- github: a\n  github: b\n"],
  ] as const) {
    it(`isn't left out in silence where a file holds ${what}`, () => {
      const files = { ...SPLITS, "service/z.yaml": content };
      assert.throws(
        () => imported(files),
        (cause) => isError(cause, "findings"),
      );
    });
  }

  it("is refused with what is wrong, where Kayron doesn't take it either", () => {
    assert.throws(
      () => imported({ "service/a.yaml": "- github: orders\n  docker: orders\n" }),
      (cause) =>
        isError(cause, "findings") && cause.issues.some(({ code }) => code === "missing-strategy"),
    );
  });

  const seed = Number(process.env["SEED"] ?? Date.now() % 2 ** 31);
  it(`is sound without compatibility, and has the same versions, in 200 generated lists (SEED=${seed})`, async function () {
    this.timeout(200_000);
    let count = 0;
    for (let each = seed; count < 200; each++) {
      const files = randomList(new Dice(each));
      if (!(await isTaken(files))) continue;
      count++;
      const result = Object.fromEntries(importedOrThrow(files).files);
      const message = `SEED=${each}: ${JSON.stringify([files, result])}`;
      assert.deepEqual(issuesOf(result).map(formatIssue), [], message);
      assert.deepEqual(runsOf(repositoryOf(result)), runsOfKayron(files), message);
    }
  });
});
