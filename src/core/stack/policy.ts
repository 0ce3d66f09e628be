/** A policy of AWS: of a role, of who may take a role, or of a registry. Its keys are AWS's own. */
export interface Policy {
  readonly Version: "2012-10-17";
  readonly Statement: readonly Statement[];
}

/** One thing that a policy allows. A policy of a registry or queue has a Sid, one of trust has no Resource. */
export interface Statement {
  readonly Sid?: string;
  readonly Effect: "Allow";
  readonly Principal?:
    { readonly Federated: string } | { readonly AWS: string } | { readonly Service: string };
  readonly Action: readonly string[];
  readonly Resource?: readonly string[];
  readonly Condition?: Readonly<
    Record<string, Readonly<Record<string, string | readonly string[]>>>
  >;
}

/** Returns a policy of statements, without those that have an empty list of resources. */
export function policy(statements: readonly Statement[]): Policy {
  const Statement = statements.filter(({ Resource }) => Resource?.length !== 0);
  return { Version: "2012-10-17", Statement };
}

/** Returns the statement that allows actions on resources. */
export function allow(
  Sid: string,
  Action: readonly string[],
  Resource: readonly string[],
): Statement {
  return { Sid, Effect: "Allow", Action, Resource };
}
