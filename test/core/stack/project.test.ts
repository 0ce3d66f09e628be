import assert from "node:assert/strict";
import { formatIssue } from "../../../src/core/input/issue";
import { parseProject } from "../../../src/core/stack/project";
import { issuesOf, repositoryOf } from "../../support/repository";
import { yamlFile } from "../../support/model";
import { ORDERS } from "../bad-input/parts";

const project = (config: string, name = "releases"): string =>
  `name: ${name}\nruntime: nodejs\nconfig:\n${config}`;

function settings(config: string, name?: string): Record<string, unknown> {
  const parsed = parseProject(yamlFile(project(config, name), "Pulumi.yaml"));
  assert.deepEqual(parsed.issues.map(formatIssue), []);
  return Object.fromEntries(parsed.config);
}

describe("parseProject", () => {
  const cases = [
    ["  aws:region: eu-west-1\n", { "aws:region": "eu-west-1" }],
    ["  aws:region: { value: eu-west-1 }\n", { "aws:region": "eu-west-1" }],
    ['  account: "111111111111"\n', { "releases:account": "111111111111" }],
    [
      "  github: { type: object, default: { owner: acme } }\n",
      { "releases:github": { owner: "acme" } },
    ],
    ["  releases:cluster: { value: { context: a } }\n", { "releases:cluster": { context: "a" } }],
    ['  pulumi:disable-default-providers: ["*"]\n', { "pulumi:disable-default-providers": ["*"] }],
    ["  account: { type: string }\n", {}],
    ["  {}\n", {}],
  ] as const;
  for (const [config, expected] of cases) {
    it(`reads ${config.trim()} as Pulumi does`, () => {
      assert.deepEqual(settings(config), expected);
    });
  }

  it("takes a key without a namespace for one of the project", () => {
    assert.deepEqual(settings("  account: 1\n", "shop"), { "shop:account": 1 });
  });
});

describe("settings of Pulumi.yaml", () => {
  const files = {
    "service/shop.yaml": ORDERS,
    "Pulumi.yaml": project(
      '  aws:region: eu-west-1\n  pulumi:disable-default-providers: ["*"]\n' +
        "  cluster: { value: { context: shared } }\n",
    ),
    "Pulumi.testing.yaml":
      'config:\n  releases:account: "111111111111"\n' +
      "  releases:registry: { role: source, prefix: releases/ }\n",
  };

  it("count for stacks that don't set them, as they do for Pulumi", () => {
    assert.deepEqual(issuesOf(files), []);
    const { region, values } = repositoryOf(files).stacks.get("testing") ?? {};
    assert.equal(region, "eu-west-1");
    assert.deepEqual(values?.["cluster"], { context: "shared" });
  });

  it("are replaced as a whole by those of a stack", () => {
    const own = `${files["Pulumi.testing.yaml"]}  aws:region: us-east-1\n  releases:cluster: { context: own, identifier: x }\n`;
    const { region, values } =
      repositoryOf({ ...files, "Pulumi.testing.yaml": own }).stacks.get("testing") ?? {};
    assert.equal(region, "us-east-1");
    assert.deepEqual(values?.["cluster"], { context: "own", identifier: "x" });
  });

  it("that decide what runs are refused, and don't count", () => {
    for (const key of [
      "environment",
      "select",
      "versions",
      "charts",
      "registry",
      "values",
      "holds",
    ]) {
      const yaml = project(`  releases:${key}: { value: x }\n`);
      const { stacks, issues } = repositoryOf({ ...files, "Pulumi.yaml": yaml });
      assert.ok(
        issues.some(({ code, file }) => code === "project-config" && file === "Pulumi.yaml"),
      );
      assert.notEqual(stacks.get("testing")?.values[key], "x");
    }
  });

  it("are said to be wrong in Pulumi.yaml", () => {
    const yaml = project('  account: "12"\n  releases:cluster: { value: { contxt: a } }\n');
    const found = issuesOf({ ...files, "Pulumi.yaml": yaml }).map(formatIssue);
    assert.ok(found.some((line) => line.startsWith("Pulumi.yaml:4:12 invalid-account ")));
    assert.ok(found.some((line) => line.startsWith("Pulumi.yaml:5:32 unknown-key ")));
  });
});
