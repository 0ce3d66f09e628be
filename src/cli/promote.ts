import type { Command } from "commander";
import { promote, type PromotionRequest, type PromotionResult } from "../app/promotion/promote";
import { usageError } from "../core/error";
import { printable } from "../core/printable";
import { formatEdit, formatMoves, formatRefusals } from "../format/proposal";
import { indented } from "../format/text";
import { onRepository, withExample, type Context, type RepositoryOptions } from "./context";
import { EXIT } from "./io";

/** What a promotion is about, as the command line gives it. */
export interface PromoteOptions extends RepositoryOptions {
  readonly from?: string;
  readonly to?: string;
  readonly all?: true;
  readonly team?: string;
  readonly ready?: true;
  readonly breakGlass?: string;
  readonly artifacts?: true;
  readonly offline?: true;
  readonly dryRun?: true;
  readonly json?: true;
}

/** `promote`: exits with 1 when a gate refuses. */
export function addPromote(program: Command, context: Context): void {
  const command = program.command("promote");
  command
    .description("move services to the next environment: the gates, the images, then the pins")
    .argument("[service...]")
    .option("--from <environment>", "where they come from (default: as the promotion path says)")
    .option("--to <environment>", "where they go to")
    .option("--all", "all services that differ, without those that are held")
    .option("--team <team>", "the services of a team")
    .option("--ready", "leave out what a gate refuses; of all services without a name")
    .option("--break-glass <reason>", "override freezes and soaking; the commit records the reason")
    .option("--artifacts", "tag and copy the images that the target's registry lacks")
    .option("--offline", "ask neither registries nor GitHub")
    .option("--dry-run", "print the promotion; write and bring nothing")
    .option("--json", "print the result as JSON");
  onRepository(command);
  withExample(
    command,
    "releases promote inventory --to production",
    "releases promote --all --to staging --dry-run",
    "releases promote --ready --to production",
  );
  command.action(async (services: string[], options: PromoteOptions) => {
    const request = promotionRequestOf(services, options);
    print(context, await promote(context.world(options), request, context.report), options);
  });
}

/**
 * Returns the request of the command line.
 * @throws ReleasesError of kind `usage` without a target, and unless it names one set of services
 */
export function promotionRequestOf(
  services: readonly string[],
  options: PromoteOptions,
): PromotionRequest {
  const { from, to, team, breakGlass } = options;
  const ready = options.ready === true;
  if (to === undefined) throw usageError("--to is required");
  const ways = [services.length > 0, options.all === true, team !== undefined];
  const given = ways.filter((way) => way).length;
  if (given > 1 || (given === 0 && !ready)) {
    throw usageError("give services, --all, --ready or --team");
  }
  const all = options.all === true || given === 0;
  return {
    services: all ? "all" : team === undefined ? services : { team },
    ready,
    from,
    to,
    breakGlass,
    offline: options.offline === true,
    artifacts: options.artifacts === true,
    dryRun: options.dryRun === true,
  };
}

function print(context: Context, result: PromotionResult, options: PromoteOptions): void {
  const { io } = context;
  if (options.json) context.printJson(toJson(result));
  else if (result.kind === "refused") {
    for (const line of formatRefusals(result.proposal)) io.err(line);
  } else io.out(formatted(result, options));
  context.code = result.kind === "refused" ? EXIT.findings : EXIT.fine;
}

function toJson(result: PromotionResult): object {
  if (result.kind === "nothing") {
    return { moves: [], gates: [], edits: [], artifacts: [], message: "" };
  }
  return { ...result.proposal, ...("ref" in result && { ref: result.ref }) };
}

function formatted(
  result: Exclude<PromotionResult, { kind: "refused" }>,
  options: PromoteOptions,
): string {
  switch (result.kind) {
    case "nothing":
      return printable(
        options.ready === true
          ? `Nothing of ${result.from} is ready for ${result.to}.`
          : `Nothing to promote: ${result.to} runs the versions of ${result.from}.`,
      );
    case "pins":
      return formatEdit(result.proposal, options.dryRun === true) + artifactsNote(result, options);
    case "ref":
      return [
        ...formatMoves(result.proposal),
        `Versions come from the list here, so this promotion is ${result.what}:`,
        "",
        indented(result.ref.commands.join("\n")) + artifactsNote(result, options),
      ].join("\n");
  }
}

/** Returns what is left to do about images that the target's registry lacks. */
function artifactsNote(
  { proposal }: Extract<PromotionResult, { kind: "pins" | "ref" }>,
  { artifacts, dryRun }: PromoteOptions,
): string {
  const isLeft = proposal.artifacts.some(({ action }) => action !== "none");
  if (!isLeft || (artifacts === true && dryRun !== true)) return "";
  return "\n\nNo image was tagged or copied: run it again with --artifacts before the deployment.";
}
