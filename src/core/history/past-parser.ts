import * as yaml from "yaml";
import { environmentOf, stackOf } from "../stack/config";
import { configKey } from "../stack/schema";

/** One file of the history, as far as versions go. Not validated: files of the past may have errors. */
export type PastFile = PastStack | PastList;

/** A stack config: its pins, as they are written. */
export interface PastStack {
  readonly environment: string;
  readonly select: { readonly team?: unknown; readonly names?: unknown };
  readonly versions: ReadonlyMap<string, string>;
  /** Reasons by service. */
  readonly holds: ReadonlyMap<string, string>;
}

/** A file of the list: its definitions by name. */
export interface PastList {
  readonly definitions: ReadonlyMap<string, PastDefinition>;
}

/** A definition, as far as it decides what runs. */
export interface PastDefinition {
  readonly release?: string;
  readonly environments?: readonly unknown[];
  readonly team?: unknown;
}

/**
 * Reads the files of a repository's history. A history has thousands of texts of a file that differ in a line
 * or two, and a YAML parser takes a second for a hundred of them: so files are cut at their top entries, and
 * each entry is parsed once. A file that can't be cut safely is parsed whole. A test holds the result to
 * today's parser.
 */
export class PastReader {
  readonly #parsed = new Map<string, unknown>();

  /** Returns a file of the list or a stack config; undefined when it can't be read as one. */
  read(file: string, text: string): PastFile | undefined {
    const stack = stackOf(file);
    return stack === undefined ? this.#readList(text) : this.#readStack(stack, text);
  }

  #readList(text: string): PastList | undefined {
    const entries = entriesOf(text) ?? wholeList(text);
    if (entries === undefined) return undefined;
    const definitions = new Map<string, PastDefinition>();
    for (const entry of entries) {
      const found = this.#once(entry, definitionOf);
      if (found !== undefined) definitions.set(...found);
    }
    return { definitions };
  }

  #readStack(stack: string, text: string): PastStack | undefined {
    const sections = sectionsOf(text);
    const config = sections === undefined ? asMap(asMap(parse(text))["config"]) : undefined;
    const value = (key: string): unknown => {
      const section = sections?.get(configKey(key));
      if (section === undefined) return config?.[configKey(key)];
      return this.#once(section, (text) => Object.values(asMap(parse(text)))[0]);
    };
    if (sections === undefined && Object.keys(config ?? {}).length === 0) return undefined;
    const versions = linesOf(sections?.get(configKey("versions"))) ?? value("versions");
    const holds = Object.entries(asMap(value("holds"))).map(([name, hold]) => {
      const { reason } = asMap(hold);
      return [name, typeof reason === "string" ? reason : ""] as const;
    });
    return {
      environment: environmentOf({ stack, values: { environment: value("environment") } }),
      select: asMap(value("select")),
      versions: versions instanceof Map ? (versions as Map<string, string>) : texts(versions),
      holds: new Map(holds),
    };
  }

  /** Parses a text the first time that it is met. */
  #once<Value>(text: string, parse: (text: string) => Value): Value {
    if (!this.#parsed.has(text)) this.#parsed.set(text, parse(text));
    return this.#parsed.get(text) as Value;
  }
}

function definitionOf(entry: string): [string, PastDefinition] | undefined {
  const [value] = asArray(parse(entry)) ?? [];
  const { name, docker, github, deploy, environments, team } = asMap(value);
  const identity = [name, docker, github].find((text) => typeof text === "string" && text !== "");
  if (typeof identity !== "string") return undefined;
  const { release } = asMap(deploy);
  const wanted = asArray(environments);
  return [
    identity,
    {
      ...(typeof release === "string" && { release }),
      ...(wanted !== undefined && { environments: wanted }),
      ...(team !== undefined && { team }),
    },
  ];
}

/** Returns the entries of a block sequence at the left margin, each as a text of its own. */
function entriesOf(text: string): string[] | undefined {
  const [head = "", ...entries] = text.replaceAll("\r\n", "\n").split(/^(?=-(?: |$))/m);
  const onlyComments = head.split("\n").every((line) => /^\s*(?:#.*|---)?$/.test(line));
  // An alias needs its anchor in the same text.
  return onlyComments && !/(?:^|\s)[&*][\w-]/.test(text) ? entries : undefined;
}

function wholeList(text: string): string[] | undefined {
  return asArray(parse(text))?.map((value) => JSON.stringify([value]));
}

/** Returns the text of each key below `config`, where they are plain keys of a block. */
function sectionsOf(text: string): Map<string, string> | undefined {
  const [, config] = /^config:[ \t]*(?:#.*)?\r?\n((?:(?:[ \t].*)?\r?(?:\n|$))*)/m.exec(text) ?? [];
  if (config === undefined || /(?:^|\s)[&*][\w-]/.test(config)) return undefined;
  const [, indent] = /^( +)[^\s#]/m.exec(config) ?? [];
  if (indent === undefined) return undefined;
  const sections = new Map<string, string>();
  for (const section of config.split(new RegExp(`^${indent}(?=[^\\s#])`, "m")).slice(1)) {
    const [, key] = /^([\w.-]+:[\w.-]+):(?:\s|$)/.exec(section) ?? [];
    if (key === undefined || sections.has(key)) return undefined;
    sections.set(key, section);
  }
  return sections;
}

/** Returns the pins of a section of plain lines, `  name: v1.2.3`; undefined when a line is anything else. */
function linesOf(section: string | undefined): Map<string, string> | undefined {
  if (section === undefined) return undefined;
  const versions = new Map<string, string>();
  const [head = "", ...lines] = section.split("\n");
  if (!/^[\w.:-]+:\s*(?:#.*)?$/.test(head)) return undefined;
  for (const line of lines) {
    if (/^\s*(?:#.*)?$/.test(line)) continue;
    const [, name, pin] = /^ +([\w./-]+): +([\w.@:-]+)\s*(?:#.*)?$/.exec(line) ?? [];
    if (name === undefined || pin === undefined) return undefined;
    versions.set(name, pin);
  }
  return versions;
}

function texts(value: unknown): Map<string, string> {
  const entries = Object.entries(asMap(value));
  return new Map(
    entries.filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}

function parse(text: string): unknown {
  try {
    return yaml.parse(text, { logLevel: "silent" });
  } catch {
    return undefined;
  }
}

function asMap(value: unknown): Record<string, unknown> {
  const isMap = typeof value === "object" && value !== null && !Array.isArray(value);
  return isMap ? (value as Record<string, unknown>) : {};
}

function asArray(value: unknown): unknown[] | undefined {
  return Array.isArray(value) ? value : undefined;
}
