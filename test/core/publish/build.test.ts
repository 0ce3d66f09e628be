import assert from "node:assert/strict";
import {
  builderPolicy,
  commitIn,
  provenanceFor,
  saysTheSame,
  signatureOf,
  type Build,
} from "../../../src/core/publish/build";
import { provenanceOf } from "../../../src/core/verify/provenance";
import { asMapping } from "../../../src/core/mapping";
import { digestOf } from "../../support/model";

const build: Build = {
  source: "https://github.com/acme/orders",
  ref: "refs/tags/v1.2.0",
  commit: "c0ffee",
  workflow: ".github/workflows/release.yml",
  builder: "https://github.com/acme/shared/.github/workflows/build.yml@refs/heads/main",
  run: "https://github.com/acme/orders/actions/runs/1",
};
const product = { name: "ghcr.io/acme/orders", digest: digestOf("a") };

describe("provenance of a build", () => {
  const one = provenanceFor(build, [product]);

  it("says to verify where it was built, and from what", () => {
    const { predicate } = asMapping(JSON.parse(one.statement));
    assert.deepEqual(provenanceOf(predicate), {
      builder: build.builder,
      repository: "acme/orders",
      ref: build.ref,
    });
    assert.equal(commitIn(one.statement), "c0ffee");
    assert.equal(commitIn(signatureOf(product).statement), undefined);
    assert.equal(commitIn("{"), undefined);
  });

  it("is the same of another run, and of nothing else", () => {
    const again = provenanceFor({ ...build, run: `${build.run ?? ""}0` }, [product]);
    assert.equal(saysTheSame(again.statement, one), true);
    const others = [
      provenanceFor({ ...build, commit: "c0ffef" }, [product]),
      provenanceFor({ ...build, ref: "refs/heads/main" }, [product]),
      provenanceFor({ ...build, builder: "x" }, [product]),
      provenanceFor(build, [{ ...product, digest: digestOf("b") }]),
      provenanceFor(build, [product, product]),
      signatureOf(product),
      { ...one, statement: "{" },
    ];
    for (const other of others) assert.equal(saysTheSame(other.statement, one), false);
  });
});

describe("builderPolicy", () => {
  it("takes a ref by its very text, also one that looks like a pattern", () => {
    for (const ref of [
      "refs/heads/releases/a/b(c)",
      "refs/heads/releases/a/b.c+$d",
      "refs/tags/v1",
    ]) {
      const [signatory] = builderPolicy("acme/orders", ref).signatories;
      assert.ok(signatory?.kind === "workflow");
      assert.equal(signatory.ref?.matches(ref), true, ref);
      assert.equal(signatory.ref.matches(`${ref}x`), false);
      assert.equal(signatory.ref.matches(ref.replace(".", "x")), !ref.includes("."));
    }
  });
});
