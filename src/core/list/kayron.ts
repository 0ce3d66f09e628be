import type { Findings } from "../input/findings";
import { warning, type Issue } from "../input/issue";
import type { YamlFile } from "../input/source";
import { isMapping, type Mapping } from "../mapping";
import { suggestion } from "../suggestion";
import { definition } from "./definition";
import { areApart, type Service } from "./service";

/** Kayron's own fields, and those of `deploy`. */
const FIELDS = ["github", "docker", "provider"];
const STRATEGIES = ["branch", "release", "suspend", "preview"];

/** Those that hold a text which a number may stand for: no number is a provider or a release. */
const NAMES = ["github", "docker", "branch"];
/** Those that hold true or false, for which no empty text can stand. */
const FLAGS = ["suspend", "preview"];

/**
 * Returns an entry as Kayron understands it: an empty field is an absent one, and an unquoted number is the text
 * that it is written as.
 * @param written the text of a scalar of the entry
 */
export function kayronValue(entry: unknown, written: Findings["written"]): unknown {
  const normalized = (value: Mapping, fields: string[], path: string[]): Mapping => {
    const kept = Object.entries(value).flatMap(([key, part]): [string, unknown][] => {
      const at = [...path, key];
      const isEmpty = part === null || (part === "" && !FLAGS.includes(key));
      if (fields.includes(key) && isEmpty) return [];
      if (key === "deploy" && path.length === 0 && isMapping(part)) {
        return [[key, normalized(part, STRATEGIES, at)]];
      }
      const isPlain = NAMES.includes(key) && ["number", "boolean"].includes(typeof part);
      // `1.10` and `0x1F` are other texts to Kayron than they look.
      return [[key, isPlain && String(part) === written(at) ? String(part) : part]];
    });
    return Object.fromEntries(kept);
  };
  return isMapping(entry) ? normalized(entry, FIELDS, []) : entry;
}

const KEYS = Object.keys(definition.shape);
const DEPLOY_KEYS = Object.keys(definition.shape.deploy.shape);

/** Returns an entry without the keys that nobody knows, which Kayron ignores: each becomes a warning. */
export function withoutForeignKeys(entry: unknown, findings: Findings): unknown {
  const known = (value: Mapping, keys: readonly string[], path: string[]): Mapping => {
    const kept = Object.entries(value).filter(([key]) => {
      if (keys.includes(key)) return true;
      const message = `unknown key "${key}" has no effect; ${suggestion(key, keys)}`;
      findings.warn("unknown-key", message, [...path, key]);
      return false;
    });
    return Object.fromEntries(kept);
  };
  if (!isMapping(entry)) return entry;
  const { deploy, ...rest } = known(entry, KEYS, []);
  if (deploy === undefined) return rest;
  return { ...rest, deploy: isMapping(deploy) ? known(deploy, DEPLOY_KEYS, ["deploy"]) : deploy };
}

/**
 * Returns services without those whose image an earlier one has: nothing would run at two versions, so the first
 * definition counts, and each other one becomes a warning.
 */
export function withoutRepeated(
  services: readonly Service[],
  files: ReadonlyMap<string, YamlFile>,
  issues: Issue[],
): Service[] {
  const first = new Map<string, Service>();
  return services.filter((service) => {
    const { name, docker, source } = service;
    const other = first.get(name);
    if (docker === undefined || other?.docker !== docker || areApart(service, other)) {
      if (other === undefined) first.set(name, service);
      return true;
    }
    const { file, index } = source;
    const place = `${other.source.file} (definition ${other.source.index + 1})`;
    const found = `definition ${index + 1} (${name}): "${name}" is defined already, in ${place}; this one has no effect, remove it`;
    issues.push(warning("duplicate-name", file, found, files.get(file)?.locate([index])));
    return false;
  });
}
