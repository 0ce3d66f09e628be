#!/usr/bin/env node
"use strict";

// The sources run as they are: no build step, so no stale build. Types are checked by `npm run types`.
require("tsx/cjs");

const { main } = require("./main.ts");

const io = {
  out: (text) => process.stdout.write(`${text}\n`),
  err: (text) => process.stderr.write(`${text}\n`),
};

main(process.argv.slice(2), io).then((code) => {
  process.exitCode = code;
});
