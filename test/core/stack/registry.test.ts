import assert from "node:assert/strict";
import {
  ecrLocation,
  imagePrefix,
  lifecyclePolicy,
  registryRoles,
  replicaPolicy,
  replicationFilters,
  repositoryNames,
  tagPatterns,
} from "../../../src/core/stack/registry";
import { matchesTag } from "../../support/tags";
import { registry, service, stackConfig, template } from "../../support/model";

const PLACE = { account: "111111111111", region: "eu-west-1" };
const SOURCE = { account: "222222222222", region: "us-east-1" };
const OWNED = [
  service("orders", { aliases: ["orders-3.7", "orders"] }),
  template("network"),
  service("catalog", { docker: "shop/catalog" }),
];

describe("ecrLocation", () => {
  it("is the stack's own account and region, for a source and for a replica", () => {
    for (const role of ["source", "replica"] as const) {
      const config = stackConfig({ ...PLACE, registry: registry({ role }) });
      assert.deepEqual(ecrLocation(config), PLACE);
    }
  });

  it("is nowhere without a registry in AWS", () => {
    assert.equal(ecrLocation(stackConfig({ ...PLACE })), undefined);
    const external = registry({ role: "external", host: "ghcr.io/acme" });
    assert.equal(ecrLocation(stackConfig({ ...PLACE, registry: external })), undefined);
  });

  it("is nowhere without an account or a region", () => {
    const { account, region } = PLACE;
    assert.equal(ecrLocation(stackConfig({ account, registry: registry() })), undefined);
    assert.equal(ecrLocation(stackConfig({ region, registry: registry() })), undefined);
  });
});

describe("imagePrefix", () => {
  it("is the host of the registry and the prefix", () => {
    const config = stackConfig({ ...PLACE, registry: registry({ prefix: "releases/" }) });
    assert.equal(imagePrefix(config), "111111111111.dkr.ecr.eu-west-1.amazonaws.com/releases/");
  });

  it("ends in the slash of the host where there is no prefix", () => {
    const config = stackConfig({ ...PLACE, registry: registry() });
    assert.equal(imagePrefix(config), "111111111111.dkr.ecr.eu-west-1.amazonaws.com/");
  });

  it("is the host of an external registry, with its path", () => {
    const external = registry({ role: "external", host: "ghcr.io/acme" });
    assert.equal(imagePrefix(stackConfig({ registry: external })), "ghcr.io/acme/");
    assert.equal(
      imagePrefix(stackConfig({ registry: { ...external, prefix: "releases/" } })),
      "ghcr.io/acme/releases/",
    );
  });

  it("is empty where no image is said to be anywhere", () => {
    assert.equal(imagePrefix(stackConfig()), "");
  });
});

describe("registryRoles", () => {
  const shop = (assume?: { read?: string; write?: string }) =>
    stackConfig({ ...PLACE, registry: registry({ prefix: "shop/", ...(assume && { assume }) }) });
  const prefix = `${PLACE.account}.dkr.ecr.${PLACE.region}.amazonaws.com/shop/`;

  it("has the roles of each registry, by the start of its images' names", () => {
    const other = stackConfig({ ...SOURCE, registry: registry({ assume: { write: "w" } }) });
    assert.deepEqual(
      [...registryRoles(shop({ read: "r" }), other)],
      [
        [prefix, { read: "r" }],
        [`${SOURCE.account}.dkr.ecr.${SOURCE.region}.amazonaws.com/`, { write: "w" }],
      ],
    );
  });

  it("has none of stacks that name none", () => {
    assert.equal(registryRoles(shop(), stackConfig()).size, 0);
  });

  it("takes those of the later stack where two share a registry", () => {
    const roles = registryRoles(shop({ read: "r", write: "w" }), shop(), shop({ write: "x" }));
    assert.deepEqual([...roles], [[prefix, { read: "r", write: "x" }]]);
  });
});

describe("repositoryNames", () => {
  it("has every image repository and alias once, prefixed and sorted", () => {
    assert.deepEqual(repositoryNames(registry({ prefix: "releases/" }), OWNED), [
      "releases/orders",
      "releases/orders-3.7",
      "releases/shop/catalog",
    ]);
  });

  it("has none for entries without an image", () => {
    assert.deepEqual(repositoryNames(registry(), [template("network")]), []);
  });
});

describe("replicationFilters", () => {
  it("is the one prefix, which ends in a slash", () => {
    assert.deepEqual(replicationFilters(registry({ prefix: "releases/" }), OWNED), ["releases/"]);
  });

  it("is every repository where there is no prefix", () => {
    const filters = replicationFilters(registry(), OWNED);
    assert.deepEqual(filters, ["orders", "orders-3.7", "shop/catalog"]);
  });
});

describe("replicaPolicy", () => {
  const replica = registry({ role: "replica", source: SOURCE, prefix: "releases/" });

  it("lets the source account replicate into our repositories, and nothing else", () => {
    assert.deepEqual(JSON.parse(replicaPolicy(replica, SOURCE, PLACE, OWNED)), {
      Version: "2012-10-17",
      Statement: [
        {
          Sid: "ReplicateFrom222222222222",
          Effect: "Allow",
          Principal: { AWS: "arn:aws:iam::222222222222:root" },
          Action: ["ecr:ReplicateImage"],
          Resource: ["arn:aws:ecr:eu-west-1:111111111111:repository/releases/*"],
        },
      ],
    });
  });

  it("names each repository where there is no prefix", () => {
    const policy = replicaPolicy({ ...replica, prefix: "" }, SOURCE, PLACE, OWNED);
    const { Statement } = JSON.parse(policy) as { Statement: { Resource: string[] }[] };
    assert.deepEqual(Statement[0]?.Resource, [
      "arn:aws:ecr:eu-west-1:111111111111:repository/orders",
      "arn:aws:ecr:eu-west-1:111111111111:repository/orders-3.7",
      "arn:aws:ecr:eu-west-1:111111111111:repository/shop/catalog",
    ]);
  });

  for (const [region, partition] of [
    ["cn-north-1", "aws-cn"],
    ["us-gov-west-1", "aws-us-gov"],
  ] as const) {
    it(`speaks of the partition ${partition} in ${region}`, () => {
      const policy = replicaPolicy(replica, SOURCE, { ...PLACE, region }, OWNED);
      assert.deepEqual((JSON.parse(policy) as { Statement: unknown[] }).Statement, [
        {
          Sid: "ReplicateFrom222222222222",
          Effect: "Allow",
          Principal: { AWS: `arn:${partition}:iam::222222222222:root` },
          Action: ["ecr:ReplicateImage"],
          Resource: [`arn:${partition}:ecr:${region}:111111111111:repository/releases/*`],
        },
      ]);
    });
  }
});

interface LifecycleRule {
  readonly rulePriority: number;
  readonly description: string;
  readonly selection: {
    readonly tagStatus: string;
    readonly tagPatternList?: readonly string[];
    readonly countType: string;
    readonly countNumber: number;
    readonly countUnit?: string;
  };
  readonly action: { readonly type: string };
}

function rulesOf(policy: string): LifecycleRule[] {
  return (JSON.parse(policy) as { rules: LifecycleRule[] }).rules;
}

/** Which rule decides about an image with these tags: the first that matches it. */
function deciding(rules: readonly LifecycleRule[], tags: readonly string[]): number | undefined {
  const found = rules.find(({ selection: { tagStatus, tagPatternList = [] } }) =>
    tags.length === 0
      ? tagStatus === "untagged"
      : tagPatternList.length > 0 &&
        tagPatternList.every((pattern) => tags.some((tag) => matchesTag(pattern, tag))),
  );
  return found?.rulePriority;
}

describe("lifecyclePolicy", () => {
  it("keeps release tags, then the newest of each moving pattern, then drops untagged images", () => {
    const policy = lifecyclePolicy(["latest", "main", "*-test", "*-daily"], "v{version}");
    assert.deepEqual(rulesOf(policy), [
      {
        rulePriority: 1,
        description: "Release tags v* never expire",
        selection: {
          tagStatus: "tagged",
          tagPatternList: ["v*"],
          countType: "imageCountMoreThan",
          countNumber: 100_000,
        },
        action: { type: "expire" },
      },
      {
        rulePriority: 2,
        description: "The newest 50 of *-daily",
        selection: {
          tagStatus: "tagged",
          tagPatternList: ["*-daily"],
          countType: "imageCountMoreThan",
          countNumber: 50,
        },
        action: { type: "expire" },
      },
      {
        rulePriority: 3,
        description: "The newest 50 of *-test",
        selection: {
          tagStatus: "tagged",
          tagPatternList: ["*-test"],
          countType: "imageCountMoreThan",
          countNumber: 50,
        },
        action: { type: "expire" },
      },
      {
        rulePriority: 4,
        description: "Without a tag for 14 days",
        selection: {
          tagStatus: "untagged",
          countType: "sinceImagePushed",
          countUnit: "days",
          countNumber: 14,
        },
        action: { type: "expire" },
      },
    ]);
  });

  it("is the same text for the same tags in another order", () => {
    assert.equal(
      lifecyclePolicy(["*-test", "latest", "*-daily"], "v{version}"),
      lifecyclePolicy(["*-daily", "*-test", "latest"], "v{version}"),
    );
  });

  it("never lets a rule about moving tags decide about an image with a release tag", () => {
    const rules = rulesOf(lifecyclePolicy(["*-daily", "*-test"], "v{version}"));
    assert.equal(deciding(rules, ["v1.2.3"]), 1);
    assert.equal(deciding(rules, ["2026-01-01-daily", "v1.2.3"]), 1);
    assert.equal(deciding(rules, ["2026-01-01-daily"]), 2);
    assert.equal(deciding(rules, ["pr-7-test"]), 3);
    assert.equal(deciding(rules, []), 4);
    assert.equal(deciding(rules, ["latest"]), undefined);
  });

  const spellings = [
    ["v{version}", "v*", "v1.2.3"],
    ["{version}", "*", "1.2.3"],
    ["orders-{version}", "orders-*", "orders-1.2.3"],
    ["{version}-alpine", "*-alpine", "1.2.3-alpine"],
  ] as const;
  for (const [tagPattern, expected, tag] of spellings) {
    it(`keeps ${expected} first where tags are ${tagPattern}`, () => {
      const rules = rulesOf(lifecyclePolicy(["*-daily"], tagPattern));
      assert.deepEqual(rules[0]?.selection.tagPatternList, [expected]);
      assert.equal(deciding(rules, [tag, "a-daily"]), 1);
    });
  }

  const inputs = [
    [[], "v{version}"],
    [["latest"], "v{version}"],
    [["*a*", "*b*", "*c*", "*d*", "*e*"], "{version}"],
    [["a", "b", "c", "d", "e"].map((tag) => tag.repeat(126) + "**"), "r-{version}-x"],
  ] as const;
  for (const [mutableTags, tagPattern] of inputs) {
    it(`fits what ECR takes with ${mutableTags.length} moving tags`, () => {
      const policy = lifecyclePolicy(mutableTags, tagPattern);
      assert.ok(policy.length >= 100 && policy.length <= 30_720, `${policy.length} characters`);
      const rules = rulesOf(policy);
      const priorities = rules.map(({ rulePriority }) => rulePriority);
      assert.deepEqual(
        priorities,
        priorities.map((_, index) => index + 1),
      );
      for (const { selection, action } of rules) {
        const { tagStatus, tagPatternList, countType, countNumber, countUnit } = selection;
        assert.deepEqual(action, { type: "expire" });
        assert.ok(Number.isInteger(countNumber) && countNumber > 0);
        assert.equal(countUnit, countType === "sinceImagePushed" ? "days" : undefined);
        // Patterns of one rule must all match, so a second one would narrow the rule.
        assert.equal(tagPatternList?.length, tagStatus === "tagged" ? 1 : undefined);
        assert.ok((tagPatternList?.[0]?.split("*").length ?? 1) <= 5, "at most four stars");
      }
      assert.deepEqual(
        rules.filter(({ selection }) => selection.tagStatus === "any"),
        [],
      );
    });
  }

  it("keeps the tag of every release first, however short, where tags are {version}", () => {
    const rules = rulesOf(lifecyclePolicy(["*-daily"], "{version}"));
    assert.equal(deciding(rules, ["1", "a-daily"]), 1);
  });
});

describe("tagPatterns", () => {
  it("says how tags are spelled in every image repository, aliases included", () => {
    const list = [
      service("orders", { tags: { github: "v{version}", image: "{version}" }, aliases: ["o"] }),
      template("network"),
      service("catalog"),
    ];
    assert.deepEqual(
      [...tagPatterns(list)],
      [
        ["orders", "{version}"],
        ["o", "{version}"],
        ["catalog", "v{version}"],
      ],
    );
  });
});
