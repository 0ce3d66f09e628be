import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import picomatch from "picomatch";
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
const REVIEWERS = { production: { teams: [7] }, promote: { teams: [8] } };
const CONFIG = {
  repository: "acme/releases",
  reviewers: REVIEWERS,
  releaseManagers: { teams: [9] },
};

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
        ...["production", "staging", "testing"].map((name) => `${ENVIRONMENT} history-${name}`),
        `${ENVIRONMENT} preview-production`,
        `${ENVIRONMENT} preview-staging`,
        `${ENVIRONMENT} preview-testing`,
        `${ENVIRONMENT} production`,
        `${ENVIRONMENT} promote`,
        `${ENVIRONMENT} prune`,
        `${ENVIRONMENT} resolve`,
        `${ENVIRONMENT} staging`,
        `${ENVIRONMENT} testing`,
        ...["production", "staging", "testing"].map((name) => `${DEPLOYMENT_POLICY} drift-${name}`),
        ...["production", "staging", "testing"]
          .map((name) => `${DEPLOYMENT_POLICY} history-${name}`)
          .toSpliced(2, 0, `${DEPLOYMENT_POLICY} history-staging v*[0-9]`),
        `${DEPLOYMENT_POLICY} history-testing main`,
        `${DEPLOYMENT_POLICY} production`,
        `${DEPLOYMENT_POLICY} promote`,
        `${DEPLOYMENT_POLICY} prune`,
        `${DEPLOYMENT_POLICY} resolve`,
        `${DEPLOYMENT_POLICY} staging`,
        `${DEPLOYMENT_POLICY} testing`,
        `${RULESET} api`,
        `${RULESET} deployed tags`,
        `${RULESET} releases`,
        `${RULESET} reviewed branches`,
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

  it("guard a canary that is protected as the last environment (attack: a canary without reviewers)", async () => {
    const canary = `${ENVIRONMENTS}  canary: { ref: canary, from: staging, protected: true, accepts: [release] }\n`;
    const files = {
      "environments.yaml": canary.replace("from: staging, accepts", "from: canary, accepts"),
    };
    assert.deepEqual(await refusal({}, files), [
      `bootstrap/Pulumi.github.yaml:1:1 missing-key "reviewers.canary" is missing; the environment is protected, so name who approves`,
    ]);
    const planned = await guardsOf({ reviewers: { ...REVIEWERS, canary: { users: [3] } } }, files);
    const { inputs } = theOne(planned, ENVIRONMENT, "canary");
    assert.deepEqual([inputs["preventSelfReview"], inputs["canAdminsBypass"]], [true, false]);
  });

  it("name teams and users by id, sorted, for previews as well where the config does", async () => {
    const planned = await guardsOf({
      reviewers: { ...REVIEWERS, production: { teams: [30, 4], users: [200, 1] } },
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
      tagPattern: "v*[0-9]",
    });
    assert.equal(policy("history-production").inputs["tagPattern"], "v*[0-9]");
    // A deployment asks upstream as well how long a version ran there.
    assert.equal(policy("history-testing").inputs["branchPattern"], "testing");
    assert.equal(policy("history-testing main").inputs["branchPattern"], "main");
    assert.equal(policy("history-staging v*[0-9]").inputs["tagPattern"], "v*[0-9]");
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
      for (const environment of ["drift-production", "promote", "prune", "resolve"]) {
        assert.deepEqual(theOne(planned, DEPLOYMENT_POLICY, environment).inputs, {
          repository: "releases",
          environment,
          branchPattern: branch,
        });
      }
    }
  });

  it("let release managers alone make the tags that are deployed (attack: a tag on a commit of no branch)", async () => {
    const planned = await guardsOf({ releaseManagers: { teams: [30, 4], users: [5], apps: [6] } });
    const { inputs, options } = theOne(planned, RULESET, "deployed tags");
    assert.deepEqual(inputs, {
      bypassActors: [
        { actorId: 6, actorType: "Integration", bypassMode: "always" },
        { actorId: 4, actorType: "Team", bypassMode: "always" },
        { actorId: 30, actorType: "Team", bypassMode: "always" },
        { actorId: 5, actorType: "User", bypassMode: "always" },
      ],
      conditions: {
        refName: {
          excludes: ["refs/tags/v*-daily", "refs/tags/v*-test"],
          includes: ["refs/tags/v*"],
        },
      },
      enforcement: "active",
      name: "release managers make the tags that are deployed",
      repository: "releases",
      // A bypass counts for the whole ruleset: nobody who makes a tag may move it.
      rules: { creation: true },
      target: "tag",
    });
    assert.equal(options.protect, true);
    for (const [name, ruleset] of ofType(planned, RULESET)) {
      if (name !== "deployed tags") assert.equal(ruleset.inputs["bypassActors"], undefined, name);
    }
    assert.deepEqual(await refusal({ releaseManagers: { teams: [] } }), [
      `bootstrap/Pulumi.github.yaml:1:1 missing-key "releaseManagers" is missing; tags like v* are deployed, so name who makes them`,
    ]);
    const branches = { "environments.yaml": ENVIRONMENTS.replace('"v*"', "release") };
    const none = await guardsOf({ releaseManagers: {} }, branches);
    assert.deepEqual([...ofType(none, RULESET).keys()], ["api", "releases", "reviewed branches"]);
  });

  it("let no mutable tag deploy (attack: v9.9.9-test as production's truth)", async () => {
    const planned = await guardsOf();
    const pattern = String(theOne(planned, DEPLOYMENT_POLICY, "production").inputs["tagPattern"]);
    const tags = ["v1.2.3", "v2.0.0-rc.1", "v9.9.9-test", "v9.9.9-daily", "v1/9", "x1"];
    const matches = picomatch(pattern);
    assert.deepEqual(
      tags.filter((tag) => matches(tag)),
      ["v1.2.3", "v2.0.0-rc.1"],
    );
    for (const ref of ["v*-test", "v*t", "*-eu-daily"]) {
      const files = { "environments.yaml": ENVIRONMENTS.replace("v*", ref) };
      assert.deepEqual(await refusal({}, files), [
        `environments.yaml:1:1 invalid-value "environments.production.ref" is "${ref}", which tags match that may move; use a branch, or a pattern that ends in "*"`,
      ]);
    }
    await guardsOf({}, { "environments.yaml": ENVIRONMENTS.replace("v*", "v*-eu") });
  });

  it("let branches change by reviewed pull requests alone", async () => {
    const planned = await guardsOf({ defaultBranch: "trunk" });
    const { inputs, options } = theOne(planned, RULESET, "reviewed branches");
    assert.deepEqual(inputs, {
      conditions: {
        refName: {
          excludes: [],
          includes: ["refs/heads/main", "refs/heads/testing", "refs/heads/trunk"],
        },
      },
      enforcement: "active",
      name: "branches change by reviewed pull requests",
      repository: "releases",
      rules: {
        deletion: true,
        nonFastForward: true,
        pullRequest: {
          dismissStaleReviewsOnPush: true,
          requireCodeOwnerReview: true,
          requireLastPushApproval: true,
          requiredApprovingReviewCount: 1,
        },
      },
      target: "branch",
    });
    assert.equal(options.protect, true);
  });

  it("let another one approve a promotion than who started it (attack: approving the App's pull request)", async () => {
    const planned = await guardsOf();
    const { inputs } = theOne(planned, ENVIRONMENT, "promote");
    assert.deepEqual(inputs, {
      canAdminsBypass: false,
      deploymentBranchPolicy: { customBranchPolicies: true, protectedBranches: false },
      environment: "promote",
      preventSelfReview: true,
      repository: "releases",
      reviewers: [{ teams: [8] }],
    });
    assert.deepEqual(await refusal({ reviewers: { production: { teams: [7] } } }), [
      `bootstrap/Pulumi.github.yaml:1:1 missing-key "reviewers.promote" is missing; whoever starts a promotion may approve its pull request, so name who approves the job`,
    ]);
  });

  it("let another one approve what is deleted, those of promotions unless others are named", async () => {
    const pruning = async (reviewers: object) =>
      theOne(await guardsOf({ reviewers: { ...REVIEWERS, ...reviewers } }), ENVIRONMENT, "prune")
        .inputs;
    assert.deepEqual(await pruning({}), {
      canAdminsBypass: false,
      deploymentBranchPolicy: { customBranchPolicies: true, protectedBranches: false },
      environment: "prune",
      preventSelfReview: true,
      repository: "releases",
      reviewers: [{ teams: [8] }],
    });
    assert.deepEqual((await pruning({ prune: { users: [9] } }))["reviewers"], [{ users: [9] }]);
    assert.deepEqual(await refusal({ reviewers: { ...REVIEWERS, prune: {} } }), [
      `bootstrap/Pulumi.github.yaml:1:1 missing-key "reviewers.prune" names nobody; name who approves what is deleted, or leave it out, which asks those of "promote"`,
    ]);
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

  it("guard the tags of the source and of the releases", async () => {
    const { outputs } = await guardsOf(
      {},
      {
        "service/a.yaml":
          "- { github: { source: km, releases: km-releases }, docker: km, deploy: { release: v1.0.0 } }\n",
      },
    );
    assert.deepEqual(outputs.guarded, ["km", "km-releases", "releases"]);
  });

  it("guard every repository once, by all patterns of its tags", async () => {
    const list = `${serviceYaml("web")}
- { github: shop, docker: orders, deploy: { release: v1.0.0 }, tags: { github: "orders-v{version}" } }
- { github: shop, docker: carts, deploy: { release: v1.0.0 } }
`;
    const planned = await guardsOf({}, { "service/a.yaml": list });
    assert.deepEqual(
      [...ofType(planned, RULESET).keys()],
      ["deployed tags", "releases", "reviewed branches", "shop", "web"],
    );
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
        `environments.yaml:1:1 invalid-value "preview-a" is the name of a GitHub environment and a part of tokens; use letters, digits, ".", "_" and "-", no "preview-", "drift-" or "history-" in front, and none of "promote", "prune" and "resolve"`,
        `environments.yaml:1:1 missing-key "environments.testing.ref" is missing; without it nothing deploys "testing"`,
      ],
    );
  });

  it("are refused for unknown environments, too many reviewers, and none where the path ends", async () => {
    assert.deepEqual(
      await refusal({
        reviewers: { produktion: { users: [1] }, production: {}, promote: { teams: [8] } },
        previewReviewers: { testing: { teams: [1, 2, 3, 4], users: [5, 6, 7] } },
      }),
      [
        `bootstrap/Pulumi.github.yaml:1:1 invalid-value "previewReviewers.testing" has 7 teams and users; GitHub takes 6, name a team`,
        `bootstrap/Pulumi.github.yaml:1:1 missing-key "reviewers.production" is missing; the environment is protected, so name who approves`,
        `bootstrap/Pulumi.github.yaml:1:1 unknown-environment "reviewers" has "produktion", which isn't in environments.yaml; known are testing, staging, production`,
      ],
    );
    const six = { ...REVIEWERS, production: { teams: [1, 2, 3], users: [4, 5, 6] } };
    const { resources } = await guardsOf({ reviewers: six });
    assert.deepEqual(theOne({ resources }, ENVIRONMENT, "production").inputs["reviewers"], [
      { teams: [1, 2, 3], users: [4, 5, 6] },
    ]);
  });

  it("are refused for a list that can't be parsed, whatever its stacks", async () => {
    assert.deepEqual(
      await refusal({}, { "service/a.yaml": "- { github: api, deploy: { release: v1.0.0 } }\n" }),
      [
        `service/a.yaml:1:3 missing-docker definition 1 (api): "docker", "provider" or "assets" is missing; give the image repository, or the files of the release`,
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
