import assert from "node:assert/strict";
import * as fc from "fast-check";
import { Ref } from "../../src/core/ref";

describe("Ref", () => {
  const refs = [
    ["refs/heads/main", "branch", "main"],
    ["refs/heads/releases/v0.9/daily", "branch", "releases/v0.9/daily"],
    ["refs/heads/refs/tags/v1", "branch", "refs/tags/v1"],
    ["refs/tags/v1.2.0", "tag", "v1.2.0"],
    ["refs/tags/v*", "tag", "v*"],
    ["refs/remotes/origin/main", "remote", "origin/main"],
  ] as const;
  for (const [fullName, kind, name] of refs) {
    it(`cuts and builds ${fullName}`, () => {
      const ref = Ref.parse(fullName);
      assert.deepEqual([ref?.kind, ref?.name], [kind, name]);
      assert.equal(ref?.fullName, fullName);
      assert.equal(String(ref), fullName);
      assert.equal(JSON.stringify({ ref }), JSON.stringify({ ref: fullName }));
      assert.equal(ref.apiName, fullName.slice("refs/".length));
    });
  }

  for (const text of ["", "main", "HEAD", "refs/heads/", "refs/pull/1/head", "Refs/heads/main"]) {
    it(`doesn't take ${JSON.stringify(text)} for a full name`, () => {
      assert.equal(Ref.parse(text), undefined);
    });
  }

  it("matches its own tags by a pattern, whose * is no slash", () => {
    const matches = (ref: string, tag: string) => Ref.ofEnvironment(ref).matches(Ref.tag(tag));
    assert.ok(matches("v*", "v1.2.0"));
    assert.ok(matches("v*-eu", "v1.2.0-eu"));
    assert.ok(!matches("v*-eu", "v1.2.0-eu-x"));
    assert.ok(!matches("v1.*", "v12.0"));
    assert.ok(!matches("v*", "v1/2"));
    assert.ok(!matches("v*", "x-v1"));
    assert.ok(!matches("main", "main"));
    assert.ok(Ref.branch("main").matches(Ref.branch("main")));
  });

  it("means tags by a * in environments.yaml, and a branch without", () => {
    assert.equal(Ref.ofEnvironment("main").fullName, "refs/heads/main");
    assert.equal(Ref.ofEnvironment("v1.2.0").fullName, "refs/heads/v1.2.0");
    assert.equal(Ref.ofEnvironment("v*").fullName, "refs/tags/v*");
    assert.equal(Ref.ofEnvironment("v*").isPattern, true);
    assert.equal(Ref.ofEnvironment("main").isPattern, false);
  });

  it("equals refs of its kind and name only", () => {
    assert.equal(Ref.branch("v1").equals(Ref.branch("v1")), true);
    assert.equal(Ref.branch("v1").equals(Ref.tag("v1")), false);
    assert.equal(Ref.branch("v1").equals(Ref.branch("v2")), false);
  });

  it("names a remote's branch", () => {
    assert.equal(Ref.remote("origin", "main").fullName, "refs/remotes/origin/main");
  });

  it("is the same after its full name is cut again", () => {
    const made = [
      (name: string) => Ref.branch(name),
      (name: string) => Ref.tag(name),
      (name: string) => Ref.remote("origin", name),
    ];
    fc.assert(
      fc.property(fc.constantFrom(...made), fc.string({ minLength: 1 }), (make, name) => {
        assert.deepEqual(Ref.parse(make(name).fullName), make(name));
      }),
    );
  });
});
