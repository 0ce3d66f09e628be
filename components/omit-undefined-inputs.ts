import type * as pulumi from "@pulumi/pulumi";

/**
 * Returns a resource's inputs without those that are undefined: a transformation for the children of a
 * component. Each undefined input costs a dozen promises of an output, and a Helm release has three undefined
 * inputs for each that we give: without them a stack takes half the time and memory. An input that is left
 * out is missing from the resource's outputs too, so components expose such children as plain resources, for
 * `dependsOn`.
 */
export function omitUndefinedInputs({
  props,
  opts,
}: pulumi.ResourceTransformationArgs): pulumi.ResourceTransformationResult {
  const given = Object.entries<unknown>(props).filter(([, value]) => value !== undefined);
  return { props: Object.fromEntries(given), opts };
}
