import { createHash } from "node:crypto";
import { stringify } from "yaml";
import type { Link } from "../../support/folder";

/** What a repository says, as values: the truth from which its files are written. */
export interface Tree {
  services: Service[];
  stacks: Record<string, Stack>;
  /** Absent: environments.yaml is removed. */
  path?: Path;
  /** The content of a file in `charts/`. */
  chartFiles: number;
}

export interface Service {
  name: string;
  docker: string;
  /** A chart of a registry; by default a folder's. */
  chart?: { name: string; version: string; digest: string };
  environments?: string[];
  /** Absent: suspended. */
  release?: string;
  /** A Helm value. */
  replicas: number;
  imageValues?: string;
}

export interface Stack {
  environment?: string;
  /** `v1.2.3`, or `v1.2.3@sha256:...`. */
  pins: Record<string, string>;
  charts: Record<string, string>;
  holds: Record<string, { reason: string; until?: string }>;
  /** Replicas by service, instead of those of its definition. */
  values: Record<string, number>;
  /** The services that it owns. Absent: all. */
  select?: string[];
  host: string;
  /** Absent: no service of it is deployed by Helm. */
  cluster?: string;
  /** How the file is written: well, as a file that nobody can read, or as a link. */
  form: "file" | "broken" | "link";
  /** Whether a comment stands in the first column, between the keys. */
  comment: boolean;
}

export interface Path {
  environments: Record<string, Environment>;
  rejected: { service: string; version: string }[];
  /** Whether nobody can read the file. */
  broken: boolean;
}

export interface Environment {
  ref?: string;
  from: string[];
  /** In hours. */
  soak?: number;
  accepts: string[];
  digest: boolean;
  /** Milliseconds since 1970. */
  freeze?: { from: number; until: number };
  enters: string[];
}

/** What runs of a service, in texts. */
export interface Run {
  readonly version: string;
  readonly digest: string | undefined;
  /** Empty where there is no cluster. */
  readonly chart: string;
  readonly image: string;
  readonly host: string;
  /** All that isn't one of the others. */
  readonly rest: string;
}

export const FOLDER_CHART = "./charts/service";

/** Returns the digest of a build of a version; every other variant has other bytes. */
export function digestOf(version: string, variant = 0): string {
  return `sha256:${createHash("sha256").update(`${version} ${variant}`).digest("hex")}`;
}

export function environmentOf(stack: string, { environment }: Stack): string {
  return environment ?? stack;
}

/** Whether every stack of a tree can be deployed. */
export function isSound(tree: Tree): boolean {
  return Object.keys(tree.stacks).every((stack) => isDeclarable(tree, stack));
}

/** Whether a stack of a tree can be deployed, as far as the committer breaks one. */
export function isDeclarable(tree: Tree, name: string): boolean {
  const { path, stacks, services } = tree;
  const stack = stacks[name];
  if (stack?.form !== "file" || path?.broken === true) return false;
  const own = environmentOf(name, stack);
  const environment = path?.environments[own];
  if (path !== undefined && environment === undefined) return false;
  const names = new Set(services.map((service) => service.name));
  const images = new Set(services.map(({ docker }) => docker));
  const named = [
    ...[stack.pins, stack.charts, stack.holds, stack.values].flatMap((one) => Object.keys(one)),
    ...(stack.select ?? []),
  ];
  const runs = runsOf(tree, name);
  const pinned = services.filter(
    (one) =>
      one.release === undefined &&
      one.environments?.includes(own) !== false &&
      stack.select?.includes(one.name) !== false,
  );
  return (
    images.size === services.length &&
    named.every((one) => names.has(one)) &&
    Object.keys(stack.charts).every((one) => runs.get(one)?.chart !== FOLDER_CHART) &&
    Object.keys(stack.holds).every((one) => stack.pins[one] !== undefined || !runs.has(one)) &&
    pinned.every((one) => stack.pins[one.name] !== undefined) &&
    services.every((one) => (one.environments ?? []).every((key) => path?.environments[key])) &&
    [...runs.values()].every((run) => isAccepted(run, environment))
  );
}

/** Returns the pin of a chart's version, which has its digest: where digests are required, it has to. */
export function chartPin(version: string): string {
  return `${version}@${digestOf(`chart ${version}`)}`;
}

/** Whether an environment takes a version of this kind, with or without its digest. */
export function isAccepted(
  { version, digest }: Pick<Run, "version" | "digest">,
  environment: Environment | undefined,
): boolean {
  if (environment === undefined) return true;
  const kind = version.includes("-") ? "prerelease" : "release";
  return environment.accepts.includes(kind) && (digest !== undefined || !environment.digest);
}

/** Returns what a stack of a tree runs. */
export function runsOf({ services, stacks, chartFiles }: Tree, name: string): Map<string, Run> {
  const runs = new Map<string, Run>();
  const stack = stacks[name];
  if (stack?.form !== "file") return runs;
  const environment = environmentOf(name, stack);
  for (const service of services) {
    const pin = stack.pins[service.name] ?? service.release;
    if (pin === undefined || service.environments?.includes(environment) === false) continue;
    if (stack.select?.includes(service.name) === false) continue;
    const [version = "", digest] = pin.split("@");
    const chart = stack.cluster === undefined ? "" : chartOf(service, stack);
    const replicas = stack.values[service.name] ?? service.replicas;
    const files = chart === FOLDER_CHART ? chartFiles : null;
    const ofHelm = [stack.cluster, replicas, service.imageValues, files];
    const rest = chart === "" ? "" : JSON.stringify(ofHelm);
    runs.set(service.name, {
      version,
      digest,
      chart,
      image: service.docker,
      host: stack.host,
      rest,
    });
  }
  return runs;
}

function chartOf({ name, chart }: Service, { charts }: Stack): string {
  if (chart === undefined) return FOLDER_CHART;
  return `${chart.name} ${charts[name] ?? `${chart.version}@${chart.digest}`}`;
}

/** Returns what the stacks of an environment run. */
export function environmentRuns(tree: Tree, environment: string): Map<string, Map<string, Run>> {
  return new Map(stacksOf(tree, environment).map((name) => [name, runsOf(tree, name)]));
}

/** Returns the names of an environment's stacks. */
export function stacksOf({ stacks }: Tree, environment: string): string[] {
  return Object.entries(stacks).flatMap(([name, stack]) =>
    environmentOf(name, stack) === environment ? name : [],
  );
}

/** Returns the files of a tree. */
export function filesOf(tree: Tree): Record<string, string | Link> {
  const { services, stacks, path, chartFiles } = tree;
  const files: Record<string, string | Link> = {
    "service/shop.yaml": stringify(services.map(definitionOf)),
    "charts/service/values.yaml": `replicas: ${chartFiles}\n`,
  };
  if (path !== undefined) files["environments.yaml"] = pathText(path);
  for (const [name, stack] of Object.entries(stacks)) {
    const file = `Pulumi.${name}.yaml`;
    if (stack.form !== "link") files[file] = stackText(stack);
    else {
      files[`elsewhere/${name}.yaml`] = stackText(stack);
      files[file] = { link: `elsewhere/${name}.yaml` };
    }
  }
  return files;
}

function definitionOf({ name, docker, chart, environments, release, ...rest }: Service): object {
  return {
    github: name,
    name,
    docker,
    deploy: release === undefined ? { suspend: true } : { release },
    ...(environments && { environments }),
    ...(chart && { chart }),
    values: { replicaCount: rest.replicas },
    ...(rest.imageValues !== undefined && {
      imageValues: { repository: `${rest.imageValues}.repository`, tag: `${rest.imageValues}.tag` },
    }),
  };
}

function stackText({ environment, form, comment, ...stack }: Stack): string {
  const { pins, charts, holds, values, select, cluster } = stack;
  const head = {
    "pulumi:disable-default-providers": ["*"],
    ...(cluster !== undefined && { "releases:cluster": { context: cluster } }),
    "releases:github": { owner: "acme" },
    ...(environment !== undefined && { "releases:environment": environment }),
    "releases:registry": { role: "external", host: stack.host },
    ...(select !== undefined && { "releases:select": { names: select } }),
  };
  const staged = Object.entries(values).map(([name, replicaCount]) => [name, { replicaCount }]);
  const parts: [string, object][] = [
    ["releases:versions", pins],
    ["releases:charts", charts],
    ["releases:holds", holds],
    ["releases:values", Object.fromEntries(staged) as Record<string, object>],
  ];
  const filled = Object.fromEntries(parts.filter(([, part]) => Object.keys(part).length > 0));
  // Of a time without quotes Pulumi makes something else.
  const quoted = { defaultStringType: "QUOTE_DOUBLE", defaultKeyType: "PLAIN" } as const;
  const text = stringify({ config: { ...head, ...filled } }, { lineWidth: 0, ...quoted });
  const commented = comment ? text.replace("  releases:versions:", "# What runs here.\n$&") : text;
  return form === "broken" ? `${commented}  x: [\n` : commented;
}

/** Returns a time as the files have it. */
export function timeText(at: number): string {
  return new Date(at).toISOString().replace(".000", "");
}

function pathText({ environments, rejected, broken }: Path): string {
  const entries = Object.entries(environments).map(([name, environment]): [string, object] => {
    const { from, soak, digest, freeze, enters, ...rest } = environment;
    const [first] = from;
    return [
      name,
      {
        ...rest,
        ...(first !== undefined && { from: from.length === 1 ? first : from }),
        ...(soak !== undefined && { soak: `${soak}h` }),
        ...(digest && { digest: "required" }),
        ...(freeze && {
          freeze: [{ from: timeText(freeze.from), until: timeText(freeze.until), reason: "sale" }],
        }),
        ...(enters.length > 0 && { enters }),
      },
    ];
  });
  const byService: Record<string, object[]> = {};
  for (const { service, version } of rejected) {
    (byService[service] ??= []).push({ version, reason: "it loses orders" });
  }
  const text = stringify({
    environments: Object.fromEntries(entries),
    ...(rejected.length > 0 && { rejected: byService }),
  });
  return broken ? `${text}  x: [\n` : text;
}
