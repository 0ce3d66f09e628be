import assert from "node:assert/strict";
import { RegistryLogins } from "../../../src/adapters/oci/logins";
import { setEnvironment } from "../../support/environment";
import { folderOf } from "../../support/folder";

/** Returns the login of an image's registry, by configs of Docker and of regctl. */
async function loginOf(host: string, docker: object, regctl: object = {}) {
  const folder = folderOf({
    "config.json": JSON.stringify(docker),
    "regctl.json": JSON.stringify(regctl),
  });
  const restore = setEnvironment({ DOCKER_CONFIG: folder, REGCTL_CONFIG: `${folder}/regctl.json` });
  try {
    return await new RegistryLogins().loginOf({ host, repository: "acme/orders" }, "read");
  } finally {
    restore();
  }
}

const encoded = (text: string) => Buffer.from(text).toString("base64");
const password = (user: string, secret: string) => ({ kind: "password", user, password: secret });

describe("RegistryLogins", () => {
  it("takes a login of Docker's config in each of its spellings", async () => {
    const own = password("ci", "a:b");
    const spellings = [
      { "ghcr.io": { auth: encoded("ci:a:b") } },
      { "https://ghcr.io": { auth: encoded("ci:a:b") } },
      { "ghcr.io": { username: "ci", password: "a:b" } },
    ];
    for (const auths of spellings) assert.deepEqual(await loginOf("ghcr.io", { auths }), own);
  });

  it("knows Docker Hub by its old address", async () => {
    const auths = { "https://index.docker.io/v1/": { auth: encoded("ci:x") } };
    assert.deepEqual(await loginOf("docker.io", { auths }), password("ci", "x"));
    assert.deepEqual(await loginOf("", { auths }), password("ci", "x"));
    assert.equal(await loginOf("ghcr.io", { auths }), undefined);
  });

  it("takes regctl's own login first", async () => {
    const auths = { "ghcr.io": { auth: encoded("ci:docker") } };
    const hosts = { "ghcr.io": { user: "ci", pass: "regctl" } };
    assert.deepEqual(await loginOf("ghcr.io", { auths }, { hosts }), password("ci", "regctl"));
  });

  it("has none without a config, with an empty one, and with a broken one", async () => {
    for (const docker of [{}, { auths: { "ghcr.io": {} } }, { auths: null }, []]) {
      assert.equal(await loginOf("ghcr.io", docker), undefined);
    }
  });

  it("has registries on the loopback without TLS, unless regctl's config says more", () => {
    const folder = folderOf({
      "regctl.json": JSON.stringify({ hosts: { "localhost:1": { tls: "enabled" } } }),
    });
    const restore = setEnvironment({ REGCTL_CONFIG: `${folder}/regctl.json` });
    try {
      const logins = new RegistryLogins();
      assert.deepEqual(logins.hosts(["127.0.0.1:5000", "localhost:1", "[::1]:5", "ghcr.io"]), {
        "127.0.0.1:5000": { tls: "disabled" },
        "localhost:1": { tls: "enabled" },
        "[::1]:5": { tls: "disabled" },
      });
      assert.deepEqual(logins.hosts(["127.0.0.1.evil.example"]), {
        "localhost:1": { tls: "enabled" },
      });
    } finally {
      restore();
    }
  });
});
