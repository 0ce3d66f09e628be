import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { releases } from "../support/cli";
import { folderOf } from "../support/folder";
import { shopFiles } from "../support/shop";

function folder(verify: string): string {
  const environments = `environments:
  testing: { accepts: [release] }
  staging: { from: testing, accepts: [release] }
  production: { from: staging, ref: main, accepts: [release], verify: ${verify} }
`;
  return folderOf({ ...shopFiles({ environments }), "trust/root.jsonl": ROOT });
}

const ROOT = fs.readFileSync(path.join(__dirname, "../fixtures/crds/root.jsonl"), "utf8");

const REPOSITORY = ["--repository", "acme/releases"];

describe("releases policy", () => {
  it("prints one engine's policies, and all of them without a format", async () => {
    const at = folder("{ mode: require }");
    const one = await releases(at, "policy", "production", "--format", "kyverno", ...REPOSITORY);
    assert.equal(one.code, 0);
    assert.match(one.stdout, /kind: ImageValidatingPolicy/);
    assert.doesNotMatch(one.stdout, /ClusterImagePolicy/);
    const all = await releases(at, "policy", "production", ...REPOSITORY);
    assert.match(
      all.stdout,
      /kind: ImageValidatingPolicy[\s\S]*---[\s\S]*kind: ClusterImagePolicy/,
    );
  });

  it("says that nothing is demanded where it is off", async () => {
    const { code, stdout } = await releases(
      folder("{ mode: off }"),
      "policy",
      "production",
      "--format",
      "kyverno",
    );
    assert.equal(code, 0);
    assert.match(stdout, /^# production demands no signature/);
  });

  it("prints nothing, and exits with 1, where a policy would admit more", async () => {
    const { code, stdout, stderr } = await releases(
      folder("{ mode: require }"),
      "policy",
      "production",
    );
    assert.equal(code, 1);
    assert.equal(stdout, "");
    assert.match(
      stderr,
      /nobody knows which repository deploys; give it as --repository owner\/name/,
    );
  });
});
