import assert from "node:assert/strict";
import type { ImageRegistries } from "../../../src/adapters/oci/image-registries";
import { imageEvidence } from "../../../src/adapters/oci/images";
import { formatImageReference } from "../../../src/core/image-reference";
import { deployment, DIGEST, registry, service, stackConfig } from "../../support/model";
import { Version } from "../../../src/core/version";

const external = (host: string) =>
  stackConfig({ registry: registry({ role: "external", host, prefix: "" }) });
const FROM = external("staging.example/acme");
const TO = external("production.example/acme");

/** Registries that have these images, by name; they take no change. */
function registriesWith(images: Readonly<Record<string, string>>): ImageRegistries {
  const refuse = () => Promise.reject(new Error("evidence changes nothing"));
  return {
    digestOf: (image) => Promise.resolve(images[formatImageReference(image)]),
    attachedTo: refuse,
    attach: refuse,
    copy: refuse,
    tag: refuse,
    push: refuse,
    tags: refuse,
    annotationsOf: refuse,
    manifests: refuse,
    unlisted: refuse,
    named: refuse,
    remove: refuse,
    close: () => undefined,
  };
}

function evidence(images: Readonly<Record<string, string>>, digest?: string) {
  const orders = service("orders", { aliases: [] });
  const upstream = deployment(orders, {
    version: Version.of("v1.1.3-rc.2"),
    ...(digest !== undefined && { digest }),
  });
  const pin = { version: Version.of("v1.1.3") };
  const difference = { stack: "production", service: orders, upstream, pin };
  return imageEvidence(registriesWith(images), difference, FROM, TO);
}

const SOURCE = "staging.example/acme/orders";
const TARGET = "production.example/acme/orders";
const done = (action: string) => [
  {
    service: "orders",
    action,
    source: `${SOURCE}@${DIGEST}`,
    target: `${TARGET}:v1.1.3`,
    digest: DIGEST,
  },
];

describe("imageEvidence", () => {
  it("copies an image by the digest of its tag upstream", async () => {
    const images = { [`${SOURCE}:v1.1.3-rc.2`]: DIGEST, [`${SOURCE}@${DIGEST}`]: DIGEST };
    assert.deepEqual(await evidence(images), done("copy"));
  });

  it("tags an image that the target has, by its pinned digest", async () => {
    assert.deepEqual(await evidence({ [`${TARGET}@${DIGEST}`]: DIGEST }, DIGEST), done("tag"));
  });

  it("does nothing where the target has the tag", async () => {
    const images = { [`${TARGET}@${DIGEST}`]: DIGEST, [`${TARGET}:v1.1.3`]: DIGEST };
    assert.deepEqual(await evidence(images, DIGEST), done("none"));
  });

  it("names the problem of an image that exists nowhere", async () => {
    assert.deepEqual(await evidence({}), [
      { problem: `${SOURCE} has no tag v1.1.3-rc.2; push the image, or pin a digest` },
    ]);
    assert.deepEqual(await evidence({}, DIGEST), [
      { problem: `neither ${SOURCE} nor ${TARGET} has ${DIGEST}; push the image again` },
    ]);
  });
});
