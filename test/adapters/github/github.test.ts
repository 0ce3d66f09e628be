import assert from "node:assert/strict";
import { once } from "node:events";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { Github } from "../../../src/adapters/github/github";
import { setEnvironment } from "../../support/environment";

const REFUSED =
  "GITHUB_API_URL must be an https address without credentials; the token is GITHUB_TOKEN";

describe("Github.connect", () => {
  const connected = async (address: string): Promise<unknown> => {
    const restore = setEnvironment({ GITHUB_TOKEN: "t", GITHUB_API_URL: address });
    try {
      return await Github.connect();
    } finally {
      restore();
    }
  };

  for (const address of [
    "https://user:MARKED@github.example/api/v3",
    "https://MARKED@github.example",
    "https://github.example?token=MARKED",
    "file:///etc/MARKED",
    "MARKED",
  ]) {
    it(`refuses ${address}, and repeats nothing of it`, async () => {
      await assert.rejects(connected(address), { name: "ReleasesError", message: REFUSED });
    });
  }

  it("takes the address of a server of one's own, and none", async () => {
    assert.ok(await connected("https://github.example/api/v3"));
    assert.ok(await connected("http://127.0.0.1:9"));
    assert.ok(await connected(""));
  });
});

describe("Github.asAnybody", () => {
  it("asks without a token, also where there is one, and sees public repositories alone", async () => {
    const asked: [string | undefined, string | undefined][] = [];
    const server = http.createServer(({ url, headers }, response) => {
      asked.push([url, headers.authorization]);
      const isPublic = url === "/repos/acme/public";
      response.writeHead(isPublic ? 200 : 404, { "content-type": "application/json" });
      response.end("{}");
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const restore = setEnvironment({
      ...{ GITHUB_TOKEN: "MARKED", GH_TOKEN: "MARKED" },
      GITHUB_API_URL: `http://127.0.0.1:${port}`,
    });
    try {
      const anybody = await Github.asAnybody();
      const seen = await Promise.all(
        ["acme/public", "acme/private"].map((name) => anybody.attestations(name).isVisible()),
      );
      assert.deepEqual(seen, [true, false]);
      assert.deepEqual(asked.sort(), [
        ["/repos/acme/private", undefined],
        ["/repos/acme/public", undefined],
      ]);
    } finally {
      restore();
      server.close();
    }
  });
});
