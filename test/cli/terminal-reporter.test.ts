import assert from "node:assert/strict";
import { mock } from "node:test";
import { TerminalReporter } from "../../src/cli/terminal-reporter";

describe("TerminalReporter", () => {
  const quiet = { out: () => undefined, err: () => undefined };
  const at = (done: number) => ({ activity: "bringing images", done, total: 3 }) as const;

  beforeEach(() => mock.timers.enable({ apis: ["setTimeout"] }));
  afterEach(() => mock.timers.reset());

  it("shows no progress of what takes less than a second", () => {
    const shown: string[] = [];
    const report = new TerminalReporter({ ...quiet, progress: (text) => shown.push(text) });
    report.progress(at(0));
    report.progress(at(1));
    mock.timers.tick(999);
    report.progress(undefined);
    mock.timers.tick(5000);
    assert.deepEqual(shown, []);
  });

  it("replaces its line from then on, and takes it away at the end", () => {
    const shown: string[] = [];
    const report = new TerminalReporter({ ...quiet, progress: (text) => shown.push(text) });
    report.progress(at(0));
    report.progress(at(1));
    mock.timers.tick(1000);
    report.progress(at(2));
    report.progress(undefined);
    mock.timers.tick(5000);
    assert.deepEqual(shown, ["brought 1 of 3 images", "brought 2 of 3 images", ""]);
  });

  it("shows no progress where there is no terminal", () => {
    const report = new TerminalReporter(quiet);
    report.progress(at(0));
    mock.timers.tick(5000);
    report.progress(undefined);
  });

  it("prints notices to stderr, with control characters spelled out", () => {
    const printed: string[] = [];
    const report = new TerminalReporter({ ...quiet, err: (text) => printed.push(text) });
    report.notice({
      kind: "left-out",
      stack: "staging",
      service: "orders",
      reason: "held: \u001b[2Jgone\nvoil\u0007",
    });
    assert.deepEqual(printed, ["orders stays as it is: held: \\u001b[2Jgone\\nvoil\\u0007"]);
  });
});
