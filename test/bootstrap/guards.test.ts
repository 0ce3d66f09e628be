import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { DEPLOYMENT_POLICY, ENVIRONMENT, bootstrapOf, RULESET } from "../support/bootstrap";
import { ofType, theOne } from "../support/plans";
import { serviceYaml, stackConfigYaml } from "../support/yaml";
import { repositoryOf } from "../support/repository";

const ENVIRONMENTS = `environments:
  testing: { ref: testing, accepts: [release] }
  staging: { ref: main, from: testing, accepts: [release] }
  production: { ref: "v*", from: staging, accepts: [release] }
`;
const FILES = { "service/a.yaml": serviceYaml("api"), "environments.yaml": ENVIRONMENTS };
const CONFIG = { repository: "acme/releases", reviewers: { production: { teams: [7] } } };

function guardsOf(config: object = {}, files: object = {}) {
  return bootstrapOf(repositoryOf({ ...FILES, ...files }), "github", { ...CONFIG, ...config });
}

/** The lines of the error of a config that is refused, without the first. */
async function refusal(config: object, files: object = {}): Promise<string[]> {
  const refused = await guardsOf(config, files).then(
    () => undefined,
    (cause: unknown) => cause,
  );
  assert.ok(refused instanceof pulumi.RunError);
  const [first, ...lines] = refused.message.split("\n");
  assert.equal(first, "stack github of bootstrap/ can't be declared:");
  return lines;
}

describe("the guards of GitHub", () => {
  it("have one provider, of the repository's owner, and no other resource", async () => {
    const planned = await guardsOf();
    assert.deepEqual(theOne(planned, "pulumi:providers:github", "github").inputs, {
      baseUrl: "https://api.github.com/",
      legacyClient: "false",
      owner: "acme",
    });
    assert.deepEqual(
      planned.resources.map(({ type, name }) => `${type} ${name}`),
      [
        "pulumi:providers:github github",
        ...["production", "staging", "testing"].map((name) => `${ENVIRONMENT} drift-${name}`),
        `${ENVIRONMENT} preview-production`,
        `${ENVIRONMENT} preview-staging`,
        `${ENVIRONMENT} preview-testing`,
        `${ENVIRONMENT} production`,
        `${ENVIRONMENT} promote`,
        `${ENVIRONMENT} staging`,
        `${ENVIRONMENT} testing`,
        ...["production", "staging", "testing"].map((name) => `${DEPLOYMENT_POLICY} drift-${name}`),
        `${DEPLOYMENT_POLICY} production`,
        `${DEPLOYMENT_POLICY} promote`,
        `${DEPLOYMENT_POLICY} staging`,
        `${DEPLOYMENT_POLICY} testing`,
        `${RULESET} api`,
        `${RULESET} releases`,
        "releases:github:RepositoryGuards guards",
      ],
    );
    for (const { type, provider } of planned.resources) {
      if (type.startsWith("github:")) assert.match(provider ?? "", /pulumi:providers:github/, type);
    }
    assert.deepEqual(planned.outputs, { roles: {}, guarded: ["api", "releases"] });
  });

  it("let nobody approve their own job, and no administrator skip it, where the path ends", async () => {
    const planned = await guardsOf();
    const { inputs, options } = theOne(planned, ENVIRONMENT, "production");
    assert.deepEqual(inputs, {
      canAdminsBypass: false,
      deploymentBranchPolicy: { customBranchPolicies: true, protectedBranches: false },
      environment: "production",
      preventSelfReview: true,
      repository: "releases",
      reviewers: [{ teams: [7] }],
    });
    assert.equal(options.protect, true);
    const staging = theOne(planned, ENVIRONMENT, "staging");
    assert.deepEqual(staging.inputs, {
      canAdminsBypass: true,
      deploymentBranchPolicy: { customBranchPolicies: true, protectedBranches: false },
      environment: "staging",
      preventSelfReview: false,
      repository: "releases",
    });
    assert.equal(staging.options.protect, false);
  });

  it("name teams and users by id, sorted, for previews as well where the config does", async () => {
    const planned = await guardsOf({
      reviewers: { production: { teams: [30, 4], users: [200, 1] } },
      previewReviewers: { production: { users: [9] } },
    });
    assert.deepEqual(theOne(planned, ENVIRONMENT, "production").inputs["reviewers"], [
      { teams: [4, 30], users: [1, 200] },
    ]);
    assert.deepEqual(theOne(planned, ENVIRONMENT, "preview-production").inputs, {
      canAdminsBypass: true,
      environment: "preview-production",
      preventSelfReview: false,
      repository: "releases",
      reviewers: [{ users: [9] }],
    });
  });

  it("let jobs run at the environment's branch or tags alone, and jobs that only read anywhere", async () => {
    const planned = await guardsOf();
    const policy = (name: string) => theOne(planned, DEPLOYMENT_POLICY, name);
    const inputs = { repository: "releases" };
    assert.deepEqual(policy("testing").inputs, {
      ...inputs,
      environment: "testing",
      branchPattern: "testing",
    });
    assert.deepEqual(policy("production").inputs, {
      ...inputs,
      environment: "production",
      tagPattern: "v*",
    });
    assert.equal(policy("production").options.protect, true);
    assert.deepEqual(policy("staging").options.dependsOn, [
      theOne(planned, ENVIRONMENT, "staging").urn,
    ]);
    assert.deepEqual(theOne(planned, ENVIRONMENT, "preview-testing").inputs, {
      canAdminsBypass: true,
      environment: "preview-testing",
      preventSelfReview: false,
      repository: "releases",
    });
  });

  it("let jobs for drift, and the job that promotes, run on the default branch alone", async () => {
    for (const branch of ["main", "trunk"]) {
      const planned = await guardsOf(branch === "main" ? {} : { defaultBranch: branch });
      for (const environment of ["drift-production", "promote"]) {
        assert.deepEqual(theOne(planned, DEPLOYMENT_POLICY, environment).inputs, {
          repository: "releases",
          environment,
          branchPattern: branch,
        });
      }
    }
  });

  it("let release tags be made and never moved, except mutable tags", async () => {
    const planned = await guardsOf();
    const { inputs, options } = theOne(planned, RULESET, "api");
    assert.deepEqual(inputs, {
      conditions: {
        refName: {
          excludes: ["refs/tags/v*-daily", "refs/tags/v*-test"],
          includes: ["refs/tags/v*"],
        },
      },
      enforcement: "active",
      name: "release tags are immutable",
      repository: "api",
      rules: { deletion: true, nonFastForward: true, update: true },
      target: "tag",
    });
    assert.equal(options.protect, true);
  });

  it("guard every repository once, by all patterns of its tags", async () => {
    const list = `${serviceYaml("web")}
- { github: shop, docker: orders, deploy: { release: v1.0.0 }, tags: { github: "orders-v{version}" } }
- { github: shop, docker: carts, deploy: { release: v1.0.0 } }
`;
    const planned = await guardsOf({}, { "service/a.yaml": list });
    assert.deepEqual([...ofType(planned, RULESET).keys()], ["releases", "shop", "web"]);
    assert.deepEqual(theOne(planned, RULESET, "shop").inputs["conditions"], {
      refName: {
        excludes: [
          "refs/tags/orders-v*-daily",
          "refs/tags/orders-v*-test",
          "refs/tags/v*-daily",
          "refs/tags/v*-test",
        ],
        includes: ["refs/tags/orders-v*", "refs/tags/v*"],
      },
    });
  });

  it("make the tags immutable that environments are deployed from", async () => {
    const files = { "environments.yaml": ENVIRONMENTS.replace("v*", "prod-*") };
    const planned = await guardsOf({}, files);
    const { inputs } = theOne(planned, RULESET, "releases");
    const { refName } = inputs["conditions"] as { refName: { includes: string[] } };
    assert.deepEqual(refName.includes, ["refs/tags/prod-*", "refs/tags/v*"]);
  });

  it("are the same whatever the order of the list and of the path", async () => {
    const [testing, staging, production] = ENVIRONMENTS.split("\n").slice(1);
    const turned = await guardsOf(
      {},
      {
        "environments.yaml": `environments:\n${production}\n${staging}\n${testing}\n`,
        "service/a.yaml": `${serviceYaml("web")}\n${serviceYaml("api")}`,
      },
    );
    const straight = await guardsOf(
      {},
      { "service/a.yaml": `${serviceYaml("api")}\n${serviceYaml("web")}` },
    );
    assert.deepEqual(turned, straight);
  });

  it("are refused with all findings at once", async () => {
    assert.deepEqual(
      await refusal(
        {
          repository: "releases",
          reviewer: {},
          previewReviewers: { staging: { users: [0] } },
        },
        {
          "environments.yaml": `environments:
  testing: { accepts: [release] }
  preview-a: { ref: "v?", from: testing, accepts: [release] }
`,
        },
      ),
      [
        `bootstrap/Pulumi.github.yaml:1:1 invalid-github "repository" is "releases"; expected an owner and a repository, such as "acme/releases"`,
        `bootstrap/Pulumi.github.yaml:1:1 invalid-value "previewReviewers.staging.users.0" is the number 0; expected an id on GitHub, above 0`,
        `bootstrap/Pulumi.github.yaml:1:1 unknown-key unknown key "reviewer"; did you mean "reviewers"?`,
        `environments.yaml:1:1 invalid-value "environments.preview-a.ref" is "v?", which a policy could match with more than that ref; use letters, digits, ".", "_", "-", "/" and "*"`,
        `environments.yaml:1:1 invalid-value "preview-a" is the name of a GitHub environment and a part of tokens; use letters, digits, ".", "_" and "-", no "preview-" or "drift-" in front, and not "promote"`,
        `environments.yaml:1:1 missing-key "environments.testing.ref" is missing; without it nothing deploys "testing"`,
      ],
    );
  });

  it("are refused for unknown environments, too many reviewers, and none where the path ends", async () => {
    assert.deepEqual(
      await refusal({
        reviewers: { produktion: { users: [1] }, production: {} },
        previewReviewers: { testing: { teams: [1, 2, 3, 4], users: [5, 6, 7] } },
      }),
      [
        `bootstrap/Pulumi.github.yaml:1:1 invalid-value "previewReviewers.testing" has 7 teams and users; GitHub takes 6, name a team`,
        `bootstrap/Pulumi.github.yaml:1:1 missing-key "reviewers.production" is missing; the promotion path ends there, so name who approves`,
        `bootstrap/Pulumi.github.yaml:1:1 unknown-environment "reviewers" has "produktion", which isn't in environments.yaml; known are testing, staging, production`,
      ],
    );
    const six = { production: { teams: [1, 2, 3], users: [4, 5, 6] } };
    const { resources } = await guardsOf({ reviewers: six });
    assert.deepEqual(theOne({ resources }, ENVIRONMENT, "production").inputs["reviewers"], [
      { teams: [1, 2, 3], users: [4, 5, 6] },
    ]);
  });

  it("are refused for a list that can't be parsed, whatever its stacks", async () => {
    assert.deepEqual(
      await refusal({}, { "service/a.yaml": "- { github: api, deploy: { release: v1.0.0 } }\n" }),
      [
        `service/a.yaml:1:3 missing-docker definition 1 (api): "docker" or "provider" is missing; give the image repository`,
      ],
    );
    await guardsOf(
      {},
      { "Pulumi.testing.yaml": stackConfigYaml("  releases:webhookSecret: plain\n") },
    );
  });

  it("are refused without a promotion path", async () => {
    const repository = repositoryOf({ "service/a.yaml": serviceYaml("api") });
    await assert.rejects(bootstrapOf(repository, "github", CONFIG), {
      message:
        "stack github of bootstrap/ can't be declared:\nenvironments.yaml:1:1 unreadable there is no promotion path; write one",
    });
  });
});
