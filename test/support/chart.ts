import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { PROGRAM } from "../../src/app/open";

const file = path.join(PROGRAM, "charts/service/Chart.yaml");

/** The version of the default chart. */
export const { version: CHART_VERSION } = parse(fs.readFileSync(file, "utf8")) as {
  version: string;
};
