import assert from "node:assert/strict";
import { otherImageIn } from "../../../src/core/verify/chart-image";
import { digestOf, service } from "../../support/model";

const A = digestOf("a");
const B = digestOf("b");

function found(values: unknown, annotations: Record<string, string> = {}, more = {}) {
  return otherImageIn({ values, annotations }, service("orders", more), A);
}

describe("otherImageIn", () => {
  it("takes a chart that names the pinned digest, or leaves it to values", () => {
    for (const values of [
      undefined,
      null,
      {},
      { image: {} },
      { image: { repository: "ghcr.io/acme/orders", tag: "", digest: "" } },
      { image: { digest: A } },
      { image: { digest: A.replace("sha256:", "") } },
      { image: { tag: `v1.2.3@${A}` } },
      { image: { tag: "v1.2.3" }, sidecar: { image: { digest: B } } },
      { image: "orders" },
    ]) {
      assert.equal(found(values), undefined, JSON.stringify(values));
    }
    assert.equal(found({}, { images: `- image: ghcr.io/acme/orders:v1@${A}\n` }), undefined);
  });

  const others = [
    [{ image: { digest: B } }, "image.digest of its values"],
    [{ image: { digest: B.replace("sha256:", "") } }, "image.digest of its values"],
    [{ image: { sha256: B } }, "image.sha256 of its values"],
    [{ image: { tag: `v1.2.3@${B}` } }, "image.tag of its values"],
    [{ image: { repository: `ghcr.io/acme/orders@${B}` } }, "image.repository of its values"],
  ] as const;
  for (const [values, where] of others) {
    it(`finds another digest in ${where} (attack: chart with another digest)`, () => {
      assert.equal(
        found(values),
        `${where} names ${B}, and ${A} is pinned; release the chart with this image, or leave its digest to values`,
      );
    });
  }

  it("takes what is no digest for another one", () => {
    assert.match(found({ image: { digest: "latest" } }) ?? "", /names latest, and/);
  });

  it("looks where the definition says that the chart wants the image", () => {
    const imageValues = { repository: "app.repo", tag: "app.version" };
    assert.match(found({ app: { version: `1@${B}` } }, {}, { imageValues }) ?? "", /app\.version/);
    assert.equal(found({ image: { digest: B } }, {}, { imageValues }), undefined);
  });

  it("finds the image in annotations, under each of its names, and no other image", () => {
    const of = (image: string, more = {}) =>
      found({}, { "artifacthub.io/images": `- name: x\n  image: ${image}@${B}\n` }, more);
    const where = /its annotation artifacthub\.io\/images names/;
    assert.match(of("orders") ?? "", where);
    assert.match(of("ghcr.io/acme/orders:v1.2.3") ?? "", where);
    assert.match(of("127.0.0.1:5000/orders") ?? "", where);
    assert.match(of("acme/orders-eu", { aliases: ["orders-eu"] }) ?? "", where);
    assert.equal(of("acme/orders-eu"), undefined);
    assert.equal(of("acme/preorders"), undefined);
  });

  it("asks nothing of a service without an image", () => {
    const { docker: _docker, ...rest } = service("orders");
    assert.equal(
      otherImageIn({ values: { image: { digest: B } }, annotations: {} }, rest, A),
      undefined,
    );
  });
});
