import assert from "node:assert/strict";
import { helmRenderer, type Rendering } from "../../../src/adapters/helm/helm";
import { isError } from "../../../src/core/error";
import { folderOf } from "../../support/folder";

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
    values: "tag: v1.2.3",
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
