#!/usr/bin/env node
"use strict";

const { existsSync } = require("node:fs");
const { inspect } = require("node:util");

// The package has no sources: they are compiled into dist/.
const isPackage = !existsSync(`${__dirname}/main.ts`);
if (!isPackage) require("../../register.js");

const here = isPackage ? "../../dist/src/cli" : ".";
const { guarded } = require(`${here}/io`);
const { main } = require(`${here}/main`);
const { terminal } = require(`${here}/terminal`);

for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (cause) => {
    // A reader that has seen enough, such as `head`, closes the pipe: the exit code stays what it will be.
    if (cause.code === "EPIPE") return;
    if (stream === process.stdout)
      console.error(`releases: stdout can't be written: ${cause.message}`);
    process.exit(3);
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
