import assert from "node:assert/strict";
import { where, type Place } from "../../src/app/where";
import type { Notice } from "../../src/app/reporter";
import { formatNotice } from "../../src/format/notices";
import type { PartChange } from "../../src/core/history/replay";
import { digestOf } from "../support/model";
import { definition, PLAIN_PATH, shopFiles } from "../support/shop";
import { changeAt, errorOf, listener, worldOf, type GitValues } from "../support/world";

const [A, B] = [digestOf("a"), digestOf("b")];
const COMMIT = "ce60d74".padEnd(40, "0");
const OTHER = "ce60d75".padEnd(40, "1");

const histories: NonNullable<GitValues["histories"]> = {
  testing: [
    changeAt("2026-11-20T10:00:00Z", "testing", "orders", [COMMIT, `v1.1.0@${B}`], {
      commit: "d4".padEnd(40, "4"),
    }),
    changeAt("2026-11-10T10:00:00Z", "testing", "orders", [`v1.0.0@${A}`, COMMIT]),
    changeAt("2026-11-01T10:00:00Z", "testing", "orders", [null, `v1.0.0@${A}`]),
  ],
  staging: [changeAt("2026-11-21T10:00:00Z", "staging", "orders", ["v1.0.0", null])],
  production: [
    changeAt("2026-11-22T10:00:00Z", "production", "orders", [null, `v1.0.0@${A}`], {
      path: "service/shop.yaml",
    }),
    changeAt("2026-11-22T10:00:00Z", "production", "catalog", [null, `v1.12.2-ce60d74`]),
  ],
};

const chartChange = (at: string, from: string, to: string): PartChange => ({
  at: new Date(at),
  stack: "production",
  service: "orders",
  commit: "c4a27",
  path: "service/shop.yaml",
  part: "chart",
  from: `oci://ghcr.io/acme/charts/web ${from}`,
  to: `oci://ghcr.io/acme/charts/web ${to}`,
});

const HEAD = "ead0".padEnd(40, "e");
const files = shopFiles({
  list:
    definition("catalog") +
    definition("orders", `, chart: { name: "oci://ghcr.io/acme/charts/web", version: 1.5.0 }`),
});

function searching(what: string, service?: string, git: GitValues = {}) {
  const parts = {
    production: [
      chartChange("2026-11-24T10:00:00Z", `1.4.0@${B}`, "1.5.0"),
      chartChange("2026-11-23T10:00:00Z", "1.3.0", `1.4.0@${B}`),
    ],
  };
  const world = worldOf({ files, git: { histories, parts, ...git } });
  return where(world, { what, service }, listener());
}

const placed = (what: string, service?: string, git?: GitValues): string[] =>
  searching(what, service, git).places.map(lineOf);

const day = (at: Date | null): string => at?.toISOString().slice(5, 10) ?? "";

function lineOf({ service, stack, version, from, until, file }: Place): string {
  return `${service ?? "all"} ${stack} ${version ?? ""} ${day(from)}..${day(until)} ${file}`;
}

describe("where", () => {
  it("returns where a digest runs first, then where it ran, and what says so", () => {
    assert.deepEqual(searching(A).places, [
      {
        service: "orders",
        environment: "production",
        stack: "production",
        version: "v1.0.0",
        digest: A,
        from: new Date("2026-11-22T10:00:00Z"),
        until: null,
        commit: "c0ffee",
        file: "service/shop.yaml",
      },
      {
        service: "orders",
        environment: "testing",
        stack: "testing",
        version: "v1.0.0",
        digest: A,
        from: new Date("2026-11-01T10:00:00Z"),
        until: new Date("2026-11-10T10:00:00Z"),
        commit: "c0ffee",
        file: "Pulumi.testing.yaml",
      },
    ]);
  });

  it("tells of the previews that run a digest or a commit, and has no place of them", () => {
    const [commit, digest] = ["3f9c0ffee1".repeat(4), digestOf("d")];
    const open = `[{ service: orders, pullRequest: 12, branch: feature-x, commit: "${commit}", digest: "${digest}", until: "2026-12-03T09:00:00Z" }]`;
    const previewed = shopFiles({
      list:
        definition("catalog") + definition("orders").replace("v1.0.0 }", "v1.0.0, preview: true }"),
      environments: PLAIN_PATH.replace("commit]", "commit, preview]"),
      more: { testing: `  releases:previews: { domain: acme.example, open: ${open} }\n` },
    });
    const found = (what: string, service?: string) => {
      const report = listener();
      const { places } = where(
        worldOf({
          files: previewed,
          git: { histories: { testing: [], staging: [], production: [] } },
        }),
        { what, service },
        report,
      );
      assert.deepEqual(places, []);
      return report.notices;
    };
    const notice = { service: "orders", pullRequest: 12, digest };
    const told = [{ kind: "previewed", stack: "testing", ...notice }];
    assert.deepEqual(found(digest), told);
    assert.deepEqual(found("d".repeat(12)), told);
    assert.deepEqual(found(commit.slice(0, 7)), told);
    assert.deepEqual(found(digest, "orders"), told);
    assert.deepEqual(found(digest, "catalog"), []);
    assert.deepEqual(found(A), []);
    assert.deepEqual(
      told.map((one) => formatNotice(one as Notice)),
      [
        `testing: the preview of orders for pull request 12 runs ${digest}, and previews aren't listed`,
      ],
    );
  });

  it("takes twelve digits of a digest with and without sha256, and a whole pin", () => {
    const found = placed(A);
    assert.equal(found.length, 2);
    for (const what of [A.slice(0, 19), "a".repeat(12), `v1.0.0@${A}`, `orders@${A}`]) {
      assert.deepEqual(placed(what), found, what);
    }
  });

  it("takes digests and commits in capitals, and an image as a cluster names it", () => {
    const found = placed(A);
    for (const what of [A.toUpperCase(), "A".repeat(12), `ghcr.io/acme/orders@${A}`]) {
      assert.deepEqual(placed(what), found, what);
    }
    assert.deepEqual(placed("CE60D74"), placed("ce60d74"));
    assert.deepEqual(placed("D4".padEnd(40, "4")), placed("d4".padEnd(40, "4")));
    assert.throws(() => placed(`ghcr.io/acme/orders:v1.0.0`), { kind: "usage" });
  });

  it("doesn't say since when something runs where a shallow clone begins", () => {
    const start = changeAt("2026-11-01T10:00:00Z", "testing", "orders", [null, `v1.0.0@${A}`], {
      commit: "5ba110",
    });
    const later = changeAt("2026-11-20T10:00:00Z", "testing", "orders", [
      `v1.0.0@${A}`,
      `v1.1.0@${B}`,
    ]);
    const git = {
      histories: { testing: [later], staging: [], production: [] },
      before: { testing: [start] },
    };
    const { places } = searching("orders@v1.0.0", undefined, git);
    assert.deepEqual(
      places.map(({ from, until, commit }) => [from, until, commit]),
      [[null, later.at, "5ba110"]],
    );
  });

  it("refuses a beginning that several digests have", () => {
    const [one, other] = ["1", "2"].map((end) => `sha256:${"ab".repeat(31)}a${end}`);
    const more = [one, other].map((digest) =>
      changeAt("2026-11-01T10:00:00Z", "testing", "orders", [null, `v1.0.0@${digest}`]),
    );
    const git = { histories: { testing: more, staging: [], production: [] } };
    assert.throws(
      () => placed("abababababab", undefined, git),
      errorOf(
        "usage",
        `several digests begin with "abababababab": ${one}, ${other}; give more of it`,
      ),
    );
    assert.equal(placed(one ?? "", undefined, git).length, 1);
  });

  it("returns where a version runs, of every service or of one", () => {
    assert.deepEqual(placed("v1.1.0"), ["orders testing v1.1.0 11-20.. Pulumi.testing.yaml"]);
    assert.deepEqual(placed("orders@v1.1.0"), placed("v1.1.0"));
    assert.deepEqual(placed("v1.1.0", "orders"), placed("v1.1.0"));
    assert.deepEqual(placed("v1.1.0", "catalog"), []);
    assert.deepEqual(placed("1.1.0"), placed("v1.1.0"));
  });

  it("returns where a version and a digest of a chart ran", () => {
    const ran = "orders production 1.4.0 11-23..11-24 service/shop.yaml";
    assert.deepEqual(placed("1.4.0"), [ran]);
    assert.deepEqual(placed("v1.4.0"), [ran]);
    assert.deepEqual(placed(B), ["orders testing v1.1.0 11-20.. Pulumi.testing.yaml", ran]);
    assert.deepEqual(placed("1.3.0"), ["orders production 1.3.0 11-22..11-23 service/shop.yaml"]);
    assert.deepEqual(placed("1.5.0"), [
      "orders production 1.5.0 11-24.. service/shop.yaml",
      "orders testing 1.5.0 11-01.. Pulumi.testing.yaml",
    ]);
  });

  it("returns where a commit runs as a pin, and as a build's suffix", () => {
    assert.deepEqual(placed("ce60d74"), [
      "catalog production v1.12.2-ce60d74 11-22.. Pulumi.production.yaml",
      `orders testing ${COMMIT} 11-10..11-20 Pulumi.testing.yaml`,
    ]);
    assert.deepEqual(placed(COMMIT), placed("ce60d74"));
    assert.deepEqual(placed(OTHER), []);
  });

  it("returns what a commit of this repository brought, and the stacks at whose refs it is", () => {
    const pathOf = (name: string, from: string, ref: string): string =>
      `  ${name}: { ${from}accepts: [release, prerelease, commit], ref: ${ref} }\n`;
    const environments = `environments:\n${pathOf("testing", "", "main")}${pathOf("staging", "from: testing, ", "live")}`;
    const { "Pulumi.production.yaml": _, ...two } = shopFiles({ environments });
    const brought = "d4".padEnd(40, "4");
    const world = worldOf({
      files: two,
      git: {
        histories,
        branches: { main: HEAD, live: "beef" },
        commits: { [HEAD]: two, beef: two, [brought]: two },
        ancestors: { [`${brought} in ${HEAD}`]: true, [`${brought} in beef`]: false },
      },
    });
    const { places } = where(world, { what: brought, service: undefined }, listener());
    assert.deepEqual(places.map(lineOf), [
      "all testing  .. Pulumi.testing.yaml",
      "orders testing v1.1.0 11-20.. Pulumi.testing.yaml",
    ]);
    assert.equal(places[0]?.commit, HEAD);
  });

  it("says where it looked when there is nothing", () => {
    assert.deepEqual(searching("v9.9.9"), {
      places: [],
      searched: { environments: ["testing", "staging", "production"], runs: 9 },
      unreadable: [],
    });
  });

  it("refuses what names nothing", () => {
    for (const what of ["latest", "", "sha256:abc", "@", "v1 2"]) {
      assert.throws(() => placed(what), { kind: "usage" }, what);
    }
    assert.throws(
      () => placed("order@v1.0.0"),
      errorOf("usage", 'unknown service "order"; did you mean "orders"?'),
    );
    assert.throws(
      () => placed("orders@v1.0.0", "catalog"),
      errorOf(
        "usage",
        '"orders@v1.0.0" names orders, and --service names catalog; give one of them',
      ),
    );
  });

  it("returns why a stack config can't be read", () => {
    const world = worldOf({
      files: { ...files, "Pulumi.staging.yaml": "config: [" },
      git: { histories },
    });
    const { places, unreadable } = where(world, { what: A, service: undefined }, listener());
    assert.equal(places.length, 2);
    assert.deepEqual(
      unreadable.map(({ file }) => file),
      ["Pulumi.staging.yaml"],
    );
  });
});
