"use strict";

const { availableParallelism } = require("node:os");

// Every test/**/*.test.ts, unless files are named: `npx mocha test/core/version.test.ts`. Each file has a process
// of its own at a time, as many as there are cores; what files share is on the disk (test/README.md).
module.exports = {
  require: ["./register.js", "./test/support/hooks.ts"],
  extension: ["test.ts"],
  recursive: true,
  // Far more than any test takes on a busy machine: nothing here is about time.
  timeout: 120_000,
  forbidOnly: true,
  parallel: true,
  jobs: availableParallelism(),
};
