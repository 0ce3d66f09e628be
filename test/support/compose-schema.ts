import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import Ajv from "ajv";
import { parse } from "yaml";
import { PROGRAM } from "../../src/app/open";

const SCHEMA = path.join(PROGRAM, "test/fixtures/compose-spec/compose-spec.json");

/** Returns what the Compose specification's own schema has against a Compose file. */
export function composeProblems(text: string): string[] {
  const ajv = new Ajv({ strict: false, validateFormats: false, validateSchema: false });
  const { $schema: _draft, ...schema } = JSON.parse(fs.readFileSync(SCHEMA, "utf8")) as object & {
    $schema: string;
  };
  const validate = ajv.compile(schema);
  validate(parse(text));
  return (validate.errors ?? []).map(
    ({ instancePath, message = "" }) => `${instancePath} ${message}`,
  );
}

/** Whether Docker has Compose here. */
export const hasCompose = spawnSync("docker", ["compose", "version"]).status === 0;
