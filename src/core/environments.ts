import { Findings } from "./input/findings";
import { hasErrors, type Issue } from "./input/issue";
import { environments as schema, type EnvironmentFile } from "./environments-schema";
import { MUTABLE_TAGS } from "./stack/schema";
import { cycles } from "./graph";
import { checkShape } from "./input/validate";
import type { YamlFile } from "./input/source";

/** One environment of the promotion path, as environments.yaml has it. */
export type Environment = EnvironmentFile["environments"][string] & { readonly name: string };

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
  const environments = new Map(
    Object.entries(shaped.environments).map(([name, entry]) => [name, { name, ...entry }]),
  );
  checkPath(environments, findings);
  checkFreezes(environments, findings);
  checkEnforced(environments, findings);
  const { issues } = findings;
  return { environments: hasErrors(issues) ? undefined : environments, issues };
}

function checkPath(environments: Environments, findings: Findings): void {
  for (const { name, from, soak } of environments.values()) {
    const refuse = (code: Issue["code"], message: string, key: string): void => {
      findings.refuse(code, message, ["environments", name, key], "value");
    };
    if (from === undefined) {
      if (soak !== undefined) {
        const found = `"${name}" has "soak" but no "from"; add the environment where versions soak`;
        refuse("soak-without-from", found, "soak");
      }
      continue;
    }
    if (!environments.has(from)) {
      const known = [...environments.keys()].join(", ");
      const found = `"${name}" comes from "${from}", which isn't in this file; known are ${known}`;
      refuse("unknown-environment", found, "from");
      continue;
    }
  }
  for (const cycle of cycles(environments.keys(), (name) => upstreamOf(environments, name))) {
    const [first = ""] = cycle;
    const found = `the promotion path forms a cycle: ${[...cycle, first].join(" -> ")}; remove one "from"`;
    findings.refuse("circular-path", found, ["environments", first, "from"], "value");
  }
}

function upstreamOf(environments: Environments, name: string): string[] {
  const { from } = environments.get(name) ?? {};
  return from !== undefined && environments.has(from) ? [from] : [];
}

function checkFreezes(environments: Environments, findings: Findings): void {
  for (const { name, freeze = [] } of environments.values()) {
    for (const [index, { from, until }] of freeze.entries()) {
      if (Date.parse(from) < Date.parse(until)) continue;
      const found = `the freeze ends at ${until}, which isn't after its start at ${from}; swap them`;
      findings.refuse(
        "empty-freeze",
        found,
        ["environments", name, "freeze", index, "until"],
        "value",
      );
    }
  }
}

/** Kinds of version that no stack runs yet, and what is missing. */
const NOT_YET = {
  range: "every pin is a release or a commit",
  preview: "no preview is deployed",
} as const;

/** Warns of keys that no part of the program acts on. */
function checkEnforced(environments: Environments, findings: Findings): void {
  const warn = (message: string, ...path: (string | number)[]): void => {
    findings.warn("not-enforced-yet", message, ["environments", ...path]);
  };
  for (const { name, accepts, verify } of environments.values()) {
    for (const [index, kind] of accepts.entries()) {
      if (kind !== "range" && kind !== "preview") continue;
      const message = `"accepts" of "${name}" has "${kind}", which has no effect yet: ${NOT_YET[kind]}; remove it`;
      warn(message, name, "accepts", index);
    }
    if (verify !== "required") continue;
    const message = `"verify" of "${name}" isn't enforced yet: no signature and no attestation is checked; remove it`;
    warn(message, name, "verify");
  }
}

/**
 * Returns the position of an environment in the promotion path, by its `from`: `last` ones are protected,
 * `first` ones may be torn down. The order of the file decides nothing. Without environments.yaml the names
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
  const leadsOn = [...environments.values()].some(({ from }) => from === name);
  if (environment.from === undefined) return leadsOn || name !== "production" ? "first" : "last";
  return leadsOn ? "middle" : "last";
}

/**
 * Endings of mutable tags of git, such as `-test`: the same as the default of images. A mutable tag doesn't
 * describe an environment, unless its `ref` has the same ending.
 */
export const MUTABLE_TAG_ENDINGS: readonly string[] = MUTABLE_TAGS.flatMap((tag) =>
  tag.startsWith("*") ? [tag.slice(1)] : [],
);

/** Whether a tag, or a pattern of tags, is mutable. */
export function isMutableTag(tag: string): boolean {
  return MUTABLE_TAG_ENDINGS.some((ending) => tag.endsWith(ending));
}
