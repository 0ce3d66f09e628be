import { isDeepStrictEqual } from "node:util";
import { findingsError } from "../error";
import { error, hasErrors } from "../input/issue";
import { positionsIn } from "../input/positions";
import { parseYaml } from "../input/yaml-file";
import type { ImageValues } from "../list/service";
import { asMapping, isMapping, type Mapping } from "../mapping";
import { follow, valueAt } from "../stack/helm-values";
import { editYaml, type YamlEdit } from "../stack/yaml-text";
import { lines, nested } from "../stack/yaml-spelling";
import type { ChartContents } from "../verify/chart-image";

/** The annotation with the commit that a chart was packaged from: https://specs.opencontainers.org/image-spec/annotations/ */
export const REVISION = "org.opencontainers.image.revision";

/** A file of a chart. */
export interface ChartFile {
  readonly file: string;
  readonly text: string;
}

/** What a Chart.yaml says of its chart, each undefined where it says none. */
export interface ChartMeta {
  readonly name: string | undefined;
  readonly version: string | undefined;
  readonly appVersion: string | undefined;
}

/**
 * Returns what a Chart.yaml says of its chart.
 * @throws ReleasesError of kind `findings` where it can't be read
 */
export function chartMeta(file: ChartFile): ChartMeta {
  const { name, version, appVersion } = meaningOf(file);
  return { name: textOf(name), version: textOf(version), appVersion: textOf(appVersion) };
}

/**
 * Returns the text of a Chart.yaml with the commit that it is packaged from.
 * @throws ReleasesError of kind `findings` where that can't be written without changing more
 */
export function withRevision(file: ChartFile, commit: string): string {
  return edited(file, [{ path: ["annotations", REVISION], value: commit }]);
}

/** Whether a packaged chart is of a commit, by its annotations or by those of its manifest, which are the same. */
export function isOfCommit(
  { annotations }: Pick<ChartContents, "annotations">,
  commit: string,
): boolean {
  return annotations[REVISION] === commit;
}

/**
 * Returns the text of a values.yaml that names an image by its tag and digest. A chart without a path for the digest
 * gets it after the tag, as a Helm release does. Comments, order and all other values stay as they are.
 * @throws ReleasesError of kind `findings` where that can't be written without changing more
 */
export function withImage(
  file: ChartFile,
  { tag: path, digest: own }: ImageValues,
  { tag, digest }: { readonly tag: string; readonly digest: string },
): string {
  const values: readonly (readonly [string, string])[] =
    own === undefined
      ? [[path, `${tag}@${digest}`]]
      : [
          [path, tag],
          [own, digest],
        ];
  return edited(
    file,
    values.map(([to, value]) => ({ path: to.split("."), value })),
  );
}

/** Returns the image that a packaged chart names at its paths; undefined where it names none by its digest. */
export function imageIn(
  { values }: ChartContents,
  { tag: path, digest: own }: ImageValues,
): { readonly tag: string; readonly digest: string } | undefined {
  const [tag = "", afterTag] = (textOf(valueAt(values, path)) ?? "").split("@");
  const digest = own === undefined ? afterTag : textOf(valueAt(values, own));
  return digest === undefined ? undefined : { tag, digest };
}

function textOf(value: unknown): string | undefined {
  if (typeof value === "number") return String(value);
  return typeof value === "string" && value !== "" ? value : undefined;
}

function meaningOf({ file, text }: ChartFile): Mapping {
  const { value, issues } = parsed({ file, text });
  if (hasErrors(issues)) throw findingsError(issues);
  return asMapping(value);
}

function parsed({ file, text }: ChartFile) {
  return parseYaml({ file, bytes: new TextEncoder().encode(text) });
}

/** A file of comments alone, or of none: to YAML it isn't a mapping that could be edited. */
function isBlank(text: string): boolean {
  return text.split("\n").every((line) => /^\s*(?:#.*|---\s*)?$/.test(line));
}

function edited(
  { file, text }: ChartFile,
  edits: readonly (YamlEdit & { value: string })[],
): string {
  const before = isBlank(text) ? {} : meaningOf({ file, text });
  for (const { path } of edits) refuseOther(file, before, path);
  const todo = edits.filter(({ path, value }) => textAtPath(before, path) !== value);
  const start = isBlank(text) ? withFirst(text, todo[0]) : text;
  const after = editYaml(start, isBlank(text) ? todo.slice(1) : todo, (message, offset) => {
    throw findingsError([error("uneditable", file, message, positionsIn(start)(offset))]);
  });
  const wanted = todo.reduce((value, { path, value: to }) => withPart(value, path, to), before);
  const { value: found, issues } = parsed({ file, text: after });
  if (!hasErrors(issues) && isDeepStrictEqual(plain(found), plain(wanted))) return after;
  const names = todo.map(({ path }) => `"${path.join(".")}"`).join(", ");
  const message = `an edit of ${names} would change more; write it without anchors and merge keys, a key on each line`;
  throw findingsError([error("uneditable", file, message)]);
}

/** Refuses a path on which something else than a mapping is, or at whose end no text is: the chart has another shape. */
function refuseOther(file: string, values: Mapping, path: readonly string[]): void {
  const { value, path: reached } = follow(values, [...path]);
  const isEnd = reached.length === path.length;
  const isFine = isEnd ? !isMapping(value) && !Array.isArray(value) : false;
  if (isFine || value === undefined || value === null) return;
  const found = isEnd ? "is no text" : "is no mapping";
  const message = `"${reached.join(".")}" ${found}, and "${path.join(".")}" is to be the image's; fix "imageValues" in the list`;
  throw findingsError([error("uneditable", file, message)]);
}

function withFirst(text: string, first: (YamlEdit & { value: string }) | undefined): string {
  const [key = "", ...below] = first?.path ?? [];
  const start = text === "" || text.endsWith("\n") ? text : `${text}\n`;
  return `${start}${lines({ [key]: nested(below, first?.value ?? "") }, 2).join("\n")}\n`;
}

function textAtPath(values: Mapping, path: readonly string[]): unknown {
  return path.reduce((value: unknown, key) => asMapping(value)[key], values);
}

function withPart(value: Mapping, [key = "", ...rest]: readonly string[], part: string): Mapping {
  const below = rest.length === 0 ? part : withPart(asMapping(value[key]), rest, part);
  return { ...value, [key]: below };
}

/** Returns a value whose mappings are all of one kind, so that equal ones are equal. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (!isMapping(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, plain(part)]));
}
