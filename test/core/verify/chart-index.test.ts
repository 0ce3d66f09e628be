import assert from "node:assert/strict";
import type { ClassicChart } from "../../../src/core/list/service";
import { addressIn, chartInIndex } from "../../../src/core/verify/chart-index";

const AT = "https://charts.acme.example/stable";
const [HEX, OTHER] = ["a".repeat(64), "b".repeat(64)];
const CHART: ClassicChart = { name: "orders", version: "1.4.0", repository: AT };

/** A version as `helm repo index` writes it. */
function entry({
  name = "orders",
  version = "1.4.0",
  digest = `digest: ${HEX}`,
  urls = `urls:\n    - orders-1.4.0.tgz`,
} = {}): string {
  return `  - apiVersion: v2
    created: "2026-03-02T09:00:00Z"
    description: |
      What isn't a chart:
      catalog:
      - version: 9.9.9
    ${digest}
    name: ${name}
    ${urls}
    version: ${version}
`;
}

const index = (...entries: readonly string[]): string =>
  `apiVersion: v1
entries:
  catalog:
${entry({ name: "catalog", digest: `digest: ${OTHER}` })}  orders:
${entries.join("")}  zebra:
${entry({ name: "zebra" })}generated: "2026-03-02T09:00:00Z"
`;

const problemOf = (text: string, chart: Partial<ClassicChart> = {}): string => {
  const found = chartInIndex(text, { ...CHART, ...chart });
  assert.ok("problem" in found, JSON.stringify(found));
  return found.problem;
};

function found(text: string, chart: Partial<ClassicChart> = {}): [string, string] {
  const known = chartInIndex(text, { ...CHART, ...chart });
  assert.ok("digest" in known, JSON.stringify(known));
  return [known.digest, known.url.href];
}

describe("chartInIndex", () => {
  const tgz = `${AT}/orders-1.4.0.tgz`;

  it("returns the digest and the address of a version", () => {
    assert.deepEqual(found(index(entry({ version: "1.5.0", digest: "" }), entry())), [
      `sha256:${HEX}`,
      tgz,
    ]);
    assert.deepEqual(found(index(entry({ digest: `digest: sha256:${HEX}` }))), [
      `sha256:${HEX}`,
      tgz,
    ]);
  });

  it("reads what others write: in one line, in JSON, in quotes, with the line ends of Windows", () => {
    const version = { version: "1.4.0", digest: HEX, urls: ["orders-1.4.0.tgz"] };
    const json = JSON.stringify({ apiVersion: "v1", entries: { orders: [version] } });
    const other = index(entry());
    for (const text of [
      json,
      `apiVersion: v1\nentries: { orders: [${JSON.stringify(version)}] }\n`,
      other.replaceAll("\n", "\r\n"),
      other.replace("  orders:", '  "orders":'),
      other.replace("  orders:", "  'orders':"),
      other.replaceAll(/^ {2}/gm, "    "),
    ]) {
      assert.deepEqual(found(text), [`sha256:${HEX}`, tgz], text);
    }
  });

  it("takes addresses as Helm does: relative ones below the repository, with its query", () => {
    const at = (address: string, repository = AT) =>
      found(index(entry({ urls: `urls: ["${address}"]` })), { repository })[1];
    assert.equal(at("orders-1.4.0.tgz", `${AT}/`), tgz);
    assert.equal(at("sub/o.tgz", `${AT}?key=1`), `${AT}/sub/o.tgz?key=1`);
    assert.equal(at("o.tgz?a=b", `${AT}?key=1`), `${AT}/o.tgz?a=b`);
    assert.equal(at("/o.tgz"), "https://charts.acme.example/o.tgz");
    assert.equal(at("https://cdn.example/o.tgz", `${AT}?key=1`), "https://cdn.example/o.tgz");
    assert.equal(addressIn({ repository: `${AT}?key=1` }).href, `${AT}/index.yaml?key=1`);
  });

  it("says which version there is instead", () => {
    const text = index(entry({ version: "v1.4.0" }));
    assert.equal(problemOf(text), `${AT} has no 1.4.0 of orders; pin v1.4.0`);
    const none = problemOf(text, { version: "2.0.0" });
    assert.equal(none, `${AT} has no 2.0.0 of orders; pin one that it has`);
    assert.equal(problemOf(text, { name: "gone" }), `${AT} has no chart gone; check its name`);
  });

  it("takes no version that is there twice (attack: which one Helm takes, nobody says)", () => {
    assert.equal(
      problemOf(index(entry(), entry({ digest: `digest: ${OTHER}` }))),
      `the index of ${AT} has 1.4.0 of orders 2 times, and Helm takes any of them; publish another version`,
    );
    const twice = index(entry()).replace("  zebra:", "  orders:");
    assert.equal(problemOf(twice), `${AT} has an index.yaml with orders twice; write it anew`);
  });

  it("takes no version without a digest", () => {
    for (const digest of ["", 'digest: ""', "digest: 0123", `digest: sha512:${HEX}`]) {
      assert.equal(
        problemOf(index(entry({ digest }))),
        `the index of ${AT} has no digest of 1.4.0 of orders; write the index anew with helm repo index`,
      );
    }
  });

  it("goes nowhere without TLS, with a login, or to a registry", () => {
    const at = (address: string) => problemOf(index(entry({ urls: `urls: ["${address}"]` })));
    for (const address of [
      "http://cdn.example/o.tgz",
      "file:///etc/passwd",
      "https://ci:secret@cdn.example/o.tgz",
      "https://",
    ]) {
      assert.equal(
        at(address),
        `the index of ${AT} has 1.4.0 of orders at an address that isn't https, or has a login; publish it again`,
      );
    }
    assert.equal(
      at("oci://ghcr.io/acme/charts/orders:1.4.0"),
      `${AT} has 1.4.0 of orders in an OCI registry; name the chart oci://ghcr.io/acme/charts/orders in the list`,
    );
    const none = `the index of ${AT} has no address of 1.4.0 of orders; publish it again`;
    for (const urls of ["", "urls: []", "urls: [1]", "urls: o.tgz"]) {
      assert.equal(problemOf(index(entry({ urls }))), none);
    }
  });

  it("takes nothing of what isn't an index", () => {
    for (const text of ["{", "entries:\n  orders:\n  - *a\n", "entries:\n  orders: 1\n"]) {
      const problem = `${AT} has an index.yaml that can't be read; write it anew with helm repo index`;
      assert.equal(problemOf(text), problem, text);
    }
    for (const text of ["", "<html>", "entries: []\n"]) {
      assert.equal(problemOf(text), `${AT} has no chart orders; check its name`, text);
    }
  });

  it("reads one chart of a large index, and not the others", () => {
    const others = Array.from({ length: 12_000 }, (_, number) => {
      return `  more${number}:\n${entry({ name: `more${number}` }).repeat(3)}`;
    });
    const text = index(entry()).replace("  zebra:", `${others.join("")}  zebra:`);
    assert.ok(text.length > 8_000_000);
    const began = performance.now();
    assert.deepEqual(found(text), [`sha256:${HEX}`, tgz]);
    assert.equal(problemOf(text, { name: "gone" }), `${AT} has no chart gone; check its name`);
    assert.ok(performance.now() - began < 5000);
    const broken = `${" ".repeat(1 << 20)}\n- a`;
    assert.match(problemOf(broken), /has an index\.yaml that can't be read/);
  });
});
