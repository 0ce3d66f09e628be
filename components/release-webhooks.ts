import * as pulumi from "@pulumi/pulumi";
import { OrganizationWebhook } from "@pulumi/github/organizationWebhook";
import { RepositoryWebhook } from "@pulumi/github/repositoryWebhook";

export interface ReleaseWebhooksArgs {
  /** Where release events go; https. Plain data: it is a stack output. */
  readonly url: string;
  /** What deliveries are signed with (HMAC-SHA256). Stays a secret. */
  readonly secret: pulumi.Input<string>;
  /** Repositories that get a webhook each, or the organization that gets one for all of its own. */
  readonly targets: readonly string[];
  readonly scope: "repository" | "organization";
}

/** GitHub webhooks that report releases: one per repository, or one for the organization. */
export class ReleaseWebhooks extends pulumi.ComponentResource {
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
    // GitHub refuses a second webhook with the same url (422), so the old one goes first.
    const options = { parent: this, deleteBeforeReplace: true };
    const webhooks = new Map<string, RepositoryWebhook | OrganizationWebhook>();
    for (const target of args.targets) {
      const webhook =
        args.scope === "organization"
          ? new OrganizationWebhook(target, hook, options)
          : new RepositoryWebhook(target, { ...hook, repository: target }, options);
      webhooks.set(target, webhook);
    }
    this.webhooks = webhooks;
    this.registerOutputs({});
  }
}
