#!/usr/bin/env node
"use strict";

require("../typescript.js");

const { main } = require("./main.ts");

const io = {
  out: (text) => process.stdout.write(`${text}\n`),
  err: (text) => process.stderr.write(`${text}\n`),
};

main(process.argv.slice(2), io).then((code) => {
  process.exitCode = code;
});
