#!/usr/bin/env node
"use strict";

/**
 * A Docker credential helper for ECR: reads a registry's host, and answers with the password that
 * `releases` got from AWS and put into this process's environment. So no file holds it.
 */
const host = require("node:fs").readFileSync(0, "utf8").trim();
const passwords = JSON.parse(process.env.RELEASES_ECR_PASSWORDS ?? "{}");
if (typeof passwords[host] !== "string") {
  process.stdout.write("credentials not found in native keychain");
  process.exit(1);
}
process.stdout.write(JSON.stringify({ ServerURL: host, Username: "AWS", Secret: passwords[host] }));
