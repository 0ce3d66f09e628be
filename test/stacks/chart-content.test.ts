import assert from "node:assert/strict";
import { chartContent } from "../../stacks/chart-content";
import { folderOf } from "../support/folder";

/** Returns the content id of a chart of these files. */
function contentOf(files: Readonly<Record<string, string>>): string | undefined {
  return chartContent(folderOf(files));
}

describe("chartContent", () => {
  const chart = { "Chart.yaml": "version: 1.0.0\n", "templates/pod.yaml": "kind: Pod\n" };

  it("is the same for the same files, however git checks them out", () => {
    assert.match(String(contentOf(chart)), /^sha256:[0-9a-f]{12}$/);
    assert.equal(contentOf(chart), contentOf({ ...chart }));
    const windows = { ...chart, "templates/pod.yaml": "kind: Pod\r\n" };
    assert.equal(contentOf(chart), contentOf(windows));
  });

  it("is another one for each change of a file, though the version is the same", () => {
    const others = [
      { ...chart, "templates/pod.yaml": "kind: Job\n" },
      { ...chart, "templates/job.yaml": "" },
      { "Chart.yaml": chart["Chart.yaml"], "templates/job.yaml": chart["templates/pod.yaml"] },
    ];
    const ids = [chart, ...others].map(contentOf);
    assert.equal(new Set(ids).size, ids.length);
  });

  it("is nothing of a folder without a chart", () => {
    assert.equal(contentOf({ "values.yaml": "" }), undefined);
  });
});
