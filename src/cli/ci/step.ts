import type { Command } from "commander";
import type { GithubClient } from "../../adapters/github/github";
import { EnvironmentReader } from "../../app/environments";
import type { World } from "../../app/world";
import type { Actions } from "../../ci/actions";
import { outsideError, usageError } from "../../core/error";
import { Ref } from "../../core/ref";
import type { Context } from "../context";

/** What the steps of pipelines are made of. */
export interface Steps {
  /** Adds a step: a command on a repository. */
  readonly step: (name: string, description: string) => Command;
  readonly context: Context;
  readonly actions: Actions;
}

/** Returns the environments of a repository. Its findings are for the reports, and stop no step. */
export function readerOf({ report }: Context, world: World): EnvironmentReader {
  return new EnvironmentReader(world, report, () => false);
}

export async function connected(world: World, token?: string): Promise<GithubClient> {
  const github = await world.github(token);
  if (github === undefined) throw outsideError("there is no GITHUB_TOKEN");
  return github;
}

export async function repositoryOn(world: World, actions: Actions) {
  return (await connected(world)).repository(actions.variable("GITHUB_REPOSITORY"));
}

/** Returns the branch or the tag of GITHUB_REF; other refs, such as those of pull requests, are refused. */
export function refOf(actions: Actions): Ref {
  const name = actions.variable("GITHUB_REF");
  const ref = Ref.parse(name);
  if (ref === undefined)
    throw usageError(`GITHUB_REF is ${name}, which is neither a branch nor a tag`);
  return ref;
}

/** Returns the branch of GITHUB_REF. */
export function branchOf(actions: Actions): string {
  const { kind, name } = refOf(actions);
  if (kind !== "branch") throw usageError(`GITHUB_REF is the ${kind} ${name}; use a branch`);
  return name;
}
