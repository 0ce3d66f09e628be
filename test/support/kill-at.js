"use strict";

/**
 * Preloaded into a process that is to die: counts what it does to the disk that another process could see
 * and the programs it runs that write, and ends it with SIGKILL just before number KILL_AT. A file's times,
 * its owner and its way from the cache to the disk are nothing that a kill could leave undone.
 */
const fs = require("node:fs");
const childProcess = require("node:child_process");

let left = Number(process.env.KILL_AT);
const METHODS = ["open", "write", "rename", "mkdir", "rmdir", "unlink"];

function count() {
  if (--left === 0) process.kill(process.pid, "SIGKILL");
}

/** Whether a call opens a file to read it, or runs a command of regctl that asks a registry. */
function isRead(name, [first, second]) {
  if (name.startsWith("open")) return second === "r" || second === undefined;
  return name === "spawn" && first.args.some((arg) => ["manifest", "artifact"].includes(arg));
}

function counted(owner, name) {
  owner[name] = new Proxy(owner[name], {
    apply(original, self, args) {
      if (!isRead(name, args)) count();
      return Reflect.apply(original, self, args);
    },
  });
}

for (const name of METHODS) {
  counted(fs, name);
  counted(fs, `${name}Sync`);
}
counted(childProcess.ChildProcess.prototype, "spawn");
