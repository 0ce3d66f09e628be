import { asMapping } from "../mapping";
import { hasErrors, isError } from "../input/issue";
import type { Source, YamlFile } from "../input/source";
import { parseYaml } from "../input/yaml-file";

/** How lists are read: `kayron` takes what Kayron takes, and warns of what has no effect. */
export type Compatibility = "kayron";

/** Returns what environments.yaml says about how lists are read. Whether it may say so, its schema checks. */
export function compatibilityOf(path: YamlFile | undefined): Compatibility | undefined {
  return asMapping(path?.value)["compatibility"] === "kayron" ? "kayron" : undefined;
}

/**
 * Returns a file of the list, parsed. One without data defines nothing, as for Kayron: that is a warning. With
 * `kayron` a file has the definitions of its first document, and a warning about the others.
 */
export function parseListFile(source: Source, compatibility?: Compatibility): YamlFile {
  const file = parseYaml(source, compatibility === "kayron" ? "first" : "one");
  const isEmpty = file.issues.filter(isError).every(({ code }) => code === "empty-file");
  if (!hasErrors(file.issues) || !isEmpty) return file;
  const issues = file.issues.map((issue) => ({ ...issue, severity: "warning" as const }));
  return { ...file, value: [], issues };
}
