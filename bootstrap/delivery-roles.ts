import * as pulumi from "@pulumi/pulumi";
import { OpenIdConnectProvider } from "@pulumi/aws/iam/openIdConnectProvider";
import { Role } from "@pulumi/aws/iam/role";
import { RolePolicy } from "@pulumi/aws/iam/rolePolicy";
import { RolePolicyAttachment } from "@pulumi/aws/iam/rolePolicyAttachment";

export interface DeliveryRolesArgs {
  /** Roles by logical name. */
  readonly roles: ReadonlyMap<string, DeliveryRoleArgs>;
  /** Whom the roles trust. Absent: the account has it already, and it can be there once only. */
  readonly oidcProvider?: { readonly url: string; readonly audience: string };
}

export interface DeliveryRoleArgs {
  /** Physical name. Workflows make the ARN from it, so it is fixed. */
  readonly roleName: string;
  readonly description: string;
  /** Who may take the role, as JSON. */
  readonly trust: string;
  /** What it may do, as JSON. */
  readonly permissions: string;
  /** ARNs of managed policies beside them. */
  readonly policies: readonly string[];
  readonly sessionSeconds: number;
}

/** The roles of one account that GitHub's workflows take, with tokens of GitHub's and no key. */
export class DeliveryRoles extends pulumi.ComponentResource {
  constructor(name: string, args: DeliveryRolesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("releases:aws:DeliveryRoles", name, {}, opts);
    const child = { parent: this };
    const provider =
      args.oidcProvider &&
      new OpenIdConnectProvider(
        name,
        { url: args.oidcProvider.url, clientIdLists: [args.oidcProvider.audience] },
        // Others of the account may have come to rely on it.
        { ...child, protect: true },
      );
    for (const [key, role] of args.roles) this.#declare(key, role, provider);
    this.registerOutputs({});
  }

  #declare(key: string, args: DeliveryRoleArgs, provider: pulumi.Resource | undefined): void {
    const child = { parent: this };
    const role = new Role(
      key,
      {
        name: args.roleName,
        description: args.description,
        assumeRolePolicy: args.trust,
        maxSessionDuration: args.sessionSeconds,
      },
      { ...child, ...(provider !== undefined && { dependsOn: provider }) },
    );
    new RolePolicy(key, { name: "releases", role: role.name, policy: args.permissions }, child);
    for (const policyArn of args.policies) {
      new RolePolicyAttachment(`${key} ${policyArn}`, { role: role.name, policyArn }, child);
    }
  }
}
