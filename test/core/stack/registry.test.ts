import assert from "node:assert/strict";
import {
  ecrLocation,
  imagePrefix,
  LIFECYCLE_POLICY,
  registryRoles,
  replicaPolicy,
  replicationFilters,
  repositoryNames,
} from "../../../src/core/stack/registry";
import { prunePlan, type KeepRules, type StoredManifest } from "../../../src/core/prune";
import { expiredBy } from "../../support/ecr-lifecycle";
import { digestOf, registry, service, stackConfig, template } from "../../support/model";

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

const TODAY = new Date("2026-11-26T00:00:00Z");
const ago = (days: number): Date => new Date(TODAY.getTime() - days * 86_400_000);

/** A repository in which a stack pins bytes whose tag has moved on, and one of many dailies. */
const STORED: readonly StoredManifest[] = [
  { digest: digestOf("a"), tags: [], bytes: 1, pushedAt: ago(100), children: [] },
  { digest: digestOf("b"), tags: ["v1.0.0"], bytes: 1, pushedAt: ago(400), children: [] },
  { digest: digestOf("c"), tags: ["0-daily"], bytes: 1, pushedAt: ago(200), children: [] },
  ...Array.from({ length: 9997 }, (_, index) => ({
    digest: `sha256:${String(index).padStart(64, "0")}`,
    tags: [`${index}-daily`],
    bytes: 1,
    pushedAt: ago(40),
    children: [],
  })),
];

const KEEP: KeepRules = {
  digests: new Map(["a", "b", "c"].map((digit) => [digestOf(digit), "pinned in testing"])),
  tags: new Map(),
  tagPatterns: ["v{version}"],
  mutableTags: ["*-daily"],
  lastRan: new Map(),
  minimumAge: 30 * 86_400_000,
  takesUnknownAge: false,
};

/** Returns the digests that stay for prune, and that a lifecycle policy expires. */
function expiredOfKept(policy: string): string[] {
  const expired = expiredBy(policy, STORED, TODAY);
  const { staying } = prunePlan(STORED, KEEP, TODAY);
  return staying.flatMap(({ manifest: { digest } }) => (expired.has(digest) ? [digest] : []));
}

describe("LIFECYCLE_POLICY", () => {
  it("expires nothing of a repository, however full it is", () => {
    assert.deepEqual([...expiredBy(LIFECYCLE_POLICY, STORED, TODAY)], []);
    assert.deepEqual(expiredOfKept(LIFECYCLE_POLICY), []);
  });

  it("is none of those that expire what prune keeps: by number, and by age without a tag", () => {
    const rule = (selection: object) => ({
      rulePriority: 1,
      selection,
      action: { type: "expire" },
    });
    const byNumber = { countType: "imageCountMoreThan", countNumber: 50 };
    const byAge = { countType: "sinceImagePushed", countUnit: "days", countNumber: 14 };
    const policyOf = (selection: object): string => JSON.stringify({ rules: [rule(selection)] });
    const dailies = { tagStatus: "tagged", tagPatternList: ["*-daily"], ...byNumber };
    assert.deepEqual(expiredOfKept(policyOf(dailies)), [digestOf("c")]);
    assert.deepEqual(expiredOfKept(policyOf({ tagStatus: "untagged", ...byAge })), [digestOf("a")]);
  });

  it("fits what ECR takes", () => {
    const { length } = LIFECYCLE_POLICY;
    assert.ok(length >= 100 && length <= 30_720, `${length} characters`);
  });
});
