import { Findings } from "./input/findings";
import { hasErrors, type Issue } from "./input/issue";
import { environments as schema, type EnvironmentFile } from "./environments-schema";
import type { Freeze } from "./freeze";
import { cycles } from "./graph";
import { checkShape } from "./input/validate";
import { suggestion } from "./suggestion";
import type { YamlFile } from "./input/source";

type Entry = EnvironmentFile["environments"][string];

/** One environment of the promotion path, as environments.yaml has it. */
export interface Environment extends Omit<Entry, "from" | "freeze"> {
  readonly name: string;
  /** Periods in which nothing changes here. Default: none. */
  readonly freeze?: readonly Freeze[];
  /** The environments that a version must have run in before: all of them. Empty where the path begins. */
  readonly from: readonly string[];
  /** Versions that run in no environment again, by service. */
  readonly rejected: NonNullable<EnvironmentFile["rejected"]>;
}

/** The promotion path, in the order of the file. */
export type Environments = ReadonlyMap<string, Environment>;

/** Returns the promotion path, or every issue of the file. */
export function parseEnvironments(file: YamlFile): {
  environments: Environments | undefined;
  issues: Issue[];
} {
  if (file.issues.length > 0) return { environments: undefined, issues: [...file.issues] };
  const findings = new Findings(file);
  const shaped = checkShape(schema, file.value, findings);
  if (shaped === undefined) return { environments: undefined, issues: findings.issues };
  const { rejected = {} } = shaped;
  const environments = new Map(
    Object.entries(shaped.environments).map(([name, { from = [], freeze, ...entry }]) => {
      const periods = freeze && { freeze: freezesOf(name, freeze, findings) };
      return [name, { name, ...entry, ...periods, from: [from].flat(), rejected }];
    }),
  );
  checkNames(environments, findings);
  checkPath(environments, findings);
  checkEnforced(environments, findings);
  const { issues } = findings;
  return { environments: hasErrors(issues) ? undefined : environments, issues };
}

/** GitHub's environments, and files on some disks, are the same whatever the case of their letters. */
function checkNames(environments: Environments, findings: Findings): void {
  const seen = new Map<string, string>();
  for (const name of environments.keys()) {
    const other = seen.get(name.toLowerCase());
    if (other !== undefined) {
      const found = `"${name}" and "${other}" are one environment on GitHub; rename one of them`;
      findings.refuse("invalid-name", found, ["environments", name]);
    }
    seen.set(name.toLowerCase(), name);
  }
}

function checkPath(environments: Environments, findings: Findings): void {
  for (const { name, from, soak, checks, enters } of environments.values()) {
    const refuse = (code: Issue["code"], message: string, key: string): void => {
      findings.refuse(code, message, ["environments", name, key], "value");
    };
    if (from.length === 0 && soak !== undefined) {
      const found = `"${name}" has "soak" but no "from"; add the environment where versions soak`;
      refuse("soak-without-from", found, "soak");
    }
    if (from.length === 0 && checks !== undefined) {
      const found = `"${name}" has "checks" but no "from"; give them to the environment that takes versions from it`;
      refuse("checks-without-from", found, "checks");
    }
    if (from.length === 0 && enters !== undefined) {
      const found = `"${name}" has "enters" but no "from", so every service may enter; remove it`;
      refuse("enters-without-from", found, "enters");
    }
    for (const upstream of from) {
      if (environments.has(upstream)) continue;
      const known = [...environments.keys()].join(", ");
      const found = `"${name}" comes from "${upstream}", which isn't in this file; known are ${known}`;
      refuse("unknown-environment", found, "from");
    }
  }
  for (const cycle of cycles(environments.keys(), (name) => upstreamOf(environments, name))) {
    const [first = ""] = cycle;
    const found = `the promotion path forms a cycle: ${[...cycle, first].join(" -> ")}; remove one "from"`;
    findings.refuse("circular-path", found, ["environments", first, "from"], "value");
  }
}

function upstreamOf(environments: Environments, name: string): string[] {
  return (environments.get(name)?.from ?? []).filter((upstream) => environments.has(upstream));
}

type FreezeEntry = NonNullable<Entry["freeze"]>[number];

/** Returns freezes; those that are neither once nor every week, and those that end before they start, are findings. */
function freezesOf(name: string, entries: readonly FreezeEntry[], findings: Findings): Freeze[] {
  return entries.flatMap(({ from, until, every, zone, reason }, index): Freeze[] => {
    const at = ["environments", name, "freeze", index];
    if (every !== undefined && from === undefined && until === undefined) {
      return [{ every, zone: zone ?? "UTC", reason }];
    }
    if (every !== undefined || zone !== undefined || from === undefined || until === undefined) {
      const found = `a freeze has "from" and "until", or "every" with its "zone"`;
      findings.refuse("missing-key", found, at);
      return [];
    }
    if (Date.parse(from) >= Date.parse(until)) {
      const found = `the freeze ends at ${until}, which isn't after its start at ${from}; swap them`;
      findings.refuse("empty-freeze", found, [...at, "until"], "value");
    }
    return [{ from, until, reason }];
  });
}

/** Warns of keys that have no effect. */
function checkEnforced(environments: Environments, findings: Findings): void {
  for (const { name, accepts, minimumAge } of environments.values()) {
    if (minimumAge !== undefined && !accepts.includes("range")) {
      const message = `"minimumAge" of "${name}" has no effect: no range is followed there; add range to "accepts", or remove it`;
      findings.warn("key-without-effect", message, ["environments", name, "minimumAge"]);
    }
  }
}

/**
 * Returns findings about services of `verify` that aren't in the list: what they were to demand, nobody would.
 * @param list all of it
 */
export function checkVerified(
  environments: Environments,
  list: readonly { readonly name: string }[],
  file: YamlFile,
): Issue[] {
  const findings = new Findings(file);
  const known = list.map(({ name }) => name);
  for (const { name, verify } of environments.values()) {
    for (const service of Object.keys(verify?.services ?? {})) {
      if (known.includes(service)) continue;
      const path = ["environments", name, "verify", "services", service];
      const way = suggestion(service, known);
      const message = `"verify.services.${service}" names a service that isn't in the list; ${way}`;
      findings.refuse("unknown-service", message, path);
    }
  }
  return findings.issues;
}

/**
 * Returns the position of an environment in the promotion path, by its `from`: `first` ones may be torn
 * down, `last` ones are protected unless they say otherwise. The order of the file decides nothing. Without environments.yaml the names
 * `testing` and `production` decide. This is the one definition of "the last environment".
 */
export function positionInPath(
  environments: Environments | undefined,
  name: string,
): "first" | "middle" | "last" {
  const environment = environments?.get(name);
  if (environments === undefined || environment === undefined) {
    return name === "production" ? "last" : name === "testing" ? "first" : "middle";
  }
  const leadsOn = [...environments.values()].some(({ from }) => from.includes(name));
  if (environment.from.length === 0) return leadsOn || name !== "production" ? "first" : "last";
  return leadsOn ? "middle" : "last";
}

/**
 * Returns the refs whose deployments ask what runs in an environment: its own, then those of the environments
 * that take versions from it, sorted.
 */
export function refsThatAsk(environments: Environments, { name, ref }: Environment): string[] {
  const others = [...environments.values()].filter(({ from }) => from.includes(name));
  const refs = [ref, ...others.map((other) => other.ref).sort()];
  return [...new Set(refs.flatMap((one) => one ?? []))];
}

/** Whether what an environment has is protected: by its `protected`, else where the promotion path ends. */
export function isProtected(environments: Environments | undefined, name: string): boolean {
  return environments?.get(name)?.protected ?? positionInPath(environments, name) === "last";
}

/**
 * Whether an environment that takes versions from this one requires digests: then the bytes that run here are
 * those that go on.
 */
export function pinsDigests(environments: Environments | undefined, name: string): boolean {
  return [...(environments?.values() ?? [])].some(
    ({ digest, from }) => digest === "required" && from.includes(name),
  );
}
