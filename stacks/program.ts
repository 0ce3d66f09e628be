import * as pulumi from "@pulumi/pulumi";
import { formatIssue, hasErrors, sortIssues } from "../src/core/input/issue";
import { issuesAcrossStacks, issuesFor, planStack, type Repository } from "../src/core/repository";
import { readStackConfig } from "./config";
import { declareStack, type Outputs } from "./stack";

/**
 * Checks the list and the running stack's config, then declares the stack. Returns its outputs.
 * @throws pulumi.RunError with every finding, before the first resource, when there is an error
 */
export function runProgram(repository: Repository): Outputs {
  const stack = pulumi.getStack();
  const { values, webhookSecret } = readStackConfig(repository);
  const { plan, issues } = planStack(repository, values);
  const across = plan === undefined ? [] : issuesAcrossStacks(repository, plan);
  const found = sortIssues([...issuesFor(repository, stack), ...issues, ...across]);
  if (plan === undefined || hasErrors(found)) {
    const errors = found.filter(({ severity }) => severity === "error");
    throw new pulumi.RunError(`${stack} can't be declared:\n${errors.map(formatIssue).join("\n")}`);
  }
  return declareStack(plan, webhookSecret);
}
