import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { formatIssue, hasErrors, sortIssues } from "../src/core/input/issue";
import { chartFolder, readSources } from "../src/core/read";
import {
  issuesAcrossStacks,
  issuesFor,
  parseRepository,
  planStack,
  type Repository,
} from "../src/core/repository";
import type { FolderOf } from "./chart-content";
import { readStackConfig, unjudgedKeys } from "./config";
import { declareStack, type Outputs } from "./stack";
import { withoutTraces } from "./traces";

export type { Outputs };

/** The folder of this program, which has the default chart. */
const PROGRAM = path.join(__dirname, "..");

/**
 * The Pulumi program of a repository: declares the running stack. Returns its outputs.
 * @param folder the folder of the project, and of the list. The environment variable RELEASES_LIST names another one, so that a
 *   job that only reads can run a reviewed program on any list.
 * @throws pulumi.RunError as `runProgram`
 */
export function program(folder: string): Outputs {
  const { RELEASES_LIST: list = folder } = process.env;
  return withoutTraces(() => {
    const repository = parseRepository(readSources(list, PROGRAM, folder));
    return runProgram(repository, (chart) => chartFolder(chart, folder, folder));
  });
}

/**
 * Checks the list and the running stack's config, then declares the stack. Returns its outputs.
 * @param folderOf returns the folder of a chart whose name starts with `./`
 * @throws pulumi.RunError before the first resource: with every finding, when there is an error, or where the
 *   config isn't what gates have judged
 */
export function runProgram(repository: Repository, folderOf: FolderOf): Outputs {
  const stack = pulumi.getStack();
  const { values, webhookSecret } = readStackConfig(repository);
  const unjudged = unjudgedKeys(repository, values);
  if (unjudged.length > 0) {
    const where = `${unjudged.join(", ")} in Pulumi.${stack}.yaml`;
    throw new pulumi.RunError(
      `${stack} can't be declared: its config isn't that of ${where}, so no gate has judged it; write it there, not into an ESC environment or --config`,
    );
  }
  const { plan, issues } = planStack(repository, values);
  const across = plan === undefined ? [] : issuesAcrossStacks(repository, plan);
  const found = sortIssues([...issuesFor(repository, stack), ...issues, ...across]);
  if (plan === undefined || hasErrors(found)) {
    const errors = found.filter(({ severity }) => severity === "error");
    throw new pulumi.RunError(`${stack} can't be declared:\n${errors.map(formatIssue).join("\n")}`);
  }
  return declareStack(plan, webhookSecret, folderOf);
}
