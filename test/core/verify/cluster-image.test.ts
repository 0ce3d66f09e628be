import assert from "node:assert/strict";
import { imageNames } from "../../../src/core/verify/cluster-image";

describe("imageNames", () => {
  it("returns an image's own name", () => {
    for (const image of [
      "ghcr.io/acme/orders",
      "127.0.0.1:5000/orders",
      "docker.io.example/orders",
    ]) {
      assert.deepEqual(imageNames(image), [image]);
    }
  });

  it("returns all names of an image of Docker Hub, whichever it has", () => {
    const names = [
      "index.docker.io/acme/orders",
      "docker.io/acme/orders",
      "registry-1.docker.io/acme/orders",
      "acme/orders",
    ];
    for (const name of names) assert.deepEqual(imageNames(name), names);
  });

  it("returns those of what Docker publishes with and without library", () => {
    const names = [
      "index.docker.io/library/redis",
      "index.docker.io/redis",
      "docker.io/library/redis",
      "docker.io/redis",
      "registry-1.docker.io/library/redis",
      "registry-1.docker.io/redis",
      "library/redis",
      "redis",
    ];
    for (const name of ["redis", "docker.io/redis", "library/redis"]) {
      assert.deepEqual(imageNames(name), names);
    }
  });
});
