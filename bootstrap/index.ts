import * as path from "node:path";
import { readSources } from "../src/core/read";
import { parseRepository } from "../src/core/repository";
import { withoutTraces } from "../stacks/traces";
import { declareFoundation } from "./program";

const ROOT = path.join(__dirname, "..");
const repository = parseRepository(readSources(ROOT, ROOT));

/** The Pulumi program of what releases stand on: GitHub's guards, or the roles of one account. */
export const { roles, guarded } = withoutTraces(() => declareFoundation(repository));
