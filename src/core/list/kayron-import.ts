import { isDeepStrictEqual } from "node:util";
import * as yaml from "yaml";
import { compareText } from "../compare-text";
import { findingsError } from "../error";
import { isRead } from "../files";
import { hasErrors } from "../input/issue";
import type { Source, YamlFile } from "../input/source";
import { isReservedName, MAX_HELM_RELEASE_NAME, SERVICE_NAME } from "../limits";
import { asMapping, type Mapping } from "../mapping";
import { helmReleaseName } from "../stack/names";
import { kayronValue } from "./kayron";
import { parseListFile } from "./list-file";
import { changeList, type EntryChange } from "./list-text";
import { hostOfImage, parseDefinitions } from "./parse";

/** A list of ours that was one of Kayron's. */
export interface ImportedList {
  /** Texts by path, sorted. */
  readonly files: ReadonlyMap<string, string>;
  /** What was changed, and why: a line each. */
  readonly notes: readonly string[];
}

/** A definition of Kayron's, as it is read there. */
interface Entry {
  readonly at: string;
  readonly github: string;
  readonly docker?: string;
  readonly provider?: string;
  readonly deploy: Mapping;
  readonly change: EntryChange;
}

const FIELDS = ["github", "docker", "provider", "deploy"];
const STRATEGIES = ["branch", "release", "suspend", "preview"];

/**
 * Returns a list that Kayron takes as files of ours, which `lint` takes without `compatibility: kayron`. The text of a
 * definition stays as it is where it can; keys that Kayron doesn't know go, those of ours as well.
 * @param sources what Kayron reads, of any folder
 * @throws ReleasesError of kind `findings` for a file that isn't YAML
 */
export function importList(sources: readonly Source[]): ImportedList {
  const notes: string[] = [];
  const files = new Map<string, string>();
  const taken = new Taken();
  for (const source of [...sources].sort((a, b) => compareText(a.file, b.file))) {
    const parsed = parseListFile(source, "kayron");
    if (!Array.isArray(parsed.value)) throw findingsError(parseDefinitions(parsed).issues);
    const entries = parsed.value as unknown[];
    for (const { code, line } of parsed.issues) {
      if (code !== "several-documents") continue;
      notes.push(`${source.file}:${line} the second document is left out: Kayron drops it`);
    }
    if (entries.length === 0) {
      notes.push(`${source.file} is left out: it has no definition`);
      continue;
    }
    const text = new TextDecoder().decode(source.bytes);
    const lines = text.split("\n");
    const read = entries.map((entry, index) => readEntry(entry, index, parsed, lines, notes));
    const kept = read.map((entry) => taken.take(entry, notes));
    const wanted = kept.flatMap((entry) => (entry === undefined ? [] : [valueOf(entry)]));
    if (wanted.length === 0) continue;
    const file = placeFor(source.file, wanted, files);
    if (file !== source.file) {
      notes.push(`${source.file} becomes ${file}: only service/ and infrastructure/ are read`);
    }
    const changed = changeList(
      text,
      kept.map((entry) => entry?.change),
    );
    const isRight = isDeepStrictEqual(definitionsOf(file, changed), wanted);
    if (!isRight)
      notes.push(`${file} is written anew, without its comments: anchors or flow style`);
    files.set(file, isRight ? changed : yaml.stringify(wanted));
  }
  return { files: new Map([...files].sort(([a], [b]) => compareText(a, b))), notes };
}

function readEntry(
  raw: unknown,
  index: number,
  file: YamlFile,
  lines: readonly string[],
  notes: string[],
): Entry {
  const written = (path: readonly (string | number)[]): string | undefined =>
    file.written([index, ...path]);
  const isQuoted = (path: readonly string[]): boolean => {
    const { line, column } = file.locate([index, ...path]);
    return /["'|>]/.test(lines[line - 1]?.[column - 1] ?? "");
  };
  const { line } = file.locate([index]);
  const at = `${file.file}:${line}`;
  const value = asMapping(kayronValue(raw, written));
  const given = asMapping(value["deploy"]);
  const remove = [
    ...Object.keys(asMapping(raw)).flatMap((key) => (FIELDS.includes(key) ? [] : [[key]])),
    ...Object.keys(given).flatMap((key) => (STRATEGIES.includes(key) ? [] : [["deploy", key]])),
  ];
  for (const path of remove) notes.push(`${at} "${path.join(".")}" is removed: Kayron ignores it`);
  const set: { path: string[]; value: string }[] = [];
  const nameAt = (...path: string[]): string | undefined => {
    const part = path.length === 1 ? value[path[0] ?? ""] : given["branch"];
    if (part === undefined) return undefined;
    const name =
      typeof part === "string" && isQuoted(path) ? part : kayronText(part, written(path));
    if (name !== part) set.push({ path, value: name });
    if (name === part || name === written(path)) return name;
    notes.push(`${at} "${path.join(".")}" is "${name}", as Kayron reads ${written(path) ?? ""}`);
    return name;
  };
  const github = nameAt("github") ?? "";
  const image = nameAt("docker");
  const hosted = image === undefined ? undefined : hostOfImage(image);
  if (hosted !== undefined) {
    set.push({ path: ["docker"], value: hosted.path });
    notes.push(
      `${at} "docker" loses its host: write "${hosted.host}" as registry.host of each stack config`,
    );
  }
  const docker = hosted?.path ?? image;
  const { provider } = value;
  return {
    at,
    github,
    ...(docker !== undefined && { docker }),
    ...(typeof provider === "string" && { provider }),
    deploy: deployOf(given, nameAt("deploy", "branch"), at, notes),
    change: { remove, set },
  };
}

/**
 * Returns the text that Kayron makes of a plain scalar: of a number its value, as its library of YAML has it
 * (https://github.com/goccy/go-yaml/blob/v1.18.0/token/token.go), else what is written.
 */
function kayronText(value: unknown, written = ""): string {
  if (typeof value === "boolean") return String(value);
  const [, sign = "", digits = ""] = /^([-+]?)([^_].*)$/.exec(written) ?? [];
  const plain = digits.replaceAll("_", "");
  const minus = sign === "-" ? "-" : "";
  for (const [form, prefix] of WHOLE_NUMBERS) {
    if (form.test(plain))
      return minus + BigInt(prefix + plain.replace(/^0[xob]?(?=.)/, "")).toString();
  }
  const isFraction = /^(?:\d+\.\d*|\.\d+)(?:e[-+]?\d+)?$/i.test(plain);
  return isFraction ? minus + String(Number(plain)) : written;
}

/** The forms of whole numbers, and how JavaScript writes them. */
const WHOLE_NUMBERS = [
  [/^0x[0-9a-f]+$/i, "0x"],
  [/^0b[01]+$/, "0b"],
  [/^0o?[0-7]+$/, "0o"],
  [/^(?:0|[1-9]\d*)$/, ""],
] as const;

function deployOf(
  { release, suspend, preview }: Mapping,
  branch: string | undefined,
  at: string,
  notes: string[],
): Mapping {
  const isBranch = branch !== undefined && branch.trim() !== "" && !/[\u0000-\u001F]/.test(branch);
  if (branch !== undefined && !isBranch) {
    notes.push(`${at} "deploy.branch" is no branch of git, so the service becomes suspended`);
  }
  const isSuspended = suspend === true || (branch !== undefined && !isBranch);
  return {
    ...(release !== undefined && { release }),
    ...(isBranch && { branch }),
    ...(isSuspended ? { suspend: true } : suspend !== undefined && { suspend }),
    ...(preview !== undefined && { preview }),
  };
}

/** What services are there already, so that each has a name of its own. */
class Taken {
  readonly #images = new Map<string, string>();
  readonly #names = new Set<string>();

  /** Returns an entry with a name that it can have; undefined where its image is another one's already. */
  take(entry: Entry, notes: string[]): Entry | undefined {
    const { at, docker, github, provider, change } = entry;
    const other = docker === undefined ? undefined : this.#images.get(docker);
    if (docker !== undefined && other !== undefined) {
      notes.push(`${at} is left out: "${docker}" is defined already, in ${other}`);
      return undefined;
    }
    if (docker !== undefined) this.#images.set(docker, at);
    const identity = docker ?? github;
    const name = this.#nameFor(identity, provider);
    this.#names.add(helmReleaseName(name));
    if (name === identity) return entry;
    notes.push(
      `${at} gets the name "${name}": "${identity}" can't be one here, or is another one's`,
    );
    return { ...entry, change: { ...change, name } };
  }

  #nameFor(identity: string, provider: string | undefined): string {
    if (this.#isFree(identity)) return identity;
    const plain = helmReleaseName(identity).replaceAll(/^[^a-z]+|-+$/g, "");
    const start = provider === undefined ? "service" : "infrastructure";
    const base = plain === "" || isReservedName(plain) ? start : plain.slice(0, LONGEST);
    const names = [base, `${start}-${base}`].map((name) => name.slice(0, LONGEST));
    for (let count = 2; ; count++) {
      const free = names.find((name) => this.#isFree(name));
      if (free !== undefined) return free;
      names.push(`${base}-${count}`);
    }
  }

  #isFree(name: string): boolean {
    const release = helmReleaseName(name);
    return (
      SERVICE_NAME.test(name) &&
      !isReservedName(name) &&
      /^[a-z]/.test(release) &&
      release.length <= MAX_HELM_RELEASE_NAME &&
      !this.#names.has(release)
    );
  }
}

/** Characters of a name that leave room for a number behind it. */
const LONGEST = MAX_HELM_RELEASE_NAME - "-9999".length;

function valueOf({ github, docker, provider, deploy, change: { name } }: Entry): Mapping {
  return {
    github,
    ...(docker !== undefined && { docker }),
    ...(provider !== undefined && { provider }),
    deploy,
    ...(name !== undefined && { name }),
  };
}

/** Returns the definitions of a text of ours; undefined where it has errors. */
function definitionsOf(file: string, text: string): unknown[] | undefined {
  const parsed = parseListFile({ file, bytes: new TextEncoder().encode(text) });
  const { value } = parsed;
  if (hasErrors(parseDefinitions(parsed).issues) || !Array.isArray(value)) return undefined;
  return value.map((entry, index) =>
    kayronValue(entry, (path) => parsed.written([index, ...path])),
  );
}

/** Returns the path of a file of the list: as it is where it is read, else one below the folder of its kind. */
function placeFor(
  file: string,
  entries: readonly Mapping[],
  taken: ReadonlyMap<string, string>,
): string {
  if (isRead(file) && !taken.has(file)) return file;
  const isTemplates = entries.every(({ provider }) => provider !== undefined);
  const [name = "", ...folders] = file.split("/").reverse();
  const [top = "", ...below] = folders.reverse();
  const kind = top === "" && isTemplates ? "infrastructure" : folderOf(top);
  const parts = [...below, name.replace(/\.yaml$/, "")].map((part) =>
    part.replace(/^\.+/, "").replace(/\.yaml$/, ""),
  );
  const path = [kind, ...parts.filter((part) => part !== "")].join("/");
  for (let count = 1; ; count++) {
    const place = `${path}${path === kind ? "/list" : ""}${count === 1 ? "" : `-${count}`}.yaml`;
    if (!taken.has(place)) return place;
  }
}

function folderOf(top: string): string {
  return top.startsWith("infrastructure") ? "infrastructure" : "service";
}
