import * as yaml from "yaml";
import { MAX_FILE_BYTES, MAX_FILE_VALUES, MAX_NESTING } from "../limits";
import { error, warning, type Issue, type Position } from "./issue";
import { MergeCheck } from "./merges";
import { located, positionsIn } from "./positions";
import { readingsOf } from "./readings";
import type { Source, YamlFile } from "./source";
import { conflictMarker, decode, deepNesting } from "./text";

/**
 * Parses one file that holds one YAML document. Bad input comes back as issues, whatever the bytes;
 * size and nesting are bounded first, because the parser's time and stack are not. Plain texts are read
 * without the parser.
 * @param documents `one`: a second document is an error. `first`: the others are ignored, with a warning.
 */
export function parseYaml({ file, bytes }: Source, documents: "one" | "first" = "one"): YamlFile {
  const failed = (...issues: Issue[]): YamlFile => ({
    file,
    value: undefined,
    issues,
    values: 0,
    locate: () => ({ line: 1, column: 1 }),
    written: () => undefined,
    otherReadings: () => [],
  });

  if (bytes.length > MAX_FILE_BYTES) {
    const found = `the file is larger than ${MAX_FILE_BYTES} bytes; split it`;
    return failed(error("file-too-large", file, found));
  }
  const decoded = decode(file, bytes);
  if ("code" in decoded) return failed(decoded);
  const { text } = decoded;
  const conflict = conflictMarker(text);
  if (conflict !== undefined) {
    const found = "git's conflict markers are in the file; keep one side, and remove the markers";
    return failed(error("merge-conflict", file, found, conflict));
  }
  const tooDeep = deepNesting(text);
  if (tooDeep !== undefined) {
    const found = `more than ${MAX_NESTING} levels of nesting; this is not a release list`;
    return failed(error("yaml-syntax", file, found, tooDeep));
  }

  const at = positionsIn(text);
  const [document, second, ...others] = compose(text, documents === "one" ? 2 : MAX_TOKENS);
  if (document === undefined) {
    const found = "the file is empty; remove it, or write what belongs in it";
    return failed(error("empty-file", file, found));
  }
  const ignored: Issue[] = [];
  if (second !== undefined) {
    const here = at(second.range[0]);
    if (documents === "one") {
      const found = "a second document starts here; one file holds one document. Remove the ---";
      return failed(error("several-documents", file, found, here));
    }
    // Kayron parses the others as well, but reads no further than a first one without a node.
    for (const other of hasNode(document) ? [second, ...others] : []) {
      const broken = syntaxIssues(file, other, text, at);
      if (broken.length > 0) return failed(...broken);
      const { issues } = walked(file, other, text, at);
      if (issues.length > 0) return failed(...issues.slice(0, MAX_SYNTAX_ISSUES));
    }
    const found = "a second document starts here, and has no effect; move it to a file of its own";
    ignored.push(warning("several-documents", file, found, here));
  }
  const syntax = syntaxIssues(file, document, text, at);
  if (syntax.length > 0) return failed(...syntax);
  if (document.contents === null || isEmptyScalar(document.contents)) {
    return failed(
      error("empty-file", file, "the file holds no data; remove it, or write what belongs in it"),
      ...ignored,
    );
  }
  const { issues, values, differs } = walked(file, document, text, at);
  if (issues.length > 0) return failed(...issues.slice(0, MAX_SYNTAX_ISSUES));

  let value: unknown;
  try {
    // Values are counted above, so the library needn't count what aliases repeat.
    value = document.toJS({ maxAliasCount: -1 });
  } catch (cause) {
    // The library refuses some things only now.
    if (!(cause instanceof Error)) throw cause;
    return failed(error("yaml-syntax", file, cause.message));
  }
  const places = located(text, () => yaml.parseDocument(text, YAML_OPTIONS));
  const otherReadings = differs ? places.otherReadings : () => [];
  return { file, value, issues: ignored, values, ...places, otherReadings };
}

/** Aliases of a file: the library looks for each anchor from the start. */
const MAX_ALIASES = 1000;

/**
 * How every file is read: YAML 1.2 with merge keys, as Pulumi and Helm have them. Keys are checked below in
 * linear time; the library compares every two keys of a mapping.
 */
export const YAML_OPTIONS = {
  merge: true,
  prettyErrors: false,
  stringKeys: true,
  uniqueKeys: false,
  logLevel: "error",
} as const;

/**
 * Returns the first documents of a text. Each stray character outside of a document is a token and an error;
 * after some thousand of them there is nothing new to say.
 */
function compose(text: string, most: number): yaml.Document.Parsed[] {
  const composer = new yaml.Composer(YAML_OPTIONS);
  const documents: yaml.Document.Parsed[] = [];
  let tokens = 0;
  for (const token of new yaml.Parser().parse(text)) {
    documents.push(...(composer.next(token) as Iterable<yaml.Document.Parsed>));
    if (documents.length >= most || ++tokens > MAX_TOKENS) break;
  }
  documents.push(...(composer.end() as Iterable<yaml.Document.Parsed>));
  return documents.slice(0, most);
}

/** Tokens above documents: a sound file has one for each comment and line around its document. */
const MAX_TOKENS = 10_000;

function syntaxIssues(
  file: string,
  document: yaml.Document.Parsed,
  text: string,
  at: (offset: number) => Position,
): Issue[] {
  const problems = [...document.errors, ...document.warnings].slice(0, MAX_SYNTAX_ISSUES);
  // A tab in an indentation leads to many errors, of which none names the tab.
  for (const { pos } of problems) {
    const { line, column } = at(pos[0]);
    const start = pos[0] - (column - 1);
    const indentation = /^[ ]*\t/.exec(text.slice(start, start + MAX_INDENTATION))?.[0];
    if (indentation === undefined) continue;
    const found = "a tab indents this line; YAML indents with spaces";
    return [error("tab-indent", file, found, { line, column: indentation.length })];
  }
  return problems.map(({ message, pos }) => error("yaml-syntax", file, message, at(pos[0])));
}

const MAX_INDENTATION = 1000;

// After a few, a parser's errors are consequences of the first.
const MAX_SYNTAX_ISSUES = 20;

/** Whether a document has a node that is written: `~` is one. */
function hasNode({ contents }: yaml.Document.Parsed): boolean {
  return contents !== null && !(isEmptyScalar(contents) && contents.source === "");
}

function isEmptyScalar(node: yaml.Node): node is yaml.Scalar {
  return yaml.isScalar(node) && node.value === null;
}

/**
 * Returns how many values a document has, whether another reader reads one of them differently, and the
 * issues of walking it: duplicate keys, keys that JavaScript treats as its own, merges that aren't read alike,
 * aliases, too many values.
 */
function walked(
  file: string,
  document: yaml.Document.Parsed,
  text: string,
  at: (offset: number) => Position,
): { issues: Issue[]; values: number; differs: boolean } {
  const issues: Issue[] = [];
  /** How many values each anchor has, and the node that it is at: the last one of its name so far. */
  const anchors = new Map<string, { values: number; node: yaml.Node }>();
  let values = 0;
  let differs = false;
  const targets = new WeakMap<yaml.Alias, yaml.Node>();
  const merges = new MergeCheck((alias) => targets.get(alias));
  let last: number | undefined;
  // The library's own walk also keeps the path to each node, for twice the time.
  const walk = (node: unknown): void => {
    if (!yaml.isNode(node)) return;
    const before = values;
    const target = yaml.isAlias(node) ? anchors.get(node.source) : undefined;
    if (yaml.isAlias(node) && target !== undefined) targets.set(node, target.node);
    values += target?.values ?? 1;
    if (values > MAX_FILE_VALUES) last ??= node.range?.[0] ?? 0;
    if (yaml.isScalar(node)) differs ||= readingsOf(node, "value") !== undefined;
    if (yaml.isSeq(node)) node.items.forEach(walk);
    if (yaml.isMap(node)) walkMap(node);
    if (!yaml.isAlias(node) && node.anchor !== undefined) {
      anchors.set(node.anchor, { values: values - before, node });
    }
  };
  const walkMap = (node: yaml.YAMLMap): void => {
    const seen = new Map<unknown, yaml.Scalar>();
    for (const { key } of node.items) {
      if (!yaml.isScalar(key) || !key.range) continue;
      differs ||= readingsOf(key, "key") !== undefined;
      const first = seen.get(key.value);
      if (first?.range) {
        const { line } = at(first.range[0]);
        const found = `"${String(key.value)}" is defined twice (first on line ${line}); keep one`;
        issues.push(error("duplicate-key", file, found, at(key.range[0])));
      }
      if (key.value === "__proto__") {
        const found = `"__proto__" can't be a key; rename it`;
        issues.push(error("reserved-name", file, found, at(key.range[0])));
      }
      if (first === undefined) seen.set(key.value, key);
    }
    for (const { value } of node.items) walk(value);
    for (const [part, found] of merges.findingsOf(node)) {
      issues.push(error("merge-key", file, found, at(part.range?.[0] ?? 0)));
    }
  };
  walk(document.contents);
  if (text.includes("*")) issues.push(...aliasIssues(file, document, at));
  if (last !== undefined && issues.length === 0) {
    const found = `more than ${MAX_FILE_VALUES} values up to here, with what aliases repeat; split the file`;
    issues.push(error("too-large", file, found, at(last)));
  }
  return { issues, values, differs };
}

/** Returns aliases of no anchor, aliases in the value that they refer to, and those beyond the limit. */
function aliasIssues(
  file: string,
  document: yaml.Document.Parsed,
  at: (offset: number) => Position,
): Issue[] {
  const issues: Issue[] = [];
  const anchors = new Map<string, yaml.Node>();
  let aliases = 0;
  yaml.visit(document, {
    Node(_key, node) {
      if (!yaml.isAlias(node) && node.anchor !== undefined) anchors.set(node.anchor, node);
    },
    Alias(_key, alias, path) {
      const here = at(alias.range?.[0] ?? 0);
      if (++aliases > MAX_ALIASES) {
        const found = `more than ${MAX_ALIASES} aliases; write the values out`;
        issues.push(error("alias-bomb", file, found, here));
        return yaml.visit.BREAK;
      }
      const target = anchors.get(alias.source);
      if (target === undefined) {
        const found = `"*${alias.source}" refers to an anchor that is not defined; write the value out`;
        issues.push(error("yaml-syntax", file, found, here));
      } else if (path.includes(target)) {
        const found = `"*${alias.source}" refers to a value that contains it; write the value out`;
        issues.push(error("alias-bomb", file, found, here));
      }
      return undefined;
    },
  });
  return issues;
}
