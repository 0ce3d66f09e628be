/** `npm run schemas`: writes the JSON Schemas that the sample files name in their first line. */
import * as fs from "node:fs";
import * as path from "node:path";
import { PROGRAM } from "../cli/repository";
import { jsonSchemas } from "../release/schema/json";

for (const [file, schema] of jsonSchemas()) {
  fs.writeFileSync(
    path.join(PROGRAM, "release/schema", file),
    `${JSON.stringify(schema, null, 2)}\n`,
  );
}
