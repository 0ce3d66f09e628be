"use strict";

// Loaded into a measured process: says at its end how much memory it took, in KB, on file descriptor 3.
const fs = require("node:fs");

process.on("exit", () => fs.writeSync(3, String(process.resourceUsage().maxRSS)));
