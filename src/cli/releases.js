#!/usr/bin/env node
"use strict";

require("../../register.js");

const { inspect } = require("node:util");
const { guarded } = require("./io.ts");
const { main } = require("./main.ts");
const { terminal } = require("./terminal.ts");

// A reader that has seen enough, such as `head`, closes the pipe: that is no failure.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (cause) => {
    if (cause.code !== "EPIPE") throw cause;
    process.exit(process.exitCode ?? 0);
  });
}

const io = terminal();
main(process.argv.slice(2), io).then(
  (code) => {
    process.exitCode = code;
  },
  // The trace of a bug quotes texts of users.
  (cause) => {
    guarded(io).err(inspect(cause));
    process.exitCode = 1;
  },
);
