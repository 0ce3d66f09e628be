import assert from "node:assert/strict";
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
