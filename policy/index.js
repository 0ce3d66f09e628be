"use strict";

require("../typescript.js");
require("./pack.ts");
