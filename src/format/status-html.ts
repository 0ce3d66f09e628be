import type { HistoryEntry } from "../adapters/git/history";
import type { GithubPages } from "../app/github-pages";
import type { Cell, Status } from "../core/promotion/status";
import { ageInWords } from "./age";
import { html, joined, linked, type Html } from "./html";
import { POLICY, SCRIPT_ELEMENT, STYLE } from "./page-assets";
import { blockedLines, differenceLines, stackLines, versionOf } from "./status";
import { shortDigest, shortVersion } from "./table";
import { count } from "./text";
import { timeline } from "./timeline-html";

/** What the page of a status shows. */
export interface StatusPage {
  readonly status: Status;
  /** Newest first. */
  readonly history: readonly HistoryEntry[];
  readonly pages: GithubPages;
  readonly now: Date;
}

/**
 * Returns a status as one page that loads nothing: counts, the table with a search and filters, the refusals, and
 * a timeline of changes. Without its script, all services are shown.
 */
export function statusHtml({ status, history, pages, now }: StatusPage): string {
  const title = `Releases: ${summary(status)}`;
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta http-equiv="Content-Security-Policy" content="${POLICY}" />
        <title>${title}</title>
        <style>
          ${STYLE}
        </style>
      </head>
      <body>
        <header>
          <h1>Releases</h1>
          <p>${summary(status)}</p>
          <p class="faint">As of <time datetime="${now.toISOString()}">${minuteOf(now)}</time></p>
        </header>
        <main>
          ${controls(status)} ${table(status, now)} ${section("Stacks differ", stackLines(status))}
          ${section("Blocked", blockedLines(status))}
          ${section("The working tree differs", differenceLines(status))}
          ${timeline({ environments: status.environments, history, pages })}
        </main>
        ${SCRIPT_ELEMENT}
      </body>
    </html>`;
  // Indentation is a third of a large page, and nobody sees it.
  return page.text.replaceAll(/\n +/g, "\n");
}

function summary({ services, environments }: Status): string {
  const cells = services.flatMap((service) => Object.values(service.cells));
  const states = cells.flatMap(statesOf);
  const counted = STATES.flatMap((state) => {
    const number = states.filter((one) => one === state).length;
    return number === 0 ? [] : [`${number} ${state}`];
  });
  const all = `${count(services.length, "service")} in ${count(environments.length, "environment")}`;
  return [all, ...counted].join(", ");
}

/** What a cell can be. The page's filter and colors know the same words. */
const STATES = ["behind", "blocked", "held", "unknown"] as const;

function statesOf({ behind, blocked, held, unknown }: Cell): (typeof STATES)[number][] {
  const is = {
    behind: behind !== null && behind !== "none",
    blocked: blocked.length > 0,
    held,
    unknown,
  };
  return STATES.filter((state) => is[state]);
}

function controls({ services }: Status): Html {
  const teams = [...new Set(services.flatMap(({ team }) => team ?? []))].sort();
  const options = (names: readonly string[]): Html =>
    joined(
      names.map((name) => html`<option>${name}</option>`),
      "",
    );
  const ofTeam = html`<label
    >Team
    <select name="team">
      <option value="">all</option>
      ${options(teams)}
    </select></label
  >`;
  return html`<form id="filter" class="controls" role="search">
    <label>Search <input type="search" name="search" /></label>
    ${teams.length === 0 ? html`<input type="hidden" name="team" />` : ofTeam}
    <label
      >State
      <select name="state">
        <option value="">all</option>
        ${options(STATES)}
      </select></label
    >
    <output id="shown">${count(services.length, "service")}</output>
  </form>`;
}

function table({ environments, services }: Status, now: Date): Html {
  const heads = environments.map((name) => html`<th scope="col">${name}</th>`);
  const rows = services.map((service) => {
    const cells = environments.map((environment) =>
      cellHtml(service.cells[environment], environment, now),
    );
    const states = Object.values(service.cells).flatMap(statesOf);
    const { name, team } = service;
    return html`<tr data-team="${team ?? ""}" data-state="${[...new Set(states)].join(" ")}">
      <th scope="row">${name}${small(team)}</th>
      ${cells}
    </tr>`;
  });
  return html`<table id="services">
    <thead>
      <tr>
        <th scope="col">Service</th>
        ${heads}
      </tr>
    </thead>
    <tbody>
      ${joined(rows)}
    </tbody>
  </table>`;
}

function cellHtml(cell: Cell | undefined, environment: string, now: Date): Html {
  const at = html`data-environment="${environment}"`;
  if (cell === undefined) return html`<td ${at} class="faint">-</td>`;
  const states = statesOf(cell);
  const kind = states.includes("blocked") ? "blocked" : states[0];
  const since = cell.since === null ? undefined : ageHtml(new Date(cell.since), now);
  const marks = [
    ...states.filter((state) => state === "held" || state === "blocked"),
    ...(cell.verified === false ? ["unverified"] : []),
    ...(cell.unknown ? ["a stack config can't be read"] : []),
  ].join(", ");
  const tip = [shortDigest(cell.digest), ...cell.blocked].filter((part) => part !== "").join("\n");
  return html`<td ${at} class="${kind ?? ""}" title="${tip}">
    <b>${versionOf(cell)}</b>${nextHtml(cell)}${small(marks)}${since ?? html``}
  </td>`;
}

/** Returns the version that a promotion would bring, with what lies between on GitHub. */
function nextHtml({ behind, next, version, comparison }: Cell): Html {
  if (behind === null || behind === "none" || next === null) return html``;
  const step = behind === "unordered" ? "" : `, ${behind}`;
  const what = next === version ? "behind" : `behind ${shortVersion(next)}`;
  return html`<span>${linked(comparison, what + step)}</span>`;
}

function small(text: string | null | undefined): Html {
  return text === null || text === undefined || text === "" ? html`` : html`<small>${text}</small>`;
}

function ageHtml(since: Date, now: Date): Html {
  const iso = since.toISOString();
  return html`<small
    ><time datetime="${iso}" title="${iso}">${ageInWords(since, now)}</time></small
  >`;
}

function minuteOf(time: Date): string {
  return `${time.toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

function section(title: string, items: readonly string[]): Html {
  if (items.length === 0) return html``;
  return html`<section>
    <h2>${title}</h2>
    <ul>
      ${joined(items.map((item) => html`<li>${item}</li>`))}
    </ul>
  </section>`;
}
