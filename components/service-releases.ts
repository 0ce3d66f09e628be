import * as pulumi from "@pulumi/pulumi";
import { Stack as TemplateStack, type StackArgs } from "@pulumi/aws/cloudformation/stack";
import { Release, type ReleaseArgs } from "@pulumi/kubernetes/helm/v3/release";
import { childName } from "../src/core/child-name";
import { omitUndefinedInputs } from "./omit-undefined-inputs";

/** A service as a Helm release. */
export interface HelmService {
  readonly kind: "helm";
  readonly args: ReleaseArgs;
}

/** A service of provider `cloudformation` as a CloudFormation stack. */
export interface TemplateService {
  readonly kind: "template";
  readonly args: StackArgs;
}

/** One service. */
export type ServiceArgs = (HelmService | TemplateService) & {
  readonly name: string;
  /** Names of the services that are deployed before this one. They come earlier in the list. */
  readonly requires: readonly string[];
  /** Inputs that keep the values of the state, as Pulumi's option of that name takes them. */
  readonly ignoreChanges: readonly string[];
};

/** What runs in a stack. */
export interface ServiceReleasesArgs {
  /** Required ones first. The names decide which exist, so they are plain data. */
  readonly services: readonly ServiceArgs[];
  /** Whether deleting or replacing a release is refused. */
  readonly protect: boolean;
}

/** Releases of the instance with this name are named by their services alone, see `childName`. */
const DEFAULT_NAME = "services";

/** The services of one stack: a Helm release or a CloudFormation stack for each. */
export class ServiceReleases extends pulumi.ComponentResource {
  /** By service. Without outputs (see `omitUndefinedInputs`): for `dependsOn` alone. */
  readonly releases: ReadonlyMap<string, pulumi.Resource>;

  constructor(name: string, args: ServiceReleasesArgs, opts?: pulumi.ComponentResourceOptions) {
    const whole = pulumi.mergeOptions(opts, { transformations: [omitUndefinedInputs] });
    super("releases:services:ServiceReleases", name, {}, whole);
    const releases = new Map<string, pulumi.Resource>();
    for (const service of args.services) {
      const options: pulumi.CustomResourceOptions = {
        parent: this,
        protect: args.protect,
        dependsOn: service.requires.flatMap((required) => releases.get(required) ?? []),
        ignoreChanges: [...service.ignoreChanges],
      };
      const logicalName = childName(name, DEFAULT_NAME, service.name);
      const release =
        service.kind === "helm"
          ? new Release(logicalName, service.args, options)
          : new TemplateStack(logicalName, service.args, options);
      releases.set(service.name, release);
    }
    this.releases = releases;
    this.registerOutputs({});
  }
}
