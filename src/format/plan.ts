import { isDefaultChart } from "../core/files";
import type { PlannedStack } from "../app/plan-stacks";
import { printable } from "../core/printable";
import { shortDigest, shortVersion, table } from "./table";
import { count } from "./text";

/** Returns a stack that was evaluated: its services, whose signatures these need, and its resources by kind. */
export function formatStack(name: string, { services, resources }: PlannedStack): string {
  const rows = services.map(({ name, version, digest, chart, chartVersion, held }) => [
    name,
    shortVersion(version),
    shortDigest(digest),
    chart === null ? "" : `${isDefaultChart(chart) ? "default" : chart} ${chartVersion ?? ""}`,
    held ? "held" : "",
  ]);
  const demanded = demandsOf(services);
  const kinds = new Map<string, number>();
  for (const { type } of resources) kinds.set(type, (kinds.get(type) ?? 0) + 1);
  const counts = [...kinds].sort().map(([type, number]) => [String(number), type]);
  return [
    `${printable(name)}: ${count(services.length, "service")}, ${count(resources.length, "resource")}`,
    "",
    table(["SERVICE", "VERSION", "DIGEST", "CHART", ""], rows),
    ...(demanded.length === 0 ? [] : ["", table(["SIGNATURES", "SERVICES"], demanded)]),
    ...(counts.length === 0 ? [] : ["", table(["", "RESOURCES BY KIND"], counts)]),
  ].join("\n");
}

/** Returns each demand once, with the services that it is of. */
function demandsOf(services: PlannedStack["services"]): string[][] {
  const demands = new Map<string, string[]>();
  for (const { name, verify } of services) {
    if (verify !== undefined) demands.set(verify, [...(demands.get(verify) ?? []), name]);
  }
  return [...demands].map(([demand, names]) => [demand, names.join(", ")]);
}
