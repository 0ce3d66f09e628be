import { MAX_ENVIRONMENT_NAME } from "../core/limits";

/** The file with what can't be declared, which belongs to no environment. */
export const FINDINGS_FILE = "findings.md";

/** A name that is a file's part on every system: no folder, no dot in front, not too long. */
const NAME = new RegExp(`^[a-z0-9][\\w.-]{0,${MAX_ENVIRONMENT_NAME - 1}}$`, "i");

/** Returns the file with the plan of an environment; undefined where its name can't be a part of a file's. */
export function planFile(environment: string): string | undefined {
  return NAME.test(environment) ? `plan-${environment}.md` : undefined;
}

/** Returns the environment of a file with a plan; undefined for every other file. */
export function environmentOfFile(file: string): string | undefined {
  const [, environment = ""] = /^plan-(.*)\.md$/s.exec(file) ?? [];
  return planFile(environment) === file ? environment : undefined;
}
