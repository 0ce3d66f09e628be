import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { verifyCall } from "../../../tools/sigstore-conformance";
import { folderOf, temporaryFolder } from "../../support/folder";

const { RELEASES_VECTORS: VECTORS } = process.env;

/** What the suite's README says for cases that name no other. */
const IDENTITY =
  "https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/.github/workflows/extremely-dangerous-oidc-beacon.yml@refs/heads/main";
const ISSUER = "https://token.actions.githubusercontent.com";

describe("npm run sigstore-conformance", () => {
  it("reads files from where it is called: npm runs a script in the package's folder", () => {
    const folder = folderOf({ "b.json": "{}", "key.pub": "", "a.txt": "" });
    const npm = ["--prefix", path.resolve("."), "run", "-s", "sigstore-conformance", "--"];
    const args = [...npm, "verify-bundle", "--bundle", "b.json", "--key", "key.pub", "a.txt"];
    const { status, stderr } = spawnSync("npm", args, { cwd: folder, encoding: "utf8" });
    assert.match(stderr, /^it isn't a bundle of Sigstore: /);
    assert.equal(status, 1);
  });
});

describe("Sigstore's conformance suite", function () {
  if (VECTORS === undefined) {
    it("is skipped: RELEASES_VECTORS names no folder with its cases", function () {
      this.skip();
    });
    return;
  }
  const folder = path.join(VECTORS, "sigstore-conformance");
  const cases = fs.readdirSync(folder).filter((name) => fs.existsSync(bundleOf(name)));

  function bundleOf(name: string): string {
    return path.join(folder, name, "bundle.sigstore.json");
  }

  /** Returns the arguments that the suite's runner gives for a case, without the artifact. */
  function argumentsOf(name: string): string[] {
    const file = (own: string) => path.join(folder, name, own);
    const has = (own: string) => fs.existsSync(file(own));
    const textOf = (own: string, other: string) =>
      has(own) ? fs.readFileSync(file(own), "utf8").trim() : other;
    const signer = has("key.pub")
      ? ["--key", file("key.pub")]
      : [
          "--certificate-identity",
          textOf("identity", IDENTITY),
          "--certificate-oidc-issuer",
          textOf("issuer", ISSUER),
        ];
    const root = has("trusted_root.json") ? ["--trusted-root", file("trusted_root.json")] : [];
    return ["verify-bundle", "--bundle", bundleOf(name), ...signer, ...root];
  }

  function artifactOf(name: string): string {
    const own = path.join(folder, name, "artifact");
    return fs.existsSync(own) ? own : path.join(folder, "a.txt");
  }

  it("has 70 cases", () => assert.equal(cases.length, 70));

  for (const name of cases) {
    const isRefused = name.endsWith("_fail");
    for (const form of ["file", "digest"] as const) {
      it(`${name} is ${isRefused ? "refused" : "proven"} by its ${form}`, () => {
        const file = artifactOf(name);
        const digest = createHash("sha256").update(fs.readFileSync(file)).digest("hex");
        const result = verifyCall([
          ...argumentsOf(name),
          form === "file" ? file : `sha256:${digest}`,
        ]);
        assert.equal("problem" in result, isRefused, JSON.stringify(result));
      });
    }
  }

  it("refuses a signer whose name or issuer only begins like the expected one", () => {
    const args = argumentsOf("happy-path-v0.3");
    const artifact = artifactOf("happy-path-v0.3");
    const call = (from: string, to: string) =>
      verifyCall([...args.map((arg) => (arg === from ? to : arg)), artifact]);
    assert.deepEqual(call(IDENTITY, IDENTITY.slice(0, -1)), {
      problem: `it is signed by ${IDENTITY}`,
    });
    assert.deepEqual(call(ISSUER, `${ISSUER}/acme`), { problem: `its issuer is ${ISSUER}` });
  });

  it("takes a file for a file, though its name is like a digest", () => {
    const name = `sha256:${"0".repeat(64)}`;
    const home = process.cwd();
    const own = temporaryFolder();
    fs.copyFileSync(artifactOf("happy-path-v0.3"), path.join(own, name));
    const args = argumentsOf("happy-path-v0.3").map((arg) =>
      fs.existsSync(arg) ? path.resolve(arg) : arg,
    );
    process.chdir(own);
    try {
      assert.ok(!("problem" in verifyCall([...args, name])));
    } finally {
      process.chdir(home);
    }
  });

  it("says how it is called", () => {
    for (const args of [
      [],
      ["verify-bundle"],
      argumentsOf("happy-path-v0.3"),
      [...argumentsOf("happy-path-v0.3"), "--key", "k.pub", "a.txt"],
      ["sign-bundle", "--bundle", "b", "--key", "k", "a.txt"],
    ]) {
      const result = verifyCall(args);
      assert.match("problem" in result ? result.problem : "", /^usage: verify-bundle /);
    }
  });
});
