import { shortName } from "../adapters/git/refs";
import { differences, moveOf } from "../core/promotion/moves";
import { EXIT, UsageError, type ExitCode, type Io, type Options } from "./command";
import { EnvironmentReader, type EnvironmentState } from "../app/environments";
import { moveTable } from "../format/table";

/** Shows what a promotion would move from one environment to another. Returns 1 when it would. */
export function diff(args: string[], { path, json }: Options, io: Io): ExitCode {
  const [from, to, ...rest] = args;
  if (from === undefined || to === undefined || rest.length > 0) {
    throw new UsageError("diff takes two environments: releases diff testing staging");
  }
  const reader = new EnvironmentReader(path, io);
  const [upstream, target] = [reader.atRef(reader.named(from)), reader.atRef(reader.named(to))];
  for (const state of [upstream, target]) reader.sayAhead(state);
  const moves = differences(upstream.running, target.running, target.environment).map(
    ({ service, current, pin }) => moveOf(service.name, current ?? {}, pin),
  );
  if (json) {
    io.out(JSON.stringify({ from: placeOf(upstream), to: placeOf(target), moves }, null, 2));
  } else {
    io.out(`${formatLocation(upstream)} -> ${formatLocation(target)}\n`);
    io.out(moves.length === 0 ? "Nothing would move." : moveTable(moves));
  }
  return moves.length === 0 ? EXIT.fine : EXIT.findings;
}

function placeOf({ environment: { name }, truth }: EnvironmentState) {
  return { environment: name, ref: truth?.ref ?? null, commit: truth?.commit ?? null };
}

function formatLocation({ environment: { name }, truth }: EnvironmentState): string {
  if (truth === undefined) return `${name} (the current tree)`;
  return `${name} (${shortName(truth.ref)} at ${truth.commit.slice(0, 12)})`;
}
