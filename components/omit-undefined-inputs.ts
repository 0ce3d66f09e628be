import type * as pulumi from "@pulumi/pulumi";

/**
 * A transformation for all of a component's children: leaves out the inputs that nobody gave. Each of
 * them costs a dozen promises of an output, and a Helm release has three times as many as we give, so
 * that without them a stack costs half. What is left out is no output either; children are exposed as
 * plain resources, to depend on.
 */
export function omitUndefinedInputs({
  props,
  opts,
}: pulumi.ResourceTransformationArgs): pulumi.ResourceTransformationResult {
  const given = Object.entries<unknown>(props).filter(([, value]) => value !== undefined);
  return { props: Object.fromEntries(given), opts };
}
