import { previewRefresh, type Inputs, type Refreshed } from "../adapters/pulumi/refresh";
import type { PlannedResource } from "../adapters/pulumi/embedded";
import {
  differences,
  formatPath,
  isIgnored,
  valueAt,
  type Path,
} from "../adapters/pulumi/properties";
import { isError } from "../core/error";
import { EXIT, OutsideError, UsageError, type ExitCode, type Io, type Options } from "./command";
import { planStacks } from "../app/plan-stacks";
import { openRepository } from "../app/open";
import { table } from "../format/table";

/** One property on which the list, the state and the outside world don't agree. */
export interface Drift {
  readonly type: string;
  readonly name: string;
  readonly urn: string;
  /** Its path, as Pulumi writes it; empty for the resource itself. */
  readonly property: string;
  /** What the list says; undefined where it says nothing. */
  readonly list: unknown;
  readonly state: unknown;
  /** What a refresh finds. */
  readonly refresh: unknown;
}

/** Shows where the list, the state and what is really there don't agree. Returns 1 where they don't. */
export async function drift(args: string[], options: Options, io: Io): Promise<ExitCode> {
  const { path, stack, json } = options;
  if (args.length > 0) throw new UsageError("drift takes no arguments; say the stack with --stack");
  if (stack === undefined) throw new UsageError("which stack? Say it with --stack");
  const planned = (await planStacks(openRepository(path), [stack], io)).get(stack);
  const found = driftOf(planned?.resources ?? [], await refreshed(path, stack));
  if (json) io.out(JSON.stringify({ stack, drift: found }, null, 2));
  else io.out(found.length === 0 ? `${stack} is what the list says.` : driftTable(found));
  return found.length === 0 ? EXIT.fine : EXIT.findings;
}

async function refreshed(path: string, stack: string): Promise<Refreshed[]> {
  try {
    return await previewRefresh(path, stack);
  } catch (cause) {
    if (isError(cause, "outside")) throw new OutsideError(cause.message);
    throw cause;
  }
}

/** Returns every property on which the three don't agree, sorted by URN and property. */
export function driftOf(
  planned: readonly Pick<PlannedResource, "type" | "name" | "urn" | "inputs" | "options">[],
  refreshed: readonly Refreshed[],
): Drift[] {
  const list = new Map(planned.filter(isCustom).map((resource) => [resource.urn, resource]));
  const state = new Map(refreshed.map((resource) => [resource.urn, resource]));
  const urns = [...new Set([...list.keys(), ...state.keys()])].sort();
  return urns.flatMap((urn) => {
    const declared = list.get(urn);
    const there = state.get(urn);
    const type = declared?.type ?? there?.type ?? "";
    const name = urn.split("::").at(-1) ?? "";
    const row = (property: string, list: unknown, state: unknown, refresh: unknown): Drift => {
      return { type, name, urn, property, list, state, refresh };
    };
    const actual = there?.found;
    if (declared === undefined || there === undefined || actual === undefined) {
      const has = (is: boolean): string => (is ? "there" : "not there");
      const known = [declared !== undefined, there !== undefined, actual !== undefined];
      const [ofList, ofState, ofRefresh] = known.map(has);
      return [row("", ofList, ofState, ofRefresh)];
    }
    const { ignoreChanges } = declared.options;
    return propertiesOf(declared.inputs, there.state, actual)
      .filter((path) => !isIgnored(path, ignoreChanges))
      .map((path) => {
        const [ofList, ofState, ofRefresh] = [declared.inputs, there.state, actual].map((inputs) =>
          valueAt(inputs, path),
        );
        return row(formatPath(path), ofList, ofState, ofRefresh);
      });
  });
}

function isCustom({ type }: Pick<PlannedResource, "type">): boolean {
  return !/^(?:pulumi|releases):/.test(type);
}

/**
 * Returns the properties that differ: of the list against the state those that the list names, because
 * providers add what nobody named; of the state against what is found all.
 */
function propertiesOf(list: Inputs, state: Inputs, found: Inputs): Path[] {
  const named = differences(state, list)
    .filter(({ to }) => to !== undefined)
    .filter(({ from, to }) => !isSecret(from) && !isSecret(to));
  const changed = differences(state, found).filter(({ path: [first] }) => !first?.startsWith("__"));
  const byText = new Map([...named, ...changed].map(({ path }) => [formatPath(path), path]));
  return [...byText].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, path]) => path);
}

/** What is secret is compared by the engine, and shown to nobody. */
function isSecret(value: unknown): boolean {
  return formatValue(value).includes("[secret]");
}

function driftTable(found: readonly Drift[]): string {
  const rows = found.map(({ type, name, property, list, state, refresh }) => [
    `${type} ${name}`,
    property,
    ...[list, state, refresh].map(formatValue),
  ]);
  return table(["RESOURCE", "PROPERTY", "LIST", "STATE", "REFRESH"], rows);
}

function formatValue(value: unknown): string {
  if (value === undefined) return "-";
  return typeof value === "string" ? value : JSON.stringify(value);
}
