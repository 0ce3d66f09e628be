import { printable, printableLines } from "../core/printable";
import { formatRefusal, reasonOf } from "../core/promotion/gates";
import type { Moved } from "../core/promotion/moves";
import type { PropertyChange, ResourceChange } from "../adapters/pulumi/compare";
import { block, code, escaped, folded, row } from "./markdown";
import type { ManifestChange } from "../app/report/manifests";
import type { ChangeReport, JudgedMove, StackChanges } from "../app/report/change-report";
import { movedParts, shortDigest, table } from "./table";
import { count } from "./text";

/** What a comment on GitHub may hold, in characters. */
export const MAX_COMMENT = 65_536;
/** What a workflow may write around it. */
const AROUND = 512;
/** As much of a value as anyone compares by eye. */
const MAX_VALUE = 160;
/** As many lines as a shortened list keeps. */
const SHORT_LIST = 20;

/** Returns a change as people read it on a terminal. */
export function changeText({ since, fingerprint, path, breakGlass, stacks }: ChangeReport): string {
  const parts = Object.entries(stacks).map(([stack, changes]) => stackText(stack, changes));
  return [
    ...(path.length === 0 ? [] : ["THE PROMOTION PATH CHANGES", ""]),
    ...path.map((line) => `  ${printable(line)}`),
    ...(path.length === 0 ? [] : [""]),
    ...dangers(stacks).map(({ stack, op, type, name }) =>
      printable(`${stack} ${VERBS[op]} ${type} ${name}`),
    ),
    ...(breakGlass === null ? [] : [`overridden by --break-glass: ${printable(breakGlass)}`]),
    ...(dangers(stacks).length > 0 || breakGlass !== null ? [""] : []),
    parts.join("\n\n"),
    "",
    `since ${since.slice(0, 12)}, fingerprint ${fingerprint}`,
  ].join("\n");
}

function stackText(stack: string, stackChanges: StackChanges): string {
  const { moves, changes, refused, pending, manifests, advice } = stackChanges;
  const head = `${printable(stack)}: ${summary(moves, changes)}`;
  if (moves.length + changes.length + refused.length === 0) return head;
  const rows = moves.map(({ name, from, to, step, toDigest }) => [
    name,
    from ?? "nothing",
    to ?? "nothing",
    step,
    shortDigest(toDigest),
  ]);
  const lines = changes.flatMap(({ op, type, name, properties }) => [
    `${op}  ${type} ${name}`,
    ...properties.map(({ path, from, to }) => `  ${path}: ${value(from)} -> ${value(to)}`),
  ]);
  return [
    head,
    ...(rows.length > 0 ? ["", table(["SERVICE", "FROM", "TO", "STEP", "DIGEST"], rows)] : []),
    ...moves.flatMap(movedParts).map((line) => `  ${printable(line)}`),
    ...(refused.length + pending.length > 0 ? [""] : []),
    ...refused.map((refusal) => `  ${printable(formatRefusal(refusal))}`),
    ...pending.map((verdict) => `  ${printable(formatPending(verdict))}`),
    ...(advice.length > 0 ? [""] : []),
    ...advice.map((line) => `  ${printable(line)}`),
    ...(lines.length > 0 ? [""] : []),
    ...lines.map((line) => `  ${printable(line)}`),
    ...manifests.flatMap(({ name, diff, problem }) =>
      diff === "" && problem === null
        ? []
        : [
            "",
            `  ${printable(name)}, as Helm renders it:`,
            ...printableLines(problem ?? diff)
              .split("\n")
              .map(indent),
          ],
    ),
  ].join("\n");
}

function formatPending({ gate, service, reason }: JudgedMove): string {
  return `${gate} of ${service} isn't known yet: ${reason}`;
}

function indent(line: string): string {
  return `    ${line}`.trimEnd();
}

type Lines = readonly string[];

/** A part of the comment, whole until it is shortened. */
class Section {
  /** A section of a lower one is shortened first. */
  readonly importance: number;
  readonly #shorter: Lines[];
  #lines: Lines;

  /** @param shorter the same in other words, ever shorter */
  constructor(importance: keyof typeof IMPORTANCE, lines: Lines, ...shorter: Lines[]) {
    this.importance = IMPORTANCE[importance];
    this.#lines = lines;
    this.#shorter = shorter;
  }

  get lines(): Lines {
    return this.#lines;
  }

  /** Takes the next shorter form; false where there is none. */
  shorten(): boolean {
    const next = this.#shorter.shift();
    if (next === undefined) return false;
    this.#lines = next;
    return true;
  }
}

/** What counts more is shortened later. */
const IMPORTANCE = { manifests: 0, properties: 1, moves: 2, refused: 3, dangers: 4, head: 5 };

/**
 * Returns a change as a comment on GitHub. Changes of the promotion path come first, then resources that the
 * last environment loses. It fits into a comment: sections that count least are shortened first, and tell so.
 */
export function changeMarkdown(report: ChangeReport): string {
  const { since, fingerprint, path, breakGlass, stacks } = report;
  const glass =
    breakGlass === null ? [] : [`**Overridden by --break-glass:** ${escaped(breakGlass)}`, ""];
  const sections = [
    ...pathSection(path),
    ...dangerSection(stacks),
    new Section("head", glass),
    ...Object.entries(stacks).flatMap(([stack, changes]) => stackSections(stack, changes)),
  ];
  const end = ["", `Since ${code(since.slice(0, 12))}, fingerprint ${code(fingerprint)}`];
  return [...fitted(sections, MAX_COMMENT - AROUND), ...end].join("\n").trim();
}

/** Returns the lines of sections, of which as many are shortened as it takes to fit. */
function fitted(sections: readonly Section[], limit: number): Lines {
  const lines = (): Lines => sections.flatMap((section) => section.lines);
  const fits = (): boolean => lines().join("\n").length <= limit;
  // Of sections that count the same, the last one is shortened first.
  const order = [...sections].reverse().sort((a, b) => a.importance - b.importance);
  if (fits()) return lines();
  for (const section of order) {
    while (section.shorten()) if (fits()) return lines();
  }
  return lines();
}

function pathSection(path: readonly string[]): Section[] {
  if (path.length === 0) return [];
  const lines = path.map((line) => `> - ${escaped(line)}`);
  return [
    new Section("head", ["> [!WARNING]", "> **The promotion path changes**", ">"]),
    new Section("dangers", lines, shortened(lines, "> - ")),
    new Section("head", [""]),
  ];
}

function dangerSection(stacks: ChangeReport["stacks"]): Section[] {
  const lines = dangers(stacks).map(
    ({ stack, op, type, name }) =>
      `> **${escaped(stack)} ${VERBS[op]} ${code(type)} ${code(name)}**<br>`,
  );
  if (lines.length === 0) return [];
  return [
    new Section("head", ["> [!CAUTION]"]),
    new Section("dangers", lines, shortened(lines, "> ")),
    new Section("head", [""]),
  ];
}

function stackSections(stack: string, stackChanges: StackChanges): Section[] {
  const { moves, changes, refused, pending, advice } = stackChanges;
  const head = [`### ${escaped(stack)}: ${summary(moves, changes)}`, ""];
  const rows = moves.map(({ name, from, to, step, toDigest }) =>
    row([
      code(name),
      from === null ? "nothing" : code(from),
      to === null ? "nothing" : code(to),
      step,
      toDigest === null ? "" : code(shortDigest(toDigest)),
    ]),
  );
  const top = [row(["service", "from", "to", "step", "digest"]), "| --- | --- | --- | --- | --- |"];
  const refusals = refused.map(
    ({ gate, service, ...why }) =>
      `- **${gate}** refuses ${code(service)}: ${escaped(reasonOf(why))}`,
  );
  const others = moves.flatMap(movedParts).map((line) => `- ${escaped(line)}`);
  const unknown = pending.map((verdict) => `- ${escaped(formatPending(verdict))}`);
  const refusedHead = refused.length === 0 ? [] : ["", "**Refused**", ""];
  return [
    new Section("head", head),
    ...(rows.length === 0 ? [] : [new Section("head", top)]),
    new Section("moves", rows, shortened(rows, "")),
    ...listSection(others),
    new Section("head", refusedHead),
    new Section("refused", refusals, shortened(refusals, "- ")),
    ...listSection(unknown),
    ...listSection(advice.map((line) => `- ${escaped(line)}`)),
    propertiesSection(changes),
    manifestsSection(stackChanges.manifests),
    new Section("head", [""]),
  ];
}

function listSection(items: readonly string[]): Section[] {
  if (items.length === 0) return [];
  return [new Section("head", [""]), new Section("moves", items, shortened(items, "- "))];
}

function propertiesSection(changes: readonly ResourceChange[]): Section {
  if (changes.length === 0) return new Section("properties", []);
  const one = ({ op, type, name }: ResourceChange): string => `- ${op} ${code(type)} ${code(name)}`;
  const full = changes.flatMap((change) => [
    one(change),
    ...change.properties.map(
      ({ path, from, to }) => `  - ${code(path)}: ${code(value(from))} → ${code(value(to))}`,
    ),
  ]);
  const named = changes.map(one);
  const all = folded(count(changes.length, "resource"), full);
  const title = `${count(changes.length, "resource")}, without what changes of them`;
  return new Section(
    "properties",
    ["", ...all],
    ["", ...folded(title, named)],
    ["", ...folded(title, shortened(named, "- "))],
  );
}

function manifestsSection(manifests: readonly ManifestChange[]): Section {
  const shown = manifests.filter(({ diff, problem }) => diff !== "" || problem !== null);
  if (shown.length === 0) return new Section("manifests", []);
  const full = shown.flatMap(({ name, diff, problem }) => [
    `**${escaped(name)}**`,
    "",
    ...(problem === null ? block("diff", diff) : [escaped(problem)]),
    "",
  ]);
  const title = `manifests of ${count(shown.length, "release")}, as Helm renders them`;
  const left = `The ${title}, are too long for a comment: \`releases plan --since\` shows them.`;
  return new Section("manifests", ["", ...folded(title, full)], ["", left]);
}

/** Returns the first of many lines, and how many there are more. */
function shortened(lines: readonly string[], bullet: string): string[] {
  if (lines.length <= SHORT_LIST) return [...lines];
  const more = `${bullet}… and ${lines.length - SHORT_LIST} more: \`releases plan --since\` shows them`;
  return [...lines.slice(0, SHORT_LIST), more];
}

const VERBS = { create: "creates", update: "updates", replace: "REPLACES", delete: "DELETES" };

/** Returns what can't be undone: what the last environment loses. */
function dangers(stacks: ChangeReport["stacks"]): (ResourceChange & { readonly stack: string })[] {
  return Object.entries(stacks).flatMap(([stack, { isLast, changes }]) =>
    changes
      .filter(({ op }) => isLast && (op === "replace" || op === "delete"))
      .map((change) => ({ stack, ...change })),
  );
}

function summary(moves: readonly Moved[], changes: readonly ResourceChange[]): string {
  if (moves.length === 0 && changes.length === 0) return "nothing changes";
  const ops = (["create", "update", "replace", "delete"] as const)
    .map((op) => [op, changes.filter((change) => change.op === op).length] as const)
    .filter(([, number]) => number > 0)
    .map(([op, number]) => `${number} to ${op}`);
  const moved = `${count(moves.length, "service")} ${moves.length === 1 ? "moves" : "move"}`;
  return [moved, ...ops].join(", ");
}

/** Returns a value in one line; a long one is cut. */
function value(of: PropertyChange["from"]): string {
  const text = of === undefined ? "(nothing)" : typeof of === "string" ? of : JSON.stringify(of);
  return text.length <= MAX_VALUE ? text : `${text.slice(0, MAX_VALUE)}…`;
}
