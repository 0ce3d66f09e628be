import * as yaml from "yaml";
import type { ClassicChart } from "../list/service";
import { asMapping } from "../mapping";
import { isDigest } from "../version";

/** A version of a chart as the index of its repository has it. */
export interface IndexedChart {
  /** Of its package: `sha256:` and 64 hex digits. */
  readonly digest: string;
  /** Where its package is. */
  readonly url: URL;
}

/** Why nobody knows which bytes a chart is, and what to do. */
export interface UnknownChart {
  readonly problem: string;
}

/** The file of a chart repository with all its charts: https://helm.sh/docs/topics/chart_repository/ */
export const INDEX = "index.yaml";

/** Of an index whose lines aren't those that Helm writes, which is parsed as a whole: some seconds' worth. */
const MAX_WHOLE_INDEX = 1 << 20;

/** Returns the address of what a chart repository has, as Helm resolves it: below its address, and with its query. */
export function addressIn({ repository }: Pick<ClassicChart, "repository">, name = INDEX): URL {
  const base = new URL(repository);
  const { search } = base;
  if (!base.pathname.endsWith("/")) base.pathname += "/";
  const url = new URL(name, base);
  if (!URL.canParse(name) && url.search === "") url.search = search;
  return url;
}

/** A version of a chart, and what its Chart.yaml is annotated with. */
export interface AnnotatedVersion {
  readonly version: string;
  readonly annotations: Readonly<Record<string, string>>;
}

/** Returns the versions of a chart in the index of its repository, newest first; or why it has none. */
export function versionsInIndex(
  text: string,
  { repository, name }: Pick<ClassicChart, "repository" | "name">,
): AnnotatedVersion[] | UnknownChart {
  const entries = entriesOf(text, name);
  if (typeof entries === "string") return { problem: `${repository} ${entries}` };
  return entries.map(({ version, annotations }) => {
    const said = Object.entries(asMapping(annotations)).map(([key, value]) => [key, String(value)]);
    return {
      version: String(version),
      annotations: Object.fromEntries(said) as Record<string, string>,
    };
  });
}

/**
 * Returns the digest and the address of the version of a chart in the index of its repository; or why it has none
 * that Helm would have to take.
 */
export function chartInIndex(
  text: string,
  { repository, name, version }: ClassicChart,
): IndexedChart | UnknownChart {
  const entries = entriesOf(text, name);
  if (typeof entries === "string") return { problem: `${repository} ${entries}` };
  const own = entries.filter((entry) => entry["version"] === version);
  const [entry, ...others] = own;
  const what = `${version} of ${name}`;
  if (entry === undefined) {
    const bare = version.replace(/^v/, "");
    const other = entries.find((one) => [bare, `v${bare}`].includes(String(one["version"])));
    const remedy = other === undefined ? "pin one that it has" : `pin ${String(other["version"])}`;
    return { problem: `${repository} has no ${what}; ${remedy}` };
  }
  if (others.length > 0) {
    const problem = `the index of ${repository} has ${what} ${own.length} times, and Helm takes any of them; publish another version`;
    return { problem };
  }
  const digest = prefixed(entry["digest"]);
  if (digest === undefined) {
    const problem = `the index of ${repository} has no digest of ${what}; write the index anew with helm repo index`;
    return { problem };
  }
  const { urls } = entry;
  const [first] = Array.isArray(urls) ? (urls as unknown[]) : [];
  if (typeof first !== "string" || first === "") {
    return { problem: `the index of ${repository} has no address of ${what}; publish it again` };
  }
  if (first.startsWith("oci://")) {
    const chart = first.replace(/:[^/]*$/, "");
    const problem = `${repository} has ${what} in an OCI registry; name the chart ${chart} in the list`;
    return { problem };
  }
  const isAddress = URL.canParse(first, repository);
  const url = isAddress ? addressIn({ repository }, first) : undefined;
  const allowed = repository.startsWith("https:") ? ["https:"] : ["http:", "https:"];
  if (url !== undefined && allowed.includes(url.protocol) && url.username === "") {
    return { digest, url };
  }
  const problem = `the index of ${repository} has ${what} at an address that isn't https, or has a login; publish it again`;
  return { problem };
}

/** Returns the versions of a chart, newest first as Helm writes them; or why there are none, without a subject. */
function entriesOf(text: string, name: string): Readonly<Record<string, unknown>>[] | string {
  const unreadable = `has an ${INDEX} that can't be read; write it anew with helm repo index`;
  const isJson = text.trimStart().startsWith("{");
  const [own, ...more] = isJson ? [] : partsOf(text, name);
  if (more.length > 0) return `has an ${INDEX} with ${name} twice; write it anew`;
  if (own === undefined && !isJson && text.length > MAX_WHOLE_INDEX) {
    return hasEntries(text) ? `has no chart ${name}; check its name` : unreadable;
  }
  let index: unknown;
  try {
    index = isJson ? JSON.parse(text) : yaml.parse(own ?? text, { logLevel: "silent" });
  } catch {
    return unreadable;
  }
  const { entries } = asMapping(index);
  const found = asMapping(entries)[name];
  if (found === undefined) return `has no chart ${name}; check its name`;
  return Array.isArray(found) ? found.map(asMapping) : unreadable;
}

/** The key of all charts, as Helm writes it. */
const ENTRIES = /^entries:[ \t]*$/m;

function hasEntries(text: string): boolean {
  return ENTRIES.test(text);
}

/**
 * Returns what an index says of a chart, each as an index of it alone. An index has megabytes, and a chart some
 * kilobytes of it. What is inside of a chart is indented more than its name, but for the dashes of its versions.
 */
function partsOf(text: string, name: string): string[] {
  const lines = text.split(/\r?\n/);
  const parts: string[] = [];
  let indent: number | undefined;
  let part: string[] | undefined;
  let isInside = false;
  for (const line of lines) {
    const [, spaces = "", rest = ""] = /^( *)(.*)$/s.exec(line) ?? [];
    const isPartOf = rest === "" || rest.startsWith("#") || rest.startsWith("- ");
    if (spaces === "" && !isPartOf) [isInside, indent] = [ENTRIES.test(line), undefined];
    if (isInside && spaces !== "" && !isPartOf) indent ??= spaces.length;
    if (!isPartOf && spaces.length <= (indent ?? 0)) {
      if (part !== undefined) parts.push(part.join("\n"));
      const isOwn = isInside && spaces.length === indent && keyOf(rest) === name;
      part = isOwn ? ["entries:"] : undefined;
    }
    part?.push(line);
  }
  if (part !== undefined) parts.push(part.join("\n"));
  return parts;
}

/** Returns the key of a line with a key alone. */
function keyOf(line: string): string | undefined {
  const [, plain, double, single] =
    /^(?:([^\s"':]+)|"([^"\\]*)"|'([^']*)'):[ \t]*$/.exec(line) ?? [];
  return plain ?? double ?? single;
}

/** Returns a digest with its algorithm, which Helm leaves out. */
function prefixed(digest: unknown): string | undefined {
  if (typeof digest !== "string") return undefined;
  const text = digest.startsWith("sha256:") ? digest : `sha256:${digest}`;
  return isDigest(text) ? text : undefined;
}
