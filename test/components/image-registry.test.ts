import assert from "node:assert/strict";
import { Provider } from "@pulumi/aws/provider";
import { ImageRegistry, type ImageRegistryArgs } from "../../components/image-registry";
import { record } from "../../src/adapters/pulumi/embedded";
import { theOne, ofType, TYPES } from "../support/plans";

const POLICY = '{"rules":[]}';

function register(args: Partial<ImageRegistryArgs>) {
  return record("testing", () => {
    const aws = new Provider("aws", { region: "eu-west-1" });
    return new ImageRegistry(
      "registry",
      {
        repositories: new Map([
          ["api", { repositoryName: "releases/api", lifecyclePolicy: POLICY }],
        ]),
        mutableTags: ["latest", "*-daily"],
        protect: false,
        forceDelete: false,
        ...args,
      },
      { providers: [aws] },
    );
  });
}

describe("ImageRegistry", () => {
  it("declares a repository with a fixed name, immutable tags and an explicit scan setting", async () => {
    const planned = await register({});
    const { inputs, parent, provider, options } = theOne(planned, TYPES.repository, "api");
    assert.deepEqual(inputs, {
      name: "releases/api",
      imageTagMutability: "IMMUTABLE_WITH_EXCLUSION",
      imageTagMutabilityExclusionFilters: [
        { filter: "latest", filterType: "WILDCARD" },
        { filter: "*-daily", filterType: "WILDCARD" },
      ],
      imageScanningConfiguration: { scanOnPush: true },
      forceDelete: false,
    });
    assert.equal(parent, "urn:pulumi:testing::releases::releases:registry:ImageRegistry::registry");
    assert.equal(provider, "urn:pulumi:testing::releases::pulumi:providers:aws::aws");
    assert.equal(options.protect, false);
  });

  it("makes every tag immutable, without filters, where none is mutable", async () => {
    const planned = await register({ mutableTags: [] });
    assert.deepEqual(theOne(planned, TYPES.repository, "api").inputs, {
      name: "releases/api",
      imageTagMutability: "IMMUTABLE",
      imageScanningConfiguration: { scanOnPush: true },
      forceDelete: false,
    });
  });

  it("declares each repository's lifecycle policy after the repository", async () => {
    const planned = await register({});
    const { inputs, options } = theOne(planned, TYPES.lifecyclePolicy, "api");
    assert.deepEqual(inputs, { repository: "releases/api", policy: POLICY });
    assert.deepEqual(options.dependsOn, [theOne(planned, TYPES.repository, "api").urn]);
  });

  it("declares nothing else unless asked to", async () => {
    const { resources, result } = await register({});
    assert.deepEqual(
      resources.map(({ type }) => type),
      [
        "pulumi:providers:aws",
        TYPES.lifecyclePolicy,
        TYPES.repository,
        "releases:registry:ImageRegistry",
      ],
    );
    assert.equal(result.replication, undefined);
    assert.equal(result.registryPolicy, undefined);
  });

  it("passes on whether repositories are protected and may be deleted with their images", async () => {
    const planned = await register({ protect: true, forceDelete: true });
    const { inputs, options } = theOne(planned, TYPES.repository, "api");
    assert.equal(options.protect, true);
    assert.equal(inputs["forceDelete"], true);
    assert.equal(theOne(planned, TYPES.lifecyclePolicy, "api").options.protect, false);
  });

  it("declares one replication with one rule", async () => {
    const planned = await register({
      replication: {
        prefixes: ["releases/"],
        destinations: [
          { account: "222222222222", region: "eu-west-1" },
          { account: "333333333333", region: "us-east-1" },
        ],
      },
    });
    assert.equal(ofType(planned, TYPES.replication).size, 1);
    const { inputs, options } = theOne(planned, TYPES.replication, "registry");
    assert.deepEqual(inputs, {
      replicationConfiguration: {
        rules: [
          {
            destinations: [
              { registryId: "222222222222", region: "eu-west-1" },
              { registryId: "333333333333", region: "us-east-1" },
            ],
            repositoryFilters: [{ filter: "releases/", filterType: "PREFIX_MATCH" }],
          },
        ],
      },
    });
    assert.equal(options.protect, false);
  });

  it("declares the registry's policy as it is given", async () => {
    const planned = await register({ registryPolicy: '{"Version":"2012-10-17"}' });
    assert.deepEqual(theOne(planned, TYPES.registryPolicy, "registry").inputs, {
      policy: '{"Version":"2012-10-17"}',
    });
  });
});
