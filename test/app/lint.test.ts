import assert from "node:assert/strict";
import { lint } from "../../src/app/lint";
import { formatIssue } from "../../src/core/input/issue";
import { definition, shopFiles } from "../support/shop";
import { worldOf } from "../support/world";

const NOW = "2026-03-02T09:00:00Z";

describe("lint", () => {
  it("counts what it read, and finds nothing in a sound repository", () => {
    assert.deepEqual(lint(worldOf({ files: shopFiles(), now: NOW })), {
      definitions: 2,
      stacks: 3,
      issues: [],
    });
  });

  it("returns the findings of the list, the path and the stacks in reading order", () => {
    const files = shopFiles({
      list: definition("orders") + "- { github: cart, dokcer: cart }\n",
      environments: "environments:\n  testing: { accepts: [release], from: moon }\n",
      pins: { staging: ["orders: 1.0"] },
    });
    const { definitions, stacks, issues } = lint(worldOf({ files, now: NOW }));
    assert.deepEqual([definitions, stacks], [2, 3]);
    const gone = `names a service that isn't in the list; remove it, or add the service`;
    assert.deepEqual(issues.map(formatIssue), [
      `Pulumi.production.yaml:7:5 unknown-service "versions.catalog" ${gone}`,
      'Pulumi.staging.yaml:7:13 invalid-type "versions.orders" is the number 1.0; expected a text; quote it: "1.0"',
      `Pulumi.testing.yaml:7:5 unknown-service "versions.catalog" ${gone}`,
      `environments.yaml:2:40 unknown-environment "testing" comes from "moon", which isn't in this file; known are testing`,
      'service/shop.yaml:2:3 missing-key definition 2 (cart): "deploy" is missing; expected a mapping',
      'service/shop.yaml:2:19 unknown-key definition 2 (cart): unknown key "dokcer"; did you mean "docker"?',
    ]);
  });

  it("doesn't count a stack config that can't be read", () => {
    const files = { ...shopFiles(), "Pulumi.testing.yaml": "config: [" };
    const { stacks, issues } = lint(worldOf({ files, now: NOW }));
    assert.equal(stacks, 2);
    assert.deepEqual(
      issues.map(({ file, code }) => [file, code]),
      [["Pulumi.testing.yaml", "yaml-syntax"]],
    );
  });
});
