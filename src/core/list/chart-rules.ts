import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import type { Findings } from "../input/findings";
import { error, hasErrors, type Issue } from "../input/issue";
import { parseYaml } from "../input/yaml-file";
import { isDnsName } from "../limits";
import { asMapping, isMapping, type Mapping } from "../mapping";
import { coalesce, helmValues } from "../stack/helm-values";
import type { Deployment, PreviewCopy } from "../stack/plan";
import type { Copied } from "../stack/previews";
import type { Path, Source, YamlFile } from "../input/source";
import { isOfHelm, type Chart, type Service } from "./service";

/** The files of a chart that is a folder, as far as it has them. */
export interface ChartFiles {
  /** `Chart.yaml`. */
  readonly chart?: Source;
  /** `values.yaml`. */
  readonly values?: Source;
  /** `values.schema.json`. */
  readonly schema?: Source;
}

/** Returns the files of a chart by its folder, which starts with `./`. */
export type ReadChart = (folder: string) => ChartFiles;

/** A chart that is a folder, parsed. */
interface LocalChart {
  /** The folder, without `./`. */
  readonly folder: string;
  /** Undefined where the folder has no chart. */
  readonly version: unknown;
  /** Returns what its schema refuses in values, with the path of it. */
  readonly refused: (
    values: object,
  ) => { readonly path: (string | number)[]; readonly why: string }[];
}

/** Charts that are folders, by their name in a definition. */
export type LocalCharts = (name: string) => LocalChart;

/** Returns the charts that a repository has, each of which is read once. */
export function localCharts(readChart: ReadChart): LocalCharts {
  const known = new Map<string, LocalChart>();
  return (name) => {
    const chart = known.get(name) ?? localChart(name, readChart(name));
    known.set(name, chart);
    return chart;
  };
}

/**
 * Returns the findings about charts that are folders, which lint can look into: what isn't there, another version
 * than its `Chart.yaml` has, and values that its schema refuses. Charts of registries are Helm's to check.
 * @param defaultChart the chart of services that name none
 * @param isStaged whether a stack config has values of its own for a service, which may add to the definition's
 */
export function checkCharts(
  services: readonly Service[],
  files: ReadonlyMap<string, YamlFile>,
  defaultChart: Chart,
  charts: LocalCharts,
  isStaged: (service: string) => boolean,
): Issue[] {
  return services.flatMap((service) => {
    const { sound, source, chart = defaultChart } = service;
    if (!isOfHelm(service) || !sound || !chart.name.startsWith("./")) return [];
    const file = files.get(source.file);
    const refuse = (code: Issue["code"], message: string, ...path: (string | number)[]): Issue => {
      const found = `definition ${source.index + 1} (${service.name}): ${message}`;
      return error(code, source.file, found, file?.locate([source.index, ...path]));
    };
    const { folder, version, refused } = charts(chart.name);
    if (version === undefined) {
      const message = `"chart.name" is "${chart.name}", and the repository has no ${folder}/Chart.yaml; name a folder with a chart`;
      return [refuse("invalid-chart", message, "chart", "name")];
    }
    if (version !== chart.version) {
      const message = `"chart.version" is "${chart.version}", and ${folder}/Chart.yaml has ${JSON.stringify(version)}; write the same in both`;
      return [refuse("invalid-chart-version", message, "chart", "version")];
    }
    // The chart of this program needs no values, and a schema takes a while to read.
    if (service.chart === undefined && Object.keys(service.values).length === 0) return [];
    const found = refused(withImage(service, service.values));
    const own = isStaged(service.name) ? found.filter(({ path }) => isSet(service, path)) : found;
    return own.map(({ path, why }) =>
      refuse("chart-refuses-values", refusal(folder, ["values", ...path], why), "values", ...path),
    );
  });
}

/**
 * Adds findings about what the schema of a chart refuses in the values of a stack: the definition's, with the
 * stack config's over them. What it refuses in the definition's alone is a finding there.
 */
export function checkChartValues(
  deployments: readonly Pick<Deployment, "service" | "chart" | "values">[],
  charts: LocalCharts,
  isStaged: (service: string) => boolean,
  findings: Findings,
): void {
  for (const { service, chart, values } of deployments) {
    if (chart?.name.startsWith("./") !== true || !service.sound || !isStaged(service.name))
      continue;
    const { folder, version, refused } = charts(chart.name);
    if (version !== chart.version) continue;
    const known = refused(withImage(service, service.values)).filter(({ path }) =>
      isSet(service, path),
    );
    for (const { path, why } of refused(withImage(service, values))) {
      if (known.some((one) => isDeepStrictEqual(one, { path, why }))) continue;
      const at = ["values", service.name, ...path];
      findings.refuse("chart-refuses-values", refusal(folder, at, why), at);
    }
  }
}

/**
 * Adds findings about what the schema of a chart refuses in the values of copies for pull requests, and takes in those
 * of their services.
 * @param copies one of each service
 */
export function checkCopyValues(
  copies: readonly PreviewCopy[],
  { services, partsOf }: Copied,
  charts: LocalCharts,
  findings: Findings,
): void {
  for (const service of services) {
    const { chart, values } = partsOf(service);
    const copy = copies.find(({ open }) => open.service === service.name);
    // A host that isn't a name of DNS has another finding.
    if (copy === undefined || !isDnsName(copy.host)) continue;
    if (chart?.name.startsWith("./") !== true) continue;
    const { folder, version, refused } = charts(chart.name);
    if (version !== chart.version) continue;
    const known = refused(withImage(service, values));
    for (const { path, why } of refused(withImage(service, copy.deployment.values))) {
      if (known.some((one) => isDeepStrictEqual(one, { path, why }))) continue;
      const at = ["previews", "values", service.name, ...path];
      findings.refuse("chart-refuses-values", refusal(folder, at, why), at);
    }
  }
}

function refusal(folder: string, path: Path, why: string): string {
  return `${folder}/values.schema.json refuses "${path.join(".")}": ${why}`;
}

/** Whether a definition's values have something at a path that values over them can't add to. */
function isSet({ values }: Service, path: Path): boolean {
  const found = path.reduce(
    (value: unknown, step) => (Array.isArray(value) ? value[Number(step)] : asMapping(value)[step]),
    values,
  );
  return found !== undefined && !isMapping(found);
}

/** Returns a service's values with an image in them, which every stack has another one of. */
function withImage({ docker = "image", imageValues }: Service, values: Mapping): object {
  return helmValues(values, imageValues, { repository: docker, tag: "v1.0.0" });
}

function localChart(name: string, { chart, values, schema }: ChartFiles): LocalChart {
  const { version } = (chart && mappingOf(chart)) ?? {};
  const defaults = (values && mappingOf(values)) ?? {};
  return {
    folder: name.slice("./".length),
    version: chart === undefined ? undefined : (version ?? null),
    refused: (given) => {
      const checked = schema && shapeOf(schema)?.safeParse(coalesce(defaults, given));
      return (checked?.error?.issues ?? []).flatMap(({ path, message, ...issue }) => {
        const at = path.map((step) => (typeof step === "symbol" ? String(step) : step));
        if (issue.code !== "unrecognized_keys") return [{ path: at, why: message }];
        return issue.keys.map((key) => ({ path: [...at, key], why: "unknown key" }));
      });
    },
  };
}

function mappingOf(source: Source): Mapping | undefined {
  const { value, issues } = parseYaml(source);
  return hasErrors(issues) || !isMapping(value) ? undefined : value;
}

/** Returns a schema; undefined for one with parts that the library doesn't know, which Helm checks itself. */
function shapeOf({ bytes }: Source): z.ZodType | undefined {
  const text = new TextDecoder().decode(bytes);
  const known = SHAPES.get(text);
  if (known !== undefined) return known.shape;
  const shape = shapeIn(text);
  SHAPES.set(text, { shape });
  return shape;
}

/** Schemas by their text: reading one takes 40 ms, and a process may parse a repository many times. */
const SHAPES = new Map<string, { readonly shape: z.ZodType | undefined }>();

function shapeIn(text: string): z.ZodType | undefined {
  try {
    return z.fromJSONSchema(JSON.parse(text) as z.core.JSONSchema.JSONSchema);
  } catch {
    return undefined;
  }
}
