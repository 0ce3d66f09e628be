import { MAX_CLOUDFORMATION_STACK_NAME } from "../limits";

/**
 * Returns the Helm release name of a service: lower case, everything but letters, digits and dashes
 * a dash. `library/alloy` becomes `library-alloy`; two services that meet in one name are a finding.
 */
export function helmReleaseName(service: string): string {
  return service.toLowerCase().replaceAll(/[^a-z0-9-]/g, "-");
}

/** Returns the CloudFormation stack name of a service: like a Helm release name, capitals kept. */
export function cloudformationStackName(service: string): string {
  return service.replaceAll(/[^A-Za-z0-9-]/g, "-");
}

/** Whether CloudFormation accepts the text as a stack's name. */
export function isCloudformationStackName(text: string): boolean {
  return /^[A-Za-z][A-Za-z0-9-]*$/.test(text) && text.length <= MAX_CLOUDFORMATION_STACK_NAME;
}

/**
 * Returns the template parameter that carries a service's version: its name in title case without
 * separators, and `Version`. `splits-lite` becomes `SplitsLiteVersion`.
 */
export function versionParameter(service: string): string {
  const words = service.split(/[^A-Za-z0-9]+/).filter((word) => word !== "");
  const title = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1).toLowerCase());
  return `${title.join("")}Version`;
}
