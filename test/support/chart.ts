import * as path from "node:path";
import { readDefaultCharts } from "../../src/core/read";
import { PROGRAM } from "../../src/app/open";

const [newest] = readDefaultCharts(PROGRAM, PROGRAM);

/** The newest version of the default chart. */
export const CHART_VERSION = path.basename(path.dirname(newest?.file ?? ""));

/** Its folder, as Helm releases name it. */
export const CHART = `./charts/service/${CHART_VERSION}`;
