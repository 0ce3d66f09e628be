import type { BucketObject } from "../aws";
import type { Service } from "../list/service";
import { required } from "../required";
import type { Pin } from "../version";
import type { StackConfig } from "./plan";

/** Returns where CloudFormation gets the template of a version of a service that it deploys in a stack. */
export function templateOf(
  { githubSource, template }: Service,
  version: Pin["version"],
  { templates, region }: StackConfig,
): BucketObject {
  const { bucket } = required(templates, "templates");
  return {
    bucket,
    region: required(region, "aws:region"),
    key: `${githubSource}/${version.text}/${template}`,
  };
}
