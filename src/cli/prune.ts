import type { Command } from "commander";
import ms, { type StringValue } from "ms";
import {
  prune,
  removePlanned,
  type Pruned,
  type PruneRequest,
  type PruneResult,
} from "../app/prune/prune";
import { usageError } from "../core/error";
import { printable } from "../core/printable";
import { bytesOf, goingOf } from "../core/prune";
import { formatBytes, prunePage } from "../format/prune";
import { count } from "../format/text";
import { onRepository, withExample, type Context, type RepositoryOptions } from "./context";
import { EXIT } from "./io";

interface PruneOptions extends RepositoryOptions {
  readonly olderThan: string;
  readonly keep: string;
  readonly stack?: string;
  readonly unknownAge?: true;
  readonly yes?: true;
  readonly json?: true;
}

/** `prune`: exits with 3 where it stopped before the end. */
export function addPrune(program: Command, context: Context): void {
  const command = program.command("prune");
  command
    .description("delete the images and charts that no stack runs, and may not go back to")
    .argument("[service...]", "only their repositories")
    .option("--stack <stack>", "only the registry that it declares (default: all, and releases)")
    .option("--older-than <age>", "what was pushed or ran later stays", "30d")
    .option("--keep <number>", "how many versions stay of those that each stack ran", "10")
    .option("--unknown-age", "also take images whose age the registry doesn't tell")
    .option("--yes", "delete without a question")
    .option("--json", "print the result as JSON");
  onRepository(command);
  withExample(command, "releases prune", "releases prune inventory --older-than 90d --yes");
  command.action(async (services: string[], options: PruneOptions) => {
    const world = context.world(options);
    const plan = await prune(world, requestOf(services, options), context.report);
    if (!options.json) context.io.out(prunePage(plan));
    const pruned = (await isMeant(context, plan, options))
      ? await removePlanned(world, plan, context.report)
      : undefined;
    if (options.json) context.printJson(toJson(plan, pruned));
    else context.io.out(outcome(plan, pruned));
    for (const problem of problemsOf(pruned)) {
      context.io.err(printable(`releases: ${problem}`));
      context.code = EXIT.outside;
    }
  });
}

function requestOf(services: readonly string[], options: PruneOptions): PruneRequest {
  const { olderThan, keep, stack, unknownAge } = options;
  if (!/^[1-9]\d{0,5}[hd]$/.test(olderThan)) {
    throw usageError(
      `--older-than is "${olderThan}"; expected a number of hours or days, as "30d"`,
    );
  }
  if (!/^\d{1,6}$/.test(keep)) {
    throw usageError(`--keep is "${keep}"; expected a whole number, as "10"`);
  }
  return {
    services,
    stack,
    minimumAge: ms(olderThan as StringValue),
    depth: Number(keep),
    takesUnknownAge: unknownAge === true,
  };
}

function problemsOf(pruned: Pruned | undefined): string[] {
  const { unsupported = [], stopped } = pruned ?? {};
  const told = unsupported.map((name) => {
    return `the registry of ${name} deletes nothing by the API of OCI; delete it in its own way`;
  });
  return stopped === undefined ? told : [...told, stopped];
}

/** Whether somebody says that it is to be done: by an option, or on a terminal. */
async function isMeant(
  { io }: Context,
  plan: PruneResult,
  { yes, json }: PruneOptions,
): Promise<boolean> {
  const what = whatGoes(plan);
  if (what === "") return false;
  if (yes === true) return true;
  if (json === true || io.ask === undefined) return false;
  return (await io.ask(`Delete ${what}? yes or no`, "no")) === "yes";
}

/** Returns how much goes; an empty text for nothing. */
function whatGoes({ repositories, releases = [] }: PruneResult): string {
  const manifests = repositories.flatMap(({ plan }) => goingOf(plan)).length;
  const outdated = releases.flatMap(({ going }) => going).length;
  return [
    ...(manifests === 0 ? [] : [count(manifests, "manifest")]),
    ...(outdated === 0 ? [] : [count(outdated, "release")]),
  ].join(" and ");
}

function outcome(plan: PruneResult, pruned: Pruned | undefined): string {
  if (pruned === undefined) {
    return whatGoes(plan) === ""
      ? "Nothing was deleted."
      : "Nothing was deleted; --yes deletes it.";
  }
  const going = plan.repositories.flatMap((one) => goingOf(one.plan)).length;
  const outdated = (plan.releases ?? []).flatMap((one) => one.going).length;
  const releases =
    outdated === 0 ? "" : ` ${pruned.removed.length} of ${count(outdated, "release")} removed.`;
  const manifests = pruned.deleted.map(({ manifest }) => manifest);
  const number = `${manifests.length} of ${count(going, "manifest")}`;
  return `${number} deleted, up to ${formatBytes(bytesOf(manifests))}.${releases}`;
}

function toJson(
  { repositories, releases, missing, others }: PruneResult,
  pruned: Pruned | undefined,
) {
  return {
    repositories: repositories.map(({ name, plan }) => ({
      repository: name,
      bytes: bytesOf(goingOf(plan)),
      going: goingOf(plan).map(({ digest, tags, bytes, pushedAt }) => {
        return { digest, tags, bytes, pushedAt: pushedAt ?? null };
      }),
      staying: plan.staying.map(({ manifest: { digest, tags }, kind, reason }) => {
        return { digest, tags, kind, reason };
      }),
    })),
    releases:
      releases?.map(({ name, going }) => ({
        repository: name,
        going: going.map(({ tag, publishedAt, bytes }) => ({ tag, publishedAt, bytes })),
      })) ?? null,
    missing,
    others,
    removed: pruned?.removed ?? [],
    deleted: (pruned?.deleted ?? []).map(({ repository, manifest: { digest, tags } }) => {
      return { repository, digest, tags };
    }),
    unsupported: pruned?.unsupported ?? [],
    stopped: pruned?.stopped ?? null,
  };
}
