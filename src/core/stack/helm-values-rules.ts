import type { Findings } from "../input/findings";
import { plainSecrets } from "../input/secrets";
import type { Path } from "../input/source";
import type { Mapping } from "../mapping";
import { imageKeys } from "./helm-values";

/**
 * Adds the findings about Helm values that hold wherever these stand: texts that look like secrets, and numbers
 * that no program keeps.
 * @param path of the values in what is checked
 */
export function checkHelmValues(values: Mapping, path: Path, findings: Findings): void {
  for (const at of plainSecrets(values, path)) {
    const message = `"${at.join(".")}" looks like a secret in plain text; rotate it, and name a Kubernetes Secret that holds it`;
    findings.warn("plain-secret", message, at);
  }
  for (const at of hugeNumbers(values, path)) {
    const written = findings.written(at) ?? "";
    const message = `"${at.join(".")}" is the number ${written}, which no program keeps exactly; quote it: "${written}"`;
    findings.refuse("invalid-value", message, at, "value");
  }
}

/**
 * Adds a finding for every key of Helm values that would decide on the image besides the pin.
 * @param paths where the chart wants the image
 * @param path of the values in what is checked
 */
export function refuseImage(
  values: Mapping,
  paths: Parameters<typeof imageKeys>[1],
  path: Path,
  findings: Findings,
): void {
  for (const key of imageKeys(values, paths)) {
    const at = [...path, ...key];
    const message = `"${at.join(".")}" sets the image, which the pin decides; remove it`;
    findings.refuse("values-set-image", message, at);
  }
}

/** Returns the paths of whole numbers above 2^53, which a double doesn't keep exactly. */
function hugeNumbers(value: unknown, path: Path): Path[] {
  if (typeof value === "number") {
    return Number.isInteger(value) && !Number.isSafeInteger(value) ? [path] : [];
  }
  if (typeof value !== "object" || value === null) return [];
  const list = Array.isArray(value);
  return Object.entries(value).flatMap(([key, part]) =>
    hugeNumbers(part, [...path, list ? Number(key) : key]),
  );
}
