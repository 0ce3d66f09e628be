import * as pulumi from "@pulumi/pulumi";
import { OrganizationWebhook } from "@pulumi/github/organizationWebhook";
import { RepositoryWebhook } from "@pulumi/github/repositoryWebhook";
import { childName } from "../src/core/child-name";

/** Where releases are reported to, and by which webhooks. */
export interface ReleaseWebhooksArgs {
  /** The address that release events are sent to; https. Plain data: it is a stack output. */
  readonly url: string;
  /** The key that deliveries are signed with (HMAC-SHA256). Stays a secret. */
  readonly secret: pulumi.Input<string>;
  /** Names of the repositories, or of the organization, that get a webhook each. */
  readonly targets: readonly string[];
  readonly scope: "repository" | "organization";
}

/** The webhook of a target is named by the target alone in the instance of this name, see `childName`. */
const DEFAULT_NAME = "webhooks";

/** GitHub webhooks that report releases: one per repository, or one for the organization. */
export class ReleaseWebhooks extends pulumi.ComponentResource {
  /** By target. */
  readonly webhooks: ReadonlyMap<string, RepositoryWebhook | OrganizationWebhook>;

  constructor(name: string, args: ReleaseWebhooksArgs, opts?: pulumi.ComponentResourceOptions) {
    super("releases:github:ReleaseWebhooks", name, {}, opts);
    const hook = {
      events: ["release"],
      active: true,
      configuration: {
        url: args.url,
        contentType: "json",
        insecureSsl: false,
        secret: pulumi.secret(args.secret),
      },
    };
    // GitHub refuses a second webhook with the same url (422), so the old one is deleted first.
    const options = { parent: this, deleteBeforeReplace: true };
    const webhooks = new Map<string, RepositoryWebhook | OrganizationWebhook>();
    for (const target of args.targets) {
      const logicalName = childName(name, DEFAULT_NAME, target);
      const webhook =
        args.scope === "organization"
          ? new OrganizationWebhook(logicalName, hook, options)
          : new RepositoryWebhook(logicalName, { ...hook, repository: target }, options);
      webhooks.set(target, webhook);
    }
    this.webhooks = webhooks;
    this.registerOutputs({});
  }
}
