import * as pulumi from "@pulumi/pulumi";
import { isProtected } from "../src/core/environments";
import { formatIssue } from "../src/core/input/issue";
import { readSources } from "../src/core/read";
import { parseRepository, type Repository } from "../src/core/repository";
import { configKey, NAMESPACE } from "../src/core/stack/schema";
import type { Settings } from "./rules";

/** The promotion path, whose findings stop everything. */
const PATH = "environments.yaml";

/**
 * Returns what is demanded of the running stack: that of its environment, which the stack's config names, or
 * else the stack's name. The engine gives a policy pack the config of the stack as it gives it a program.
 * @param folder the folder of the list
 * @throws pulumi.RunError where nobody knows the environment: a policy that doesn't know what it demands passes nothing
 */
export function demandsOn(folder: string): Pick<Settings, "isProtected" | "byDigest"> {
  const environment = new pulumi.Config(NAMESPACE).get("environment") ?? pulumi.getStack();
  return demandsOf(parseRepository(readSources(folder, folder)), environment);
}

/**
 * Returns what a promotion path demands of an environment. Without environments.yaml its name decides.
 * @throws pulumi.RunError where the path has errors, or doesn't have the environment
 */
export function demandsOf(
  { environments, issues }: Pick<Repository, "environments" | "issues">,
  name: string,
): Pick<Settings, "isProtected" | "byDigest"> {
  const broken = issues.filter(({ file, severity }) => file === PATH && severity === "error");
  if (broken.length > 0) throw new pulumi.RunError(broken.map(formatIssue).join("\n"));
  const environment = environments?.get(name);
  if (environments !== undefined && environment === undefined) {
    const known = [...environments.keys()].join(", ");
    throw new pulumi.RunError(
      `${configKey("environment")} is "${name}", which isn't in ${PATH}; known are ${known}`,
    );
  }
  const keepsData = isProtected(environments, name);
  return {
    isProtected: keepsData,
    byDigest: environment?.digest === "required" || (environment === undefined && keepsData),
  };
}
