import assert from "node:assert/strict";
import { EnvironmentReader } from "../../src/app/environments";
import { SILENT } from "../../src/app/reporter";
import { updatesFor } from "../../src/ci/deployed";
import { shopFiles } from "../support/shop";
import { worldOf } from "../support/world";

describe("the updates that a deployment is judged by", () => {
  const before = shopFiles();
  const moved = {
    ...before,
    "Pulumi.production.yaml": `${before["Pulumi.production.yaml"] ?? ""}  releases:environment: testing\n`,
  };

  /** Returns the stacks whose states are asked for a deployment of production. */
  function asked(files: typeof before, environment: string): string[] {
    const world = worldOf({
      files,
      git: { commits: { old: before } },
      engine: { updates: () => [{ commit: "old", at: new Date(0) }] },
    });
    const reader = new EnvironmentReader(world, SILENT);
    const job = { stack: "production", environment };
    return [...updatesFor(world, reader, job, undefined, SILENT).keys()].sort();
  }

  it("are those of the stack and of where it takes versions from", () => {
    assert.deepEqual(asked(before, "production"), ["production", "staging"]);
  });

  it("attack: are those of its former environment as well where a change gives the stack to another one", () => {
    assert.deepEqual(asked(moved, "testing"), ["production", "staging", "testing"]);
  });
});
