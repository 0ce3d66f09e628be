import assert from "node:assert/strict";
import * as names from "../../../src/core/stack/names";

function table(
  accepts: (text: string) => boolean,
  valid: readonly string[],
  invalid: readonly string[],
): void {
  const short = (text: string): string => JSON.stringify(text.slice(0, 40));
  for (const text of valid) it(`takes ${short(text)}`, () => assert.equal(accepts(text), true));
  for (const text of invalid) {
    it(`refuses ${short(text)}`, () => assert.equal(accepts(text), false));
  }
}

describe("helmReleaseName", () => {
  const cases = [
    ["orders", "orders"],
    ["library/alloy", "library-alloy"],
    ["Orders_2.0", "orders-2-0"],
    ["a//b", "a--b"],
    ["runenv-python-3.12", "runenv-python-3-12"],
  ] as const;
  for (const [service, expected] of cases) {
    it(`makes ${expected} of ${service}`, () => {
      assert.equal(names.helmReleaseName(service), expected);
    });
  }
});

describe("cloudformationStackName", () => {
  it("keeps capitals and makes everything but letters, digits and dashes a dash", () => {
    assert.equal(names.cloudformationStackName("Edge/network_2.0-a"), "Edge-network-2-0-a");
  });
});

describe("isCloudformationStackName", () => {
  table(
    names.isCloudformationStackName,
    ["a", "Network-2", "a-", "a".repeat(128)],
    ["", "2network", "-a", "a_b", "a.b", "a/b", "a".repeat(129)],
  );
});

describe("versionParameter", () => {
  const cases = [
    ["splits-lite", "SplitsLiteVersion"],
    ["infrastructure", "InfrastructureVersion"],
    ["library/alloy", "LibraryAlloyVersion"],
    ["Edge_NETWORK.2", "EdgeNetwork2Version"],
    ["a--b", "ABVersion"],
  ] as const;
  for (const [service, expected] of cases) {
    it(`makes ${expected} of ${service}`, () => {
      assert.equal(names.versionParameter(service), expected);
    });
  }
});
