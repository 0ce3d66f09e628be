import * as pulumi from "@pulumi/pulumi";
import { OpenIdConnectProvider } from "@pulumi/aws/iam/openIdConnectProvider";
import { Role } from "@pulumi/aws/iam/role";
import { RolePolicy } from "@pulumi/aws/iam/rolePolicy";
import { RolePolicyAttachment } from "@pulumi/aws/iam/rolePolicyAttachment";
import { childName } from "../src/core/child-name";

/** What an account gets. */
export interface DeliveryRolesArgs {
  /** Roles by logical name. */
  readonly roles: ReadonlyMap<string, DeliveryRoleArgs>;
  /**
   * The issuer of the tokens that the roles trust. Absent: the account has it already; it exists at most
   * once.
   */
  readonly oidcProvider?: { readonly url: string; readonly audience: string };
}

/** One role. */
export interface DeliveryRoleArgs {
  /** Physical name. It is fixed: workflows compose the ARN from it. */
  readonly roleName: string;
  readonly description: string;
  /** Trust policy, as JSON: who may assume the role. */
  readonly trust: string;
  /** Inline policy, as JSON: the permissions of the role. */
  readonly permissions: string;
  /** ARNs of managed policies that the role has as well. */
  readonly policies: readonly string[];
  /** The longest session. */
  readonly sessionSeconds: number;
}

/** Roles of the instance with this name are named by their keys alone, see `childName`. */
const DEFAULT_NAME = "roles";

/** The roles of one account that GitHub's workflows assume, by OIDC and without stored keys. */
export class DeliveryRoles extends pulumi.ComponentResource {
  constructor(name: string, args: DeliveryRolesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("releases:aws:DeliveryRoles", name, {}, opts);
    const child = { parent: this };
    const provider =
      args.oidcProvider &&
      new OpenIdConnectProvider(
        name,
        { url: args.oidcProvider.url, clientIdLists: [args.oidcProvider.audience] },
        // Other roles of the account may trust it by now.
        { ...child, protect: true },
      );
    for (const [key, role] of args.roles)
      this.#declare(childName(name, DEFAULT_NAME, key), role, provider);
    this.registerOutputs({});
  }

  #declare(name: string, args: DeliveryRoleArgs, provider: pulumi.Resource | undefined): void {
    const child = { parent: this };
    const role = new Role(
      name,
      {
        name: args.roleName,
        description: args.description,
        assumeRolePolicy: args.trust,
        maxSessionDuration: args.sessionSeconds,
      },
      { ...child, ...(provider !== undefined && { dependsOn: provider }) },
    );
    new RolePolicy(name, { name: "releases", role: role.name, policy: args.permissions }, child);
    for (const policyArn of args.policies) {
      new RolePolicyAttachment(`${name} ${policyArn}`, { role: role.name, policyArn }, child);
    }
  }
}
