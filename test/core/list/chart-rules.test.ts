import assert from "node:assert/strict";
import { formatIssue } from "../../../src/core/input/issue";
import { issuesOf, type Files } from "../../support/repository";
import { text } from "../../support/text";

const CHART = "{ apiVersion: v2, name: own, version: 1.0.0 }\n";
const found = (files: Files, values: string, more = ""): string[] =>
  issuesOf({
    "charts/own/Chart.yaml": CHART,
    ...files,
    "service/a.yaml": `- { github: a, docker: a, deploy: { release: v1 }, values: ${values}, chart: { name: ./charts/own, version: 1.0.0 }${more} }\n`,
  }).map(formatIssue);

const schema = (value: object): Files => ({
  "charts/own/values.schema.json": JSON.stringify(value),
});

describe("checkCharts", () => {
  it("finds nothing wrong with a chart without a schema, and with one that it satisfies", () => {
    assert.deepEqual(found({}, "{ any: thing }"), []);
    const port = { type: "object", required: ["port"], properties: { port: { type: "integer" } } };
    assert.deepEqual(found(schema(port), "{ port: 80 }"), []);
  });

  it("joins the chart's own values and the definition's first, as Helm does", () => {
    const files = {
      "charts/own/values.yaml": text`
        port: 80
        deep: { a: 1, b: 2 }
      `,
      ...schema({
        type: "object",
        required: ["port"],
        properties: {
          port: { type: "integer" },
          deep: { type: "object", required: ["a", "b"], additionalProperties: { type: "integer" } },
        },
      }),
    };
    assert.deepEqual(found(files, "{ deep: { b: 3 } }"), []);
    const [missing, ...others] = found(files, "{ port: null }");
    assert.match(missing ?? "", /chart-refuses-values .* refuses "values\.port"/);
    assert.deepEqual(others, []);
  });

  it("gives the chart the image, where the definition has it", () => {
    const image = {
      type: "object",
      properties: {
        app: { type: "object", required: ["image"], properties: { image: { type: "string" } } },
      },
      required: ["app"],
    };
    const paths = ", imageValues: { repository: app.image, tag: app.tag }";
    assert.deepEqual(found(schema(image), "{ }", paths), []);
    assert.equal(found(schema(image), "{ }").length, 1);
  });

  it("leaves a schema that it can't read to Helm", () => {
    for (const unknown of ["no JSON", "[]", '{ "if": { "type": "object" }, "then": false }']) {
      assert.deepEqual(found({ "charts/own/values.schema.json": unknown }, "{ any: thing }"), []);
    }
  });

  it("wants a version in the chart that is one", () => {
    for (const chart of ["name: own\n", "- 1\n", "", "version: 1.10\n", "version: [\n"]) {
      const [issue, ...others] = found({ "charts/own/Chart.yaml": chart }, "{}");
      assert.match(
        issue ?? "",
        /invalid-chart-version .*"chart\.version" is "1\.0\.0", and charts\/own\/Chart\.yaml has/,
      );
      assert.deepEqual(others, []);
    }
  });

  it("looks at the program's own chart where the repository has none of its own", () => {
    const list = (version: string): Files => ({
      "service/a.yaml": `- { github: a, docker: a, deploy: { release: v1 }, chart: { name: ./charts/service/1.1.0, version: ${version} } }\n`,
    });
    assert.match(issuesOf(list("9.9.9")).map(formatIssue).join(), /invalid-chart-version/);
    const own = {
      "charts/service/1.1.0/Chart.yaml": CHART.replace("1.0.0", "9.9.9"),
      ...list("9.9.9"),
    };
    assert.deepEqual(issuesOf(own), []);
  });
});
