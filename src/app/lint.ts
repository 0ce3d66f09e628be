import { sortIssues, type Issue } from "../core/input/issue";
import type { Compatibility } from "../core/list/list-file";
import {
  checkRepository,
  parseRepository,
  type Repository,
  type Sources,
} from "../core/repository";
import { environmentOf, stackOf } from "../core/stack/config";
import { branchOf } from "./landing";
import { evidenceIssues } from "./verify/lint-evidence";
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
export function lint(
  world: Pick<World, "files" | "now"> & { readonly git: Pick<World["git"], "branch"> },
  compatibility?: Compatibility,
): LintResult {
  const { files, git } = world;
  const repository =
    compatibility === undefined
      ? openRepository({ files })
      : parseRepository(withKayron(files.read(), files.readKayron()));
  const { definitions, stacks } = repository;
  const found = [...checkRepository(repository), ...evidenceIssues(world, repository)];
  const issues = judgedOn(git.branch(), repository, sortIssues(found));
  return { definitions, stacks: stacks.size, issues };
}

/**
 * Returns findings with those about stacks that another branch deploys as warnings, where this one deploys some: what
 * their own branch has there decides.
 */
function judgedOn(
  branch: string | undefined,
  { environments, stacks }: Repository,
  issues: readonly Issue[],
): Issue[] {
  const all = [...(environments?.values() ?? [])];
  if (branch === undefined || !all.some(({ ref }) => ref === branch)) return [...issues];
  return issues.map((issue) => {
    const values = stacks.get(stackOf(issue.file) ?? "");
    const environment = values && environments?.get(environmentOf(values));
    const own = environment && branchOf(environment, all);
    if (own === undefined || own === branch || issue.severity === "warning") return issue;
    const message = `${issue.message} (${environment?.name ?? ""} is deployed from ${own})`;
    return { ...issue, severity: "warning", message };
  });
}

function withKayron(own: Sources, others: ReturnType<World["files"]["readKayron"]>): Sources {
  return {
    ...own,
    list: [...own.list, ...others.list],
    issues: [...own.issues, ...others.issues],
    compatibility: "kayron",
  };
}
