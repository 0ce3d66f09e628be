"use strict";

// The package has no sources: they are compiled.
if (require("node:fs").existsSync(`${__dirname}/pack.ts`)) require("../register.js");
require("./pack");
