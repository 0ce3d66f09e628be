import { parseRepository } from "./src/core/repository";
import { readSources } from "./src/core/read";
import { runProgram } from "./stacks/program";
import { withoutTraces } from "./stacks/traces";

const repository = parseRepository(readSources(__dirname, __dirname));

/** The Pulumi program: what this stack is made of, from this repository's list and the stack's config. */
export const { environment, services, repositories, webhooks } = withoutTraces(() =>
  runProgram(repository),
);
