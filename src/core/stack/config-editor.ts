import { isDeepStrictEqual } from "node:util";
import { compareText } from "../compare-text";
import { findingsError } from "../error";
import { error } from "../input/issue";
import { positionsIn } from "../input/positions";
import { parseYaml } from "../input/yaml-file";
import { configPath, type ConfigPath } from "./config-path";
import { configKey } from "./schema";
import { editYaml } from "./yaml-text";
import { asMapping, isMapping } from "../mapping";

/** The keys of a stack config that edits can change. */
export type EditKey = "versions" | "charts" | "holds";

/** The value of a name below one of them: a pin, a chart version, a hold. */
export type EditValue = string | { readonly reason: string; readonly until?: string };

/** One name of a stack config that gets a value, or is removed when the value is undefined. */
export interface ConfigEdit {
  readonly key: EditKey;
  readonly name: string;
  readonly value: EditValue | undefined;
}

/** A stack config's file. */
interface ConfigFile {
  readonly file: string;
  readonly text: string;
}

/**
 * Returns a stack config's text with some names changed. Only their lines change: comments, order, quotes,
 * line ends and encrypted values stay byte for byte. Setting a value that is already set returns the same
 * text. What the file means before and after is compared: an edit that would change anything else is refused.
 * @param edits at most one for each name of a key
 * @throws ReleasesError of kind `findings` where the file can't be read, or can't be edited without more
 */
export function editStackConfig({ file, text }: ConfigFile, edits: readonly ConfigEdit[]): string {
  const before = meaningOf(file, text);
  const todo = edits
    .filter(({ key, name, value }) => !isDeepStrictEqual(valueIn(before, key, name), value))
    .sort((a, b) => compareText(a.name, b.name));
  const after = editYaml(
    text,
    todo.map(({ key, name, value }) => ({ path: ["config", configKey(key), name], value })),
    (message, offset) => {
      throw findingsError([error("uneditable", file, message, positionsIn(text)(offset))]);
    },
  );
  refuseMore(file, todo, before, after);
  return after;
}

/** What a file means: its values as they are parsed. */
type Meaning = Readonly<Record<string, unknown>>;

function meaningOf(file: string, text: string): Meaning {
  const { value, issues } = parseYaml({ file, bytes: new TextEncoder().encode(text) });
  if (issues.length > 0) throw findingsError(issues);
  return asMapping(value);
}

/** Refuses a text that means anything but the values before it with the edits. */
function refuseMore(
  file: string,
  edits: readonly ConfigEdit[],
  before: Meaning,
  text: string,
): void {
  const wanted = withoutEmpty(edited(before, edits));
  const { value, issues } = parseYaml({ file, bytes: new TextEncoder().encode(text) });
  const found = withoutEmpty(asMapping(value));
  if (issues.length === 0 && isDeepStrictEqual(found, wanted)) return;
  const paths = differences(wanted, found).map((path) => `"${configPath(path)}"`);
  const names = edits.map(({ key, name }) => `"${configPath([configKey(key), name])}"`).join(", ");
  const what =
    issues.length > 0 ? "leave a file that can't be read" : `change ${paths.join(", ")} as well`;
  const message = `an edit of ${names} would ${what}; write that part without anchors, merge keys and tags, a key on each line`;
  throw findingsError([error("uneditable", file, message)]);
}

function edited(before: Meaning, edits: readonly ConfigEdit[]): Meaning {
  const config = asMapping(before["config"]);
  const changed = EDIT_KEYS.filter((key) => edits.some((edit) => edit.key === key)).map((key) => {
    const names = new Map(Object.entries(asMapping(config[configKey(key)])));
    for (const { name, value } of edits.filter((edit) => edit.key === key)) {
      if (value === undefined) names.delete(name);
      else names.set(name, value);
    }
    return [configKey(key), Object.fromEntries(names)] as const;
  });
  return { ...before, config: { ...config, ...Object.fromEntries(changed) } };
}

/** Returns what a file means, without the difference between an empty mapping and none. */
function withoutEmpty(meaning: Meaning): Meaning {
  const config = Object.entries(asMapping(meaning["config"])).filter(([key, value]) => {
    const isOurs = EDIT_KEYS.some((edit) => configKey(edit) === key);
    return (
      !isOurs || Object.keys(asMapping(value)).length > 0 || !(isMapping(value) || value === null)
    );
  });
  return { ...meaning, config: Object.fromEntries(config) };
}

const EDIT_KEYS: readonly EditKey[] = ["versions", "charts", "holds"];

/** Returns the paths at which two values differ, as deep as both are mappings. */
function differences(a: unknown, b: unknown, path: ConfigPath = []): ConfigPath[] {
  if (isDeepStrictEqual(a, b)) return [];
  if (!isMapping(a) || !isMapping(b)) return [path];
  const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  return keys.flatMap((key) => differences(a[key], b[key], [...path, key]));
}

function valueIn(meaning: Meaning, key: EditKey, name: string): unknown {
  return asMapping(asMapping(meaning["config"])[configKey(key)])[name];
}
