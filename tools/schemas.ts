/** `npm run schemas`: writes the JSON Schemas that files of users name in their first line. */
import * as fs from "node:fs";
import * as path from "node:path";
import { PROGRAM } from "../src/app/open";
import { jsonSchemas } from "../src/core/json-schemas";

for (const [file, schema] of jsonSchemas()) {
  fs.writeFileSync(path.join(PROGRAM, "schemas", file), `${JSON.stringify(schema, null, 2)}\n`);
}
