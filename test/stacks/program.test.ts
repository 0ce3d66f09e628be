import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { record } from "../../src/adapters/pulumi/embedded";
import { program } from "../../stacks/program";
import { hintAtTrace } from "../../stacks/traces";
import { folderOf } from "../support/folder";
import { serviceYaml, stackConfigYaml } from "../support/yaml";

const EXTERNAL = "{ role: external, host: ghcr.io/acme }";

function repository(name: string): string {
  return folderOf({
    "service/a.yaml": serviceYaml(name),
    "Pulumi.testing.yaml": stackConfigYaml("", EXTERNAL),
  });
}

describe("program", () => {
  const before = process.env["RELEASES_LIST"];
  // The engine's config wins over the file's.
  const config = {
    "aws:region": "eu-west-1",
    "releases:cluster": '{"context":"test"}',
    "releases:registry": '{"role":"external","host":"ghcr.io/acme"}',
  };
  const runs = async (
    folder: string,
    given: Record<string, string> = config,
  ): Promise<string[]> => {
    pulumi.runtime.setAllConfig(given);
    const { result } = await record("testing", () => program(folder));
    return Object.keys(result.services);
  };

  // The program is a process's only one, and leaves traces off.
  const traces = Object.getOwnPropertyDescriptor(Error, "stackTraceLimit") ?? {};

  afterEach(() => {
    process.removeListener("unhandledRejection", hintAtTrace);
    Object.defineProperty(Error, "stackTraceLimit", traces);
    if (before === undefined) Reflect.deleteProperty(process.env, "RELEASES_LIST");
    else process.env["RELEASES_LIST"] = before;
  });

  it("declares the list of its folder", async () => {
    assert.deepEqual(await runs(repository("own")), ["own"]);
  });

  it("refuses a pin, a hold, a part or an environment that its file doesn't have: an ESC environment gave it", async () => {
    for (const [key, value] of [
      ["versions", '{"own":"v9.9.9"}'],
      ["charts", '{"own":"9.9.9"}'],
      ["holds", '{"own":{"reason":"x"}}'],
      ["values", '{"own":{"replicaCount":9}}'],
      ["select", '{"names":["own"]}'],
      ["environment", "production"],
    ] as const) {
      const given = { ...config, [`releases:${key}`]: value };
      await assert.rejects(runs(repository("own"), given), (cause: Error) => {
        assert.ok(cause.message.includes(`isn't that of releases:${key} in Pulumi.testing.yaml`));
        return pulumi.RunError.isInstance(cause);
      });
    }
  });

  it("refuses a cluster that its file doesn't have, and none where its file has one; another one may be named", async () => {
    const { "releases:cluster": cluster, ...without } = config;
    const refusal = /isn't that of releases:cluster in Pulumi\.testing\.yaml/;
    await assert.rejects(runs(repository("own"), without), refusal);
    const folder = repository("own");
    const file = path.join(folder, "Pulumi.testing.yaml");
    const text = fs.readFileSync(file, "utf8");
    fs.writeFileSync(file, text.replace(/^ {2}releases:cluster: .*\n/m, ""));
    await assert.rejects(runs(folder, { ...without, "releases:cluster": cluster }), refusal);
    assert.deepEqual(await runs(folder, without), ["own"]);
    const other = { ...config, "releases:cluster": '{"context":"other"}' };
    assert.deepEqual(await runs(repository("own"), other), ["own"]);
  });

  it("declares the list that RELEASES_LIST names instead", async () => {
    process.env["RELEASES_LIST"] = repository("other");
    assert.deepEqual(await runs(repository("own")), ["other"]);
  });
});
