import type { Cell as StatusCell, StackCell, Status } from "../core/promotion/status";
import { printable } from "../core/printable";
import { escaped, row } from "./markdown";
import { PLAIN, type Emphasis, type Style } from "./style";
import { shortDigest, shortVersion, table, type Cell } from "./table";

/** Columns of a terminal where its width isn't known. */
const COLUMNS = 100;
/** Characters of a service's name that a narrow table shows at most. */
const NARROW_NAME = 24;

/**
 * Returns a status for a terminal: the table, then the refusals and what the working tree changes.
 * Where the table is wider than the terminal, its cells are shortened to a version and a mark.
 * @param columns of the terminal; default 100
 */
export function statusText(status: Status, style: Style = PLAIN, columns = COLUMNS): string {
  if (status.services.length === 0) return "No service to show.";
  const full = statusTable(status, style, cellText, (name) => name);
  const shown = widthOf(status, cellText) <= columns ? full : narrowTable(status, style, columns);
  const notes = [
    ["Stacks differ:", stackLines(status)],
    ["Blocked:", blockedLines(status)],
    ["The working tree differs:", differenceLines(status)],
  ] as const;
  const below = notes
    .filter(([, lines]) => lines.length > 0)
    .map(
      ([title, lines]) =>
        `\n\n${title}\n\n${lines.map((line) => `  ${printable(line)}`).join("\n")}`,
    );
  return shown + below.join("");
}

function statusTable(
  { environments, services }: Status,
  style: Style,
  textOf: (cell: StatusCell | undefined) => string,
  nameOf: (name: string) => string,
  headOf: (name: string) => string = (name) => name,
): string {
  const head = ["SERVICE", ...environments.map((name) => headOf(name).toUpperCase())];
  const rows = services.map(({ name, cells }): Cell[] => [
    nameOf(name),
    ...environments.map((environment) => {
      const cell = cells[environment];
      return { text: textOf(cell), emphasis: emphasisOf(cell) };
    }),
  ]);
  return table(head, rows, style);
}

/** Returns the characters of the table's longest line. */
function widthOf(
  { environments, services }: Status,
  textOf: (cell: StatusCell | undefined) => string,
): number {
  const longest = (texts: readonly string[]): number =>
    Math.max(...texts.map(({ length }) => length));
  const names = longest(["SERVICE", ...services.map(({ name }) => name)]);
  const widths = environments.map((environment) =>
    longest([environment, ...services.map(({ cells }) => textOf(cells[environment]))]),
  );
  return widths.reduce((sum, width) => sum + 2 + width, 2 + names);
}

/** Returns the table with every cell cut to its share of the terminal, and what the marks mean. */
function narrowTable(status: Status, style: Style, columns: number): string {
  const names = Math.max("SERVICE".length, ...status.services.map(({ name }) => name.length));
  const left = columns - 2 - Math.min(names, NARROW_NAME);
  const width = Math.max(6, Math.floor(left / status.environments.length) - 2);
  const textOf = (cell: StatusCell | undefined): string => {
    const marks = marksOf(cell);
    return cut(versionOf(cell), width - marks.length) + marks;
  };
  const nameOf = (name: string): string => cut(name, NARROW_NAME);
  const headOf = (name: string): string => cut(name, width);
  const isUnverified = cellsOf(status).some(({ cell }) => cell.verified === false);
  const marks = `< behind, ! blocked, = held${isUnverified ? ", ~ unverified" : ""}`;
  return `${statusTable(status, style, textOf, nameOf, headOf)}\n\n  ${marks}`;
}

function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, Math.max(1, length - 1))}…`;
}

function marksOf(cell: StatusCell | undefined): string {
  if (cell === undefined) return "";
  const isBehind = cell.behind !== null && cell.behind !== "none";
  return `${isBehind ? "<" : ""}${cell.held ? "=" : ""}${cell.blocked.length > 0 ? "!" : ""}${cell.verified === false ? "~" : ""}`;
}

function emphasisOf(cell: StatusCell | undefined): Emphasis | undefined {
  if (cell === undefined) return "faint";
  if (cell.unknown || cell.blocked.length > 0) return "bad";
  if (cell.differs) return "warning";
  return cell.behind === null ? undefined : "warning";
}

/** Returns a status as Markdown, for a comment or a wiki. */
export function statusMarkdown(status: Status): string {
  const { environments, services } = status;
  const list = (title: string, items: readonly string[]): string[] =>
    items.length === 0
      ? []
      : ["", `**${title}**`, "", ...items.map((item) => `- ${escaped(item)}`)];
  return [
    row(["service", ...environments].map(escaped)),
    row(["---", ...environments.map(() => "---")]),
    ...services.map(({ name, cells }) =>
      row([name, ...environments.map((name) => cellText(cells[name]))].map(escaped)),
    ),
    ...list("Stacks differ", stackLines(status)),
    ...list("Blocked", blockedLines(status)),
    ...list("The working tree differs", differenceLines(status)),
  ].join("\n");
}

/** Returns a cell in one line: `v1.1.2 < v1.1.3 (patch, blocked)`. */
export function cellText(cell: StatusCell | undefined): string {
  if (cell === undefined) return "-";
  const { version, next, behind, held, blocked, verified } = cell;
  const moves = next === null || next === version ? "" : ` < ${next}`;
  const notes = [
    ...(behind === null || behind === "unordered" ? [] : [behind]),
    ...(held ? ["held"] : []),
    ...(blocked.length > 0 ? ["blocked"] : []),
    ...(verified === false ? ["unverified"] : []),
  ];
  return `${versionOf(cell)}${moves}${notes.length === 0 ? "" : ` (${notes.join(", ")})`}`;
}

/** Returns what a cell runs, in short: `?` where that isn't known. */
export function versionOf(cell: StatusCell | undefined): string {
  if (cell === undefined) return "-";
  if (cell.unknown) return "?";
  if (cell.differs) return "differs";
  return cell.version === null ? "nothing" : shortVersion(cell.version);
}

/** Returns what each stack runs of services of which the stacks of an environment differ, a line for each. */
export function stackLines(status: Status): string[] {
  return cellsOf(status).flatMap(({ environment, name, cell }) => {
    if (!cell.differs) return [];
    const stacks = Object.entries(cell.stacks).map(([stack, one]) => {
      return `${stack} ${stackText(one, Object.values(cell.stacks))}`;
    });
    return `${environment} ${name}: ${stacks.join(", ")}`;
  });
}

/** Returns what a stack runs: its version, with the digest and the chart where they tell it from the others. */
function stackText(cell: StackCell, all: readonly StackCell[]): string {
  const { version, digest, chart, chartVersion } = cell;
  if (version === null) return "nothing";
  const others = all.filter((other) => other.version === version);
  const hasOtherBytes = others.some((other) => other.digest !== digest);
  const hasOtherChart = all.some(
    (other) => other.chart !== chart || other.chartVersion !== chartVersion,
  );
  const bytes = hasOtherBytes && digest !== null ? `@${shortDigest(digest)}` : "";
  const ofChart = hasOtherChart && chart !== null ? ` (chart ${chart} ${chartVersion ?? ""})` : "";
  return shortVersion(version) + bytes + ofChart;
}

/** Returns the refusals of each next promotion, a line each. */
export function blockedLines(status: Status): string[] {
  return cellsOf(status).flatMap(({ environment, name, cell }) =>
    cell.blocked.map((reason) => `${environment} ${name}: ${reason}`),
  );
}

/** Returns what the working tree would change of what runs, a line for each service of each stack. */
export function differenceLines(status: Status): string[] {
  return cellsOf(status).flatMap(({ environment, name, cell }) =>
    Object.entries(cell.stacks).flatMap(([stack, { version, tree }], _, { length }) => {
      const place = length > 1 ? `${environment} (${stack})` : environment;
      return tree === null ? [] : `${place} ${name}: ${version ?? "nothing"} -> ${tree}`;
    }),
  );
}

function cellsOf({ environments, services }: Status) {
  return environments.flatMap((environment) =>
    services.flatMap(({ name, cells }) => {
      const cell = cells[environment];
      return cell === undefined ? [] : [{ environment, name, cell }];
    }),
  );
}
