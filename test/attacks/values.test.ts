import assert from "node:assert/strict";
import * as rpc from "@pulumi/pulumi/runtime/rpc";
import { releases } from "../support/cli";
import { hasGit, type GitFolder } from "../support/git";
import { attacked, edit, judged } from "../support/attacked";

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

  it("by aliases that become 18 million values: a finding in seconds", async () => {
    const folder = attacked();
    const keys = Array.from({ length: 20_000 }, (_, index) => `k${index}: 1`).join(", ");
    const aliases = Array.from({ length: 900 }, (_, index) => `a${index}: *a`).join(", ");
    edit(folder, LIST, "deploy:", `values: { a: &a { ${keys} }, ${aliases} }, deploy:`);
    const start = performance.now();
    const { code, stderr } = await releases(folder.path, "plan", "--since", "base");
    assert.equal(code, 1);
    assert.match(stderr, /^service\/shop\.yaml:\d+:\d+ \S+ /m);
    assert.ok(performance.now() - start < 30_000);
  });
});
