import assert from "node:assert/strict";
import type { ListedRelease } from "../../../src/adapters/github/releases";
import { outdated } from "../../../src/app/resolve/outdated";
import { SILENT } from "../../../src/app/reporter";
import { shopFiles } from "../../support/shop";
import { errorOf, worldOf } from "../../support/world";

const PATH = `environments:
  testing: { accepts: [release, prerelease, range, branch, commit] }
  staging: { from: testing, accepts: [release, prerelease] }
  production: { from: staging, accepts: [release] }
rejected: { catalog: [{ version: v1.0.9, reason: slow }] }
`;

const LIST = `- { github: catalog, docker: catalog, deploy: { release: v1.0.0 } }
- { github: orders, docker: orders, deploy: { range: "^1.0" } }
- { github: reports, docker: reports, deploy: { branch: main } }
`;

const releases = (...tags: string[]): ListedRelease[] =>
  tags.map((tag, id) => {
    return { id, tag, publishedAt: new Date(0), isPrerelease: false, files: [], bytes: 0 };
  });

const world = (orders: readonly string[], catalog: readonly string[] = []) =>
  worldOf({
    files: shopFiles({
      list: LIST,
      environments: PATH,
      pins: {
        testing: ["orders: v1.2.0", `reports: ${"a".repeat(40)}@sha256:${"1".repeat(64)}`],
        staging: ["orders: v1.1.0-rc.1"],
        production: ["orders: v1.0.0"],
      },
    }),
    registries: {},
    github: {},
    channels: { "acme/orders": releases(...orders), "acme/catalog": releases(...catalog) },
    now: "2026-11-21T12:00:00Z",
  });

describe("outdated", () => {
  it("tells patch, minor and major apart, and proposes to widen a range", async () => {
    const found = await outdated(
      world(
        ["v1.2.0", "v1.2.3", "v1.4.0", "v1.3.9", "v1.5.0-rc.1", "v2.0.1", "v2.0.0"],
        ["v1.0.9", "v1.0.2"],
      ),
      { stack: "testing" },
      SILENT,
    );
    assert.deepEqual(found, [
      {
        ...{ stack: "testing", service: "catalog", current: "v1.0.0", wanted: null },
        ...{ patch: "v1.0.2", minor: null, major: null, widen: null },
      },
      {
        ...{ stack: "testing", service: "orders", current: "v1.2.0", wanted: "v1.4.0" },
        ...{ patch: "v1.2.3", minor: "v1.4.0", major: "v2.0.1" },
        widen: { from: "^1.0", to: "^1.0 || ^2.0" },
      },
    ]);
  });

  it("looks at all stacks without a name, and at pre-releases of what runs", async () => {
    const found = await outdated(world(["v1.1.0-rc.2"]), { stack: undefined }, SILENT);
    assert.deepEqual(
      found.map(({ stack, service, patch }) => [stack, service, patch]),
      [["staging", "orders", "v1.1.0-rc.2"]],
    );
  });

  it("finds nothing where nothing is newer", async () => {
    assert.deepEqual(await outdated(world(["v1.2.0", "v1.0.0"]), { stack: "testing" }, SILENT), []);
  });

  it("refuses a stack that isn't one", async () => {
    await assert.rejects(
      outdated(world([]), { stack: "tsting" }, SILENT),
      errorOf("usage", `unknown environment "tsting"; did you mean "testing"?`),
    );
  });
});
