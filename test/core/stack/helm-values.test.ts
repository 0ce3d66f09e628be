import assert from "node:assert/strict";
import { heldValues, helmValues, imageOf } from "../../../src/core/stack/helm-values";
import { Commit, Version } from "../../../src/core/version";
import { deployment, DIGEST, service } from "../../support/model";

const PATHS = { repository: "image.repository", tag: "image.tag", digest: "image.digest" };
const IMAGE = { repository: "ghcr.io/acme/orders", tag: "v1.2.3" };

describe("imageOf", () => {
  it("has the release as the tag and no digest that isn't pinned", () => {
    const running = deployment(service("orders"), { version: Version.of("v1.2.3") });
    assert.deepEqual(imageOf(running, "ghcr.io/acme/orders"), IMAGE);
  });

  it("has the pinned digest", () => {
    const running = deployment(service("orders"), {
      version: Version.of("v1.2.3"),
      digest: DIGEST,
    });
    assert.deepEqual(imageOf(running, "ghcr.io/acme/orders"), { ...IMAGE, digest: DIGEST });
  });

  it("spells the tag of a release as the definition does", () => {
    const tags = { github: "v{version}", image: "orders-{version}-alpine" };
    const running = deployment(service("orders", { tags }), { version: Version.of("v1.2.3-rc.1") });
    assert.equal(imageOf(running, "orders").tag, "orders-1.2.3-rc.1-alpine");
  });

  it("has a commit's own tag, however releases are spelled", () => {
    const tags = { github: "v{version}", image: "orders-{version}" };
    const commit = "8ccf84aa1a9106d57e472103cd0a8e2cee6c730d";
    const running = deployment(service("orders", { tags }), {
      version: new Commit(commit),
      digest: DIGEST,
    });
    assert.equal(imageOf(running, "orders").tag, commit);
  });
});

describe("helmValues", () => {
  it("puts the image where the chart wants it, without a digest that isn't pinned", () => {
    assert.deepEqual(helmValues({}, PATHS, IMAGE), {
      image: { repository: "ghcr.io/acme/orders", tag: "v1.2.3" },
    });
  });

  it("puts the digest where the chart wants it", () => {
    assert.deepEqual(helmValues({}, PATHS, { ...IMAGE, digest: DIGEST }), {
      image: { repository: "ghcr.io/acme/orders", tag: "v1.2.3", digest: DIGEST },
    });
  });

  it("puts the digest behind the tag where the chart has no place for it", () => {
    const { digest: _digest, ...paths } = PATHS;
    assert.deepEqual(helmValues({}, paths, { ...IMAGE, digest: DIGEST }), {
      image: { repository: "ghcr.io/acme/orders", tag: `v1.2.3@${DIGEST}` },
    });
    assert.deepEqual(helmValues({}, paths, IMAGE), {
      image: { repository: "ghcr.io/acme/orders", tag: "v1.2.3" },
    });
  });

  it("leaves the definition's own values as they are, beside the image and elsewhere", () => {
    const values = { replicaCount: 2, image: { pullPolicy: "Always" }, ports: [80, 443] };
    assert.deepEqual(helmValues(values, PATHS, IMAGE), {
      replicaCount: 2,
      image: { pullPolicy: "Always", repository: "ghcr.io/acme/orders", tag: "v1.2.3" },
      ports: [80, 443],
    });
  });

  it("changes nothing of what it was given", () => {
    const values = { image: { pullPolicy: "Always" } };
    helmValues(values, PATHS, IMAGE);
    assert.deepEqual(values, { image: { pullPolicy: "Always" } });
  });

  it("makes the mappings that lead to the image, to any depth, and at the top", () => {
    assert.deepEqual(helmValues({}, { repository: "a.b.c", tag: "tag" }, IMAGE), {
      a: { b: { c: "ghcr.io/acme/orders" } },
      tag: "v1.2.3",
    });
  });

  it("leaves the prototype of all objects alone", () => {
    const everywhere = Object.prototype as Record<string, unknown>;
    try {
      helmValues({}, { repository: "__proto__.polluted", tag: "image.tag" }, IMAGE);
      assert.equal(everywhere["polluted"], undefined);
    } finally {
      delete everywhere["polluted"];
    }
  });
});

describe("heldValues", () => {
  it("is every value of the definition by itself, sorted", () => {
    const values = { replicaCount: 2, env: { A: "1", B: "2" }, ports: [80] };
    assert.deepEqual(heldValues(values, PATHS), [
      'values["env"]',
      'values["ports"]',
      'values["replicaCount"]',
    ]);
  });

  it("is none without values", () => {
    assert.deepEqual(heldValues({}, PATHS), []);
  });

  it("leaves the image out, and keeps what stands beside it", () => {
    const values = { image: { pullPolicy: "Always", pullSecrets: ["a"] }, replicaCount: 2 };
    assert.deepEqual(heldValues(values, PATHS), [
      'values["image"]["pullPolicy"]',
      'values["image"]["pullSecrets"]',
      'values["replicaCount"]',
    ]);
  });

  it("leaves an image out that is deeper, and only that", () => {
    const values = { app: { main: { image: { policy: "Always" }, port: 80 }, other: 1 }, x: 1 };
    const paths = { repository: "app.main.image.name", tag: "app.main.image.tag" };
    assert.deepEqual(heldValues(values, paths), [
      'values["app"]["main"]["image"]["policy"]',
      'values["app"]["main"]["port"]',
      'values["app"]["other"]',
      'values["x"]',
    ]);
  });

  it("leaves out what the image replaces as a whole", () => {
    const paths = { repository: "name", tag: "tag" };
    assert.deepEqual(heldValues({ name: "x", tag: null, other: 1 }, paths), ['values["other"]']);
  });

  it("doesn't take a key that holds a dot for a path", () => {
    assert.deepEqual(heldValues({ "image.tag": "x" }, PATHS), ['values["image.tag"]']);
  });

  it("escapes quotes, as property paths want them", () => {
    assert.deepEqual(heldValues({ 'a"b': 1 }, PATHS), ['values["a\\"b"]']);
  });

  it("escapes backslashes, as property paths want them", () => {
    assert.deepEqual(heldValues({ "a\\": 1 }, PATHS), ['values["a\\\\"]']);
  });
});
