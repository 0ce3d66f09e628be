import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import {
  ATTACHMENT,
  bootstrapOf,
  OIDC_PROVIDER,
  ROLE,
  ROLE_POLICY,
  type Bootstrapped,
} from "../support/bootstrap";
import { ofType, theOne } from "../support/plans";
import { serviceYaml, stackConfigYaml } from "../support/yaml";
import { EXPECTED_BUCKET } from "../../src/core/limits";
import { publishRole } from "../../src/core/stack/roles";
import { repositoryOf } from "../support/repository";

const ENVIRONMENTS = `environments:
  testing: { ref: testing, accepts: [release] }
  staging: { ref: main, from: testing, accepts: [release] }
  production: { ref: "v*", from: staging, accepts: [release] }
`;
const LIST = `${serviceYaml("api")}
- { github: network, provider: cloudformation, deploy: { release: v0.5.8 } }
`;
const TEMPLATES = "  releases:templates: { bucket: templates }\n";
const SOURCE =
  '{ role: source, prefix: releases/, replicas: [{ account: "333333333333", region: eu-west-1 }] }';
const REPLICA =
  '{ role: replica, prefix: releases/, source: { account: "111111111111", region: eu-west-1 } }';
const FILES = {
  "service/a.yaml": LIST,
  "environments.yaml": ENVIRONMENTS,
  "Pulumi.testing.yaml": stackConfigYaml(TEMPLATES, SOURCE),
  "Pulumi.production.yaml": stackConfigYaml(TEMPLATES, REPLICA).replace(
    "111111111111",
    "333333333333",
  ),
};
const KEY = "arn:aws:kms:eu-west-1:111111111111:key/6f1c";
const CONFIG = { repository: "acme/releases", stateBucket: "state" };

function rolesOf(
  config: object = {},
  files: object = {},
  stack = "testing",
): Promise<Bootstrapped> {
  return bootstrapOf(repositoryOf({ ...FILES, ...files }), stack, { ...CONFIG, ...config });
}

function trustOf(planned: Bootstrapped, role: string): unknown {
  return JSON.parse(String(theOne(planned, ROLE, role).inputs["assumeRolePolicy"]));
}

/** The subjects that a role trusts, each with its ref. */
function subjectsOf(planned: Bootstrapped, role: string): (readonly (string | undefined)[])[] {
  const { Statement } = trustOf(planned, role) as {
    Statement: { Condition: { StringEquals: Record<string, string> } }[];
  };
  return Statement.map(({ Condition: { StringEquals } }) =>
    ["sub", "ref"].map((claim) => StringEquals[`token.actions.githubusercontent.com:${claim}`]),
  );
}

interface Statement {
  readonly Sid: string;
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
}

function permissionsOf(
  planned: Bootstrapped,
  role: string,
): { readonly Statement: readonly Statement[] } {
  const { policy } = theOne(planned, ROLE_POLICY, role).inputs;
  return JSON.parse(String(policy)) as { Statement: Statement[] };
}

/** One statement of a role, by its name. */
function statement(planned: Bootstrapped, role: string, name: string): Statement | undefined {
  return permissionsOf(planned, role).Statement.find(({ Sid }) => Sid === name);
}

/** The lines of the error of a config that is refused, without the first. */
async function refusal(config: object, files: object = {}, stack = "testing"): Promise<string[]> {
  const refused = await rolesOf(config, files, stack).then(
    () => undefined,
    (cause: unknown) => cause,
  );
  assert.ok(refused instanceof pulumi.RunError);
  const [first, ...lines] = refused.message.split("\n");
  assert.equal(first, `stack ${stack} of bootstrap/ can't be declared:`);
  return lines;
}

describe("the roles of an account", () => {
  it("may declare the queue for pushes and its rule where the stack has them, and read no message", async () => {
    const source = SOURCE.replace("replicas:", "pushes: true, replicas:");
    const pushes = { "Pulumi.testing.yaml": stackConfigYaml(TEMPLATES, source) };
    const planned = await rolesOf({}, pushes);
    const queue = ["arn:aws:sqs:eu-west-1:111111111111:releases-pushes"];
    const rule = ["arn:aws:events:eu-west-1:111111111111:rule/releases-pushes"];
    const reads = [
      ["ReadPushes", ["sqs:GetQueueAttributes", "sqs:ListQueueTags"], queue],
      [
        "ReadPushRule",
        ["events:DescribeRule", "events:ListTagsForResource", "events:ListTargetsByRule"],
        rule,
      ],
    ];
    const writes = [
      ["WritePushes", ["sqs:CreateQueue", "sqs:DeleteQueue", "sqs:SetQueueAttributes"], queue],
      [
        "WritePushRule",
        ["events:DeleteRule", "events:PutRule", "events:PutTargets", "events:RemoveTargets"],
        rule,
      ],
    ];
    const about = (role: string) =>
      permissionsOf(planned, role)
        .Statement.filter(({ Action }) => Action.some((action) => /^(?:sqs|events):/.test(action)))
        .map(({ Sid, Action, Resource }) => [Sid, Action, Resource]);
    assert.deepEqual(about("preview"), reads);
    assert.deepEqual(about("deploy"), [...reads, ...writes]);
    assert.deepEqual(about("history"), []);
    const without = permissionsOf(await rolesOf(), "deploy");
    assert.doesNotMatch(JSON.stringify(without), /sqs|events/);
  });

  it("are of fixed names, by a provider that refuses other accounts", async () => {
    const planned = await rolesOf();
    assert.deepEqual(
      planned.resources.map(({ type, name }) => `${type} ${name}`),
      [
        "pulumi:providers:aws aws",
        `${OIDC_PROVIDER} roles`,
        ...[ROLE, ROLE_POLICY].flatMap((type) =>
          ["deploy", "history", "images", "preview", "prune", "publish api"].map(
            (role) => `${type} ${role}`,
          ),
        ),
        "releases:aws:DeliveryRoles roles",
      ],
    );
    const { inputs } = theOne(planned, "pulumi:providers:aws", "aws");
    assert.equal(inputs["allowedAccountIds"], '["111111111111"]');
    assert.equal(inputs["region"], "eu-west-1");
    for (const { type, provider } of planned.resources) {
      if (type.startsWith("aws:")) assert.match(provider ?? "", /pulumi:providers:aws::aws$/, type);
    }
    assert.deepEqual(planned.outputs, {
      roles: {
        preview: "arn:aws:iam::111111111111:role/releases-preview-testing",
        history: "arn:aws:iam::111111111111:role/releases-history-testing",
        deploy: "arn:aws:iam::111111111111:role/releases-deploy-testing",
        images: "arn:aws:iam::111111111111:role/releases-images-testing",
        prune: "arn:aws:iam::111111111111:role/releases-prune-testing",
        "publish api": "arn:aws:iam::111111111111:role/releases-publish-api",
      },
      guarded: [],
    });
  });

  it("last an hour for reading and two for deploying", async () => {
    const planned = await rolesOf();
    const { assumeRolePolicy: _preview, ...preview } = theOne(planned, ROLE, "preview").inputs;
    assert.deepEqual(preview, {
      description: "Reads what testing of acme/releases declares",
      maxSessionDuration: 3600,
      name: "releases-preview-testing",
    });
    const { assumeRolePolicy: _deploy, ...deploy } = theOne(planned, ROLE, "deploy").inputs;
    assert.deepEqual(deploy, {
      description: "Deploys testing of acme/releases",
      maxSessionDuration: 7200,
      name: "releases-deploy-testing",
    });
  });

  it("trust GitHub's tokens, of a provider that an account has once", async () => {
    const planned = await rolesOf();
    const provider = theOne(planned, OIDC_PROVIDER, "roles");
    assert.deepEqual(provider.inputs, {
      clientIdLists: ["sts.amazonaws.com"],
      url: "https://token.actions.githubusercontent.com",
    });
    assert.equal(provider.options.protect, true);
    assert.deepEqual(theOne(planned, ROLE, "deploy").options.dependsOn, [provider.urn]);

    const existing = await rolesOf({ oidcProvider: "existing" });
    assert.equal(ofType(existing, OIDC_PROVIDER).size, 0);
    assert.deepEqual(trustOf(existing, "deploy"), trustOf(planned, "deploy"));
  });
});

describe("the trust of a role", () => {
  const trusting = (conditions: object, account = "111111111111") => ({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: {
          Federated: `arn:aws:iam::${account}:oidc-provider/token.actions.githubusercontent.com`,
        },
        Action: ["sts:AssumeRoleWithWebIdentity"],
        Condition: conditions,
      },
    ],
  });

  it("deploys from a job of the environment, at its branch", async () => {
    assert.deepEqual(
      trustOf(await rolesOf(), "deploy"),
      trusting({
        StringEquals: {
          "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
          "token.actions.githubusercontent.com:sub": "repo:acme/releases:environment:testing",
          "token.actions.githubusercontent.com:ref": "refs/heads/testing",
        },
      }),
    );
  });

  it("reads the history at the refs of what takes versions from the environment, too", async () => {
    const { Statement } = trustOf(await rolesOf(), "history") as {
      Statement: { Condition: { StringEquals: Record<string, string> } }[];
    };
    assert.deepEqual(
      Statement.map(({ Condition: { StringEquals } }) => [
        StringEquals["token.actions.githubusercontent.com:sub"],
        StringEquals["token.actions.githubusercontent.com:ref"],
      ]),
      ["testing", "main"].map((branch) => [
        "repo:acme/releases:environment:history-testing",
        `refs/heads/${branch}`,
      ]),
    );
  });

  it("deploys, and reads the history, from a job at the environment's tags, and no mutable one", async () => {
    const planned = await rolesOf({}, {}, "production");
    const at = (environment: string) =>
      trusting(
        {
          StringEquals: {
            "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
            "token.actions.githubusercontent.com:sub": `repo:acme/releases:environment:${environment}`,
          },
          StringLike: { "token.actions.githubusercontent.com:ref": "refs/tags/v*" },
          StringNotLike: {
            "token.actions.githubusercontent.com:ref": ["refs/tags/*-daily", "refs/tags/*-test"],
          },
        },
        "333333333333",
      );
    assert.deepEqual(trustOf(planned, "deploy"), at("production"));
    assert.deepEqual(trustOf(planned, "history"), at("history-production"));
  });

  it("reads from a job of a pull request, and from one of drift on the default branch", async () => {
    const reading = (branch: string) => {
      const [pull] = trusting({
        StringEquals: {
          "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
          "token.actions.githubusercontent.com:sub":
            "repo:acme/releases:environment:preview-testing",
        },
        StringLike: { "token.actions.githubusercontent.com:ref": "refs/pull/*/merge" },
      }).Statement;
      const [drift] = trusting({
        StringEquals: {
          "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
          "token.actions.githubusercontent.com:sub": "repo:acme/releases:environment:drift-testing",
          "token.actions.githubusercontent.com:ref": `refs/heads/${branch}`,
        },
      }).Statement;
      return { Version: "2012-10-17", Statement: [pull, drift] };
    };
    assert.deepEqual(trustOf(await rolesOf(), "preview"), reading("main"));
    const trunk = await rolesOf({ defaultBranch: "trunk" });
    assert.deepEqual(trustOf(trunk, "preview"), reading("trunk"));
  });

  it("reads images from jobs of drift and from those that resolve, on the default branch", async () => {
    assert.deepEqual(subjectsOf(await rolesOf({ defaultBranch: "trunk" }), "images"), [
      ["repo:acme/releases:environment:drift-testing", "refs/heads/trunk"],
      ["repo:acme/releases:environment:resolve", "refs/heads/trunk"],
    ]);
  });

  it("promotes and prunes from the one job of each, on the default branch", async () => {
    const planned = await rolesOf({}, {}, "production");
    assert.deepEqual(
      ["promote", "prune"].map((role) => subjectsOf(planned, role)),
      ["promote", "prune"].map((role) => [
        [`repo:acme/releases:environment:${role}`, "refs/heads/main"],
      ]),
    );
  });

  it("pushes from the release workflow of the service's repository, at what it publishes", async () => {
    const github = (key: string) => `token.actions.githubusercontent.com:${key}`;
    const conditions = (...subjects: readonly string[]) => ({
      StringEquals: {
        [github("aud")]: "sts.amazonaws.com",
        [github("repository")]: "acme/api",
      },
      StringLike: {
        [github("sub")]: subjects,
        [github("ref")]: ["refs/tags/v*", "refs/heads/main", "refs/heads/releases/*/*"],
        [github("job_workflow_ref")]: "acme/api/.github/workflows/release.yml@*",
      },
    });
    const files = { "service/a.yaml": serviceYaml("api") };
    assert.deepEqual(
      trustOf(await rolesOf({}, files), "publish api"),
      trusting(conditions("repo:acme/api:ref:*", "repo:acme/api:environment:release")),
    );
    // Of a repository that has ids in its subjects, nobody but its owner can have another one of that name.
    for (const ids of [{ owner: 123 }, { owner: 123, repository: 456 }]) {
      assert.deepEqual(
        trustOf(await rolesOf({ ids }, files), "publish api"),
        trusting(
          conditions(
            ...["repo:acme/api:ref:*", "repo:acme/api:environment:release"],
            ...["repo:acme@123/api@*:ref:*", "repo:acme@123/api@*:environment:release"],
          ),
        ),
      );
    }
  });

  it("pushes from the branch that a service follows, whatever characters it has", async () => {
    const files = {
      "service/a.yaml": "- { github: api, docker: api, deploy: { branch: feature/+x$y } }\n",
      "environments.yaml": ENVIRONMENTS.replace("accepts: [release]", "accepts: [commit]"),
      "Pulumi.testing.yaml": stackConfigYaml(
        `  releases:versions: { api: ${"a".repeat(40)}@sha256:${"b".repeat(64)} }\n`,
        "{ role: source, prefix: releases/ }",
      ),
    };
    const { Statement } = trustOf(await rolesOf({}, files), "publish api") as {
      Statement: { Condition: { StringLike: object } }[];
    };
    assert.deepEqual(
      Object.entries(Statement[0]?.Condition.StringLike ?? {}).filter(([key]) =>
        key.endsWith(":ref"),
      ),
      [["token.actions.githubusercontent.com:ref", ["refs/heads/feature/+x${$}y"]]],
    );
  });

  it("has ids where the subjects of the repository have them", async () => {
    const planned = await rolesOf({ ids: { owner: 123, repository: 456 } }, {}, "production");
    for (const [role, environment] of [
      ["deploy", "production"],
      ["preview", "preview-production"],
    ] as const) {
      const { Statement } = trustOf(planned, role) as {
        Statement: { Condition: { StringEquals: object } }[];
      };
      assert.deepEqual(Statement[0]?.Condition.StringEquals, {
        "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
        "token.actions.githubusercontent.com:sub": `repo:acme@123/releases@456:environment:${environment}`,
      });
    }
  });

  it("is in the environment that the stack is of, which may have another name", async () => {
    const files = {
      "Pulumi.testing-shop.yaml": stackConfigYaml("  releases:environment: testing\n"),
      "service/a.yaml": serviceYaml("api"),
    };
    const planned = await rolesOf({}, files, "testing-shop");
    assert.deepEqual(planned.outputs.roles, {
      preview: "arn:aws:iam::111111111111:role/releases-preview-testing-shop",
      history: "arn:aws:iam::111111111111:role/releases-history-testing-shop",
      deploy: "arn:aws:iam::111111111111:role/releases-deploy-testing-shop",
      images: "arn:aws:iam::111111111111:role/releases-images-testing-shop",
      prune: "arn:aws:iam::111111111111:role/releases-prune-testing-shop",
      "publish api": "arn:aws:iam::111111111111:role/releases-publish-api",
    });
    assert.match(JSON.stringify(trustOf(planned, "deploy")), /:environment:testing"/);
  });
});

const LIST_STATE = {
  Sid: "ListState",
  Effect: "Allow",
  Action: ["s3:ListBucket"],
  Resource: ["arn:aws:s3:::state"],
};

function readState(stack: string) {
  return {
    Sid: "ReadState",
    Effect: "Allow",
    Action: ["s3:GetObject"],
    Resource: [
      "arn:aws:s3:::state/.pulumi/meta.yaml",
      `arn:aws:s3:::state/.pulumi/stacks/releases/${stack}.json*`,
      `arn:aws:s3:::state/.pulumi/stacks/releases/${stack}.pulumi-tags`,
      `arn:aws:s3:::state/.pulumi/locks/organization/releases/${stack}/*`,
    ],
  };
}

function writeState(stack: string) {
  return [
    {
      Sid: "ReadHistory",
      Effect: "Allow",
      Action: ["s3:GetObject"],
      Resource: [`arn:aws:s3:::state/.pulumi/history/releases/${stack}/*`],
    },
    {
      Sid: "WriteState",
      Effect: "Allow",
      Action: ["s3:PutObject"],
      Resource: [
        `arn:aws:s3:::state/.pulumi/stacks/releases/${stack}.json*`,
        `arn:aws:s3:::state/.pulumi/history/releases/${stack}/*`,
        `arn:aws:s3:::state/.pulumi/backups/releases/${stack}/*`,
        `arn:aws:s3:::state/.pulumi/locks/organization/releases/${stack}/*`,
      ],
    },
    {
      Sid: "Unlock",
      Effect: "Allow",
      Action: ["s3:DeleteObject"],
      Resource: [`arn:aws:s3:::state/.pulumi/locks/organization/releases/${stack}/*`],
    },
  ];
}

function readStack(account: string, registry: string) {
  return [
    {
      Sid: "ReadRepositories",
      Effect: "Allow",
      Action: ["ecr:DescribeRepositories", "ecr:GetLifecyclePolicy", "ecr:ListTagsForResource"],
      Resource: [`arn:aws:ecr:eu-west-1:${account}:repository/releases/*`],
    },
    { Sid: "ReadRegistry", Effect: "Allow", Action: [registry], Resource: ["*"] },
    {
      Sid: "ReadTemplates",
      Effect: "Allow",
      Action: ["cloudformation:DescribeStacks", "cloudformation:GetTemplate"],
      Resource: [`arn:aws:cloudformation:eu-west-1:${account}:stack/network/*`],
    },
    {
      Sid: "Cluster",
      Effect: "Allow",
      Action: ["eks:DescribeCluster"],
      Resource: [`arn:aws:eks:eu-west-1:${account}:cluster/test`],
    },
  ];
}

const RELEASES = "arn:aws:ecr:eu-west-1:111111111111:repository/releases/*";
const LOGIN = {
  Sid: "Login",
  Effect: "Allow",
  Action: ["ecr:GetAuthorizationToken"],
  Resource: ["*"],
};

function readImages(...repositories: readonly string[]) {
  return [
    {
      Sid: "ReadImages",
      Effect: "Allow",
      Action: [
        "ecr:BatchCheckLayerAvailability",
        "ecr:BatchGetImage",
        "ecr:DescribeImages",
        "ecr:GetDownloadUrlForLayer",
      ],
      Resource: repositories,
    },
    LOGIN,
  ];
}

function writeImages(...repositories: readonly string[]) {
  return {
    Sid: "WriteImages",
    Effect: "Allow",
    Action: [
      "ecr:CompleteLayerUpload",
      "ecr:InitiateLayerUpload",
      "ecr:PutImage",
      "ecr:UploadLayerPart",
    ],
    Resource: repositories,
  };
}

const assumeRoles = (...roles: readonly string[]) => ({
  Sid: "AssumeRoles",
  Effect: "Allow",
  Action: ["sts:AssumeRole"],
  Resource: roles,
});

describe("the permissions of a role", () => {
  it("reads its own stack's state and what the stack declares, for previews", async () => {
    const planned = await rolesOf({ stateKey: KEY });
    assert.deepEqual(permissionsOf(planned, "preview"), {
      Version: "2012-10-17",
      Statement: [
        LIST_STATE,
        readState("testing"),
        { Sid: "StateKey", Effect: "Allow", Action: ["kms:Decrypt"], Resource: [KEY] },
        ...readStack("111111111111", "ecr:DescribeRegistry"),
      ],
    });
  });

  it("reads of its own stack's state that it was updated, and no secret, for histories", async () => {
    const planned = await rolesOf({ stateKey: KEY });
    const state = "arn:aws:s3:::state/.pulumi";
    assert.deepEqual(permissionsOf(planned, "history"), {
      Version: "2012-10-17",
      Statement: [
        LIST_STATE,
        {
          Sid: "ReadState",
          Effect: "Allow",
          Action: ["s3:GetObject"],
          Resource: [
            `${state}/meta.yaml`,
            `${state}/stacks/releases/testing.json`,
            `${state}/stacks/releases/testing.json.gz`,
            `${state}/stacks/releases/testing.json.zst`,
            `${state}/history/releases/testing/*.history.json*`,
          ],
        },
        {
          Sid: "BucketKey",
          Effect: "Allow",
          Action: ["kms:Decrypt"],
          Resource: [KEY],
          Condition: { StringLike: { "kms:ViaService": "s3.*" } },
        },
      ],
    });
    const plain = permissionsOf(await rolesOf(), "history");
    assert.deepEqual(
      plain.Statement.map(({ Sid }) => Sid),
      ["ListState", "ReadState"],
    );
  });

  it("writes the same for a deployment, in an account that replicates", async () => {
    const planned = await rolesOf({ stateKey: KEY });
    assert.deepEqual(permissionsOf(planned, "deploy"), {
      Version: "2012-10-17",
      Statement: [
        LIST_STATE,
        readState("testing"),
        ...writeState("testing"),
        {
          Sid: "StateKey",
          Effect: "Allow",
          Action: ["kms:Decrypt", "kms:GenerateDataKey"],
          Resource: [KEY],
        },
        ...readStack("111111111111", "ecr:DescribeRegistry"),
        ...readImages(RELEASES),
        {
          Sid: "WriteRepositories",
          Effect: "Allow",
          Action: [
            "ecr:CreateRepository",
            "ecr:DeleteLifecyclePolicy",
            "ecr:DeleteRepository",
            "ecr:PutImageScanningConfiguration",
            "ecr:PutImageTagMutability",
            "ecr:PutLifecyclePolicy",
          ],
          Resource: ["arn:aws:ecr:eu-west-1:111111111111:repository/releases/*"],
        },
        {
          Sid: "WriteRegistry",
          Effect: "Allow",
          Action: ["ecr:PutReplicationConfiguration"],
          Resource: ["*"],
        },
        {
          Sid: "ReplicationRole",
          Effect: "Allow",
          Action: ["iam:CreateServiceLinkedRole"],
          Resource: [
            "arn:aws:iam::111111111111:role/aws-service-role/replication.ecr.amazonaws.com/AWSServiceRoleForECRReplication",
          ],
          Condition: { StringEquals: { "iam:AWSServiceName": "replication.ecr.amazonaws.com" } },
        },
        {
          Sid: "WriteTemplates",
          Effect: "Allow",
          Action: [
            "cloudformation:CreateStack",
            "cloudformation:DeleteStack",
            "cloudformation:DescribeStackEvents",
            "cloudformation:TagResource",
            "cloudformation:UntagResource",
            "cloudformation:UpdateStack",
          ],
          Resource: ["arn:aws:cloudformation:eu-west-1:111111111111:stack/network/*"],
        },
        {
          Sid: "TemplateFiles",
          Effect: "Allow",
          Action: ["s3:GetObject"],
          Resource: ["arn:aws:s3:::templates/network/*"],
        },
      ],
    });
  });

  it("removes neither repositories nor templates where the path ends, in an account that receives", async () => {
    const planned = await rolesOf({}, {}, "production");
    assert.deepEqual(permissionsOf(planned, "preview"), {
      Version: "2012-10-17",
      Statement: [
        LIST_STATE,
        readState("production"),
        ...readStack("333333333333", "ecr:GetRegistryPolicy"),
      ],
    });
    assert.deepEqual(permissionsOf(planned, "deploy"), {
      Version: "2012-10-17",
      Statement: [
        LIST_STATE,
        readState("production"),
        ...writeState("production"),
        ...readStack("333333333333", "ecr:GetRegistryPolicy"),
        ...readImages("arn:aws:ecr:eu-west-1:333333333333:repository/releases/*"),
        {
          Sid: "WriteRepositories",
          Effect: "Allow",
          Action: [
            "ecr:CreateRepository",
            "ecr:DeleteLifecyclePolicy",
            "ecr:PutImageScanningConfiguration",
            "ecr:PutImageTagMutability",
            "ecr:PutLifecyclePolicy",
          ],
          Resource: ["arn:aws:ecr:eu-west-1:333333333333:repository/releases/*"],
        },
        {
          Sid: "WriteRegistry",
          Effect: "Allow",
          Action: ["ecr:DeleteRegistryPolicy", "ecr:PutRegistryPolicy"],
          Resource: ["*"],
        },
        {
          Sid: "WriteTemplates",
          Effect: "Allow",
          Action: [
            "cloudformation:CreateStack",
            "cloudformation:DescribeStackEvents",
            "cloudformation:TagResource",
            "cloudformation:UntagResource",
            "cloudformation:UpdateStack",
          ],
          Resource: ["arn:aws:cloudformation:eu-west-1:333333333333:stack/network/*"],
        },
        {
          Sid: "TemplateFiles",
          Effect: "Allow",
          Action: ["s3:GetObject"],
          Resource: ["arn:aws:s3:::templates/network/*"],
        },
      ],
    });
  });

  it("names repositories one by one where they have no prefix, of the part of the list that is the stack's", async () => {
    const planned = await rolesOf(
      {},
      {
        "service/a.yaml": `${serviceYaml("web", "  aliases: [web-3]\n  team: shop\n")}\n${serviceYaml("api")}`,
        "Pulumi.testing.yaml": stackConfigYaml(
          "  releases:select: { team: shop }\n",
          "{ role: source }",
        ),
      },
    );
    const resources = [
      "arn:aws:ecr:eu-west-1:111111111111:repository/web",
      "arn:aws:ecr:eu-west-1:111111111111:repository/web-3",
    ];
    assert.deepEqual(statement(planned, "preview", "ReadRepositories")?.Resource, resources);
    assert.deepEqual(statement(planned, "deploy", "WriteRepositories")?.Resource, resources);
  });

  it("reads the images of the stack, and nothing else", async () => {
    assert.deepEqual(permissionsOf(await rolesOf(), "images").Statement, readImages(RELEASES));
    const planned = await rolesOf();
    assert.equal(statement(planned, "preview", "ReadImages"), undefined);
  });

  it("finds templates that services of the stack follow, where it reads images", async () => {
    const list = LIST.replace("release: v0.5.8", "branch: main");
    const pin = `${TEMPLATES}  releases:versions: { network: ${"a".repeat(40)} }\n`;
    const planned = await rolesOf(
      {},
      {
        "service/a.yaml": list,
        "environments.yaml": ENVIRONMENTS.replace("[release]", "[release, commit, branch]"),
        "Pulumi.testing.yaml": stackConfigYaml(pin, SOURCE),
      },
    );
    assert.deepEqual(statement(planned, "images", "TemplateFiles"), {
      ...{ Sid: "TemplateFiles", Effect: "Allow", Action: ["s3:GetObject"] },
      Resource: ["arn:aws:s3:::templates/network/*"],
    });
    assert.deepEqual(statement(planned, "images", "TemplateBuckets"), {
      ...{ Sid: "TemplateBuckets", Effect: "Allow", Action: ["s3:ListBucket"] },
      Resource: ["arn:aws:s3:::templates"],
    });
  });

  it("reads the images of a registry that the stack shares, and deletes none of them", async () => {
    const files = {
      "Pulumi.staging.yaml": stackConfigYaml("", "{ role: shared, owner: testing }"),
      "service/a.yaml": serviceYaml("api"),
    };
    const planned = await rolesOf({}, files, "staging");
    assert.deepEqual(permissionsOf(planned, "images").Statement, readImages(RELEASES));
    assert.deepEqual(permissionsOf(planned, "promote").Statement, [
      ...readImages(RELEASES).slice(0, 1),
      LOGIN,
      writeImages(RELEASES),
    ]);
    assert.deepEqual(Object.keys(planned.outputs.roles).sort(), [
      "deploy",
      "history",
      "images",
      "preview",
      "promote",
    ]);
  });

  it("reads the charts that services have in the registry beside the images", async () => {
    const chart = (name: string) =>
      `  chart: { name: "oci://111111111111.dkr.ecr.eu-west-1.amazonaws.com/${name}", version: 1.0.0 }\n`;
    const planned = await rolesOf(
      {},
      {
        "service/a.yaml": `${serviceYaml("api", chart("charts/api"))}${serviceYaml("web", chart("releases/charts/web"))}`,
        "Pulumi.testing.yaml": stackConfigYaml(),
      },
    );
    const charts = "arn:aws:ecr:eu-west-1:111111111111:repository/charts/api";
    assert.deepEqual(permissionsOf(planned, "images").Statement, readImages(RELEASES, charts));
    assert.deepEqual(statement(planned, "publish api", "WriteImages"), {
      ...writeImages(
        "arn:aws:ecr:eu-west-1:111111111111:repository/charts/api",
        "arn:aws:ecr:eu-west-1:111111111111:repository/releases/api",
      ),
    });
    assert.deepEqual(statement(planned, "publish web", "WriteImages")?.Resource, [
      "arn:aws:ecr:eu-west-1:111111111111:repository/releases/charts/web",
      "arn:aws:ecr:eu-west-1:111111111111:repository/releases/web",
    ]);
  });

  it("names a service's repository as its workflow does, in whatever case the list spells it", async () => {
    const files = { "service/a.yaml": serviceYaml("api").replace("github: api", "github: API") };
    const { outputs } = await rolesOf({}, files);
    const at = { account: "111111111111", region: "eu-west-1" };
    assert.equal(outputs.roles["publish API"], publishRole("api", at).arn);
    assert.equal(publishRole("API", at).arn, publishRole("api", at).arn);
  });

  it("tags and copies images of its own environment, and reads those upstream", async () => {
    const staging = stackConfigYaml(
      "",
      '{ role: source, prefix: shop/, assume: { read: "arn:aws:iam::222222222222:role/read", write: "arn:aws:iam::222222222222:role/write" } }',
    ).replace("111111111111", "222222222222");
    const files = {
      "service/a.yaml": serviceYaml("api"),
      "Pulumi.staging.yaml": staging,
      "Pulumi.staging-us.yaml": stackConfigYaml("  releases:environment: staging\n").replace(
        "111111111111",
        "444444444444",
      ),
    };
    const toProduction = await rolesOf({}, files, "production");
    const production = "arn:aws:ecr:eu-west-1:333333333333:repository/releases/*";
    const us = "arn:aws:ecr:eu-west-1:444444444444:repository/releases/*";
    assert.deepEqual(permissionsOf(toProduction, "promote").Statement, [
      ...readImages(production, us),
      writeImages(production),
      assumeRoles("arn:aws:iam::222222222222:role/read"),
    ]);
    // Where the config names roles, the images are theirs.
    const toStaging = await rolesOf({}, files, "staging");
    assert.deepEqual(permissionsOf(toStaging, "promote").Statement, [
      ...readImages(us, RELEASES),
      writeImages(us),
      assumeRoles("arn:aws:iam::222222222222:role/read", "arn:aws:iam::222222222222:role/write"),
    ]);
    for (const [role, roles] of [
      ["images", ["read"]],
      ["prune", ["read", "write"]],
    ] as const) {
      assert.deepEqual(permissionsOf(toStaging, role).Statement, [
        assumeRoles(...roles.map((name) => `arn:aws:iam::222222222222:role/${name}`)),
      ]);
    }
    const { Resource } = statement(toStaging, "deploy", "AssumeRoles") ?? {};
    assert.deepEqual(Resource, [
      "arn:aws:iam::222222222222:role/read",
      "arn:aws:iam::222222222222:role/write",
    ]);
  });

  it("promotes nothing to where versions come from nowhere", async () => {
    const { outputs } = await rolesOf();
    assert.equal("promote" in outputs.roles, false);
  });

  it("deletes images of what the stack declares, its replicas in the account included", async () => {
    const planned = await rolesOf(
      {},
      {
        "service/a.yaml": serviceYaml("api"),
        "Pulumi.testing.yaml": stackConfigYaml(
          "",
          '{ role: source, prefix: releases/, replicas: [{ account: "111111111111", region: us-east-1 }, { account: "333333333333", region: eu-west-1 }] }',
        ),
      },
    );
    const own = [RELEASES, RELEASES.replace("eu-west-1", "us-east-1")];
    assert.deepEqual(permissionsOf(planned, "prune").Statement, [
      ...readImages(...own),
      { Sid: "DeleteImages", Effect: "Allow", Action: ["ecr:BatchDeleteImage"], Resource: own },
    ]);
    const deleting = Object.keys(planned.outputs.roles).filter((role) =>
      JSON.stringify(permissionsOf(planned, role)).includes("BatchDeleteImage"),
    );
    assert.deepEqual(deleting, ["prune"]);
  });

  it("pushes the images that a service's repository publishes, and no others", async () => {
    const files = {
      "service/a.yaml": [
        serviceYaml("api", "  aliases: [api-3]\n"),
        "- { github: api, docker: api-jobs, deploy: { release: v1.0.0 } }\n",
        serviceYaml("web"),
        "- { github: files, assets: [files.tar.gz], deploy: { release: v1.0.0 } }\n",
      ].join(""),
      "Pulumi.testing.yaml": stackConfigYaml(),
    };
    const planned = await rolesOf({}, files);
    const at = "arn:aws:ecr:eu-west-1:111111111111:repository/releases";
    const api = [`${at}/api`, `${at}/api-3`, `${at}/api-jobs`];
    assert.deepEqual(permissionsOf(planned, "publish api").Statement, [
      ...readImages(...api).slice(0, 1),
      writeImages(...api),
      LOGIN,
    ]);
    const names = Object.keys(planned.outputs.roles).filter((role) => role.startsWith("publish"));
    assert.deepEqual(names, ["publish api", "publish web"]);
    // A replica gets its images from there.
    const replica = await rolesOf({}, files, "production");
    assert.equal(JSON.stringify(replica.outputs.roles).includes("publish"), false);
  });

  it("pushes from the source, where releases stand in another repository", async () => {
    const files = {
      "service/a.yaml":
        "- { github: { source: km, releases: km-releases }, docker: km, deploy: { release: v1.0.0 } }\n",
    };
    const { outputs } = await rolesOf({}, files);
    assert.deepEqual(
      Object.keys(outputs.roles).filter((role) => role.startsWith("publish")),
      ["publish km"],
    );
  });

  it("has nothing of what a stack doesn't declare", async () => {
    const planned = await rolesOf(
      {},
      {
        "service/a.yaml": serviceYaml("api"),
        "Pulumi.testing.yaml": stackConfigYaml("", "{ role: external, host: ghcr.io/acme }"),
      },
    );
    assert.deepEqual(Object.keys(planned.outputs.roles).sort(), ["deploy", "history", "preview"]);
    const names = (role: string) => permissionsOf(planned, role).Statement.map(({ Sid }) => Sid);
    assert.deepEqual(names("preview"), ["ListState", "ReadState", "Cluster"]);
    assert.deepEqual(names("deploy"), [
      "ListState",
      "ReadState",
      "ReadHistory",
      "WriteState",
      "Unlock",
      "Cluster",
    ]);
  });

  it("allows no action by a wildcard, and everything only where AWS has nothing to name", async () => {
    for (const stack of ["testing", "production"]) {
      const planned = await rolesOf({ stateKey: KEY }, {}, stack);
      for (const role of Object.keys(planned.outputs.roles)) {
        const { Statement } = permissionsOf(planned, role);
        for (const { Sid, Action, Resource } of Statement) {
          for (const action of Action) assert.match(action, /^[a-z0-9]+:[A-Za-z]+$/, Sid);
          for (const resource of Resource) {
            if (resource !== "*")
              assert.match(resource, /^arn:aws:[a-z0-9]+:[^:]*:[^:]*:[^:*]/, Sid);
          }
          if (Resource.includes("*")) assert.match(Sid, /^(?:(?:Read|Write)Registry|Login)$/);
        }
        assert.equal(new Set(Statement.map(({ Sid }) => Sid)).size, Statement.length);
      }
    }
  });

  it("has for what templates make the policies that the config names, and only to deploy", async () => {
    const policies = [
      "arn:aws:iam::aws:policy/AmazonVPCFullAccess",
      "arn:aws:iam::111111111111:policy/network",
    ];
    const planned = await rolesOf({ templatePolicies: policies });
    assert.deepEqual(
      [...ofType(planned, ATTACHMENT).values()].map(({ name, inputs }) => [name, inputs]),
      [...policies]
        .sort()
        .map((policyArn) => [
          `deploy ${policyArn}`,
          { policyArn, role: "releases-deploy-testing" },
        ]),
    );
  });
});

describe("a config that is refused", () => {
  it("has all its findings at once", async () => {
    assert.deepEqual(
      await refusal({
        repository: "acme",
        ids: { owner: "123", repository: 456 },
        stateBucket: "State",
        stateKey: "arn:aws:kms:eu-west-1:111111111111:alias/state",
        defaultBranch: "*",
        oidcProvider: "mine",
        templatePolicies: ["AdministratorAccess", "*"],
        reviewers: {},
      }),
      [
        `invalid-bucket "stateBucket" is "State"; expected ${EXPECTED_BUCKET}`,
        `invalid-github "repository" is "acme"; expected an owner and a repository, such as "acme/releases"`,
        `invalid-type "ids.owner" is the text "123"; expected a whole number`,
        `invalid-value "defaultBranch" is "*"; expected a branch's name, such as "main"`,
        `invalid-value "oidcProvider" is "mine"; expected "existing", or nothing`,
        `invalid-value "stateKey" is "arn:aws:kms:eu-west-1:111111111111:alias/state"; expected the ARN of a KMS key; that of an alias grants nothing`,
        `invalid-value "templatePolicies.0" is "AdministratorAccess"; expected a managed policy's ARN`,
        `invalid-value "templatePolicies.1" is "*"; expected a managed policy's ARN`,
        `unknown-key unknown key "reviewers"; known are repository, ids, defaultBranch, stateBucket, stateKey, oidcProvider, templatePolicies`,
      ].map((text) => `bootstrap/Pulumi.testing.yaml:1:1 ${text}`),
    );
  });

  it("needs a stack, an account, a region and an environment with a ref", async () => {
    const of = (...lines: string[]) => ({
      "service/a.yaml": serviceYaml("api"),
      "Pulumi.testing.yaml": `config:\n  pulumi:disable-default-providers: ["*"]\n${lines.join("\n")}\n`,
    });
    assert.deepEqual(await refusal({}, {}, "staging"), [
      `Pulumi.staging.yaml:1:1 unreadable the list has no stack "staging"; stacks here are testing, production, github`,
    ]);
    assert.deepEqual(
      await refusal(
        {},
        of(
          "  releases:cluster: { context: 'arn:aws:eks:x:1:cluster/*' }",
          "  releases:registry: { role: external, host: ghcr.io/acme }",
        ),
      ),
      [
        `Pulumi.testing.yaml:2:3 missing-key "account" and "aws:region" are needed for roles; set both`,
        `Pulumi.testing.yaml:3:32 invalid-value "cluster.context" is "arn:aws:eks:x:1:cluster/*", which is not the name of an EKS cluster; give the context the name of its cluster`,
      ],
    );
    assert.deepEqual(
      await refusal(
        {},
        {
          "service/a.yaml": serviceYaml("api"),
          "Pulumi.testing.yaml": stackConfigYaml("  releases:environment: prod\n", SOURCE),
        },
      ),
      [
        `Pulumi.testing.yaml:7:3 unknown-environment "prod" isn't in environments.yaml; known are testing, staging, production`,
      ],
    );
    assert.deepEqual(
      await refusal({}, { "environments.yaml": ENVIRONMENTS.replace("ref: testing, ", "") }),
      [
        `environments.yaml:1:1 missing-key "environments.testing.ref" is missing; without it nothing deploys "testing"`,
      ],
    );
  });

  it("needs ARNs of the partition that its region is in", async () => {
    const policies = ["arn:aws:iam::aws:policy/ReadOnlyAccess", "arn:aws-cn:iam::aws:policy/X"];
    const china = stackConfigYaml(TEMPLATES).replace("eu-west-1", "cn-north-1");
    assert.deepEqual(
      await refusal(
        { stateKey: KEY, templatePolicies: policies },
        { "Pulumi.testing.yaml": china },
      ),
      [
        `"stateKey" is "${KEY}"`,
        `"templatePolicies.0" is "arn:aws:iam::aws:policy/ReadOnlyAccess"`,
      ].map(
        (found) =>
          `bootstrap/Pulumi.testing.yaml:1:1 invalid-value ${found}; cn-north-1 is in the partition aws-cn, so it begins with arn:aws-cn:`,
      ),
    );
  });

  it("names every ARN in the partition that its region is in", async () => {
    for (const [region, partition] of [
      ["cn-north-1", "aws-cn"],
      ["us-gov-west-1", "aws-us-gov"],
      ["us-iso-east-1", "aws-iso"],
      ["eusc-de-east-1", "aws-eusc"],
    ] as const) {
      const inRegion = (text: string): string => text.replaceAll("eu-west-1", region);
      const planned = await rolesOf(
        { stateKey: inRegion(KEY).replace("arn:aws:", `arn:${partition}:`) },
        {
          "Pulumi.testing.yaml": inRegion(FILES["Pulumi.testing.yaml"]),
          "Pulumi.production.yaml": inRegion(FILES["Pulumi.production.yaml"]),
        },
      );
      const arns = JSON.stringify(planned).match(/\barn:[a-z-]+/g) ?? [];
      assert.ok(arns.length > 20);
      assert.deepEqual([...new Set(arns)], [`arn:${partition}`]);
    }
  });

  it("needs trust that IAM takes, and few enough policies", async () => {
    const after = Array.from(
      { length: 9 },
      (_, index) =>
        `  region-${index}: { ref: branch-${index}, from: testing, accepts: [release] }\n`,
    );
    const policies = Array.from({ length: 11 }, (_, index) => `arn:aws:iam::aws:policy/P${index}`);
    const [deploy, history, ...others] = await refusal(
      { templatePolicies: policies },
      { "environments.yaml": ENVIRONMENTS + after.join("") },
    );
    assert.equal(
      deploy,
      "Pulumi.testing.yaml:1:1 invalid-value releases-deploy-testing would have 11 templatePolicies; IAM takes 10, join some",
    );
    assert.match(
      history ?? "",
      /^Pulumi\.testing\.yaml:1:1 invalid-value the trust policy of releases-history-testing has \d{4} characters; IAM takes 2048, let fewer environments come "from" this one$/,
    );
    assert.deepEqual(others, []);
  });

  it("needs names and policies that IAM takes", async () => {
    const stack = "s".repeat(48);
    const long = { [`Pulumi.${stack}.yaml`]: stackConfigYaml("  releases:environment: testing\n") };
    assert.deepEqual(
      await refusal({}, { ...long, "service/a.yaml": serviceYaml("api") }, stack),
      ["history", "preview"].map(
        (role) =>
          `Pulumi.${stack}.yaml:1:1 invalid-value its role would be "releases-${role}-${stack}"; IAM takes 64 characters, rename the stack`,
      ),
    );

    const many = Array.from({ length: 80 }, (_, index) =>
      serviceYaml(`service-of-a-long-name-${index}`),
    );
    const lines = await refusal(
      {},
      {
        "service/a.yaml": many.join("\n"),
        "Pulumi.testing.yaml": stackConfigYaml("", "{ role: source }"),
      },
    );
    for (const [index, role] of ["deploy", "prune"].entries()) {
      const found = new RegExp(
        `^Pulumi\\.testing\\.yaml:1:1 invalid-value the policy of releases-${role}-testing has [12]\\d{4} characters; IAM takes 10240, give the registry a prefix$`,
      );
      assert.match(lines[index] ?? "", found);
    }
    assert.equal(lines.length, 2);
  });
});
