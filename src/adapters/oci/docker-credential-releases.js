#!/usr/bin/env node
"use strict";

/**
 * A Docker credential helper for ECR: reads the host of a registry, and answers with the password that
 * `releases` got from AWS and passes in the environment, so that no file has it.
 */
const host = require("node:fs").readFileSync(0, "utf8").trim();
const passwords = JSON.parse(process.env.RELEASES_ECR_PASSWORDS ?? "{}");
if (typeof passwords[host] !== "string") {
  process.stdout.write("credentials not found in native keychain");
  process.exit(1);
}
process.stdout.write(JSON.stringify({ ServerURL: host, Username: "AWS", Secret: passwords[host] }));
