import assert from "node:assert/strict";
import { createRequire } from "node:module";
import * as path from "node:path";
import { library, NODE } from "../../../src/adapters/sigstore/library";
import { isError } from "../../../src/core/error";

describe("the packages that verify", () => {
  it("are those of the Sigstore project", () => {
    assert.equal(typeof library().verify.Verifier, "function");
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
