#!/usr/bin/env node
"use strict";

require("../../register.js");

const { main } = require("./main.ts");

const io = {
  out: (text) => process.stdout.write(`${text}\n`),
  err: (text) => process.stderr.write(`${text}\n`),
  ...(process.stderr.isTTY && { progress: (text) => process.stderr.write(`\r\x1b[K${text}`) }),
};

main(process.argv.slice(2), io).then((code) => {
  process.exitCode = code;
});
