import type { HistoryEntry } from "../adapters/git/history";
import type { GithubPages } from "../app/github-pages";
import { shortVersion } from "./table";
import { html, joined, linked, type Html } from "./html";
import { count } from "./text";

/** Changes that the timeline shows at most: a page that holds more is slow and tells no more. */
const MAX_CHANGES = 500;
/** The months that an overview shows at most, the newest. */
const MAX_MONTHS = 24;

/** Changes of environments, newest first, and where they are on GitHub. */
interface Timeline {
  readonly environments: readonly string[];
  readonly history: readonly HistoryEntry[];
  readonly pages: GithubPages;
}

/**
 * Returns the newest changes: how many each month brought to each environment, and for each month its days and
 * every change.
 */
export function timeline({ environments, history, pages }: Timeline): Html {
  const entries = history.slice(0, MAX_CHANGES);
  if (entries.length === 0) return html``;
  const months = [...groupedBy(entries, monthOf)];
  const more = history.length > entries.length ? ` of ${history.length}` : "";
  return html`<section>
    <h2>Timeline</h2>
    <p class="faint">
      The newest ${count(entries.length, "change")}${more}, by month (UTC). A red line marks a day
      with a reason: a broken glass, or a rollback.
    </p>
    ${overview(environments, months.slice(0, MAX_MONTHS).reverse())}
    ${joined(months.map(([month, changes], index) => monthHtml(month, changes, environments, pages, index === 0)))}
  </section>`;
}

type Month = readonly [month: string, changes: readonly HistoryEntry[]];

function overview(environments: readonly string[], months: readonly Month[]): Html {
  const head = months.map(
    ([month]) => html`<th scope="col"><a href="#month-${month}">${month}</a></th>`,
  );
  const columns = months.map(([, changes]) => changes);
  return counts(html`Month`, head, environments, columns);
}

function monthHtml(
  month: string,
  changes: readonly HistoryEntry[],
  environments: readonly string[],
  pages: GithubPages,
  isOpen: boolean,
): Html {
  const days = [...Array(daysOf(month)).keys()].map((day) => day + 1);
  const byDay = groupedBy(changes, ({ at }) => at.getUTCDate());
  const head = days.map((day) => html`<th scope="col">${day}</th>`);
  const columns = days.map((day) => byDay.get(day) ?? []);
  return html`<details id="month-${month}" ${isOpen ? html` open` : html``}>
    <summary>${month}: ${count(changes.length, "change")}</summary>
    ${counts(html`Day`, head, environments, columns)}
    <table class="changes">
      <thead>
        <tr>
          <th scope="col">Time</th>
          <th scope="col">Environment</th>
          <th scope="col">Service</th>
          <th scope="col">Version</th>
          <th scope="col">By</th>
          <th scope="col">Source</th>
        </tr>
      </thead>
      <tbody>
        ${joined(changes.map((change) => changeHtml(change, pages)))}
      </tbody>
    </table>
  </details>`;
}

/** Returns how many changes each environment has in each column. */
function counts(
  corner: Html,
  head: readonly Html[],
  environments: readonly string[],
  columns: readonly (readonly HistoryEntry[])[],
): Html {
  const rows = environments.map((name) => {
    const cells = columns.map((changes) =>
      countHtml(changes.filter((one) => one.environment === name)),
    );
    return html`<tr>
      <th scope="row">${name}</th>
      ${cells}
    </tr>`;
  });
  return html`<div class="scrolls" tabindex="0" role="group" aria-label="Changes by ${corner}">
    <table class="days">
      <thead>
        <tr>
          <th scope="col">${corner}</th>
          ${head}
        </tr>
      </thead>
      <tbody>
        ${joined(rows)}
      </tbody>
    </table>
  </div>`;
}

function countHtml(changes: readonly HistoryEntry[]): Html {
  if (changes.length === 0) return html`<td></td>`;
  const hasReason = changes.some(({ reason }) => reason !== undefined);
  return html`<td class="some${hasReason ? " reason" : ""}">${changes.length}</td>`;
}

function changeHtml(change: HistoryEntry, pages: GithubPages): Html {
  const { at, environment, service, from, to, author, commit, pullRequest, reason } = change;
  const text = [from, to]
    .map((pin) => (pin ? shortVersion(pin.version.text) : "nothing"))
    .join(" -> ");
  const address = from && to && pages.comparison(environment, service, from.version, to.version);
  const why = reason === undefined ? html`` : html`<br /><span class="why">${reason}</span>`;
  const source =
    pullRequest === undefined
      ? linked(pages.commit(commit), commit.slice(0, 8))
      : linked(pages.pullRequest(pullRequest), `#${pullRequest}`);
  const iso = at.toISOString();
  return html`<tr>
    <td>${iso.slice(5, 16).replace("T", " ")}</td>
    <td>${environment}</td>
    <td>${service}</td>
    <td>${linked(address, text)}${why}</td>
    <td>${author}</td>
    <td>${source}</td>
  </tr>`;
}

function monthOf({ at }: HistoryEntry): string {
  return at.toISOString().slice(0, 7);
}

function daysOf(month: string): number {
  const [year = 0, number = 0] = month.split("-").map(Number);
  return new Date(Date.UTC(year, number, 0)).getUTCDate();
}

/** Returns values by a key, in their order. */
function groupedBy<Value, Key>(
  values: readonly Value[],
  keyOf: (value: Value) => Key,
): Map<Key, Value[]> {
  const groups = new Map<Key, Value[]>();
  for (const value of values) {
    const group = groups.get(keyOf(value));
    if (group === undefined) groups.set(keyOf(value), [value]);
    else group.push(value);
  }
  return groups;
}
