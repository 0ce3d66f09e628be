import assert from "node:assert/strict";
import { RULES, type Declared, type Settings } from "../../policy/rules";
import { DIGEST } from "../support/model";

const SETTINGS: Settings = { isProtected: true, keepsImages: true, byDigest: true, mayGo: [] };

function violations(
  rule: string,
  more: Partial<Declared>,
  settings: Partial<Settings> = {},
): string[] {
  const found = RULES.find(({ name }) => name === rule);
  assert.ok(found);
  const resource = {
    type: found.types?.[0] ?? "any",
    name: "orders",
    inputs: {},
    protect: true,
    provider: "aws",
    ...more,
  };
  return found.violations(resource, { ...SETTINGS, ...settings });
}

const inputs = (of: Record<string, unknown>): Partial<Declared> => ({ inputs: of });

describe("the policy pack", () => {
  it("demands immutable tags", () => {
    const rule = (mutability?: string) =>
      violations("immutable-tags", inputs({ imageTagMutability: mutability }));
    assert.deepEqual(rule("IMMUTABLE"), []);
    assert.deepEqual(rule("IMMUTABLE_WITH_EXCLUSION"), []);
    for (const bad of ["MUTABLE", "MUTABLE_WITH_EXCLUSION", undefined]) {
      assert.deepEqual(rule(bad), [
        "its tags are mutable; set imageTagMutability to IMMUTABLE_WITH_EXCLUSION",
      ]);
    }
  });

  it("refuses a policy that gives everybody access, or allows every action", () => {
    const rule = (statement: object) =>
      violations("no-wildcards", inputs({ policy: JSON.stringify({ Statement: [statement] }) }));
    const AWS = "arn:aws:iam::111111111111:root";
    const sound = { Effect: "Allow", Principal: { AWS }, Action: ["ecr:ReplicateImage"] };
    const everybody = ["everybody has access; name the accounts"];
    const anything = ["it allows actions by a wildcard; name them"];
    assert.deepEqual(rule(sound), []);
    assert.deepEqual(rule({ ...sound, Principal: "*" }), everybody);
    assert.deepEqual(rule({ ...sound, Principal: { AWS: ["*", AWS] } }), everybody);
    assert.deepEqual(rule({ ...sound, NotPrincipal: { AWS } }), everybody);
    assert.deepEqual(rule({ ...sound, Action: "ecr:*" }), anything);
    assert.deepEqual(rule({ ...sound, NotAction: "ecr:Delete" }), anything);
    assert.deepEqual(rule({ ...sound, Effect: "Deny", Principal: "*", Action: "*" }), []);
    assert.deepEqual(violations("no-wildcards", inputs({ policy: undefined })), []);
  });

  it("refuses a policy by which a service of AWS acts for anybody", () => {
    const rule = (more: object) => {
      const statement = { Effect: "Allow", Action: ["sqs:SendMessage"], ...more };
      return violations(
        "no-wildcards",
        inputs({ policy: JSON.stringify({ Statement: [statement] }) }),
      );
    };
    const Principal = { Service: "events.amazonaws.com" };
    const anybody = ["events.amazonaws.com may act for anybody; add a condition on aws:SourceArn"];
    const ArnEquals = { "aws:SourceArn": "arn:aws:events:eu-west-1:111111111111:rule/a" };
    assert.deepEqual(rule({ Principal, Condition: { ArnEquals } }), []);
    const StringEquals = { "AWS:sourceaccount": "111111111111" };
    assert.deepEqual(rule({ Principal, Condition: { StringEquals } }), []);
    assert.deepEqual(rule({ Principal }), anybody);
    assert.deepEqual(
      rule({ Principal, Condition: { Bool: { "aws:SecureTransport": true } } }),
      anybody,
    );
    assert.deepEqual(rule({ Principal, Effect: "Deny" }), []);
  });

  it("protects the repositories of a protected environment", () => {
    const rule = (more: Partial<Declared>, settings?: Partial<Settings>) =>
      violations("protected-repositories", more, settings);
    assert.deepEqual(rule({}), []);
    assert.equal(rule({ protect: false, inputs: { forceDelete: true } }).length, 2);
    assert.deepEqual(rule({ protect: false }, { isProtected: false, keepsImages: false }), []);
  });

  it("protects the releases of a protected environment, except those that may be deleted", () => {
    const rule = (more: Partial<Declared>, settings?: Partial<Settings>) =>
      violations("protected-releases", { protect: false, ...more }, settings);
    assert.equal(rule({}).length, 1);
    assert.deepEqual(rule({ protect: true }), []);
    assert.deepEqual(rule({}, { isProtected: false }), []);
    assert.deepEqual(rule({}, { mayGo: ["orders"] }), []);
    assert.equal(rule({}, { mayGo: ["catalog"] }).length, 1);
  });

  it("demands one exact chart", () => {
    const rule = (chart: string, version?: string) =>
      violations("exact-charts", inputs({ chart, version }));
    assert.deepEqual(rule("./charts/service"), []);
    assert.deepEqual(rule("oci://ghcr.io/a/b", "1.4.0"), []);
    assert.deepEqual(rule("oci://ghcr.io/a/b", "1.4.0-rc.1+b2"), []);
    assert.deepEqual(rule(`oci://ghcr.io/a/b@${DIGEST}`), []);
    assert.deepEqual(rule("oci://ghcr.io/a/b"), [
      "its chart has no version; give one, such as 1.4.0",
    ]);
    for (const range of ["^1.4", "1.4", "latest", ">=1", "1.x"]) {
      assert.equal(rule("b", range).length, 1, range);
    }
  });

  it("demands images by digest, wherever the chart takes them", () => {
    const image = { repository: "orders", tag: "v1" };
    const rule = (values: object, byDigest = true) =>
      violations("images-by-digest", { inputs: { values } }, { byDigest });
    assert.deepEqual(rule({ image: { ...image, digest: DIGEST } }), []);
    assert.deepEqual(rule({ image: { ...image, tag: `v1@${DIGEST}` } }), []);
    assert.deepEqual(rule({ app: { sidecars: [{ image }] } }), [
      "values.app.sidecars.0.image is orders:v1 without a digest; pin one",
    ]);
    assert.deepEqual(rule({ image }, false), []);
    assert.deepEqual(rule({ image: { ...image, digest: "sha256:a" } }).length, 1);
  });

  it("demands webhooks that use https, are signed, and verify the receiver", () => {
    const rule = (configuration?: object) =>
      violations("signed-webhooks", inputs({ configuration }));
    const sound = { url: "https://hooks.acme.example", secret: "s" };
    assert.deepEqual(rule(sound), []);
    assert.deepEqual(rule({ ...sound, url: undefined, secret: undefined }), []);
    assert.deepEqual(rule({ ...sound, url: "http://hooks.acme.example" }), ["its url isn't https"]);
    assert.equal(rule({ url: sound.url }).length, 1);
    assert.equal(rule({ ...sound, secret: "" }).length, 1);
    assert.equal(rule({ ...sound, insecureSsl: true }).length, 1);
  });

  it("demands an explicit provider", () => {
    const rule = (provider?: string) => violations("explicit-providers", { provider });
    assert.deepEqual(rule("aws"), []);
    assert.deepEqual(rule("default-region"), []);
    assert.deepEqual(rule(undefined), []);
    assert.equal(rule("default_7_48_0").length, 1);
    assert.equal(rule("default").length, 1);
  });
});
