import { kayronValue } from "../list/kayron";
import { parseListFile } from "../list/list-file";
import { parseYaml } from "../input/yaml-file";
import { decode } from "../input/text";
import type { Source, YamlFile } from "../input/source";
import { PROJECT_FILE } from "../files";
import { MAX_FILE_BYTES } from "../limits";
import { environmentOf, stackOf } from "../stack/config";
import { parseProject } from "../stack/project";
import { configKey, DECIDING_KEYS } from "../stack/schema";
import { asMapping, isMapping, type Mapping } from "../mapping";

/** One file of the history, as far as versions go. Not validated: files of the past may have errors. */
export type PastFile = PastStack | PastList | PastProject;

/** A stack config: its pins, as they are written. */
export interface PastStack {
  readonly environment: string;
  /** A value that isn't a text is null, which no service has. */
  readonly select: { readonly team?: string | null; readonly names?: readonly string[] };
  readonly versions: ReadonlyMap<string, string>;
  /** Versions of charts by service, as they are written. */
  readonly charts: ReadonlyMap<string, string>;
  /** The start of every image's name, where the registry is an external one. */
  readonly host?: string;
  /** Reasons by service. */
  readonly holds: ReadonlyMap<string, string>;
  /** Whether it names a cluster itself. */
  readonly hasCluster: boolean;
}

/** Pulumi.yaml, as far as it decides what stacks run. */
export interface PastProject {
  /** Whether it names a cluster for every stack that names none. */
  readonly clusterOfAll: boolean;
}

/** A file of the list: its definitions by name. */
export interface PastList {
  readonly definitions: ReadonlyMap<string, PastDefinition>;
}

/** A definition, as far as it decides what runs. */
export interface PastDefinition {
  readonly release?: string;
  readonly environments?: readonly string[];
  /** A value that isn't a text is null, which no stack selects. */
  readonly team?: string | null;
  readonly docker?: string;
  readonly provider?: string;
  /** How versions are spelled in the image's tags. */
  readonly tags?: { readonly image: string };
  /** A definition without one has the default chart, or a template. */
  readonly chart?: PastChart;
  /** Further definitions of the same name, which are for other environments. */
  readonly others?: readonly PastDefinition[];
}

/** A chart as a definition has it, as far as it is one. */
export type PastChart = Partial<Readonly<Record<(typeof CHART_KEYS)[number], string>>>;

const CHART_KEYS = ["repository", "name", "version", "digest"] as const;

/**
 * Reads the files of a repository's history. A history has thousands of texts of a file that differ in a line
 * or two, and a YAML parser takes a second for a hundred of them: so a file is cut at the lines that begin an
 * entry, and each entry is parsed once. Where the cut isn't certain, or an entry isn't sound by itself, the
 * whole is parsed. Both are parsed by today's parser: what it refuses as YAML today is refused of the past.
 */
export class PastReader {
  readonly #parsed = new Map<string, unknown>();

  /** Returns a file of the list, a stack config or Pulumi.yaml; undefined when it can't be read as one. */
  read(source: Source): PastFile | undefined {
    if (source.bytes.length > MAX_FILE_BYTES) return undefined;
    const decoded = decode(source.file, source.bytes);
    if ("code" in decoded) return undefined;
    const lines = decoded.text.replaceAll("\r\n", "\n").split("\n");
    // Without an end of the last line, a text of several lines may be another one.
    if (lines.pop() !== "") lines.length = 0;
    if (source.file === PROJECT_FILE) return toProject(source);
    const stack = stackOf(source.file);
    if (stack === undefined)
      return this.#listOf(lines) ?? wholeList(parseListFile(source, "kayron"));
    const config = this.#configOf(lines) ?? wholeConfig(parseYaml(source).value);
    return config && toStack(stack, config);
  }

  /** Returns the definitions of a block sequence at the left margin; undefined where that isn't certain. */
  #listOf(lines: readonly string[]): PastList | undefined {
    const entries = cut(lines, "", /^-(?: |$)/)?.map((entry) => this.#once(entry, entryOf));
    if (entries === undefined || entries.length === 0 || entries.includes(undefined)) {
      return undefined;
    }
    return toList(entries);
  }

  /** Returns the values below `config`, where they are blocks of plain keys; undefined elsewhere. */
  #configOf(text: readonly string[]): Mapping | undefined {
    const blocks = byKey(cut(text, "", /^[A-Za-z]/), /^(\w+):(?:[ \n]|$)/);
    const [head, ...lines] = blocks?.get("config")?.split("\n") ?? [];
    if (blocks === undefined || head === undefined || !/^config: *(?: #.*)?$/.test(head)) {
      return undefined;
    }
    blocks.delete("config");
    const [indent] = lines.flatMap((line) => /^( +)[^ #]/.exec(line)?.[1] ?? []);
    if (indent === undefined) return undefined;
    const start = new RegExp(`^${indent}[^ #]`);
    const sections = byKey(cut(lines, indent, start), /^ +([\w.-]+:[\w.-]+):(?:[ \n]|$)/);
    if (sections === undefined) return undefined;
    const values = new Map<string, unknown>();
    for (const [key, block] of [...blocks, ...sections]) {
      const value = plainPins(block) ?? this.#once(block, (text) => valueOf(key, text));
      if (value === undefined) return undefined;
      values.set(key, value);
    }
    return Object.fromEntries(values);
  }

  /** Parses a text the first time that it is met. */
  #once<Value>(text: string, parse: (text: string) => Value): Value {
    if (!this.#parsed.has(text)) this.#parsed.set(text, parse(text));
    return this.#parsed.get(text) as Value;
  }
}

/**
 * Returns the blocks of a text, each from one line that starts a block to the next one; undefined where a
 * line may belong to anything else. A parser may end lines at other places than these, such as a tab.
 * @param indent the spaces in front of a line that starts a block: every other line of it has more
 */
function cut(lines: readonly string[], indent: string, start: RegExp): string[] | undefined {
  const blocks: string[][] = [];
  let hasMarker = false;
  for (const line of lines) {
    if (/[\t\r]/.test(line)) return undefined;
    if (start.test(line)) blocks.push([line]);
    else if (/^ *(?:#|$)/.test(line) || line.startsWith(`${indent} `)) {
      if (blocks.length === 0 && !/^ *(?:#|$)/.test(line)) return undefined;
      blocks.at(-1)?.push(line);
    } else if (line === "---" && blocks.length === 0 && !hasMarker) hasMarker = true;
    else return undefined;
  }
  return blocks.map((lines) => lines.join("\n"));
}

/** Returns blocks by their keys; undefined where one has no plain key, or the key of another. */
function byKey(
  blocks: readonly string[] | undefined,
  plain: RegExp,
): Map<string, string> | undefined {
  const found = new Map<string, string>();
  for (const block of blocks ?? []) {
    const key = plain.exec(block)?.[1];
    if (key === undefined || found.has(key)) return undefined;
    found.set(key, block);
  }
  return blocks && found;
}

/** Returns the pins of a block of plain lines, `name: v1.2.3`; undefined when a line is anything else. */
function plainPins(block: string): ReadonlyMap<string, string> | undefined {
  const [head = "", ...lines] = block.split("\n");
  const [, above] = /^( *)releases:versions: *(?: #.*)?$/.exec(head) ?? [];
  if (above === undefined) return undefined;
  const pins = new Map<string, string>();
  let indent: string | undefined;
  for (const line of lines) {
    if (/^ *(?:#|$)/.test(line)) continue;
    const [, before = "", name, pin] = PIN_LINE.exec(line) ?? [];
    if (name === undefined || pin === undefined || pins.has(name)) return undefined;
    if (before !== (indent ??= before) || before.length <= above.length) return undefined;
    pins.set(name, pin);
  }
  return pins.size === 0 ? undefined : pins;
}

/** A pin without quotes, whose text YAML takes as it is: it is no number, and no comment is a part of it. */
const PIN_LINE =
  /^( +)([A-Za-z0-9][\w./-]*): +(v\d[\w.-]*|[0-9a-f]{40}|[A-Za-z0-9_][\w.-]*@sha256:[0-9a-f]{64}) *(?: #.*)?$/;

/** Returns the value of a block that has one key; undefined where it isn't sound by itself. */
function valueOf(key: string, block: string): unknown {
  const [indent = ""] = /^ */.exec(block) ?? [];
  // Some values are sound at the end of a file alone.
  const value = asMapping(parse(`${block}\n${indent}end: 0\n`).value);
  if (Object.keys(value).join("\n") !== `${key}\nend`) return undefined;
  return KEYS.has(key) ? value[key] : null;
}

/** The keys of a stack config that decide what runs, as it has them. */
const KEYS = new Set([...DECIDING_KEYS, "cluster"].map(configKey));

function toProject(source: Source): PastProject {
  const { config } = parseProject(parseYaml(source));
  return { clusterOfAll: isMapping(config.get(configKey("cluster"))) };
}

/** Returns the values below `config` of a whole stack config; undefined where it isn't one. */
function wholeConfig(value: unknown): Mapping | undefined {
  if (!isMapping(value)) return undefined;
  const config = value["config"] ?? {};
  return isMapping(config) ? config : undefined;
}

function toStack(stack: string, config: Mapping): PastStack {
  const value = (key: string): unknown => config[configKey(key)];
  const { team, names } = asMapping(value("select"));
  const versions = value("versions");
  const { role, host } = asMapping(value("registry"));
  const holds = Object.entries(asMapping(value("holds"))).map(([name, hold]) => {
    const { reason } = asMapping(hold);
    return [name, typeof reason === "string" ? reason : ""] as const;
  });
  return {
    environment: environmentOf({ stack, values: { environment: value("environment") } }),
    select: {
      ...(team !== undefined && { team: textOrNull(team) }),
      ...(Array.isArray(names) && { names: names.filter(isText) }),
    },
    versions:
      versions instanceof Map
        ? (versions as ReadonlyMap<string, string>)
        : new Map(Object.entries(asMapping(versions)).filter(isPin)),
    charts: new Map(Object.entries(asMapping(value("charts"))).filter(isPin)),
    ...(role === "external" && isText(host) && { host }),
    holds: new Map(holds),
    hasCluster: isMapping(value("cluster")),
  };
}

/** Returns the definition of an entry by its name; null for any other value. */
type Entry = readonly [name: string, definition: PastDefinition] | null;

/** Returns the one entry of a text; undefined where it isn't sound by itself. */
function entryOf(text: string): Entry | undefined {
  const file = parse(`${text}\n- end\n`);
  const { value } = file;
  return Array.isArray(value) && value.length === 2 ? toEntry(value[0], 0, file) : undefined;
}

function wholeList(file: YamlFile): PastList | undefined {
  const { value } = file;
  if (!Array.isArray(value)) return undefined;
  return toList(value.map((entry, index) => toEntry(entry, index, file)));
}

/** Of several definitions of one name the first one that belongs to an environment counts there, as today. */
function toList(entries: readonly (Entry | undefined)[]): PastList {
  const definitions = new Map<string, PastDefinition>();
  for (const [name, definition] of entries.filter(
    (entry) => entry !== null && entry !== undefined,
  )) {
    const first = definitions.get(name);
    const others = first && { others: [...(first.others ?? []), definition] };
    definitions.set(name, { ...(first ?? definition), ...others });
  }
  return { definitions };
}

function toEntry(value: unknown, index: number, file: YamlFile): Entry {
  const entry = kayronValue(value, (path) => file.written([index, ...path]));
  const { name, docker, github, deploy, environments, team, chart, tags, provider } =
    asMapping(entry);
  const source = isMapping(github) ? github["source"] : github;
  const identity = [name, docker, source].find((text) => typeof text === "string" && text !== "");
  if (!isText(identity)) return null;
  const { release } = asMapping(deploy);
  const { image } = asMapping(tags);
  return [
    identity,
    {
      ...(isText(release) && { release }),
      ...(Array.isArray(environments) && { environments: environments.filter(isText) }),
      ...(hasPreviewsAlone(asMapping(deploy)) && { environments: [] }),
      ...(team !== undefined && { team: textOrNull(team) }),
      ...(isText(docker) && { docker }),
      ...(isText(provider) && { provider }),
      ...(isText(image) && { tags: { image } }),
      ...(isMapping(chart) && { chart: toChart(chart) }),
    },
  ];
}

/** Whether nothing runs of a service but previews. */
function hasPreviewsAlone({ release, branch, range, suspend, preview }: Mapping): boolean {
  const strategies = [release, branch, range].filter((strategy) => strategy !== undefined);
  return preview === true && suspend !== true && strategies.length === 0;
}

function toChart(chart: Mapping): PastChart {
  return Object.fromEntries(
    CHART_KEYS.flatMap((key) => {
      const value = chart[key];
      return isText(value) ? [[key, value]] : [];
    }),
  );
}

function parse(text: string): YamlFile {
  return parseYaml({ file: "", bytes: new TextEncoder().encode(text) });
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isPin(entry: [string, unknown]): entry is [string, string] {
  return isText(entry[1]);
}

function textOrNull(value: unknown): string | null {
  return isText(value) ? value : null;
}
