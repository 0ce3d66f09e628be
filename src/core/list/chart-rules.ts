import { z } from "zod";
import { error, hasErrors, type Issue } from "../input/issue";
import { parseYaml } from "../input/yaml-file";
import { isMapping, type Mapping } from "../mapping";
import { coalesce, helmValues } from "../stack/helm-values";
import type { Source, YamlFile } from "../input/source";
import type { Chart, Service } from "./service";

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

/**
 * Returns the findings about charts that are folders, which lint can look into: what isn't there, another version
 * than its `Chart.yaml` has, and values that its schema refuses. Charts of registries are Helm's to check.
 * @param defaultChart the chart of services that name none
 */
export function checkCharts(
  services: readonly Service[],
  files: ReadonlyMap<string, YamlFile>,
  defaultChart: Chart,
  readChart: ReadChart,
): Issue[] {
  const known = new Map<string, LocalChart>();
  const chartAt = (name: string): LocalChart => {
    const chart = known.get(name) ?? localChart(name, readChart(name));
    known.set(name, chart);
    return chart;
  };
  return services.flatMap((service) => {
    const { provider, sound, source, chart = defaultChart } = service;
    if (provider !== undefined || !sound || !chart.name.startsWith("./")) return [];
    const file = files.get(source.file);
    const refuse = (code: Issue["code"], message: string, ...path: (string | number)[]): Issue => {
      const found = `definition ${source.index + 1} (${service.name}): ${message}`;
      return error(code, source.file, found, file?.locate([source.index, ...path]));
    };
    const { folder, version, refused } = chartAt(chart.name);
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
    return refused(valuesOf(service)).map(({ path, why }) => {
      const key = ["values", ...path].join(".");
      return refuse(
        "chart-refuses-values",
        `${folder}/values.schema.json refuses "${key}": ${why}`,
        "values",
        ...path,
      );
    });
  });
}

/** Returns a service's values with an image in them, which every stack has another one of. */
function valuesOf({ docker = "image", imageValues, values }: Service): object {
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
