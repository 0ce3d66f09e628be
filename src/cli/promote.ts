import { ownedServices } from "../core/stack/deployments";
import { EDIT_GATES, evaluateGates, type GateResult } from "../core/promotion/gates";
import { differences, type Difference } from "../core/promotion/moves";
import { promotionOf, proposePromotion, type Promotion } from "../core/promotion/promotion";
import type { ProposedText, StackText } from "../core/promotion/proposal";
import { runAt, targetOf } from "../core/promotion/gate-input";
import type { StackPlan } from "../core/stack/plan";
import { EXIT, UsageError, type ExitCode, type Io, type Options } from "./command";
import { editStack } from "../app/edit-stack";
import { EnvironmentReader, type EnvironmentState } from "../app/environments";
import { refChangeFor, type RefChange } from "../app/ref-change";
import { indented, showMoves, showRefusals } from "../format/print-proposal";

/** The network's part is loaded when it is needed: it brings the AWS SDK and Octokit. */
const evidence = () =>
  require("../app/artifact-evidence") as typeof import("../app/artifact-evidence");

/** A promotion's two ends. */
interface Ends {
  readonly reader: EnvironmentReader;
  /** What it comes from, at its ref. */
  readonly upstream: EnvironmentState;
  /** What it goes to, at its ref. */
  readonly current: EnvironmentState;
}

/**
 * Promotes services from one environment to the next: the gates, the artifacts, then the pins; all of
 * them or none. Where an environment's versions are those of the list at its branch or tag, the merge
 * or the tag that would move them is proposed instead.
 */
export async function promote(args: string[], options: Options, io: Io): Promise<ExitCode> {
  const ends = endsOf(options, io);
  const { reader, upstream, current } = ends;
  const { environment } = current;
  const differing = differences(upstream.running, current.running, environment);
  const chosen = choose(args, options, upstream, differing);
  const change = refChangeFor(reader, upstream, current, chosen);
  if (change !== undefined) return promoteByRef(ends, change, chosen, options, io);
  const plan = planOf(reader.inTree(environment), options, chosen);
  const { moving, left } = leaveHeld(chosen, plan, args);
  for (const { service, reason } of left) io.err(`${service} stays as it is: ${reason}`);
  if (moving.length === 0) return nothing(ends, options, io);
  if (options.offline === true) noteTags(moving, io);
  const propose = async (stack: StackText): Promise<ProposedText> =>
    proposePromotion(stack, await promotionFor(ends, moving, stack.plan, options, io));
  return editStack({ ...options, stack: plan.config.stack }, io, propose, ({ artifacts }) =>
    evidence().bringArtifacts(artifacts, io),
  );
}

function endsOf({ path, from, to, offline, breakGlass }: Options, io: Io): Ends {
  if (from === undefined || to === undefined) {
    const example = "releases promote inventory --from testing --to staging";
    throw new UsageError(`from where to where? ${example}`);
  }
  if (breakGlass?.trim() === "") throw new UsageError("why? Say it with --break-glass REASON");
  const reader = new EnvironmentReader(path, io);
  const [source, target] = [reader.named(from), reader.named(to)];
  const { name, digest, verify } = target;
  if (offline === true && (digest === "required" || verify === "required")) {
    const what = digest === "required" ? "a digest" : "verification";
    throw new UsageError(`${name} requires ${what}, which --offline can't give; leave it out`);
  }
  const [upstream, current] = [reader.atRef(source), reader.atRef(target)];
  for (const state of [upstream, current]) reader.sayAhead(state);
  return { reader, upstream, current };
}

/** Returns the differences that the command line is about. */
function choose(
  names: readonly string[],
  { all, team }: Options,
  { environment, running }: EnvironmentState,
  differing: readonly Difference[],
): readonly Difference[] {
  const ways = [names.length > 0, all === true, team !== undefined].filter((way) => way);
  if (ways.length !== 1)
    throw new UsageError("which services? Name them, or say --all or --team T");
  if (all === true) return differing;
  if (team !== undefined) {
    const has = [...running.values()].some(({ service }) => service.team === team);
    if (!has) throw new UsageError(`no service of team "${team}" runs in ${environment.name}`);
    return differing.filter(({ service }) => service.team === team);
  }
  const missing = names.filter((name) => !running.has(name));
  if (missing.length > 0) {
    throw new UsageError(`${missing.join(", ")}: no such service runs in ${environment.name}`);
  }
  return differing.filter(({ service }) => names.includes(service.name));
}

/** Returns the one stack whose config moves all that was chosen. */
function planOf(
  { environment, plans }: EnvironmentState,
  { to }: Options,
  chosen: readonly Difference[],
): StackPlan {
  const candidates = plans.filter(({ config }) => to === environment.name || config.stack === to);
  const [first] = candidates;
  if (first === undefined) throw new UsageError(`no stack config for ${environment.name}`);
  const owners = new Set(
    chosen.map(({ service: { name } }) => {
      const owner = candidates.find(({ list, config }) =>
        ownedServices(list, config).some((owned) => owned.name === name),
      );
      if (owner !== undefined) return owner;
      throw new UsageError(`no stack of ${environment.name} runs ${name}`);
    }),
  );
  if (owners.size < 2) return [...owners][0] ?? first;
  // Two files can't be replaced at once, so that a crash leaves both or neither.
  const stacks = [...owners].map(({ config }) => config.stack).join(", ");
  throw new UsageError(
    `these services are in several stacks; promote to each by itself: ${stacks}`,
  );
}

/** Leaves out what is held, unless it was asked for by name: then its gate refuses. */
function leaveHeld(
  chosen: readonly Difference[],
  plan: StackPlan,
  names: readonly string[],
): { moving: readonly Difference[]; left: GateResult[] } {
  if (names.length > 0) return { moving: chosen, left: [] };
  const target = targetOf(runAt(plan, []), new Date());
  const { hold } = EDIT_GATES;
  const left = chosen
    .flatMap(({ service, pin }) => evaluateGates({ hold }, { service, pin }, target))
    .filter(({ pass }) => !pass);
  const held = new Set(left.map(({ service }) => service));
  return { moving: chosen.filter(({ service }) => !held.has(service.name)), left };
}

/** Says which images must have a tag that nobody looked for. */
function noteTags(moving: readonly Difference[], io: Io): void {
  for (const { service, upstream, pin } of moving) {
    if (service.docker === undefined || upstream.version.text === pin.version.text) continue;
    const found = `${service.name}: whether an image has the tag of ${pin.version.text} isn't looked at`;
    io.err(`${found}; without --offline that of ${upstream.version.text} gets it`);
  }
}

async function promotionFor(
  { reader, upstream }: Ends,
  moving: readonly Difference[],
  plan: StackPlan,
  { offline, breakGlass }: Options,
  io: Io,
): Promise<Promotion> {
  const found =
    offline === true
      ? undefined
      : await evidence().gatherEvidence(moving, upstream, plan.config, io);
  const from = upstream.environment.name;
  const since = reader.since([upstream.environment]);
  return {
    from,
    services: moving.map((difference) => {
      const { name } = difference.service;
      return {
        ...difference,
        ...found?.get(name),
        since: since(from, name, difference.upstream),
      };
    }),
    now: new Date(),
    // A trailer is one line.
    ...(breakGlass !== undefined && { breakGlass: breakGlass.replaceAll(/\s+/g, " ").trim() }),
  };
}

function nothing({ upstream, current }: Ends, { json }: Options, io: Io): ExitCode {
  const [from, to] = [upstream, current].map(({ environment }) => environment.name);
  if (json) {
    const empty = { moves: [], gates: [], edits: [], artifacts: [], message: "" };
    io.out(JSON.stringify(empty, null, 2));
  } else {
    io.out(`Nothing to promote: ${to ?? ""} runs what ${from ?? ""} runs.`);
  }
  return EXIT.fine;
}

/** Proposes a merge or a tag, with the same gates; nothing is written, and nothing pushed. */
async function promoteByRef(
  ends: Ends,
  change: RefChange,
  chosen: readonly Difference[],
  options: Options,
  io: Io,
): Promise<ExitCode> {
  const { moving, plan } = change;
  const named = new Set(chosen.map(({ service }) => service.name));
  const more = moving.map(({ service }) => service.name).filter((name) => !named.has(name));
  if (more.length > 0) {
    throw new UsageError(
      `${change.what} moves ${more.join(", ")} as well; promote --all, or pin what shall move in Pulumi.${plan.config.stack}.yaml`,
    );
  }
  if (moving.length === 0) return nothing(ends, options, io);
  const promotion = await promotionFor(ends, moving, plan, options, io);
  const proposal = promotionOf(plan, promotion);
  const ref = change.refOf(proposal.message);
  const refused = proposal.gates.some(({ pass }) => !pass);
  if (!refused && options.dryRun !== true) await evidence().bringArtifacts(proposal.artifacts, io);
  if (options.json) io.out(JSON.stringify({ ...proposal, ref }, null, 2));
  else if (!showRefusals(proposal.gates, io)) {
    showMoves(proposal, io);
    io.out(`Versions come from the list here, so this promotion is ${change.what}:\n`);
    io.out(indented(ref.commands.join("\n")));
  }
  return refused ? EXIT.findings : EXIT.fine;
}
