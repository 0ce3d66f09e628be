import type { HistoryEntry } from "../adapters/git/history";
import type { Status } from "../core/promotion/status";
import { aheadOf, blockedOf, cellText } from "./status";

/** Promotions that the timeline shows at most; a page that holds more is slow and says no more. */
const MAX_TIMELINE = 500;

/**
 * Returns a status as one HTML page that loads nothing: the table, what blocks, and a timeline of what
 * changed, drawn from history.
 */
export function statusHtml(status: Status, history: readonly HistoryEntry[], now: Date): string {
  const { environments, services } = status;
  const rows = services.map(({ name, cells }) => {
    const tds = environments.map((environment) => {
      const cell = cells[environment];
      const kind =
        cell === undefined
          ? "none"
          : cell.blocked.length > 0
            ? "blocked"
            : cell.behind !== null
              ? "behind"
              : "level";
      const title = [cell?.digest, cell?.since && `since ${cell.since}`, ...(cell?.blocked ?? [])];
      const tip = title.filter((part) => typeof part === "string" && part !== "").join("\n");
      return `<td class="${kind}" title="${escaped(tip)}">${escaped(cellText(cell))}</td>`;
    });
    return `<tr><th scope="row">${escaped(name)}</th>${tds.join("")}</tr>`;
  });
  const list = (title: string, items: readonly string[]): string =>
    items.length === 0
      ? ""
      : `<h2>${title}</h2>\n<ul>\n${items.map((item) => `<li>${escaped(item)}</li>`).join("\n")}\n</ul>\n`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Releases</title>
<style>
:root { color-scheme: light dark; font: 15px/1.45 system-ui, sans-serif; }
body { margin: 2rem auto; max-width: 70rem; padding: 0 1rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; }
th, td { border-bottom: 1px solid #8884; padding: .3rem .8rem; text-align: left; white-space: nowrap; }
td.behind { background: #e9a10026; }
td.blocked { background: #d3362f26; }
td.none { color: #8888; }
svg text { fill: currentColor; font-size: 12px; }
svg line { stroke: #8886; }
</style>
</head>
<body>
<h1>Releases</h1>
<p>${now.toISOString()}</p>
<div class="wide">
<table>
<thead><tr><th scope="col">service</th>${environments.map((name) => `<th scope="col">${escaped(name)}</th>`).join("")}</tr></thead>
<tbody>
${rows.join("\n")}
</tbody>
</table>
</div>
${list("Blocked", blockedOf(status))}${list("The working tree differs", aheadOf(status))}${timeline(environments, history.slice(0, MAX_TIMELINE))}</body>
</html>`;
}

const LANE = 32;
const WIDTH = 900;
const LEFT = 110;

/** Returns a lane for each environment, and a dot for each change in it. */
function timeline(environments: readonly string[], entries: readonly HistoryEntry[]): string {
  if (entries.length === 0) return "";
  const times = entries.map(({ at }) => at.getTime());
  const [first, last] = [Math.min(...times), Math.max(...times)];
  const x = (at: Date): number =>
    LEFT + ((at.getTime() - first) / Math.max(1, last - first)) * (WIDTH - LEFT - 20);
  const y = (environment: string): number => (environments.indexOf(environment) + 0.5) * LANE;
  const lanes = environments.map(
    (name) =>
      `<text x="0" y="${y(name) + 4}">${escaped(name)}</text><line x1="${LEFT}" x2="${WIDTH}" y1="${y(name)}" y2="${y(name)}"/>`,
  );
  const dots = entries.map(({ at, environment, service, from, to, author, reason }) => {
    const change = `${service} ${from?.version.text ?? "nothing"} -> ${to?.version.text ?? "nothing"}`;
    const why = reason === undefined ? "" : `\n${reason}`;
    const tip = `${at.toISOString()} ${environment}\n${change}\n${author}${why}`;
    const fill = reason === undefined ? "#2f7dd3" : "#d3362f";
    return `<circle cx="${x(at).toFixed(1)}" cy="${y(environment)}" r="5" fill="${fill}"><title>${escaped(tip)}</title></circle>`;
  });
  const height = environments.length * LANE + 20;
  const [start, end] = [first, last].map((time) => new Date(time).toISOString().slice(0, 10));
  return `<h2>Timeline</h2>
<p>A dot is a change; a red one has a reason: a broken glass, or a rollback. Point at it to read it.</p>
<div class="wide">
<svg viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="What changed when">
${lanes.join("\n")}
${dots.join("\n")}
<text x="${LEFT}" y="${height - 4}">${start ?? ""}</text>
<text x="${WIDTH}" y="${height - 4}" text-anchor="end">${end ?? ""}</text>
</svg>
</div>
`;
}

function escaped(text: string): string {
  const entities: Record<string, string> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "\n": "&#10;",
  };
  return text.replaceAll(/[&<>"\n]/g, (found) => entities[found] ?? found);
}
