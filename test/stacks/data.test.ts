import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { specialSecretSig, specialSigKey } from "@pulumi/pulumi/runtime/rpc";
import { record } from "../../src/adapters/pulumi/embedded";
import { compareResources } from "../../src/adapters/pulumi/compare";
import { formatIssue } from "../../src/core/input/issue";
import { program } from "../../stacks/program";
import { hintAtTrace } from "../../stacks/traces";
import { folderOf, type Files } from "../support/folder";
import { planOf, theOne, TYPES } from "../support/plans";
import { issuesOf } from "../support/repository";
import { serviceYaml, stackConfigYaml } from "../support/yaml";

const EXTERNAL = "{ role: external, host: ghcr.io/acme }";
/** What every object of JavaScript inherits, but __proto__, which no file may have. */
const INHERITED = Object.getOwnPropertyNames(Object.prototype).filter((key) => key !== "__proto__");
/** Those that CloudFormation takes as a parameter's name. */
const PARAMETERS = INHERITED.filter((key) => !key.includes("_"));
const data = (value: string, keys = INHERITED): string =>
  `{ ${keys.map((key) => `${key}: ${value}`).join(", ")} }`;
const dataOf = (keys: readonly string[]): object =>
  Object.fromEntries(keys.map((key) => [key, "x"]));
const DATA = dataOf(INHERITED);

/** A chart that only its registry knows. */
const CHART = `  chart: { name: "oci://ghcr.io/acme/charts/api", version: 1.0.0 }\n`;

const HELM: Files = {
  "service/a.yaml": serviceYaml(
    "api",
    `  values: { ${data("x").slice(2, -2)}, deep: [${data("x")}] }\n${CHART}`,
  ),
  "Pulumi.testing.yaml": stackConfigYaml("", EXTERNAL),
};
const TEMPLATES: Files = {
  "infrastructure/a.yaml":
    "- { github: network, provider: cloudformation, deploy: { release: v1.0.0 } }\n",
  "Pulumi.testing.yaml": `config:
  aws:region: eu-west-1
  pulumi:disable-default-providers: ["*"]
  releases:account: "111111111111"
  releases:templates: { bucket: acme-templates, parameters: ${data("x", PARAMETERS)}, tags: ${data("x")} }
`,
};

describe("data whose keys JavaScript gives to every object", () => {
  it("is what Helm gets, as it is in the list", async () => {
    const { inputs } = theOne(await planOf(HELM), TYPES.release, "api");
    const image = { repository: "ghcr.io/acme/api", tag: "v1.2.3" };
    assert.deepEqual(inputs["values"], { ...DATA, deep: [DATA], image });
  });

  it("is what CloudFormation gets", async () => {
    const { inputs } = theOne(await planOf(TEMPLATES), TYPES.template, "network");
    assert.deepEqual(inputs["parameters"], {
      ...dataOf(PARAMETERS),
      NetworkVersion: "v1.0.0",
    });
    assert.deepEqual(inputs["tags"], DATA);
  });

  it("is a change where it comes, and where it goes", async () => {
    const without = { ...HELM, "service/a.yaml": serviceYaml("api", CHART) };
    const [before, after] = [await planOf(without), await planOf(HELM)];
    const changed = (from: typeof before, to: typeof before): string[] =>
      compareResources(from.resources, to.resources).flatMap(({ properties }) =>
        properties.map(
          ({ path, from, to }) => `${path}: ${JSON.stringify(from)} -> ${JSON.stringify(to)}`,
        ),
      );
    for (const key of INHERITED) {
      assert.ok(changed(before, after).includes(`values.${key}: undefined -> "x"`), key);
      assert.ok(changed(after, before).includes(`values.${key}: "x" -> undefined`), key);
    }
  });
});

describe("program on what Pulumi keeps for itself", () => {
  const traces = Object.getOwnPropertyDescriptor(Error, "stackTraceLimit") ?? {};
  afterEach(() => {
    process.removeListener("unhandledRejection", hintAtTrace);
    Object.defineProperty(Error, "stackTraceLimit", traces);
  });

  /** Runs the real program, with the config as the engine passes it. */
  const refusals = async (files: Files, config: Record<string, string>): Promise<string[]> => {
    pulumi.runtime.setAllConfig(config);
    try {
      await record("testing", () => program(folderOf(files)));
      return [];
    } catch (cause) {
      assert.ok(cause instanceof pulumi.RunError, String(cause));
      return cause.message.split("\n").slice(1);
    }
  };

  const CONFIG = {
    "aws:region": "eu-west-1",
    "releases:account": "111111111111",
    "releases:cluster": '{"context":"test"}',
    "releases:registry": '{"role":"external","host":"ghcr.io/acme"}',
  };
  const secret = `{ "${specialSigKey}": "${specialSecretSig}", value: x }`;

  it("refuses it in the list with the findings of lint", async () => {
    const files = { ...HELM, "service/a.yaml": serviceYaml("api", `  values: { a: ${secret} }\n`) };
    const found = await refusals(files, CONFIG);
    assert.equal(found.length, 2);
    assert.deepEqual(found, issuesOf(files).map(formatIssue));
  });

  it("refuses it in the stack config with the findings of lint", async () => {
    const templates = `{"bucket":"acme-templates","tags":{"${specialSigKey}":"x"}}`;
    const files = {
      ...TEMPLATES,
      "Pulumi.testing.yaml": `config:
  aws:region: eu-west-1
  pulumi:disable-default-providers: ["*"]
  releases:account: "111111111111"
  releases:templates: { bucket: acme-templates, tags: { "${specialSigKey}": x } }
`,
    };
    const { "releases:cluster": _cluster, "releases:registry": _registry, ...config } = CONFIG;
    const found = await refusals(files, { ...config, "releases:templates": templates });
    assert.match(found.join("\n"), /^Pulumi\.testing\.yaml:5:57 reserved-name "templates\.tags\./);
    assert.deepEqual(found, issuesOf(files).map(formatIssue));
  });
});
