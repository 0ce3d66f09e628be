import type { Check } from "../../core/promotion/gate";
import { allPages } from "./ask";
import { allStatuses } from "./commit-statuses";
import type { GithubConnection } from "./connection";

/** One attempt of a check, or one commit status. */
interface Attempt {
  readonly name: string;
  /** Who made it: the App, or for a commit status its creator. */
  readonly by: string;
  /** Orders the attempts of one maker. */
  readonly id: number;
  readonly state: string;
}

/** Returns the checks of a commit by name, as `GithubRepositoryApi.checksOn` describes. */
export async function checksOn(
  connection: GithubConnection,
  commit: string,
  names: readonly string[],
): Promise<Map<string, Check>> {
  const runs = await Promise.all(names.map((name) => runsOn(connection, commit, name)));
  const statuses = await statusesOn(connection, commit);
  const newest = new Map<string, Attempt>();
  for (const attempt of [...runs.flat(), ...statuses]) {
    const key = JSON.stringify([attempt.name, attempt.by]);
    const other = newest.get(key);
    if (other === undefined || other.id < attempt.id) newest.set(key, attempt);
  }
  return new Map(
    names.flatMap((name) => {
      const own = [...newest.values()].filter((attempt) => attempt.name === name);
      const [worst] = own.filter(({ state }) => state !== GREEN).concat(own);
      return worst === undefined
        ? []
        : [[name, { isGreen: worst.state === GREEN, state: worst.state }] as const];
    }),
  );
}

/** What was skipped has checked nothing, and what is neutral says nothing. */
const GREEN = "success";

/** Returns the attempts of a check, of every App that has one of this name. */
async function runsOn(
  { octokit, at }: GithubConnection,
  commit: string,
  name: string,
): Promise<Attempt[]> {
  const runs = await allPages(async (page) => {
    const path = "GET /repos/{owner}/{repo}/commits/{ref}/check-runs";
    const { data, headers } = await octokit.request(path, {
      ...at,
      ref: commit,
      check_name: name,
      filter: "all",
      ...page,
    });
    return { data: data.check_runs, headers };
  });
  return runs.map(({ id, app, name: own, status, conclusion }) => ({
    name: own,
    by: `app ${app?.id ?? ""}`,
    id,
    state: status === "completed" ? (conclusion ?? status) : status,
  }));
}

async function statusesOn(connection: GithubConnection, commit: string): Promise<Attempt[]> {
  const statuses = await allStatuses(connection, commit);
  return statuses.map(({ id, context, creator, state }) => ({
    name: context,
    by: `user ${creator?.id ?? ""}`,
    id,
    state,
  }));
}
