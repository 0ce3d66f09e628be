import assert from "node:assert/strict";
import { registryError } from "../../../src/adapters/oci/regctl-errors";

describe("registryError", () => {
  it("repeats no credentials of regctl's last line", () => {
    const stderr =
      "first\nfailed: Get https://u:MARKED@ghcr.io/v2/x?token=MARKED&scope=pull: EOF\n";
    const { message } = registryError(Object.assign(new Error("exit 1"), { stderr }), ["ghcr.io"]);
    assert.equal(
      message,
      "failed: Get https://ghcr.io/v2/x?token=...&scope=... EOF; check the network, and that ghcr.io is right",
    );
  });
});
