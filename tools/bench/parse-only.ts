/** A baseline for lint: the same files through the YAML parser, and nothing else. */
import * as fs from "node:fs";
import * as path from "node:path";
import { parseDocument } from "yaml";

const folder = path.join(process.argv[2] ?? ".", "service");
for (const file of fs.readdirSync(folder)) {
  parseDocument(fs.readFileSync(path.join(folder, file), "utf8")).toJS();
}
