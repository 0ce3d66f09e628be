import type { HistoryEntry } from "../adapters/git/history";
import type { Cell, Status } from "../core/promotion/status";
import { html, joined, Html } from "./html";
import { blockedLines, cellText, differenceLines, stackLines } from "./status";

/** Changes that the timeline shows at most: a page that holds more is slow and tells no more. */
const MAX_TIMELINE = 500;

/** Returns a status as one page that loads nothing: the table, the refusals, and a timeline of changes. */
export function statusHtml(status: Status, history: readonly HistoryEntry[], now: Date): string {
  const { environments, services } = status;
  const rows = services.map(({ name, cells }) => {
    const data = environments.map((environment) => cellHtml(cells[environment]));
    return html`<tr>
      <th scope="row">${name}</th>
      ${data}
    </tr>`;
  });
  const heads = environments.map((name) => html`<th scope="col">${name}</th>`);
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <meta
          http-equiv="Content-Security-Policy"
          content="default-src 'none'; style-src 'unsafe-inline'"
        />
        <title>Releases</title>
        <style>
          ${STYLE}
        </style>
      </head>
      <body>
        <h1>Releases</h1>
        <p>${now.toISOString()}</p>
        <div class="wide">
          <table>
            <thead>
              <tr>
                <th scope="col">service</th>
                ${heads}
              </tr>
            </thead>
            <tbody>
              ${joined(rows)}
            </tbody>
          </table>
        </div>
        ${section("Stacks differ", stackLines(status))}${section("Blocked", blockedLines(status))}${section("The working tree differs", differenceLines(status))}${timeline(environments, history.slice(0, MAX_TIMELINE))}
      </body>
    </html>`;
  return page.text;
}

const STYLE = new Html(`
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
`);

function cellHtml(cell: Cell | undefined): Html {
  const since = cell?.since && `since ${cell.since}`;
  const unknown = cell?.unknown === true ? "a stack config can't be read" : "";
  const title = [cell?.digest, since, unknown, ...(cell?.blocked ?? [])];
  const tip = title.filter((part) => typeof part === "string" && part !== "").join("\n");
  return html`<td class="${kindOf(cell)}" title="${tip}">${cellText(cell)}</td>`;
}

function kindOf(cell: Cell | undefined): string {
  if (cell === undefined) return "none";
  if (cell.unknown || cell.blocked.length > 0) return "blocked";
  return cell.behind === null ? "level" : "behind";
}

function section(title: string, items: readonly string[]): Html {
  if (items.length === 0) return html``;
  return html`<h2>${title}</h2>
    <ul>
      ${joined(items.map((item) => html`<li>${item}</li>`))}
    </ul> `;
}

const LANE = 32;
const WIDTH = 900;
const LEFT = 110;

/** Returns a lane for each environment, and a dot for each change in it. */
function timeline(environments: readonly string[], entries: readonly HistoryEntry[]): Html {
  if (entries.length === 0) return html``;
  const times = entries.map(({ at }) => at.getTime());
  const [first, last] = [Math.min(...times), Math.max(...times)];
  const x = (at: Date): number =>
    LEFT + ((at.getTime() - first) / Math.max(1, last - first)) * (WIDTH - LEFT - 20);
  const y = (environment: string): number => (environments.indexOf(environment) + 0.5) * LANE;
  const lanes = environments.map(
    (name) =>
      html`<text x="0" y="${y(name) + 4}">${name}</text
        ><line x1="${LEFT}" x2="${WIDTH}" y1="${y(name)}" y2="${y(name)}" />`,
  );
  const dots = entries.map(({ at, environment, service, from, to, author, reason }) => {
    const change = `${service} ${from?.version.text ?? "nothing"} -> ${to?.version.text ?? "nothing"}`;
    const why = reason === undefined ? "" : `\n${reason}`;
    const tip = `${at.toISOString()} ${environment}\n${change}\n${author}${why}`;
    const fill = reason === undefined ? "#2f7dd3" : "#d3362f";
    return html`<circle cx="${x(at).toFixed(1)}" cy="${y(environment)}" r="5" fill="${fill}"
      ><title>${tip}</title></circle
    >`;
  });
  const height = environments.length * LANE + 20;
  const [start = "", end = ""] = [first, last].map((time) =>
    new Date(time).toISOString().slice(0, 10),
  );
  return html`<h2>Timeline</h2>
    <p>
      A dot is a change. A red one has a reason: --break-glass, or a rollback. Point at a dot to
      read it.
    </p>
    <div class="wide">
      <svg
        viewBox="0 0 ${WIDTH} ${height}"
        width="${WIDTH}"
        height="${height}"
        role="img"
        aria-label="Changes over time"
      >
        ${joined(lanes)} ${joined(dots)}
        <text x="${LEFT}" y="${height - 4}">${start}</text>
        <text x="${WIDTH}" y="${height - 4}" text-anchor="end">${end}</text>
      </svg>
    </div> `;
}
