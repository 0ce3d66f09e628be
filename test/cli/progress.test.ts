import assert from "node:assert/strict";
import { mock } from "node:test";
import { Progress } from "../../src/cli/progress";

describe("Progress", () => {
  const quiet = { out: () => undefined, err: () => undefined };

  beforeEach(() => mock.timers.enable({ apis: ["setInterval"] }));
  afterEach(() => mock.timers.reset());

  it("says nothing of what takes less than a second", () => {
    const shown: string[] = [];
    const progress = new Progress({ ...quiet, progress: (text) => shown.push(text) }, String);
    progress.step();
    mock.timers.tick(999);
    progress.end();
    assert.deepEqual(shown, []);
  });

  it("replaces its line from then on, and takes it away at the end", () => {
    const shown: string[] = [];
    const progress = new Progress(
      { ...quiet, progress: (text) => shown.push(text) },
      (done) => `${done} of 3`,
    );
    progress.step();
    mock.timers.tick(1000);
    progress.step();
    progress.end();
    mock.timers.tick(5000);
    assert.deepEqual(shown, ["1 of 3", "2 of 3", ""]);
  });

  it("says nothing where there is no terminal", () => {
    const progress = new Progress(quiet, String);
    mock.timers.tick(5000);
    progress.step();
    progress.end();
  });
});
