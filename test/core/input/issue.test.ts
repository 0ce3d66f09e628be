import assert from "node:assert/strict";
import { error, formatIssue, hasErrors, sortIssues, warning } from "../../../src/core/input/issue";

const PLACE = { line: 3, column: 5 };

describe("error", () => {
  it("stands at its position, or at the start of the file", () => {
    assert.deepEqual(error("empty-list", "service/a.yaml", "it is empty", PLACE), {
      code: "empty-list",
      severity: "error",
      file: "service/a.yaml",
      line: 3,
      column: 5,
      message: "it is empty",
    });
    const { line, column } = error("empty-list", "service/a.yaml", "it is empty");
    assert.deepEqual([line, column], [1, 1]);
  });
});

describe("warning", () => {
  it("is an error but for its severity", () => {
    assert.deepEqual(warning("empty-list", "a.yaml", "it is empty", PLACE), {
      ...error("empty-list", "a.yaml", "it is empty", PLACE),
      severity: "warning",
    });
    const { line, column } = warning("empty-list", "a.yaml", "it is empty");
    assert.deepEqual([line, column], [1, 1]);
  });
});

describe("formatIssue", () => {
  it("is file, line, column, code and message", () => {
    assert.equal(
      formatIssue(error("empty-list", "service/a.yaml", "it is empty", PLACE)),
      "service/a.yaml:3:5 empty-list it is empty",
    );
  });

  it("says of a warning that it is one", () => {
    assert.equal(
      formatIssue(warning("empty-list", "service/a.yaml", "it is empty", PLACE)),
      "service/a.yaml:3:5 empty-list warning: it is empty",
    );
  });

  it("is one line, without control characters, whatever users write", () => {
    const line = formatIssue(
      error("invalid-github", "service/a\n.yaml", 'it is "a\n\u001b[31m::error::"'),
    );
    assert.doesNotMatch(line, /[\u0000-\u001f\u007f]/);
  });
});

describe("sortIssues", () => {
  const sorted = [
    error("yaml-syntax", "B.yaml", "z", { line: 9, column: 9 }),
    error("yaml-syntax", "a.yaml", "z", { line: 2, column: 10 }),
    error("yaml-syntax", "a.yaml", "z", { line: 10, column: 2 }),
    error("empty-file", "a.yaml", "z", { line: 10, column: 10 }),
    error("yaml-syntax", "a.yaml", "a", { line: 10, column: 10 }),
    error("yaml-syntax", "a.yaml", "b", { line: 10, column: 10 }),
    error("empty-file", "b.yaml", "a", { line: 1, column: 1 }),
  ];

  it("orders by file, line, column, code and message, numbers as numbers", () => {
    assert.deepEqual(sortIssues([...sorted].reverse()), sorted);
  });

  it("leaves what it is given as it is", () => {
    const given = [...sorted].reverse();
    sortIssues(given);
    assert.deepEqual(given, [...sorted].reverse());
  });
});

describe("hasErrors", () => {
  it("is true of errors alone", () => {
    assert.equal(hasErrors([]), false);
    assert.equal(hasErrors([warning("empty-list", "a.yaml", "a")]), false);
    assert.equal(
      hasErrors([warning("empty-list", "a.yaml", "a"), error("empty-list", "a.yaml", "a")]),
      true,
    );
  });
});
