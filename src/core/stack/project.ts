import { Findings, type Located } from "../input/findings";
import { error, type Issue } from "../input/issue";
import type { YamlFile } from "../input/source";
import { checkShape } from "../input/validate";
import { refuseReserved } from "../input/reserved";
import { configKey, isConfigKey, OWN_KEYS, NAMESPACE, stackConfig } from "./schema";
import { isMapping } from "../mapping";

/** What Pulumi.yaml sets for every stack that doesn't set it itself: whole keys, `releases:cluster`, by name. */
export type ProjectConfig = ReadonlyMap<string, unknown>;

/** What Pulumi.yaml says. */
export interface Project {
  /** The project's name, which is a part of every URN. */
  readonly name: string;
  readonly config: ProjectConfig;
}

/** A project without a Pulumi.yaml, as of a list alone. */
export const NO_PROJECT: Project = { name: NAMESPACE, config: new Map() };

/**
 * Returns the project's name, its settings that count for every stack, and findings about those of our namespace:
 * Pulumi takes a key without a namespace for one of the project, and its value from `value`, `default`, or what
 * stands there itself.
 */
export function parseProject(file: YamlFile): Project & { issues: Issue[] } {
  if (file.issues.length > 0) return { ...NO_PROJECT, issues: [...file.issues] };
  if (!isMapping(file.value)) {
    const found = "Pulumi.yaml is a mapping with the project's name";
    return { ...NO_PROJECT, issues: [error("invalid-type", file.file, found, file.locate([]))] };
  }
  const { name: written, config = {}, stackConfigDir } = file.value;
  const name = typeof written === "string" ? written : NO_PROJECT.name;
  const none = { ...NO_PROJECT, name };
  for (const [key, folder] of [
    ["stackConfigDir", stackConfigDir],
    ["config", config],
  ] as const) {
    if (typeof folder !== "string") continue;
    const found = `"${key}" is "${folder}", but stack configs are read next to Pulumi.yaml alone; move them here, and remove it`;
    return { ...none, issues: [error("invalid-value", file.file, found, file.locate([key]))] };
  }
  if (!isMapping(config)) return { ...none, issues: [] };
  const settings = new Map<string, unknown>();
  const paths = new Map<string, (string | number)[]>();
  for (const [key, given] of Object.entries(config)) {
    const full = key.includes(":") || typeof written !== "string" ? key : `${name}:${key}`;
    const part = isMapping(given) ? ["value", "default"].find((part) => part in given) : undefined;
    // A key that only has a type says what stack configs must have.
    if (isMapping(given) && part === undefined) continue;
    settings.set(full, isMapping(given) && part !== undefined ? given[part] : given);
    paths.set(full, ["config", key, ...(part === undefined ? [] : [part])]);
  }
  const findings = new Findings(inProject(file, paths));
  const own = [...settings].filter(([key]) => isConfigKey(key) && key !== SECRET);
  const values = Object.fromEntries(
    own.map(([key, value]) => [key.slice(NAMESPACE.length + 1), value]),
  );
  for (const key of OWN_KEYS.filter((key) => key in values)) {
    const found = `"${configKey(key)}" decides what runs, which gates read in stack configs alone; write it into each of them`;
    findings.refuseShape("project-config", found, [key], "key");
    settings.delete(configKey(key));
  }
  refuseReserved(values, findings);
  checkShape(stackConfig, values, findings);
  for (const key of Object.keys(values)) findings.refuseOtherReadings([key], false);
  return { name, config: settings, issues: findings.issues };
}

const SECRET = configKey("webhookSecret");

/** Returns a view of Pulumi.yaml in which `cluster.context` is where that setting's value is. */
function inProject(
  file: YamlFile,
  paths: ReadonlyMap<string, readonly (string | number)[]>,
): Located {
  const full = (path: readonly (string | number)[]): (string | number)[] => {
    const [key, ...rest] = path;
    return [...(paths.get(configKey(String(key))) ?? ["config"]), ...rest];
  };
  return {
    file: file.file,
    locate: (path, part) => file.locate(full(path), part),
    written: (path) => file.written(full(path)),
    otherReadings: (path) => file.otherReadings(full(path)),
  };
}
