"use strict";

/**
 * Preloaded into a process that is to die: counts what it does to the disk and which programs it runs,
 * and ends it with SIGKILL just before number KILL_AT.
 */
const fs = require("node:fs");
const childProcess = require("node:child_process");

let left = Number(process.env.KILL_AT);
const METHODS = ["open", "write", "fsync", "rename", "mkdir", "rmdir", "unlink", "utimes", "chown"];

function count() {
  if (--left === 0) process.kill(process.pid, "SIGKILL");
}

function counted(owner, name) {
  owner[name] = new Proxy(owner[name], {
    apply(original, self, args) {
      // What opens a file to read it changes nothing.
      if (!/^open/.test(name) || !["r", undefined].includes(args[1])) count();
      return Reflect.apply(original, self, args);
    },
  });
}

for (const name of METHODS) {
  counted(fs, name);
  counted(fs, `${name}Sync`);
}
counted(fs, "writeFileSync");
counted(childProcess.ChildProcess.prototype, "spawn");
