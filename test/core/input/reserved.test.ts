import assert from "node:assert/strict";
import * as rpc from "@pulumi/pulumi/runtime/rpc";
import { isMark } from "../../../src/core/input/reserved";
import { issuesOf } from "../../support/repository";
import { serviceYaml, stackConfigYaml } from "../../support/yaml";

const { specialSigKey: KEY, specialSecretSig, specialAssetSig, unknownValue } = rpc;

describe("isMark", () => {
  it("knows every text that the SDK gives a meaning of its own", () => {
    const texts = Object.values(rpc).filter((value) => typeof value === "string");
    assert.ok(texts.length >= 7);
    for (const text of texts) assert.equal(isMark(text), true, text);
    assert.equal(isMark("04da6b54-80e4-46f7-96ec-b56ff0331ba8"), false);
  });
});

describe("checkRepository on what Pulumi keeps for itself", () => {
  const found = (list: string, config = ""): string[] =>
    issuesOf({
      "service/a.yaml": serviceYaml("api", list),
      "Pulumi.testing.yaml": stackConfigYaml(config, "{ role: external, host: ghcr.io/acme }"),
    }).map(({ file, line, column, code }) => `${file}:${line}:${column} ${code}`);

  it("refuses a secret of values, whose change would be no change", () => {
    const secret = `{ "${KEY}": "${specialSecretSig}", value: [/bin/evil] }`;
    assert.deepEqual(found(`  values: { command: ${secret} }\n`), [
      "service/a.yaml:4:24 reserved-name",
      "service/a.yaml:4:60 reserved-name",
    ]);
  });

  it("refuses an asset that reads the runner's files, or fetches an address in a preview", () => {
    for (const source of ["path: /etc/passwd", 'uri: "http://127.0.0.1/latest/meta-data"']) {
      const asset = `{ "${KEY}": "${specialAssetSig}", ${source} }`;
      assert.deepEqual(found(`  values: { a: [1, ${asset}] }\n`), [
        "service/a.yaml:4:22 reserved-name",
        "service/a.yaml:4:58 reserved-name",
      ]);
    }
  });

  it("refuses the text that means unknown, also behind an alias and escaped", () => {
    assert.deepEqual(found(`  values: { replicaCount: "${unknownValue}" }\n`), [
      "service/a.yaml:4:27 reserved-name",
    ]);
    const escaped = unknownValue.replace("0", "\\u0030");
    assert.deepEqual(found(`  values: { a: &a "${escaped}", b: *a }\n`), [
      "service/a.yaml:4:19 reserved-name",
      "service/a.yaml:4:67 reserved-name",
    ]);
  });

  const KEYS = ["__pulumiResource", "__pulumiAsset", "__pulumiOutput", "__defaults", unknownValue];
  for (const key of KEYS) {
    it(`refuses the key ${key}`, () => {
      assert.deepEqual(found(`  values: { a: { "${key}": true } }\n`), [
        "service/a.yaml:4:18 reserved-name",
      ]);
    });
  }

  it("refuses them in every free value of a stack config", () => {
    const free = [
      ["releases:github", `{ owner: ${unknownValue} }`],
      ["releases:cluster", `{ context: ${unknownValue} }`],
      ["releases:previews", `{ domain: ${unknownValue} }`],
      ["releases:environment", unknownValue],
    ] as const;
    for (const [key, value] of free) {
      const config = stackConfigYaml("", "{ role: external, host: ghcr.io/acme }");
      const files = {
        "service/a.yaml": serviceYaml("api"),
        "Pulumi.testing.yaml":
          config.replace("  releases:cluster: { context: test }\n", "") + `  ${key}: ${value}\n`,
      };
      const places = issuesOf(files)
        .filter(({ code }) => code === "reserved-name")
        .map(({ line, column }) => `${line}:${column}`);
      const column = `  ${key}: ${value}`.indexOf(unknownValue) + 1;
      assert.ok(places.includes(`6:${column}`), `${key}: ${places.join(" ")}`);
    }
  });

  it("refuses them in the parameters and tags of templates", () => {
    const issues = issuesOf({
      "infrastructure/a.yaml":
        "- { github: network, provider: cloudformation, deploy: { release: v1.0.0 } }\n",
      "Pulumi.testing.yaml": `config:
  aws:region: eu-west-1
  pulumi:disable-default-providers: ["*"]
  releases:account: "111111111111"
  releases:templates:
    bucket: acme-templates
    parameters: { "${KEY}": "${specialSecretSig}", value: x }
    tags: { team: ${unknownValue}, __defaults: x }
`,
    });
    assert.deepEqual(
      issues.map(({ line, column, code }) => `${line}:${column} ${code}`),
      ["7:19 reserved-name", "7:55 reserved-name", "8:19 reserved-name", "8:57 reserved-name"],
    );
  });

  for (const name of [unknownValue, "__proto__"]) {
    it(`refuses the stack ${name}`, () => {
      const config = stackConfigYaml("", "{ role: external, host: h.example }");
      const files = { "service/a.yaml": serviceYaml("api"), [`Pulumi.${name}.yaml`]: config };
      assert.deepEqual(
        issuesOf(files).map(({ code, message }) => `${code} ${message}`),
        [
          `reserved-name "${name}" can't be a stack's name: it means something else to Pulumi or JavaScript; rename the file`,
        ],
      );
    });
  }

  it("knows no key that an assignment would take for the prototype", () => {
    const config = '  releases:__proto__: { account: "1" }\n';
    assert.deepEqual(found("", config), ["Pulumi.testing.yaml:7:3 unknown-key"]);
  });

  it("leaves longer texts that hold one alone", () => {
    assert.deepEqual(
      found(`  values: { podAnnotations: { a: "id-${unknownValue}", b: __pulumi } }\n`),
      [],
    );
  });
});
