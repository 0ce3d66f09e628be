import type { Cell, Status } from "../core/promotion/status";
import { escaped } from "./markdown";
import { table } from "./table";

/** Returns a status as people read it on a terminal. */
export function statusText(status: Status): string {
  if (status.services.length === 0) return "Nothing runs yet.";
  const head = ["SERVICE", ...status.environments.map((name) => name.toUpperCase())];
  const rows = status.services.map(({ name, cells }) => [
    name,
    ...status.environments.map((environment) => cellText(cells[environment])),
  ]);
  const notes = [
    ["Blocked:", blockedOf(status)],
    ["The working tree differs:", aheadOf(status)],
  ] as const;
  const below = notes
    .filter(([, lines]) => lines.length > 0)
    .map(([title, lines]) => `\n\n${title}\n\n${lines.map((line) => `  ${line}`).join("\n")}`);
  return table(head, rows) + below.join("");
}

/** Returns a status as Markdown, for a comment or a wiki. */
export function statusMarkdown(status: Status): string {
  const row = (cells: readonly string[]): string => `| ${cells.map(escaped).join(" | ")} |`;
  const lines = [
    row(["service", ...status.environments]),
    row(["service", ...status.environments]).replaceAll(/[^|\s]+(?: [^|\s]+)*/g, "---"),
    ...status.services.map(({ name, cells }) =>
      row([name, ...status.environments.map((environment) => cellText(cells[environment]))]),
    ),
  ];
  const list = (title: string, items: readonly string[]): string[] =>
    items.length === 0
      ? []
      : ["", `**${title}**`, "", ...items.map((item) => `- ${escaped(item)}`)];
  return [
    ...lines,
    ...list("Blocked", blockedOf(status)),
    ...list("The working tree differs", aheadOf(status)),
  ].join("\n");
}

/** Returns a cell in one line: `v1.1.2 < v1.1.3 (patch), blocked`. */
export function cellText(cell: Cell | undefined): string {
  if (cell === undefined) return "-";
  const { version, next, behind, held, blocked } = cell;
  const moves = next === null || next === version ? "" : ` < ${next}`;
  const notes = [
    ...(behind === null || behind === "unordered" ? [] : [behind]),
    ...(held ? ["held"] : []),
    ...(blocked.length > 0 ? ["blocked"] : []),
  ];
  const now = version?.replace(/^([0-9a-f]{12})[0-9a-f]{28}$/, "$1") ?? "nothing";
  return `${now}${moves}${notes.length === 0 ? "" : ` (${notes.join(", ")})`}`;
}

/** Returns what blocks each next promotion, a line for each reason. */
export function blockedOf(status: Status): string[] {
  return cellsOf(status).flatMap(({ environment, name, cell }) =>
    cell.blocked.map((reason) => `${environment} ${name}: ${reason}`),
  );
}

/** Returns what the working tree would make of what runs, a line for each service. */
export function aheadOf(status: Status): string[] {
  return cellsOf(status).flatMap(({ environment, name, cell }) =>
    cell.tree === null
      ? []
      : `${environment} ${name}: ${cell.version ?? "nothing"} -> ${cell.tree}`,
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
