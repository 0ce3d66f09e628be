import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { Ajv } from "ajv";
import { parse } from "yaml";
import { PROGRAM } from "../../src/app/open";
import { jsonSchemas } from "../../src/core/json-schemas";
import { ACME } from "../support/acme";

const EXAMPLES = fs
  .readdirSync(path.join(PROGRAM, "examples"), { recursive: true, encoding: "utf8" })
  .filter((file) => /\.yaml$/.test(file) && !file.endsWith("kubernetes-operator.yaml"))
  .map((file) => `examples/${file}`);

function problems(schema: string, data: unknown): unknown[] {
  const ajv = new Ajv({ allErrors: true, strict: false });
  const check = ajv.compile(jsonSchemas().get(schema) ?? {});
  return check(data)
    ? []
    : (check.errors ?? []).map(({ instancePath, keyword }) => [instancePath, keyword]);
}

describe("jsonSchemas", () => {
  for (const [file, schema] of jsonSchemas()) {
    it(`is what ${file} holds; npm run schemas rewrites it`, () => {
      const written = fs.readFileSync(path.join(PROGRAM, "schemas", file), "utf8");
      assert.equal(written, `${JSON.stringify(schema, null, 2)}\n`);
    });
  }

  for (const file of EXAMPLES) {
    it(`accepts ${file}, which names its schema in its first line`, () => {
      const text = fs.readFileSync(path.join(PROGRAM, file), "utf8");
      const named = /^# yaml-language-server: \$schema=(\S+)\n/.exec(text)?.[1] ?? "";
      const schema = path.join(PROGRAM, path.dirname(file), named);
      assert.equal(path.dirname(schema), path.join(PROGRAM, "schemas"));
      assert.deepEqual(problems(path.basename(schema), parse(text)), []);
    });
  }

  it("accepts every file of a whole list", () => {
    const files = fs.readdirSync(ACME, { recursive: true, encoding: "utf8" });
    const schemas = new Set<string>();
    for (const file of files.filter((name) => name.endsWith(".yaml"))) {
      const kind = /^(environments|Pulumi)\b/.exec(file)?.[1];
      const name = { environments: "environments", Pulumi: "stack" }[kind ?? ""] ?? "definitions";
      schemas.add(name);
      const text = fs.readFileSync(path.join(ACME, file), "utf8");
      assert.deepEqual(problems(`${name}.schema.json`, parse(text)), [], file);
    }
    assert.deepEqual([...schemas].sort(), ["definitions", "environments", "stack"]);
  });

  it("refuses unknown keys and wrong values where an editor can show them", () => {
    assert.deepEqual(
      problems("definitions.schema.json", [
        { github: "api", dockre: "api", deploy: { release: "1.2" } },
      ]),
      [
        ["/0", "additionalProperties"],
        ["/0/deploy/release", "pattern"],
      ],
    );
    assert.deepEqual(
      problems("stack.schema.json", {
        config: { "releases:account": 12, "releases:acount": "x", "aws:region": "eu-west-1" },
      }),
      [
        ["/config", "additionalProperties"],
        ["/config/releases:account", "type"],
      ],
    );
    assert.deepEqual(
      problems("environments.schema.json", { environments: { testing: { accepts: ["all"] } } }),
      [["/environments/testing/accepts/0", "enum"]],
    );
  });
});
