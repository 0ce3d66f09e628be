import { isDeepStrictEqual } from "node:util";
import { findingsError } from "../core/error";
import { error, hasErrors } from "../core/input/issue";
import { changeList, type EntryChange } from "../core/list/list-text";
import { parseListFile } from "../core/list/list-file";
import type { Service } from "../core/list/service";
import { asMapping } from "../core/mapping";
import type { Edit } from "../core/promotion/proposal";
import { planStack, type Repository } from "../core/repository";
import { Ref } from "../core/ref";
import type { StackPlan } from "../core/stack/plan";
import type { World } from "./world";

/** A file of the list after an edit. */
export interface ListText {
  readonly text: string;
  readonly edit: Edit;
}

/**
 * Returns the stacks that run a service at the release of its definition: those that are deployed from the branch that
 * is checked out, else those where the path begins. Without environments.yaml all of them. None where these have pins.
 */
export function takersOf(world: World, repository: Repository, name: string): StackPlan[] {
  const plans = [...repository.stacks.values()].flatMap((values) => {
    return planStack(repository, values).plan ?? [];
  });
  const takers = plans.filter(({ config, deployments }) => {
    const runs = deployments.some(({ service }) => service.name === name);
    return runs && !config.versions.has(name);
  });
  const branch = world.git.branch();
  const entryOf = ({ config }: StackPlan) => repository.environments?.get(config.environment);
  const here = takers.filter((plan) => {
    const ref = entryOf(plan)?.ref;
    return (
      ref !== undefined && branch !== undefined && Ref.ofEnvironment(ref).equals(Ref.branch(branch))
    );
  });
  if (repository.environments === undefined || here.length > 0)
    return here.length > 0 ? here : takers;
  return takers.filter((plan) => entryOf(plan)?.from.length === 0);
}

/**
 * Returns the text of a list's file with one value of a definition changed. All else stays as it is written.
 * @param path `["deploy", "release"]`, or `["environments"]`
 * @throws ReleasesError of kind `findings` where that can't be written without changing more
 */
export function withValue(
  text: string,
  { name, source: { file, index } }: Service,
  path: readonly string[],
  value: string | readonly string[],
): ListText {
  const before = entriesOf(file, text);
  const changes = before.map((_, at): EntryChange => ({
    remove: [],
    set: at === index ? [{ path, value }] : [],
  }));
  const changed = changeList(text, changes);
  const wanted = before.map((entry, at) => (at === index ? withPart(entry, path, value) : entry));
  if (!isDeepStrictEqual(entriesOf(file, changed), wanted)) {
    const found = `an edit of "${path.join(".")}" of ${name} would change more; write it without anchors and merge keys`;
    throw findingsError([error("uneditable", file, found)]);
  }
  const from = partOf(before[index], path);
  const edit = { file, path: `${name}.${path.join(".")}`, from: shown(from), to: shown(value) };
  return { text: changed, edit };
}

function entriesOf(file: string, text: string): unknown[] {
  const parsed = parseListFile({ file, bytes: new TextEncoder().encode(text) }, "kayron");
  if (hasErrors(parsed.issues)) throw findingsError(parsed.issues);
  return Array.isArray(parsed.value) ? (parsed.value as unknown[]) : [];
}

function partOf(value: unknown, path: readonly string[]): unknown {
  return path.reduce((part: unknown, key) => asMapping(part)[key], value);
}

function withPart(value: unknown, [key, ...rest]: readonly string[], part: unknown): unknown {
  if (key === undefined) return part;
  const mapping = asMapping(value);
  return { ...mapping, [key]: withPart(mapping[key], rest, part) };
}

function shown(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  return typeof value === "string" ? value : JSON.stringify(value);
}
