import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { findPulumi } from "../../src/adapters/find-tool";
import { editStackConfig } from "../../src/core/stack/config-editor";
import { configPath } from "../../src/core/stack/config-path";
import { folderOf } from "../support/folder";
import { NAMES } from "../support/stack-config-texts";

const cli = findPulumi();
const FILE = "Pulumi.t.yaml";
const PIN = `v1.1.3@sha256:${"a".repeat(64)}`;

describe("the path of an edit", function () {
  if (cli === undefined) {
    it("is skipped: there is no Pulumi CLI in PATH, ~/.pulumi/bin or ~/.pulumi/versions", function () {
      this.skip();
    });
    return;
  }

  it("is the one that pulumi config set --path takes, for every name", () => {
    const folder = folderOf({ "Pulumi.yaml": "name: x\nruntime: nodejs\n", "state/.keep": "" });
    const pulumi = (...args: string[]): string => {
      const env = {
        ...{ PATH: process.env["PATH"], HOME: folder, PULUMI_CONFIG_PASSPHRASE: "x" },
        ...{ PULUMI_BACKEND_URL: `file://${path.join(folder, "state")}` },
        ...{ PULUMI_SKIP_UPDATE_CHECK: "1" },
      };
      const run = spawnSync(cli, args, { cwd: folder, env, encoding: "utf8" });
      assert.equal(run.status, 0, run.stderr);
      return run.stdout;
    };
    pulumi("stack", "init", "t");
    const file = path.join(folder, FILE);
    const fresh = fs.readFileSync(file, "utf8");
    for (const name of NAMES) {
      pulumi("config", "set", "--path", configPath(["releases:versions", name]), PIN);
    }
    const theirs: unknown = JSON.parse(pulumi("config", "--json"));
    const edits = NAMES.map((name) => ({ key: "versions" as const, name, value: PIN }));
    fs.writeFileSync(file, editStackConfig({ file: FILE, text: fresh }, edits));
    assert.deepEqual(JSON.parse(pulumi("config", "--json")), theirs);
    const { objectValue } =
      (theirs as Record<string, { objectValue: object }>)["releases:versions"] ?? {};
    assert.deepEqual(objectValue, Object.fromEntries(NAMES.map((name) => [name, PIN])));
  });
});
