import type { Issue } from "../core/input/issue";
import { checkRepository } from "../core/repository";
import { openRepository } from "./open";
import type { World } from "./world";

/** How much was checked, and what was found. */
export interface LintResult {
  /** Definitions of the list, sound or not. */
  readonly definitions: number;
  /** Stack configs that could be read. */
  readonly stacks: number;
  /** In reading order. */
  readonly issues: readonly Issue[];
}

/** Returns every finding about the list, environments.yaml and the stack configs. */
export function lint(world: World): LintResult {
  const repository = openRepository(world);
  const { definitions, stacks } = repository;
  return { definitions, stacks: stacks.size, issues: checkRepository(repository) };
}
