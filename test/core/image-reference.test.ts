import assert from "node:assert/strict";
import * as fc from "fast-check";
import {
  formatImageReference,
  parseImageReference,
  type ImageReference,
} from "../../src/core/image-reference";

const DIGEST = `sha256:${"0123456789abcdef".repeat(4)}`;

describe("parseImageReference", () => {
  const images: readonly [string, ImageReference][] = [
    ["ghcr.io/acme/orders", { host: "ghcr.io", repository: "acme/orders" }],
    ["ghcr.io/acme/orders:v1.2.3", { host: "ghcr.io", repository: "acme/orders", tag: "v1.2.3" }],
    [`ghcr.io/orders@${DIGEST}`, { host: "ghcr.io", repository: "orders", digest: DIGEST }],
    [
      `ghcr.io/orders:v1@${DIGEST}`,
      { host: "ghcr.io", repository: "orders", tag: "v1", digest: DIGEST },
    ],
    [
      "127.0.0.1:5000/team/orders:v1",
      { host: "127.0.0.1:5000", repository: "team/orders", tag: "v1" },
    ],
    ["localhost/orders", { host: "localhost", repository: "orders" }],
    ["registry:5000/orders", { host: "registry:5000", repository: "orders" }],
    ["[::1]:5000/orders:v1", { host: "[::1]:5000", repository: "orders", tag: "v1" }],
    ["orders:v1", { host: "", repository: "orders", tag: "v1" }],
    ["acme/orders", { host: "", repository: "acme/orders" }],
    ["orders.api:v1", { host: "", repository: "orders.api", tag: "v1" }],
  ];
  for (const [text, image] of images) {
    it(`reads ${text}, and formatImageReference writes it again`, () => {
      assert.deepEqual(parseImageReference(text), image);
      assert.equal(formatImageReference(image), text);
    });
  }

  for (const text of ["", "ghcr.io/", "orders:", "orders@", "orders:v1:v2", "orders@v1", "a b"]) {
    it(`refuses "${text}"`, () => {
      assert.throws(() => parseImageReference(text), { message: `"${text}" names no image` });
    });
  }

  it("reads what formatImageReference writes, whatever the image is made of", () => {
    const word = fc.stringMatching(/^[a-z0-9]{1,8}$/);
    const image = fc.record(
      {
        host: fc.constantFrom("", "ghcr.io", "localhost", "localhost:5000", "a.b.example:443"),
        repository: fc.array(word, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/")),
        tag: fc.stringMatching(/^\w[\w.-]{0,20}$/),
        digest: fc.constant(DIGEST),
      },
      { requiredKeys: ["host", "repository"] },
    );
    fc.assert(
      fc.property(image, (made) => {
        // A path that begins with "localhost" can't be written without a host.
        fc.pre(made.host !== "" || !made.repository.startsWith("localhost/"));
        assert.deepEqual(parseImageReference(formatImageReference(made)), { ...made });
      }),
    );
  });
});
