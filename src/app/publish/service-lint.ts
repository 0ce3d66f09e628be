import { Findings } from "../../core/input/findings";
import { error, hasErrors, sortIssues, warning, type Issue } from "../../core/input/issue";
import type { YamlFile } from "../../core/input/source";
import { parseYaml } from "../../core/input/yaml-file";
import { asMapping } from "../../core/mapping";
import { checkAgainstList, checkWorkflow } from "../../core/publish/differences";
import type { Publications } from "../../core/publish/publication";
import { parsePublications, PUBLICATION_FILE } from "../../core/publish/publication-file";
import { WORKFLOW_FILE } from "../../core/publish/workflow";
import { DEFAULT_ROOT } from "../../core/verify/policy";
import { openRepository } from "../open";
import { fileIn, publishedFrom, trustRootOf, type ServiceFolder } from "./service-repository";
import type { World } from "../world";

/** What a service's repository publishes, and what was found. */
export interface ServiceLintResult {
  /** Services of its releases.yaml. */
  readonly services: number;
  /** In reading order. */
  readonly issues: readonly Issue[];
}

/**
 * Returns where a service's repository publishes something else than the list says.
 * @throws ReleasesError as `publishedFrom`
 */
export function lintService(world: Pick<World, "files">, folder: ServiceFolder): ServiceLintResult {
  const repository = openRepository(world);
  const file = fileIn(folder, PUBLICATION_FILE);
  if (file === undefined) {
    // What can't be compared at all is said first.
    publishedFrom(repository, folder, []);
    const says = "there is no such file; run releases init --service";
    return { services: 0, issues: [error("no-publication", PUBLICATION_FILE, says)] };
  }
  const { publications, issues } = parsePublications(file);
  if (publications === undefined) return { services: 0, issues };
  const findings = new Findings(file);
  const folders = publications.services.flatMap(({ chart }) =>
    chart === undefined ? [] : [[chart.name, chart.folder] as const],
  );
  const derived = publishedFrom(repository, folder, [], new Map(folders));
  const known = repository.list.map(({ name }) => name);
  checkAgainstList(publications, derived, [...new Set(known)], findings);
  checkCharts(publications, folder, findings);
  const found = [
    ...[...issues, ...findings.issues],
    ...workflowIssues(publications, folder),
    ...rootIssues(trustRootOf(world, repository), folder),
  ];
  return { services: publications.services.length, issues: sortIssues(found) };
}

/** Adds the findings about folders that don't have the chart that is pushed from there. */
function checkCharts({ services }: Publications, folder: ServiceFolder, findings: Findings): void {
  const charts = new Map(folder.charts().map((source) => [source.file, parseYaml(source)]));
  for (const { name: service, chart } of services) {
    if (chart === undefined) continue;
    const path = ["services", service, "chart", "folder"];
    const file = chart.folder === "." ? "Chart.yaml" : `${chart.folder}/Chart.yaml`;
    const { name } = asMapping(charts.get(file)?.value);
    if (name === chart.name) continue;
    const what = charts.has(file) ? `${file} is of ${String(name)}` : `there is no ${file}`;
    const message = `"${path.join(".")}" is ${chart.folder}, and ${what}; give the folder of the chart ${chart.name}`;
    findings.refuse("missing-chart", message, path, "value");
  }
}

/** Returns the finding about a trust root that isn't the list's: what is valid there wouldn't be here. */
function rootIssues(said: string | undefined, folder: ServiceFolder): Issue[] {
  const found = folder.read(DEFAULT_ROOT);
  if (said === undefined || found === said) return [];
  const is = found === undefined ? "there is no such file" : "it isn't the trust root of the list";
  return [error("trust-root", DEFAULT_ROOT, `${is}; run releases init --service`)];
}

function workflowIssues(publications: Publications, folder: ServiceFolder): readonly Issue[] {
  const file: YamlFile | undefined = fileIn(folder, WORKFLOW_FILE);
  if (file === undefined) {
    const says = "there is no such file, so nothing publishes here; run releases init --service";
    return [warning("release-workflow", WORKFLOW_FILE, says)];
  }
  if (hasErrors(file.issues)) return file.issues;
  const findings = new Findings(file);
  checkWorkflow(file.value, publications, findings);
  return findings.issues;
}
