import {
  compositionOf,
  withRequired,
  type Composed,
  type Composition,
} from "../core/compose/compose";
import { hostPorts } from "../core/compose/host-ports";
import { usageError } from "../core/error";
import { isRead } from "../core/files";
import { parseYaml } from "../core/input/yaml-file";
import { asMapping, type Mapping } from "../core/mapping";
import { imagePrefix } from "../core/stack/registry";
import { suggestion } from "../core/suggestion";
import { stacksAt, type Place } from "./environment-state";
import { EnvironmentReader } from "./environments";
import type { Reporter } from "./reporter";
import type { World } from "./world";

export interface ComposeRequest {
  /** Services; all of the list without any. */
  readonly services: readonly string[];
  /** A stack, or an environment. Default: the environment in which the promotion path begins. */
  readonly stack: string | undefined;
}

/**
 * Returns services as one environment declares them, and those that they require, for Docker Compose. What Compose
 * can't run is told.
 * @throws ReleasesError of kind `usage` for names that aren't known and where nothing is left to run, of kind
 *   `findings` where it isn't known what the environment runs
 */
export function compose(world: World, request: ComposeRequest, report: Reporter): Composition {
  const reader = new EnvironmentReader(world, report);
  const place = placeOf(reader, request.stack);
  const state = reader.known(place.environment);
  reader.tellDifferences(state);
  const running = new Map<string, Composed>();
  for (const { config, deployments } of stacksAt(state, place)) {
    const prefix = imagePrefix(config);
    for (const deployment of deployments) {
      const { name } = deployment.service;
      // The stacks of several regions run the same services.
      if (!running.has(name)) running.set(name, { deployment, prefix });
    }
  }
  const where = place.stack ?? place.environment.name;
  const known = state.repository.list.map(({ name }) => name);
  for (const name of request.services) {
    if (running.has(name)) continue;
    if (known.includes(name)) throw usageError(`${where} doesn't run "${name}"`);
    throw usageError(`unknown service "${name}"; ${suggestion(name, known)}`);
  }
  const all = [...running.values()];
  const chosen = request.services.length === 0 ? all : withRequired(all, request.services);
  const composition = compositionOf(chosen, {
    chartValues: chartValuesIn(world),
    ports: hostPorts(known),
  });
  for (const left of composition.left) report.notice({ kind: "not-composed", ...left });
  if (composition.services.size > 0) return composition;
  throw usageError(`${where} runs nothing of it that Compose can run`);
}

function placeOf(reader: EnvironmentReader, stack: string | undefined): Place {
  if (stack !== undefined) return reader.place(stack);
  const first = [...reader.environments.values()].find(({ from }) => from.length === 0);
  if (first === undefined) throw usageError("there is no stack config, Pulumi.<stack>.yaml");
  return { environment: first, stack: undefined };
}

/** Returns what reads the own values of the default chart, each version once. */
function chartValuesIn({ files }: World): (chart: string) => Mapping {
  const known = new Map<string, Mapping>();
  const { readChart } = files.read();
  return (chart) => {
    const values = known.get(chart) ?? asMapping(valuesOf(readChart?.(chart).values));
    known.set(chart, values);
    return values;
  };
}

function valuesOf(source: Parameters<typeof parseYaml>[0] | undefined): unknown {
  return source === undefined ? undefined : parseYaml(source).value;
}

/** A file that is written for a Compose file. */
export interface ComposeText {
  /** Relative to the repository. */
  readonly file: string;
  readonly text: string;
}

/**
 * Writes files, and returns those that changed. A file that somebody else wrote stays, unless it is to be replaced.
 * @param mark how each of the texts begins, which tells them from others
 * @throws ReleasesError of kind `usage` for a file of somebody else, and for one of the release list; then none is
 *   written
 */
export async function writeComposed(
  { files }: Pick<World, "files">,
  texts: readonly ComposeText[],
  { mark, force }: { readonly mark: string; readonly force: boolean },
): Promise<string[]> {
  const changed = texts.filter(({ file, text }) => {
    if (isRead(file)) throw usageError(`${file} belongs to the release list; choose another file`);
    if (!files.exists(file)) return true;
    const before = files.text(file);
    if (!before.startsWith(mark) && !force) {
      throw usageError(`releases compose didn't write ${file}; give --force to replace it`);
    }
    return before !== text;
  });
  for (const { file, text } of changed) await files.write(file, text);
  return changed.map(({ file }) => file);
}
