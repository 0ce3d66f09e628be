import { isDeepStrictEqual } from "node:util";
import * as yaml from "yaml";
import { findingsError } from "../error";
import { error } from "../input/issue";
import { parseYaml } from "../input/yaml-file";
import { asMapping, type Mapping } from "../mapping";
import type { OpenPreview } from "./plan";
import { configKey } from "./schema";
import { inFlow, quoted } from "./yaml-spelling";
import { editYaml } from "./yaml-text";

const PATH = ["config", configKey("previews"), "open"];

/**
 * Returns a stack config's text with other copies in `previews.open`. Only their lines change; a comment stays unless it
 * is on the line of a copy that goes.
 * @throws ReleasesError of kind `findings` where the file can't be read, or can't be edited without more
 */
export function editPreviews(
  { file, text }: { readonly file: string; readonly text: string },
  open: readonly OpenPreview[],
): string {
  const before = meaningOf(file, text);
  const wanted = withOpen(before, open);
  if (isSame(before, wanted)) return text;
  const after = edited(file, text, open);
  const { value, issues } = parseYaml({ file, bytes: new TextEncoder().encode(after) });
  if (issues.length === 0 && isSame(asMapping(value), wanted)) return after;
  throw uneditable(file);
}

function uneditable(file: string) {
  const message = `an edit of "${configKey("previews")}.open" would change more than that; write it without anchors, merge keys and tags, each copy on lines of its own`;
  return findingsError([error("uneditable", file, message)]);
}

function meaningOf(file: string, text: string): Mapping {
  const { value, issues } = parseYaml({ file, bytes: new TextEncoder().encode(text) });
  if (issues.length > 0) throw findingsError(issues);
  return asMapping(value);
}

function withOpen(whole: Mapping, open: readonly OpenPreview[]): Mapping {
  const config = asMapping(whole["config"]);
  const previews = asMapping(config[configKey("previews")]);
  return { ...whole, config: { ...config, [configKey("previews")]: { ...previews, open } } };
}

/** Whether two files mean the same; the order of copies means nothing, nor does a list of none. */
function isSame(a: Mapping, b: Mapping): boolean {
  return isDeepStrictEqual(inOrder(a), inOrder(b));
}

function inOrder(whole: Mapping): Mapping {
  const { open } = asMapping(asMapping(whole["config"])[configKey("previews")]);
  const texts = Array.isArray(open) ? open.map((one) => JSON.stringify(one, KEYS)) : [];
  return { rest: withOpen(whole, []), open: texts.sort() };
}

/** In the order in which they are written. */
const KEYS = ["service", "pullRequest", "branch", "commit", "digest", "until"];

function edited(file: string, text: string, open: readonly OpenPreview[]): string {
  if (open.length === 0) return editYaml(text, [{ path: PATH, value: undefined }], refuseIn(file));
  const there = openIn(text);
  if (!yaml.isSeq(there) || there.items.length === 0) return written(file, text, open);
  return there.flow === true
    ? replaced(text, there, inBrackets(open))
    : editedItems(text, there, open);
}

function refuseIn(file: string): (message: string) => never {
  return () => {
    throw uneditable(file);
  };
}

/** Writes the list where none is, or an empty one. */
function written(file: string, text: string, open: readonly OpenPreview[]): string {
  const there = openIn(text);
  const without = yaml.isSeq(there)
    ? editYaml(text, [{ path: PATH, value: undefined }], refuseIn(file))
    : text;
  const marked = editYaml(without, [{ path: PATH, value: "open" }], refuseIn(file));
  const node = openIn(marked);
  if (!yaml.isScalar(node) || !node.range) throw uneditable(file);
  const line = marked.slice(marked.lastIndexOf("\n", node.range[0] - 1) + 1, node.range[0]);
  const key = /^( *)open: *$/.exec(line);
  if (key === null) return replaced(marked, node, inBrackets(open));
  const newline = marked.includes("\r\n") ? "\r\n" : "\n";
  const items = open.map((copy) => `${newline}${key[1] ?? ""}  - ${inBraces(copy)}`).join("");
  const [start, end] = node.range;
  const space = start - (/ *$/.exec(line)?.[0].length ?? 0);
  return marked.slice(0, space) + items + marked.slice(end);
}

/** Replaces, removes and adds items of a block, a line each. */
function editedItems(text: string, list: yaml.YAMLSeq, open: readonly OpenPreview[]): string {
  const newline = text.includes("\r\n") ? "\r\n" : "\n";
  const left = new Map(open.map((copy) => [keyOf(copy), copy]));
  const splices: { start: number; end: number; inserted: string }[] = [];
  let [indent, after] = ["", 0];
  for (const item of list.items as yaml.Node[]) {
    const [start = 0, end = 0] = item.range ?? [];
    const lineStart = text.lastIndexOf("\n", start - 1) + 1;
    const next = text.indexOf("\n", Math.max(end - 1, 0));
    after = next === -1 ? text.length : next + 1;
    indent = /^ */.exec(text.slice(lineStart))?.[0] ?? "";
    const own = item.toJSON() as OpenPreview;
    const copy = left.get(keyOf(own));
    left.delete(keyOf(own));
    if (copy === undefined) splices.push({ start: lineStart, end: after, inserted: "" });
    else if (JSON.stringify(copy, KEYS) !== JSON.stringify(own, KEYS)) {
      const ended = text.slice(start, end).endsWith("\n") ? newline : "";
      splices.push({ start, end, inserted: inBraces(copy) + ended });
    }
  }
  const added = [...left.values()].map((copy) => `${indent}- ${inBraces(copy)}${newline}`).join("");
  const isEnded =
    text[after - 1] === "\n" ||
    splices.some(({ end, inserted }) => end === after && inserted === "");
  splices.push({ start: after, end: after, inserted: isEnded ? added : newline + added });
  if (added === "") splices.pop();
  return splices
    .sort((a, b) => b.start - a.start || b.end - a.end)
    .reduce((result, { start, end, inserted }) => {
      return result.slice(0, start) + inserted + result.slice(end);
    }, text);
}

function keyOf({ service, branch }: OpenPreview): string {
  return JSON.stringify([service, branch]);
}

function openIn(text: string): unknown {
  return yaml.parseDocument(text, { logLevel: "error" }).getIn(PATH, true);
}

function replaced(text: string, { range }: yaml.Node, inserted: string): string {
  const [start = 0, end = 0] = range ?? [];
  return text.slice(0, start) + inserted + text.slice(end);
}

function inBrackets(open: readonly OpenPreview[]): string {
  return `[${open.map(inBraces).join(", ")}]`;
}

/** Every text is quoted: a commit may be a number to YAML, and a branch is called as anybody likes. */
function inBraces({ service, pullRequest, branch, commit, digest, until }: OpenPreview): string {
  const parts = {
    ...{ service: inFlow(service), pullRequest: String(pullRequest), branch: quoted(branch) },
    ...{ commit: quoted(commit), digest: quoted(digest), until: quoted(until) },
  };
  return `{ ${Object.entries(parts)
    .map(([key, value]) => `${key}: ${value}`)
    .join(", ")} }`;
}
