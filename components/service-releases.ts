import * as pulumi from "@pulumi/pulumi";
import { Stack as TemplateStack, type StackArgs } from "@pulumi/aws/cloudformation/stack";
import { Release, type ReleaseArgs } from "@pulumi/kubernetes/helm/v3/release";
import { omitUndefinedInputs } from "./omit-undefined-inputs";

/** A service as a Helm release. */
export interface HelmService {
  readonly kind: "helm";
  readonly args: ReleaseArgs;
}

/** An infrastructure entry as a CloudFormation stack. */
export interface TemplateService {
  readonly kind: "template";
  readonly args: StackArgs;
}

export type ServiceArgs = (HelmService | TemplateService) & {
  readonly name: string;
  /** Names of services that are deployed before this one. They come earlier in the list. */
  readonly requires: readonly string[];
  /** Inputs that stay as they are in the state, whatever the arguments say. */
  readonly ignoreChanges: readonly string[];
};

export interface ServiceReleasesArgs {
  /** In the order of their requirements. Names decide which exist, so they are plain data. */
  readonly services: readonly ServiceArgs[];
  /** Whether deleting or replacing a release is refused. */
  readonly protect: boolean;
}

/** What runs in one environment: a Helm release or CloudFormation stack for each service. */
export class ServiceReleases extends pulumi.ComponentResource {
  /** By service; to depend on, without outputs (see `omitUndefinedInputs`). */
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
      const release =
        service.kind === "helm"
          ? new Release(service.name, service.args, options)
          : new TemplateStack(service.name, service.args, options);
      releases.set(service.name, release);
    }
    this.releases = releases;
    this.registerOutputs({});
  }
}
