import { isDeepStrictEqual } from "node:util";
import type { Findings } from "../input/findings";
import { asMapping, isMapping } from "../mapping";
import { suggestion } from "../suggestion";
import type { Derived } from "./from-list";
import type { Publications } from "./publication";
import { entryOf } from "./publication-text";
import { branchFilters, tagFilters } from "./workflow";

const WAY = "run releases init --service, or change the list";

/**
 * Adds the findings about a releases.yaml that isn't what the list says.
 * @param known the names of all services of the list
 */
export function checkAgainstList(
  { source, mutableTags, services }: Publications,
  { publications: wanted, problems }: Derived,
  known: readonly string[],
  findings: Findings,
): void {
  const differ = (path: readonly string[], found: unknown, said: unknown): void => {
    if (isDeepStrictEqual(found, said)) return;
    const is = found === undefined ? "missing" : textOf(found);
    const says = said === undefined ? "has none" : `says ${textOf(said)}`;
    const message = `"${path.join(".")}" is ${is}, and the list ${says}; ${WAY}`;
    findings.refuse("publication-differs", message, [...path], "value");
  };
  if (source !== wanted.source) {
    const message = `"source" is ${source}, and its origin is ${wanted.source}; run releases init --service`;
    findings.refuse("publication-differs", message, ["source"], "value");
  }
  differ(["mutableTags"], mutableTags, wanted.mutableTags);
  for (const { service, says } of problems) {
    const path = service === undefined ? ["services"] : ["services", service];
    const message = service === undefined ? says : `"${service}": ${says}`;
    findings.refuse("not-publishable", message, path);
  }
  for (const service of services) {
    const { name } = service;
    if (!known.includes(name)) {
      const message = `"services.${name}" isn't in the list; ${suggestion(name, known)}`;
      findings.refuse("unknown-service", message, ["services", name]);
    }
    const said = wanted.services.find((one) => one.name === name);
    if (said === undefined) continue;
    const [is, says] = [asMapping(entryOf(service)), asMapping(entryOf(said))];
    for (const key of new Set([...Object.keys(is), ...Object.keys(says)])) {
      differ(["services", name, key], is[key], says[key]);
    }
  }
  for (const { name } of wanted.services) {
    if (services.some((service) => service.name === name)) continue;
    const message = `"services.${name}" is missing, and the list has this repository for it; run releases init --service`;
    findings.refuse("unpublished-service", message, ["services"]);
  }
}

/** Returns a value of releases.yaml in words. */
function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(textOf).join(", ") || "empty";
  if (!isMapping(value)) return String(value);
  const parts = Object.entries(value).map(([key, part]) => `${key} ${textOf(part)}`);
  return parts.join(", ");
}

/** Adds the findings about a release workflow that doesn't do what releases.yaml publishes. */
export function checkWorkflow(
  workflow: unknown,
  publications: Publications,
  findings: Findings,
): void {
  const { on, jobs } = asMapping(workflow);
  const push = asMapping(asMapping(on)["push"]);
  for (const [key, wanted] of [
    ["tags", tagFilters(publications)],
    ["branches", branchFilters(publications)],
  ] as const) {
    const given = [push[key] ?? []].flat() as unknown[];
    const found = given.filter((filter) => typeof filter === "string").sort();
    if (isDeepStrictEqual(found, [...wanted].sort())) continue;
    const [is, says] = [found, wanted].map((filters) => filters.join(", ") || "nothing");
    const message = `"on.push.${key}" is ${is ?? ""}, and releases.yaml publishes ${says ?? ""}; write the same`;
    findings.refuse("release-workflow", message, ["on", "push", key], "value");
  }
  const scripts = Object.values(asMapping(jobs)).flatMap(scriptsOf);
  const charts = publications.services.filter(({ chart }) => chart !== undefined);
  for (const step of [
    "publish",
    ...charts.map(({ name }) => `package-chart ${name}`),
    "validate",
  ]) {
    const call = `releases ci ${step}`;
    if (scripts.some((script) => `${script} `.includes(`${call} `))) continue;
    findings.refuse("release-workflow", `no step runs ${call}; add one`, ["jobs"]);
  }
}

function scriptsOf(job: unknown): string[] {
  const { steps } = asMapping(job);
  const all = Array.isArray(steps) ? (steps as unknown[]) : [];
  return all.flatMap((step) => {
    const { run } = asMapping(step);
    return typeof run === "string" ? [run.replaceAll(/\s+/g, " ")] : [];
  });
}
