"use strict";

require("../register.js");
require("./pack.ts");
