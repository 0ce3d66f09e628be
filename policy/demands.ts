import * as pulumi from "@pulumi/pulumi";
import { isProtected } from "../src/core/environments";
import { formatIssue } from "../src/core/input/issue";
import { readSources } from "../src/core/read";
import { parseRepository, sharersOf, type Repository } from "../src/core/repository";
import { configKey, NAMESPACE } from "../src/core/stack/schema";
import type { Settings } from "./rules";

/** What the files demand. */
type Demands = Omit<Settings, "mayGo">;

/** The promotion path, whose findings stop everything. */
const PATH = "environments.yaml";

/**
 * Returns what is demanded of the running stack: that of its environment, which the stack's config names, or
 * else the stack's name. The engine gives a policy pack the config of the stack as it gives it a program.
 * @param folder the folder of the list
 * @throws pulumi.RunError where nobody knows the environment: a policy that doesn't know what it demands passes nothing
 */
export function demandsOn(folder: string): Demands {
  const stack = pulumi.getStack();
  const environment = new pulumi.Config(NAMESPACE).get("environment") ?? stack;
  return demandsOf(parseRepository(readSources(folder, folder)), environment, stack);
}

/**
 * Returns what a promotion path demands of an environment, and of the images that a stack holds. Without
 * environments.yaml the names decide.
 * @param stack of the environment; by default the one of its name
 * @throws pulumi.RunError where the path has errors, or doesn't have the environment
 */
export function demandsOf(repository: Repository, name: string, stack = name): Demands {
  const { environments, issues } = repository;
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
    keepsImages: [name, ...sharersOf(repository, stack)].some((one) =>
      isProtected(environments, one),
    ),
    byDigest: environment?.digest === "required" || (environment === undefined && keepsData),
  };
}
