import assert from "node:assert/strict";
import { aws, pushImage } from "../../tools/sandbox/aws";
import { github } from "../../tools/sandbox/github";
import {
  beginInstall,
  beginUninstall,
  beginUpgrade,
  complete,
  fail,
  revisionsOf,
  rollBack,
  setByHand,
  takeBack,
} from "../../tools/sandbox/helm";
import { kubernetes } from "../../tools/sandbox/kubernetes";
import {
  plain,
  Refusal,
  secret as secretOf,
  withoutSecrets,
  type Kind,
  type StandIn,
} from "../../tools/sandbox/stand-in";
import { World, type Properties } from "../../tools/sandbox/world";
import { folderOf } from "../support/folder";

const IDENTITY = { type: "", id: "", scope: {} };
const SCOPE = { account: "111111111111", region: "eu-west-1" };

function kind(standIn: StandIn, type: string): Kind {
  const found = standIn.kinds[type];
  assert.ok(found);
  return found;
}

const check = (of: Kind, inputs: Properties): string[] => of.check?.(inputs) ?? [];

describe("the sandbox's AWS", () => {
  const repository = kind(aws(), "aws:ecr/repository:Repository");
  const sound = { name: "releases/orders", imageTagMutability: "IMMUTABLE" };

  it("takes repositories that ECR takes, and no others", () => {
    assert.deepEqual(check(repository, sound), []);
    const filters = (...list: string[]) => ({
      ...sound,
      imageTagMutability: "IMMUTABLE_WITH_EXCLUSION",
      imageTagMutabilityExclusionFilters: list.map((filter) => ({
        filter,
        filterType: "WILDCARD",
      })),
    });
    assert.deepEqual(check(repository, filters("latest", "*-daily")), []);
    for (const [inputs, found] of [
      [{ ...sound, name: "Orders" }, /'Orders' is not a repository name/],
      [{ ...sound, name: "a" }, /'a' is not a repository name/],
      [{ ...sound, name: "x".repeat(257) }, /is not a repository name/],
      [{ ...sound, imageTagMutability: "NOPE" }, /'NOPE' is not a mutability/],
      [{ ...sound, imageTagMutability: "IMMUTABLE_WITH_EXCLUSION" }, /belong to a mutability/],
      [filters("a", "b", "c", "d", "e", "f"), /at most 5 exclusion filters/],
      [filters("*a*b*"), /'\*a\*b\*' is not an exclusion filter/],
    ] as const) {
      assert.match(check(repository, inputs).join("; "), found);
    }
  });

  it("keeps a repository that holds images, unless it is forced", () => {
    const world = new World(folderOf({}));
    const key = repository.key(sound, SCOPE);
    const change = { inputs: sound as Properties, scope: SCOPE, world, key, identity: IDENTITY };
    world.put({ key, properties: sound });
    repository.before?.("delete", change);
    pushImage(world, SCOPE, "releases/orders", "v1.0.0", "sha256:a");
    assert.throws(
      () => repository.before?.("delete", change),
      /RepositoryNotEmptyException: .* v1\.0\.0/,
    );
    repository.before?.("delete", { ...change, inputs: { ...sound, forceDelete: true } });
  });

  it("lets no tag move, but those that are excluded", () => {
    const world = new World(folderOf({}));
    const filters = [{ filter: "*-daily", filterType: "WILDCARD" }];
    const properties = {
      ...sound,
      imageTagMutability: "IMMUTABLE_WITH_EXCLUSION",
      imageTagMutabilityExclusionFilters: filters,
    };
    world.put({ key: repository.key(sound, SCOPE), properties });
    const push = (tag: string, digest: string) =>
      pushImage(world, SCOPE, "releases/orders", tag, digest);
    push("v1.0.0", "sha256:a");
    push("v1.0.0", "sha256:a");
    assert.throws(() => push("v1.0.0", "sha256:b"), /ImageTagAlreadyExistsException/);
    push("v1-daily", "sha256:a");
    push("v1-daily", "sha256:b");
    assert.throws(
      () => pushImage(world, SCOPE, "nothing", "v1.0.0", "sha256:a"),
      /RepositoryNotFoundException/,
    );
  });

  it("replicates within its limits, and never to itself", () => {
    const replication = kind(aws(), "aws:ecr/replicationConfiguration:ReplicationConfiguration");
    const to = (registryId: string, filter = "releases/") => ({
      replicationConfiguration: {
        rules: [
          {
            destinations: [{ registryId, region: "eu-west-1" }],
            repositoryFilters: [{ filter, filterType: "PREFIX_MATCH" }],
          },
        ],
      },
    });
    const world = new World(folderOf({}));
    const apply = (inputs: Properties) =>
      replication.before?.("create", { inputs, scope: SCOPE, world, key: "", identity: IDENTITY });
    assert.deepEqual(check(replication, to("222222222222")), []);
    apply(to("222222222222"));
    assert.throws(() => apply(to("111111111111")), /can't replicate to itself/);
    assert.match(check(replication, to("222222222222", "R")).join(), /'R' is not a prefix/);
    const many = { replicationConfiguration: { rules: Array(11).fill({ destinations: [] }) } };
    assert.match(check(replication, many).join(), /at most 10 replication rules/);
  });

  it("takes lifecycle policies of repositories that are there", () => {
    const lifecycle = kind(aws(), "aws:ecr/lifecyclePolicy:LifecyclePolicy");
    const world = new World(folderOf({}));
    const inputs = { repository: "releases/orders", policy: "" };
    const change = {
      inputs: inputs as Properties,
      scope: SCOPE,
      world,
      key: "",
      identity: IDENTITY,
    };
    assert.throws(() => lifecycle.before?.("create", change), /RepositoryNotFoundException/);
    world.put({ key: repository.key(sound, SCOPE), properties: sound });
    lifecycle.before?.("create", change);
    assert.match(check(lifecycle, { policy: "{}" }).join(), /100 to 30,720 characters/);
    const rule = { rulePriority: 1, description: "x".repeat(100) };
    assert.match(
      check(lifecycle, { policy: JSON.stringify({ rules: [rule, rule] }) }).join(),
      /two rules of one priority/,
    );
  });

  it("refuses every account but those that are allowed", () => {
    const config = { allowedAccountIds: '["111111111111"]', region: "eu-west-1" };
    assert.deepEqual(aws().configure(config), SCOPE);
    assert.throws(() => aws("999999999999").configure(config), {
      name: "Refusal",
      message: "AWS account ID not allowed: 999999999999",
    });
  });
});

describe("the sandbox's Kubernetes", () => {
  const standIn = kubernetes(folderOf({ "charts/service/Chart.yaml": "version: 1.0.0\n" }));
  const release = kind(standIn, "kubernetes:helm.sh/v3:Release");

  it("takes charts that are there, at their exact version", () => {
    const own = { name: "orders", chart: "./charts/service" };
    assert.deepEqual(check(release, own), []);
    assert.deepEqual(check(release, { ...own, version: "1.0.0" }), []);
    assert.deepEqual(check(release, { ...own, chart: "oci://ghcr.io/a/b", version: "1.4.0" }), []);
    const repositoryOpts = { repo: "https://charts.acme.example" };
    assert.deepEqual(check(release, { ...own, chart: "b", version: "0.9.2", repositoryOpts }), []);
    for (const more of [
      { chart: "./charts/other" },
      { version: "1.0.1" },
      { chart: "oci://ghcr.io/a/b", version: "^1" },
      { chart: "b", version: "0.9.2" },
    ]) {
      assert.match(check(release, { ...own, ...more }).join(), /not found; check the chart name/);
    }
    assert.match(
      check(release, { ...own, name: "Orders" }).join(),
      /'Orders' is not a release name/,
    );
  });

  const KEY = "acme helm shop/orders";
  const inputsOf = (tag: string, more: object = {}): Properties => {
    const values = { image: { tag }, ...more };
    const args = { name: "orders", namespace: "shop", chart: "./charts/service", version: "1.0.0" };
    return release.checked?.({ ...args, values, compat: "true" }) ?? {};
  };

  /** A release that was installed with a tag, and the outputs that its state has. */
  function installed(tag: string) {
    const world = new World(folderOf({}));
    beginInstall(world, KEY, IDENTITY, inputsOf(tag));
    complete(world, KEY);
    return { world, outputs: outputsOf(world, inputsOf(tag)) };
  }

  const outputsOf = (world: World, inputs: Properties = inputsOf("v1")): Properties => ({
    ...inputs,
    ...release.outputs?.(inputs, {}, world.get(KEY)),
  });

  const read = (world: World, outputs: Properties) => {
    const found = world.get(KEY);
    assert.ok(found && release.read);
    return release.read(found, { inputs: {}, outputs }, {});
  };

  it("drops what the SDK alone knows of, and adds what isn't given (fact 96)", () => {
    const inputs = inputsOf("v1");
    assert.ok(!("compat" in inputs));
    assert.deepEqual([inputs["timeout"], inputs["lint"], inputs["keyring"]], [300, false, ""]);
    assert.equal(Object.keys(inputs).length, 29);
  });

  it("reads inputs from the state, and what Helm has into the outputs (fact 97)", () => {
    const { world, outputs } = installed("v1");
    setByHand(world, KEY, { image: { tag: "v2" } });
    const found = read(world, outputs);
    assert.deepEqual(found.inputs, inputsOf("v1"));
    assert.deepEqual(found.outputs["values"], { image: { tag: "v2" } });
    const { status, revision } = found.outputs["status"] as Properties;
    assert.deepEqual([status, revision], ["deployed", 2]);
    const olds = { inputs: found.inputs, outputs: found.outputs };
    assert.deepEqual(release.diff?.(olds, inputsOf("v1")), ["values.image.tag"]);
    rollBack(world, KEY, 1);
    const back = read(world, found.outputs);
    assert.deepEqual(release.diff(back, inputsOf("v1")), []);
  });

  it("merges what Helm has into the state's values: what was removed by hand stays (fact 97)", () => {
    const { world } = installed("v1");
    const outputs = outputsOf(world, inputsOf("v1", { replicaCount: 2 }));
    assert.deepEqual(read(world, outputs).outputs["values"], {
      image: { tag: "v1" },
      replicaCount: 2,
    });
  });

  it("rolls a failed upgrade back, two revisions on (fact 98)", () => {
    const { world } = installed("v1");
    beginUpgrade(world, KEY, inputsOf("v2"));
    fail(world, KEY);
    takeBack(world, KEY);
    assert.deepEqual(
      revisionsOf(world.get(KEY)).map(({ number, status }) => `${number} ${status}`),
      ["1 superseded", "2 failed", "3 deployed"],
    );
    assert.deepEqual(world.get(KEY)?.properties["values"], { image: { tag: "v1" } });
  });

  it("takes the values of a pending revision for those of the state (fact 98)", () => {
    const { world, outputs } = installed("v1");
    beginUpgrade(world, KEY, inputsOf("v2"));
    const found = read(world, outputs);
    assert.equal((found.outputs["status"] as Properties)["status"], "pending-upgrade");
    assert.deepEqual(release.diff?.(found, inputsOf("v2")), []);
  });

  it("refuses every upgrade of a pending release until it is rolled back (fact 100)", () => {
    const { world } = installed("v1");
    beginUpgrade(world, KEY, inputsOf("v2"));
    const again = () => beginUpgrade(world, KEY, inputsOf("v2"));
    assert.throws(
      again,
      new Refusal("another operation (install/upgrade/rollback) is in progress"),
    );
    rollBack(world, KEY);
    again();
  });

  it("removes a pending first install, which it can't roll back (fact 100)", () => {
    const world = new World(folderOf({}));
    beginInstall(world, KEY, IDENTITY, inputsOf("v1"));
    assert.throws(() => rollBack(world, KEY), new Refusal("release has no 0 version"));
    beginUninstall(world, KEY);
  });

  it("has no deployed release where somebody uninstalled it (fact 101)", () => {
    const world = new World(folderOf({}));
    const upgrade = () => beginUpgrade(world, KEY, inputsOf("v1"));
    assert.throws(upgrade, new Refusal('"orders" has no deployed releases'));
    const reason = "uninstall: Release not loaded: orders: release: not found";
    assert.throws(() => beginUninstall(world, KEY), new Refusal(reason));
  });

  it("imports a chart by its own name, which isn't its folder's", () => {
    const { world } = installed("v1");
    const { inputs } = read(world, {});
    assert.deepEqual([inputs["chart"], inputs["timeout"]], ["service", 0]);
    assert.match(check(release, inputs).join(), /chart service 1\.0\.0 not found/);
  });

  it("never takes the ambient context", () => {
    assert.throws(() => standIn.configure({}), Refusal);
  });
});

describe("the sandbox's GitHub", () => {
  const hook = kind(github(), "github:index/repositoryWebhook:RepositoryWebhook");
  const configuration = { url: "https://hooks.acme.example", contentType: "json" };

  it("takes webhooks with an address and events", () => {
    assert.deepEqual(check(hook, { configuration, events: ["release"] }), []);
    assert.match(check(hook, { configuration, events: [] }).join(), /events is empty/);
    assert.match(check(hook, { configuration: {}, events: ["a"] }).join(), /url is not a URL/);
    assert.throws(() => github().configure({}), Refusal);
  });

  it("takes the address of a webhook for a secret, and reads the one that is there (fact 102)", () => {
    const inputs = hook.checked?.({ configuration: { ...configuration, secret: "s" } }) ?? {};
    assert.deepEqual(inputs["configuration"], {
      url: secretOf(configuration.url),
      contentType: "json",
      secret: secretOf("s"),
    });
    const seen = { configuration: { url: "https://other.example", secret: "********" } };
    const found = hook.read?.(
      { key: "", properties: {}, shown: seen },
      { inputs, outputs: {} },
      {},
    );
    assert.deepEqual(plain(found?.inputs["configuration"]), {
      ...{ url: "https://other.example", contentType: "json", secret: "s" },
    });
  });

  it("knows two of one address apart from two addresses", () => {
    const scope = { owner: "acme" };
    const key = (url: string) => hook.key({ repository: "orders", configuration: { url } }, scope);
    assert.equal(key("https://a.example"), key("https://a.example"));
    assert.notEqual(key("https://a.example"), key("https://b.example"));
  });
});

describe("the sandbox's IAM", () => {
  const kinds = aws().kinds;
  const role = kind(aws(), "aws:iam/role:Role");
  const policy = kind(aws(), "aws:iam/rolePolicy:RolePolicy");
  const statement = {
    Effect: "Allow",
    Principal: { Federated: "arn" },
    Action: ["sts:AssumeRole"],
  };
  const document = (...statements: object[]) =>
    JSON.stringify({ Version: "2012-10-17", Statement: statements });
  const sound = { name: "releases-deploy-testing", assumeRolePolicy: document(statement) };

  it("takes roles that IAM takes, and no others", () => {
    assert.deepEqual(check(role, sound), []);
    for (const [inputs, found] of [
      [{ ...sound, name: "x".repeat(65) }, /is not a role name/],
      [{ ...sound, maxSessionDuration: 60 }, /a session lasts/],
      [{ ...sound, assumeRolePolicy: document() }, /no statement/],
      [{ ...sound, assumeRolePolicy: document({ ...statement, Effect: "allow" }) }, /Effect/],
      [
        { ...sound, assumeRolePolicy: document({ ...statement, Principal: undefined }) },
        /Principal/,
      ],
      [
        { ...sound, assumeRolePolicy: document({ ...statement, Action: ["AssumeRole"] }) },
        /Action/,
      ],
      [{ ...sound, assumeRolePolicy: "{}" }, /Version/],
      [{ ...sound, assumeRolePolicy: " ".repeat(2049) }, /at most 2048/],
    ] as const) {
      assert.match(check(role, inputs).join(), found);
    }
    assert.match(check(policy, { policy: document(statement) }).join(), /Resource/);
  });

  it("takes what belongs to a role where the role is there", () => {
    const world = new World(folderOf({}));
    const scope = { account: "111111111111" };
    for (const type of ["rolePolicy:RolePolicy", "rolePolicyAttachment:RolePolicyAttachment"]) {
      const of = kinds[`aws:iam/${type}`];
      const inputs = { role: sound.name, name: "releases", policyArn: "arn" };
      const before = () =>
        of?.before?.("create", { inputs, scope, world, key: "", identity: IDENTITY });
      assert.throws(before, /NoSuchEntity/);
      world.put({ key: role.key(sound, scope), properties: {} });
      before();
      world.remove(role.key(sound, scope));
    }
  });
});

describe("the sandbox's guards of GitHub", () => {
  const environment = kind(github(), "github:index/repositoryEnvironment:RepositoryEnvironment");
  const policy = kind(
    github(),
    "github:index/repositoryEnvironmentDeploymentPolicy:RepositoryEnvironmentDeploymentPolicy",
  );
  const ruleset = kind(github(), "github:index/repositoryRuleset:RepositoryRuleset");

  it("take what GitHub takes, and nothing else", () => {
    const both = { protectedBranches: true, customBranchPolicies: true };
    for (const [of, inputs, found] of [
      [environment, { reviewers: [{ teams: [1, 2, 3], users: [4, 5, 6] }] }, /^$/],
      [environment, { reviewers: [{ teams: [1, 2, 3, 4], users: [5, 6, 7] }] }, /at most 6/],
      [environment, { deploymentBranchPolicy: both }, /cannot have the same value/],
      [policy, { branchPattern: "main" }, /^$/],
      [policy, { branchPattern: "main", tagPattern: "v*" }, /a branch or a tag/],
      [ruleset, rules("tag", "active", "refs/tags/v*"), /^$/],
      [ruleset, rules("tags", "active", "refs/tags/v*"), /target/],
      [ruleset, rules("tag", "on", "refs/tags/v*"), /enforcement/],
      [ruleset, rules("tag", "active", "v*"), /a ref is whole/],
    ] as const) {
      assert.match(check(of, inputs).join(), found);
    }
  });

  it("take a deployment policy of an environment that has its own", () => {
    const world = new World(folderOf({}));
    const scope = { owner: "acme" };
    const inputs = { repository: "releases", environment: "testing", branchPattern: "testing" };
    const before = () =>
      policy.before?.("create", { inputs, scope, world, key: "", identity: IDENTITY });
    assert.throws(before, /no custom branch policies/);
    const properties = { deploymentBranchPolicy: { customBranchPolicies: true } };
    world.put({ key: environment.key(inputs, scope), properties });
    before();
  });
});

function rules(target: string, enforcement: string, ref: string): Properties {
  return { target, enforcement, conditions: { refName: { includes: [ref], excludes: [] } } };
}

describe("properties", () => {
  const secret = {
    "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
    value: "s",
  };

  it("are looked at without their wrappers, and kept without secrets", () => {
    const properties = { name: "a", secret, nested: { deep: [secret] } };
    assert.deepEqual(plain(properties), { name: "a", secret: "s", nested: { deep: ["s"] } });
    assert.deepEqual(withoutSecrets(properties), { name: "a" });
  });
});

describe("World", () => {
  it("keeps things of any name, and forgets them", () => {
    const folder = folderOf({});
    const keys = ["b", `a/${"x".repeat(400)}`];
    for (const key of keys) new World(folder).put({ key, properties: { key } });
    assert.deepEqual(new World(folder).keys(), [...keys].sort());
    assert.deepEqual(new World(folder).get("b"), { key: "b", properties: { key: "b" } });
    new World(folder).remove("b");
    assert.equal(new World(folder).get("b"), undefined);
    assert.deepEqual(new World(folder).keys().length, 1);
  });
});
