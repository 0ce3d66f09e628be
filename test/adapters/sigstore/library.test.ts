import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";
import * as path from "node:path";
import { library, NODE } from "../../../src/adapters/sigstore/library";
import { PROGRAM } from "../../../src/app/open";
import { isError } from "../../../src/core/error";

describe("the packages that verify", () => {
  it("are those of the Sigstore project", () => {
    assert.equal(typeof library().verify.Verifier, "function");
  });

  it("aren't loaded before something is verified, so that a trust root is read without them", () => {
    const script = `
      const { readTrustedRoot, coversToday } = require("./src/adapters/sigstore/trusted-root");
      for (const other of ["bundle", "legacy", "github-attestations"]) require("./src/adapters/sigstore/" + other);
      const root = readTrustedRoot(require("node:fs").readFileSync(process.argv[1], "utf8"), "root");
      coversToday(root, new Date());
      const loaded = Object.keys(require.cache).filter((file) => /node_modules.(?:@sigstore|snappyjs)/.test(file));
      console.log(JSON.stringify([root.instances.length, loaded]));
    `;
    const root = "test/fixtures/sigstore/github-trusted-root.json";
    const args = ["--require", "./register.js", "--eval", script, root];
    const output = execFileSync(process.execPath, args, { cwd: PROGRAM, encoding: "utf8" });
    assert.deepEqual(JSON.parse(output), [1, []]);
  });

  it("say which Node.js they need where they can't be loaded", () => {
    const load = () => {
      throw new SyntaxError("Unexpected token 'with'\nat somewhere");
    };
    assert.throws(
      () => library(load),
      (cause) => {
        assert.ok(isError(cause, "outside"));
        assert.equal(
          cause.message,
          `verify needs Node.js ${NODE} with the packages of Sigstore; this is ${process.version}: Unexpected token 'with'`,
        );
        return true;
      },
    );
  });

  it("need what their own description says", () => {
    const from = createRequire(require.resolve("@sigstore/verify"));
    const { engines } = from(
      path.join(path.dirname(require.resolve("@sigstore/verify")), "../package.json"),
    ) as { engines: { node: string } };
    assert.equal(engines.node, NODE);
  });
});
