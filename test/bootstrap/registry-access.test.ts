import assert from "node:assert/strict";
import { bootstrapOf, ROLE_POLICY } from "../support/bootstrap";
import { documentText } from "../support/documents";
import { repositoryOf } from "../support/repository";
import { serviceYaml, stackConfigYaml } from "../support/yaml";

/** The JSON of docs/delivery.md, in its order: of each role who may assume it, and what it may do. */
const [READERS, READ, WRITERS, WRITE] = [
  ...documentText("docs/delivery.md").matchAll(/```json\n([^]*?)```/g),
].map(([, block = ""]) => JSON.parse(block) as Policy);

interface Policy {
  readonly Statement: readonly Statement[];
}

interface Statement {
  readonly Sid?: string;
  readonly Effect: string;
  readonly Principal?: { readonly AWS: readonly string[] };
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: { readonly ArnEquals: { readonly "aws:PrincipalArn": readonly string[] } };
}

const [STAGING, PRODUCTION] = ["222222222222", "333333333333"] as const;
const ROLES = {
  read: `arn:aws:iam::${STAGING}:role/registry-read`,
  write: `arn:aws:iam::${PRODUCTION}:role/registry-write`,
};

/** Returns the statements of all roles that workflows assume, by the roles' names, of the document's two stacks. */
async function statementsOf(isAssumed: boolean): Promise<Map<string, readonly Statement[]>> {
  const assumed = (end: "read" | "write") =>
    isAssumed ? `, assume: { ${end}: "${ROLES[end]}" }` : "";
  const configOf = (account: string, end: "read" | "write") =>
    stackConfigYaml("", `{ role: source, prefix: shop/${assumed(end)} }`).replace(
      "111111111111",
      account,
    );
  const repository = repositoryOf({
    "service/a.yaml": serviceYaml("orders"),
    "environments.yaml": `environments:
  staging: { ref: main, accepts: [release] }
  production: { ref: "v*", from: staging, accepts: [release] }
`,
    "Pulumi.staging.yaml": configOf(STAGING, "read"),
    "Pulumi.production.yaml": configOf(PRODUCTION, "write"),
  });
  const found = new Map<string, readonly Statement[]>();
  for (const [stack, account] of [
    ["staging", STAGING],
    ["production", PRODUCTION],
  ] as const) {
    const config = { repository: "acme/releases", stateBucket: "state" };
    const { resources } = await bootstrapOf(repository, stack, config);
    for (const { name, inputs } of resources.filter(({ type }) => type === ROLE_POLICY)) {
      const { Statement: statements } = JSON.parse(String(inputs["policy"])) as Policy;
      found.set(`arn:aws:iam::${account}:role/releases-${name}-${stack}`, statements);
    }
  }
  return found;
}

/** Returns statements with the resources of one account alone. */
function ofAccount(statements: readonly Statement[], account: string): Statement[] {
  return statements.flatMap((statement) => {
    const Resource = statement.Resource.filter((one) => one === "*" || one.includes(account));
    return Resource.length === 0 ? [] : [{ ...statement, Resource }];
  });
}

describe("docs/delivery.md: the roles that registry.assume names", () => {
  it("trust the roles that may assume them, and no others", async () => {
    const roles = await statementsOf(true);
    const assuming = (role: string) =>
      [...roles]
        .filter(([, statements]) =>
          statements.some(({ Sid, Resource }) => Sid === "AssumeRoles" && Resource.includes(role)),
        )
        .map(([name]) => name)
        .sort();
    for (const [policy, role] of [
      [READERS, ROLES.read],
      [WRITERS, ROLES.write],
    ] as const) {
      const { Condition, Principal } = policy?.Statement[0] ?? {};
      const trusted = Condition?.ArnEquals["aws:PrincipalArn"] ?? [];
      assert.deepEqual(trusted, assuming(role));
      const accounts = new Set(trusted.map((arn) => arn.split(":")[4] ?? ""));
      const roots = [...accounts].map((account) => `arn:aws:iam::${account}:root`);
      assert.deepEqual(Principal?.AWS, roots);
    }
  });

  it("may do what workflows may by themselves where no role is named", async () => {
    const roles = await statementsOf(false);
    const direct = (role: string, account: string) =>
      ofAccount(roles.get(`arn:aws:iam::${account}:role/releases-${role}`) ?? [], account);
    assert.deepEqual(READ?.Statement, direct("images-staging", STAGING));
    const deletes = direct("prune-production", PRODUCTION).filter(
      ({ Sid }) => Sid === "DeleteImages",
    );
    assert.deepEqual(WRITE?.Statement, [...direct("promote-production", PRODUCTION), ...deletes]);
  });
});
