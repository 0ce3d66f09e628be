import type { HistoryEntry } from "../../src/adapters/git/history";
import type { Cell } from "../../src/core/promotion/status";
import { Version } from "../../src/core/version";
import type { StatusPage } from "../../src/format/status-html";

const DAY = 24 * 60 * 60 * 1000;
const NOW = new Date("2026-11-25T10:00:00Z");
const TEAMS = ["shop", "platform", "payments", "search"];
const ENVIRONMENTS = [
  "testing",
  "staging",
  "canary",
  "production-eu",
  "production-us",
  "production",
];

/** Returns a page of so many services in six environments, and so many changes of two years. */
export function statusPage(services: number, changes: number): StatusPage {
  return {
    status: {
      environments: ENVIRONMENTS,
      services: [...Array(services).keys()].map((index) => ({
        name: `service-${String(index + 1).padStart(2, "0")}`,
        team: TEAMS[index % TEAMS.length] ?? null,
        cells: Object.fromEntries(
          ENVIRONMENTS.flatMap((name, at) =>
            index % 11 === 10 && at > 1 ? [] : [[name, cellOf(index, at)] as const],
          ),
        ),
      })),
    },
    history: [...Array(changes).keys()].map((index) => changeOf(index, services, changes)),
    pages: {
      commit: (id) => `https://github.com/acme/releases/commit/${id}`,
      pullRequest: (number) => `https://github.com/acme/releases/pull/${number}`,
      comparison: (_environment, service, from, to) =>
        `https://github.com/acme/${service}/compare/${from.text}...${to.text}`,
    },
    now: NOW,
  };
}

function cellOf(index: number, at: number): Cell {
  const isBehind = (index + at) % 7 === 0 && at > 0;
  const version = index % 13 === 0 && at === 0 ? "a1b2c3d4".repeat(5) : `v1.${index}.${9 - at}`;
  return {
    version,
    digest: `sha256:${"ab".repeat(32)}`,
    chart: "./charts/service",
    chartVersion: "1.1.0",
    differs: false,
    stacks: {},
    unknown: false,
    since: new Date(NOW.getTime() - (index * at + 1) * DAY * 0.7).toISOString(),
    behind: isBehind ? "patch" : null,
    next: isBehind ? `v1.${index}.${10 - at}` : null,
    comparison: isBehind ? `https://github.com/acme/service-${index}/compare/a...b` : null,
    held: index % 17 === 3 && at === 5,
    blocked: isBehind && index % 3 === 0 ? ["soak: has been running since this morning"] : [],
    tree: null,
  };
}

function changeOf(index: number, services: number, changes: number): HistoryEntry {
  const at = new Date(NOW.getTime() - (index * 730 * DAY) / changes);
  const service = `service-${String(1 + ((index * 7) % services)).padStart(2, "0")}`;
  return {
    at,
    environment: ENVIRONMENTS[index % ENVIRONMENTS.length] ?? "",
    stack: ENVIRONMENTS[index % ENVIRONMENTS.length] ?? "",
    service,
    from: { version: Version.of(`v1.0.${index}`) },
    to: { version: Version.of(`v1.0.${index + 1}`) },
    commit: "0123456789abcdef".repeat(3).slice(0, 40),
    path: "Pulumi.testing.yaml",
    held: undefined,
    order: changes - index,
    author: "Maria Garcia",
    pullRequest: index % 3 === 0 ? undefined : 1000 - index,
    reason: index % 40 === 0 ? "loses reservations" : undefined,
  };
}
