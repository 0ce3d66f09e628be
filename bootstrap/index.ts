import * as path from "node:path";
import { readSources } from "../src/core/read";
import { parseRepository } from "../src/core/repository";
import { withoutTraces } from "../stacks/traces";
import { declareBootstrap } from "./program";

const ROOT = path.join(__dirname, "..");
const repository = parseRepository(readSources(ROOT, ROOT));

/** The Pulumi program for administrators: the guards of GitHub, or the roles of one account. */
export const { roles, guarded } = withoutTraces(() => declareBootstrap(repository));
