import assert from "node:assert/strict";
import * as rpc from "@pulumi/pulumi/runtime/rpc";
import { releases } from "../support/cli";
import { hasGit, type GitFolder } from "../support/git";
import {
  assertRefused,
  attacked,
  edit,
  EVIL_DIGEST,
  FREEZE,
  judged,
  strictPath,
} from "../support/attacked";

const { specialSigKey: KEY, specialSecretSig, specialAssetSig, unknownValue } = rpc;
const LIST = "service/shop.yaml";

describe("values, attacked", function () {
  if (!hasGit) {
    it("are skipped: there is no git in PATH", function () {
      this.skip();
    });
    return;
  }

  const withValues = (values: string): GitFolder => {
    const folder = attacked();
    edit(folder, LIST, "deploy:", `values: ${values}, deploy:`);
    return folder;
  };

  for (const [what, values] of [
    ["a secret, whose change is no change", `{ a: { "${KEY}": "${specialSecretSig}", value: x } }`],
    ["a file of the runner", `{ a: { "${KEY}": "${specialAssetSig}", path: /etc/passwd } }`],
    ["an address", `{ a: { "${KEY}": "${specialAssetSig}", uri: "http://127.0.0.1/" } }`],
    ["the text that means unknown", `{ replicaCount: "${unknownValue}" }`],
    ["a key of the SDK's own", "{ __pulumiResource: true }"],
  ] as const) {
    it(`by ${what}: lint and plan refuse it, each occurrence`, async () => {
      const folder = withValues(values);
      for (const args of [["lint"], ["plan"], ["plan", "--since", "base"]]) {
        const { code, stdout, stderr } = await releases(folder.path, ...args);
        assert.equal(code, 1);
        assert.match(stdout + stderr, /^service\/shop\.yaml:1:\d+ reserved-name /m);
      }
    });
  }

  const CATALOG = "- { github: catalog, docker: catalog, deploy: { release: v1.0.0 }";
  const STAGED = "Pulumi.production.yaml";

  for (const [what, list, values, code] of [
    ["the image's tag", "", "{ image: { tag: v9.9.9 } }", "values-set-image"],
    ["the image's digest", "", `{ image: { digest: "${EVIL_DIGEST}" } }`, "values-set-image"],
    ["null for the image", "", "{ image: null }", "values-set-image"],
    ["a list for the image", "", "{ image: [x] }", "values-set-image"],
    ["a registry of its own", "", "{ image: { registry: evil.example } }", "values-set-image"],
    [
      "the registry of all images",
      `, chart: { name: oci://ghcr.io/acme/x, version: 1.0.0, digest: "${EVIL_DIGEST}" }`,
      "{ global: { imageRegistry: evil.example } }",
      "values-set-image",
    ],
    [
      "the tag where the chart wants it",
      `, chart: { name: oci://ghcr.io/acme/x, version: 1.0.0, digest: "${EVIL_DIGEST}" }, imageValues: { repository: app.repo, tag: app.tag }`,
      "{ app: { tag: v9.9.9 } }",
      "values-set-image",
    ],
    ["a secret, whose change is no change", "", "{ a: { secure: strict } }", "encrypted-value"],
    [
      "the mark of a secret",
      "",
      `{ a: { "${KEY}": "${specialSecretSig}", value: x } }`,
      "reserved-name",
    ],
    ["the text that means unknown", "", `{ replicaCount: "${unknownValue}" }`, "reserved-name"],
  ] as const) {
    it(`of a stack config, by ${what}: lint, plan and the plan of the change refuse it`, async () => {
      const folder = attacked();
      if (list !== "") edit(folder, LIST, /^.*catalog.*$/m, `${CATALOG}${list} }`);
      edit(folder, STAGED, /$/, `  releases:values: { catalog: ${values} }\n`);
      for (const args of [["lint"], ["plan"], ["plan", "--since", "base"]]) {
        const { code: exit, stdout, stderr } = await releases(folder.path, ...args);
        assert.equal(exit, 1);
        assert.match(
          stdout + stderr,
          new RegExp(`^Pulumi\\.production\\.yaml:\\d+:\\d+ ${code} `, "m"),
        );
      }
    });
  }

  it("of a stack config in a freeze: refused, by the freeze alone", async () => {
    const folder = attacked({ environments: strictPath({ production: FREEZE }) });
    edit(folder, STAGED, /$/, "  releases:values: { catalog: { replicaCount: 0 } }\n");
    const { stacks } = await assertRefused(folder, [["freeze", "catalog", /the holidays/]]);
    assert.deepEqual(stacks["production"]?.moves, []);
  });

  it("of a stack config that hide in a promotion of another service: shown, and in the fingerprint", async () => {
    const fingerprintOf = async (values: string): Promise<string> => {
      const folder = attacked();
      edit(folder, "Pulumi.testing.yaml", "orders: v1.0.0", "orders: v1.1.0");
      if (values !== "") {
        edit(folder, STAGED, /$/, `  releases:values: { catalog: ${values} }\n`);
        const { stacks } = await judged(folder);
        const [change] = stacks["production"]?.changes ?? [];
        assert.deepEqual([change?.op, change?.name], ["update", "catalog"]);
      }
      const { stdout } = await releases(folder.path, "plan", "--since", "base", "--json");
      return (JSON.parse(stdout) as { fingerprint: string }).fingerprint;
    };
    const found = [
      await fingerprintOf(""),
      await fingerprintOf("{ replicaCount: 2 }"),
      await fingerprintOf("{ replicaCount: 3 }"),
    ];
    assert.equal(new Set(found).size, 3);
  });

  it("by names that every object of JavaScript has: they are shown, and no trace is", async () => {
    const names = ["toString", "constructor", "hasOwnProperty", "valueOf", "isPrototypeOf"];
    const folder = withValues(
      `{ podAnnotations: { ${names.map((name) => `${name}: x`).join(", ")} } }`,
    );
    const { code, stderr, stacks } = await judged(folder);
    assert.deepEqual([code, stderr], [0, ""]);
    const [change] = stacks["testing"]?.changes ?? [];
    assert.deepEqual([change?.op, change?.name], ["update", "catalog"]);
    const text = await releases(folder.path, "plan", "--since", "base", "--format", "markdown");
    for (const name of names) assert.ok(text.stdout.includes(name), name);
  });

  it("by aliases that become 18 million values: a finding", async () => {
    const folder = attacked();
    const keys = Array.from({ length: 20_000 }, (_, index) => `k${index}: 1`).join(", ");
    const aliases = Array.from({ length: 900 }, (_, index) => `a${index}: *a`).join(", ");
    edit(folder, LIST, "deploy:", `values: { a: &a { ${keys} }, ${aliases} }, deploy:`);
    const { code, stderr } = await releases(folder.path, "plan", "--since", "base");
    assert.equal(code, 1);
    assert.match(stderr, /^service\/shop\.yaml:\d+:\d+ \S+ /m);
  });
});
