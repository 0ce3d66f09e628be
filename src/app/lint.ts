import type { Issue } from "../core/input/issue";
import type { Compatibility } from "../core/list/list-file";
import { checkRepository, parseRepository, type Sources } from "../core/repository";
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

/**
 * Returns every finding about the list, environments.yaml and the stack configs.
 * @param compatibility `kayron`: what Kayron takes is a warning, and what it reads besides is looked at as well.
 *   Default: as environments.yaml says
 */
export function lint({ files }: Pick<World, "files">, compatibility?: Compatibility): LintResult {
  const repository =
    compatibility === undefined
      ? openRepository({ files })
      : parseRepository(withKayron(files.read(), files.readKayron()));
  const { definitions, stacks } = repository;
  return { definitions, stacks: stacks.size, issues: checkRepository(repository) };
}

function withKayron(own: Sources, others: ReturnType<World["files"]["readKayron"]>): Sources {
  return {
    ...own,
    list: [...own.list, ...others.list],
    issues: [...own.issues, ...others.issues],
    compatibility: "kayron",
  };
}
