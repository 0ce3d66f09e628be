import { partitionOf } from "../../src/core/aws";
import { Refusal, type Kind } from "./stand-in";
import type { Scope, Properties } from "./world";

/** The rules of IAM, from its API model (botocore 1.44, iam/2010-05-08), quotas and policy grammar. */
const NAME = /^[\w+=,.@-]{1,64}$/;
const MAX_ROLE_POLICY = 10_240;
const MAX_TRUST = 2048;

interface Statement {
  readonly Effect?: unknown;
  readonly Action?: unknown;
  readonly Resource?: unknown;
  readonly Principal?: unknown;
}

/** Returns what IAM finds wrong with a trust policy (`Principal`) or a permissions policy (`Resource`). */
function checkPolicy(text: string, subject: "Principal" | "Resource", limit: number): string[] {
  const malformed = "MalformedPolicyDocument";
  if (text.length > limit) return [`LimitExceeded: a policy has at most ${limit} characters`];
  const { Version, Statement } = JSON.parse(text) as { Version?: unknown; Statement?: Statement[] };
  const statements = Statement ?? [];
  const found = [
    ...(Version === "2012-10-17" ? [] : [`${malformed}: Version`]),
    ...(statements.length > 0 ? [] : [`${malformed}: no statement`]),
  ];
  for (const statement of statements) {
    const { Effect, Action } = statement;
    if (Effect !== "Allow" && Effect !== "Deny") found.push(`${malformed}: Effect`);
    if (statement[subject] === undefined) found.push(`${malformed}: ${subject}`);
    const actions = Array.isArray(Action) ? Action : [Action];
    if (
      !actions.every(
        (action) => typeof action === "string" && /^(?:\*|[a-z0-9-]+:[\w*]+)$/.test(action),
      )
    ) {
      found.push(`${malformed}: Action`);
    }
  }
  return found;
}

const roleKey = ({ account = "" }: Scope, name: unknown): string =>
  `${account} role ${String(name)}`;

/** Refuses a policy of a role that doesn't exist. */
const needsRole: Kind["before"] = (action, { inputs, scope, world }) => {
  if (action === "delete" || world.get(roleKey(scope, inputs["role"])) !== undefined) return;
  throw new Refusal(`NoSuchEntity: the role ${String(inputs["role"])}`);
};

const role: Kind = {
  check: ({ name, assumeRolePolicy, maxSessionDuration = 3600 }) => [
    ...(NAME.test(String(name)) ? [] : [`ValidationError: '${String(name)}' is not a role name`]),
    ...(Number(maxSessionDuration) >= 3600 && Number(maxSessionDuration) <= 43_200
      ? []
      : ["ValidationError: a session lasts an hour to twelve"]),
    ...checkPolicy(String(assumeRolePolicy), "Principal", MAX_TRUST),
  ],
  key: ({ name }, scope) => roleKey(scope, name),
  id: ({ name }) => String(name),
  taken: "EntityAlreadyExists",
  outputs: ({ name }, { account = "", region = "" }) => ({
    arn: `arn:${partitionOf(region).name}:iam::${account}:role/${String(name)}`,
  }),
};

const rolePolicy: Kind = {
  check: ({ policy }) => checkPolicy(String(policy), "Resource", MAX_ROLE_POLICY),
  key: (inputs, scope) => `${roleKey(scope, inputs["role"])} policy ${String(inputs["name"])}`,
  id: (inputs) => `${String(inputs["role"])}:${String(inputs["name"])}`,
  before: needsRole,
};

const attachment: Kind = {
  key: (inputs, scope) =>
    `${roleKey(scope, inputs["role"])} attached ${String(inputs["policyArn"])}`,
  id: (inputs) => `${String(inputs["role"])}/${String(inputs["policyArn"])}`,
  before: needsRole,
};

const hostOf = ({ url }: Properties): string => String(url).replace("https://", "");

const oidcProvider: Kind = {
  check: ({ url }) =>
    /^https:\/\//.test(String(url)) ? [] : ["ValidationError: the provider's address is https"],
  key: (inputs, { account = "" }) => `${account} oidc ${hostOf(inputs)}`,
  id: (inputs, { account = "", region = "" }) =>
    `arn:${partitionOf(region).name}:iam::${account}:oidc-provider/${hostOf(inputs)}`,
  taken: "EntityAlreadyExists",
};

/** Kinds of IAM, whose things belong to an account and to no region. */
export const IAM: Readonly<Record<string, Kind>> = {
  "aws:iam/role:Role": role,
  "aws:iam/rolePolicy:RolePolicy": rolePolicy,
  "aws:iam/rolePolicyAttachment:RolePolicyAttachment": attachment,
  "aws:iam/openIdConnectProvider:OpenIdConnectProvider": oidcProvider,
};
