import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { helmRenderer, type Rendering } from "../../../src/adapters/helm/helm";
import { isError } from "../../../src/core/error";
import { findHelm } from "../../../src/adapters/find-tool";
import { otherImageIn } from "../../../src/core/verify/chart-image";
import { folderOf } from "../../support/folder";
import { digestOf, service } from "../../support/model";
import { missingRegistryTool, Registry } from "../../support/registry";

const helm = helmRenderer();

describe("helmRenderer", () => {
  if (helm === undefined) {
    it("is skipped: there is no helm in PATH or ~/go/bin", function () {
      this.skip();
    });
    return;
  }

  const release = (files: Record<string, string>): Rendering => ({
    name: "orders",
    namespace: "shop",
    chart: "./chart",
    folder: folderOf(files),
    version: "1.0.0",
    repository: undefined,
    values: { tag: "v1.2.3" },
  });

  it("renders a chart of a folder with its values, and asks no cluster", () => {
    const rendered = helm.render(
      release({
        "chart/Chart.yaml": "apiVersion: v2\nname: chart\nversion: 1.0.0\n",
        "chart/templates/a.yaml":
          "at: {{ .Release.Namespace }}/{{ .Release.Name }} {{ .Values.tag }} {{ .Capabilities.KubeVersion }}\n",
      }),
    );
    assert.equal(
      rendered,
      "---\n# Source: chart/templates/a.yaml\nat: shop/orders v1.2.3 v1.34.0\n",
    );
  });

  it("gives the chart the values as they are, also those that YAML 1.1 takes for others", () => {
    const values = {
      ...{
        a: "yes",
        b: "on",
        n: "no",
        c: "1_000",
        d: "0x1f",
        e: "1e3",
        f: "2026-01-01",
        g: "~",
        h: "",
      },
      ...{
        i: 1000,
        j: true,
        k: null,
        l: ["off", { y: "y" }],
        m: "012",
        o: "1:30",
        p: "=",
        q: "<<",
      },
      r: "a\u007f\u0085\u2028\ufeff\u0000\n\"'\\ 🚀 é",
    };
    const rendered = helm.render({
      ...release({
        "chart/Chart.yaml": "apiVersion: v2\nname: chart\nversion: 1.0.0\n",
        "chart/templates/a.yaml": "got: {{ .Values | toJson | b64enc }}\n",
      }),
      values,
    });
    const [, got = ""] = /got: (.*)/.exec(rendered) ?? [];
    assert.deepEqual(JSON.parse(Buffer.from(got, "base64").toString()), values);
  });

  for (const [what, template, reason] of [
    ["takes all memory", '{{ repeat 2000000000 "xxxx" }}', /1\.0\.0: (?:runtime: )?out of memory/],
    [
      "renders more than 1 MiB",
      '{{ repeat 300000 "xxxx" }}',
      /its manifests have more than 1 MiB$/,
    ],
    ["writes an error without end", '{{ fail (repeat 100000 "x") }}', /: .{2000}$/],
  ] as const) {
    it(`says what is wrong with a chart that ${what}`, () => {
      const chart = release({
        "chart/Chart.yaml": "apiVersion: v2\nname: chart\nversion: 1.0.0\n",
        "chart/templates/a.yaml": `a: ${template}\n`,
      });
      assert.throws(
        () => helm.render(chart),
        (cause) => {
          assert.ok(isError(cause));
          assert.match(cause.message, reason);
          assert.ok(cause.message.length < 2100);
          return true;
        },
      );
    });
  }

  it("says all that a chart's schema refuses, and that it is the chart or its values", () => {
    const schema = { properties: { tag: { type: "integer" }, port: { type: "integer" } } };
    const chart = release({
      "chart/Chart.yaml": "apiVersion: v2\nname: chart\nversion: 1.0.0\n",
      "chart/values.schema.json": JSON.stringify(schema),
    });
    assert.throws(
      () => helm.render({ ...chart, values: { tag: "v1.2.3", port: "80" } }),
      (cause) => {
        assert.ok(isError(cause, "findings"));
        assert.match(cause.message, /schema\(s\) in the following chart\(s\): chart: .*\btag\b/);
        assert.match(cause.message, /\bport\b/);
        assert.doesNotMatch(cause.message, /\n/);
        return true;
      },
    );
  });

  it("fails with Helm's own words, and as something outside", () => {
    assert.throws(
      () => helm.render(release({})),
      (cause) => {
        assert.ok(isError(cause, "outside"));
        assert.match(cause.message, /^helm can't render \.\/chart 1\.0\.0: .*not found/);
        return true;
      },
    );
  });
});

describe("the contents of a chart of a registry", () => {
  const missing = helm === undefined ? "helm" : missingRegistryTool;
  if (helm === undefined || missing !== undefined) {
    it(`is skipped: there is no ${missing ?? ""}`, function () {
      this.skip();
    });
    return;
  }

  let registry: Registry;
  before(async () => (registry = await Registry.start()));
  after(() => registry.stop());

  /** Packages a chart, pushes it with Helm itself, and returns its digest. */
  function pushed(version: string, values: string, annotations = ""): string {
    const chart = folderOf({
      "orders/Chart.yaml": `apiVersion: v2\nname: orders\nversion: ${version}\n${annotations}`,
      "orders/values.yaml": values,
    });
    const run = (...args: string[]): string =>
      spawnSync(findHelm() ?? "", args, { cwd: chart, encoding: "utf8" }).stderr;
    run("package", "orders");
    const said = run(
      "push",
      `orders-${version}.tgz`,
      `oci://${registry.host}/charts`,
      "--plain-http",
    );
    const [, digest = ""] = /Digest: (sha256:[0-9a-f]{64})/.exec(said) ?? [];
    assert.notEqual(digest, "", said);
    return digest;
  }

  it("is its name, version, values and annotations, by its digest", () => {
    const annotations = `annotations: { images: "orders@${digestOf("b")}" }\n`;
    const first = pushed("1.0.0", `image: { digest: "${digestOf("a")}" }\n`, annotations);
    const second = pushed("v1.1.0", "");
    const name = `${registry.host}/charts/orders`;
    const contents = helm.contents(name, first);
    assert.deepEqual(contents, {
      ...{ name: "orders", version: "1.0.0" },
      values: { image: { digest: digestOf("a") } },
      annotations: { images: `orders@${digestOf("b")}` },
    });
    assert.deepEqual(helm.contents(name, second), {
      ...{ name: "orders", version: "v1.1.0" },
      ...{ values: null, annotations: {} },
    });
    assert.match(
      otherImageIn(contents, service("orders"), digestOf("c")) ?? "",
      /^image\.digest of its values names sha256:a+, and sha256:c+ is pinned/,
    );
  });

  it("is unknown where the registry has no such chart", () => {
    assert.throws(
      () => helm.contents(`${registry.host}/charts/orders`, digestOf("f")),
      (cause) => isError(cause, "outside") && /^helm can't show the chart /.test(cause.message),
    );
  });
});
