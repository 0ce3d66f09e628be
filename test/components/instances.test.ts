import assert from "node:assert/strict";
import { Provider as AwsProvider } from "@pulumi/aws/provider";
import { Provider as GithubProvider } from "@pulumi/github/provider";
import { Provider as KubernetesProvider } from "@pulumi/kubernetes/provider";
import { DeliveryRoles } from "../../bootstrap/delivery-roles";
import { RepositoryGuards } from "../../bootstrap/repository-guards";
import { ImageRegistry } from "../../components/image-registry";
import { PushQueue } from "../../components/push-queue";
import { ReleaseWebhooks } from "../../components/release-webhooks";
import { ServiceReleases } from "../../components/service-releases";
import { record } from "../../src/adapters/pulumi/embedded";

describe("two instances of a component in one stack", () => {
  /** Declares each component under its own name and under another, with the same arguments. */
  const declare = () => {
    const aws = new AwsProvider("aws", { region: "eu-west-1" });
    const providers = [
      aws,
      new GithubProvider("github", { owner: "acme" }),
      new KubernetesProvider("kubernetes", { context: "test" }),
    ];
    for (const other of [false, true]) {
      const named = (name: string) => (other ? "other" : name);
      new ImageRegistry(
        named("registry"),
        {
          repositories: new Map([["api", { repositoryName: "api", lifecyclePolicy: "{}" }]]),
          mutableTags: ["latest"],
          protect: false,
          forceDelete: false,
        },
        { providers },
      );
      new PushQueue(
        named("pushes"),
        { name: "a", url: "https://a", queueArn: "arn", pattern: "{}", policy: "{}" },
        { providers },
      );
      new ReleaseWebhooks(
        named("webhooks"),
        { url: "https://a.example", secret: "s", targets: ["api"], scope: "repository" },
        { providers },
      );
      const api = { name: "api", kind: "helm", requires: [], ignoreChanges: [] } as const;
      new ServiceReleases(
        named("services"),
        { services: [{ ...api, args: { chart: "./charts/service" } }], protect: false },
        { providers },
      );
      const role = { roleName: "r", description: "", trust: "{}", permissions: "{}" };
      new DeliveryRoles(
        named("roles"),
        { roles: new Map([["deploy", { ...role, policies: ["arn"], sessionSeconds: 3600 }]]) },
        { providers },
      );
      new RepositoryGuards(
        named("guards"),
        {
          repository: "releases",
          environments: new Map([
            [
              "testing",
              {
                reviewers: { teams: [], users: [] },
                strict: false,
                runsAt: [{ branchPattern: "main" }],
              },
            ],
          ]),
          tags: new Map([["api", { includes: ["refs/tags/v*"], excludes: [] }]]),
          releases: {
            includes: ["refs/tags/v*"],
            excludes: [],
            makers: { teams: [1], users: [], apps: [] },
          },
          branches: ["refs/heads/main"],
        },
        { providers },
      );
    }
  };

  it("don't collide, and the first keeps the names that it always had", async () => {
    const { resources } = await record("testing", declare);
    const children = resources.filter(({ type }) => !/^(?:pulumi|releases):/.test(type));
    const namesUnder = (parent: RegExp) =>
      children
        .filter(({ parent: urn }) => parent.test(urn ?? ""))
        .map(({ type, name }) => `${type.split(":").at(-1) ?? ""} ${name}`)
        .sort();
    assert.deepEqual(namesUnder(/::(?:registry|pushes|webhooks|services|roles|guards)$/), [
      "EventRule pushes",
      "EventTarget pushes",
      "LifecyclePolicy api",
      "Queue pushes",
      "QueuePolicy pushes",
      "Release api",
      "Repository api",
      "RepositoryEnvironment testing",
      "RepositoryEnvironmentDeploymentPolicy testing",
      "RepositoryRuleset api",
      "RepositoryRuleset deployed tags",
      "RepositoryRuleset reviewed branches",
      "RepositoryWebhook api",
      "Role deploy",
      "RolePolicy deploy",
      "RolePolicyAttachment deploy arn",
    ]);
    assert.deepEqual(namesUnder(/::other$/), [
      "EventRule other",
      "EventTarget other",
      "LifecyclePolicy other-api",
      "Queue other",
      "QueuePolicy other",
      "Release other-api",
      "Repository other-api",
      "RepositoryEnvironment other-testing",
      "RepositoryEnvironmentDeploymentPolicy other-testing",
      "RepositoryRuleset other-api",
      "RepositoryRuleset other-deployed tags",
      "RepositoryRuleset other-reviewed branches",
      "RepositoryWebhook other-api",
      "Role other-deploy",
      "RolePolicy other-deploy",
      "RolePolicyAttachment other-deploy arn",
    ]);
  });
});
