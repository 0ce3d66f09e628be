import assert from "node:assert/strict";
import { artifactOf, type ImageFacts } from "../../../src/core/promotion/artifacts";
import { digestOf } from "../../support/model";

const A = digestOf("a");
const B = digestOf("b");

function artifact(more: Partial<ImageFacts>) {
  return artifactOf("orders", {
    source: "staging.example/orders",
    sourceTag: "v1.1.3-rc.2",
    target: "production.example/orders",
    targetTag: "v1.1.3",
    digest: A,
    inSource: true,
    inTarget: false,
    ...more,
  });
}

function done(action: string) {
  return {
    service: "orders",
    action,
    source: `staging.example/orders@${A}`,
    target: "production.example/orders:v1.1.3",
    digest: A,
  };
}

describe("artifactOf", () => {
  it("copies what isn't there", () => {
    assert.deepEqual(artifact({}), done("copy"));
  });

  it("tags what is there, even when it has gone from where it came from", () => {
    assert.deepEqual(artifact({ inTarget: true }), done("tag"));
    assert.deepEqual(artifact({ inTarget: true, inSource: false }), done("tag"));
  });

  it("has nothing to do where the tag means these bytes", () => {
    assert.deepEqual(artifact({ inTarget: true, tagged: A }), done("none"));
  });

  it("has a problem with a tag that means others, wherever these are", () => {
    const problem = `production.example/orders:v1.1.3 is ${B} already, and this is ${A}; release it under another version`;
    assert.deepEqual(artifact({ tagged: B }), { problem });
    assert.deepEqual(artifact({ tagged: B, inTarget: true }), { problem });
  });

  it("has a problem with bytes that nobody has, or knows", () => {
    assert.deepEqual(artifact({ inSource: false }), {
      problem: `neither staging.example/orders nor production.example/orders has ${A}; push the image again`,
    });
    const { digest: _digest, ...unknown } = { digest: A };
    const facts = { source: "a/orders", sourceTag: "v1", target: "b/orders", targetTag: "v1" };
    assert.deepEqual(
      artifactOf("orders", { ...facts, ...unknown, inSource: false, inTarget: false }),
      { problem: "a/orders has no tag v1; push the image, or pin a digest" },
    );
  });
});
