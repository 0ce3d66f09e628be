import { error, type Issue } from "./issue";
import { environments as schema, type EnvironmentFile } from "./schema/environments";
import { checkShape } from "./shape";
import type { YamlFile } from "./yaml-file";

/** One environment of the promotion path, as environments.yaml says it. */
export type Environment = EnvironmentFile["environments"][string] & { readonly name: string };

/** The promotion path, in the order of the file. */
export type Environments = ReadonlyMap<string, Environment>;

/** Returns the promotion path, or every issue of the file. */
export function parseEnvironments(file: YamlFile): {
  environments: Environments | undefined;
  issues: Issue[];
} {
  if (file.issues.length > 0) return { environments: undefined, issues: [...file.issues] };
  const shaped = checkShape(schema, file.value, file, []);
  if (shaped.value === undefined) return { environments: undefined, issues: [...shaped.issues] };
  const environments = new Map(
    Object.entries(shaped.value.environments).map(([name, entry]) => [name, { name, ...entry }]),
  );
  const issues = [...pathIssues(environments, file), ...freezeIssues(environments, file)];
  return { environments: issues.length > 0 ? undefined : environments, issues };
}

function pathIssues(environments: Environments, file: YamlFile): Issue[] {
  const issues: Issue[] = [];
  for (const { name, from, soak } of environments.values()) {
    const refuse = (code: Issue["code"], message: string, key: string): void => {
      issues.push(error(code, file.file, message, file.locate(["environments", name, key])));
    };
    if (from === undefined) {
      if (soak !== undefined) {
        refuse(
          "soak-without-from",
          `"${name}" has "soak" and no "from"; say where versions soak`,
          "soak",
        );
      }
      continue;
    }
    if (!environments.has(from)) {
      const known = [...environments.keys()].join(", ");
      refuse(
        "unknown-environment",
        `"${name}" comes from "${from}", which isn't here; known are ${known}`,
        "from",
      );
      continue;
    }
    const circle = circleFrom(environments, name);
    if (circle !== undefined) {
      refuse(
        "circular-path",
        `the promotion path goes in a circle: ${circle.join(" -> ")}`,
        "from",
      );
    }
  }
  return issues;
}

/** Returns the circle that leads from an environment back to itself, if there is one. */
function circleFrom(environments: Environments, name: string): string[] | undefined {
  const path = [name];
  for (let at = environments.get(name)?.from; at !== undefined; at = environments.get(at)?.from) {
    if (at === name) return [...path, at];
    if (path.includes(at)) return undefined;
    path.push(at);
  }
  return undefined;
}

function freezeIssues(environments: Environments, file: YamlFile): Issue[] {
  const issues: Issue[] = [];
  for (const { name, freeze = [] } of environments.values()) {
    for (const [index, { from, until }] of freeze.entries()) {
      if (Date.parse(from) < Date.parse(until)) continue;
      const message = `the freeze ends at ${until}, which isn't after its start at ${from}; turn them round`;
      const place = file.locate(["environments", name, "freeze", index, "until"]);
      issues.push(error("empty-freeze", file.file, message, place));
    }
  }
  return issues;
}

/**
 * Returns where an environment stands in the promotion path: `last` ones are protected, `first` ones
 * may be torn down. Without environments.yaml the names `testing` and `production` decide.
 */
export function placeInPath(
  environments: Environments | undefined,
  name: string,
): "first" | "middle" | "last" {
  const environment = environments?.get(name);
  if (environments === undefined || environment === undefined) {
    return name === "production" ? "last" : name === "testing" ? "first" : "middle";
  }
  const leadsOn = [...environments.values()].some(({ from }) => from === name);
  if (environment.from === undefined) return leadsOn || name !== "production" ? "first" : "last";
  return leadsOn ? "middle" : "last";
}
