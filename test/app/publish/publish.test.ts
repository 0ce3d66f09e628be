import assert from "node:assert/strict";
import { publish, type PublishRequest } from "../../../src/app/publish/publish";
import { Ref } from "../../../src/core/ref";
import { buildAt, newSigner } from "../../support/builds";
import { digestOf } from "../../support/model";
import { COMMIT } from "../../support/publisher";
import { TestReleases } from "../../support/releases";
import { text } from "../../support/text";
import { errorOf, worldOf, type TestWorld, type WorldValues } from "../../support/world";

const NOW = "2026-11-21T12:00:00Z";
const IMAGE = "ghcr.io/acme/python";
const SIGN = "https://sigstore.dev/cosign/sign/v1";
const SLSA = "https://slsa.dev/provenance/v1";

const FILES = {
  "releases.yaml": text`
    source: acme/orders
    mutableTags: [latest, "*-test"]
    services:
      km:
        releases: acme/km-releases
        assets: [kontain.tar.gz]
      python:
        images: [${IMAGE}, ${IMAGE}-3.7]
        branches: { main: latest }
        releases: acme/orders
  `,
};

const signer = newSigner();

function setup(values: Partial<WorldValues> = {}): { world: TestWorld; releases: TestReleases } {
  const releases = new TestReleases();
  const world = worldOf({ files: FILES, now: NOW, registries: {}, attached: {}, ...values });
  const github = () => Promise.resolve(releases.client());
  return { world: { ...world, github }, releases };
}

const BYTES = new TextEncoder().encode("files");

function request(ref: Ref, more: Partial<PublishRequest> = {}): PublishRequest {
  return {
    ...{ repository: "acme/orders", ref, commit: COMMIT, signing: signer },
    build: buildAt(ref.fullName),
    layouts: new Map([["python", { folder: "image", digest: digestOf("a") }]]),
    assets: [{ name: "kontain.tar.gz", bytes: BYTES }],
    ...more,
  };
}

describe("publish", () => {
  it("signs before it tags, and tags before it releases", async () => {
    const { world, releases } = setup();
    const result = await publish(world, request(Ref.tag("v1.2.0")));
    assert.deepEqual(result.refused, []);
    const digest = digestOf("a");
    assert.deepEqual(world.brought, [
      `push ${IMAGE}@${digest}`,
      `attach ${SIGN} to ${IMAGE}@${digest}`,
      `attach ${SLSA} to ${IMAGE}@${digest}`,
      `tag ${digest} as ${IMAGE}:v1.2.0`,
      `tag ${digest} as ${IMAGE}:${COMMIT}`,
      `copy ${IMAGE}@${digest} to ${IMAGE}-3.7:v1.2.0`,
      `tag ${digest} as ${IMAGE}-3.7:${COMMIT}`,
    ]);
    assert.deepEqual(releases.published, [
      "acme/km-releases v1.2.0 (nothing)",
      "acme/orders v1.2.0 (nothing)",
    ]);
    // Another repository has no such commit.
    assert.deepEqual(
      releases.releases.map(({ commit, generatesNotes }) => [commit, generatesNotes]),
      [
        [undefined, undefined],
        [COMMIT, true],
      ],
    );
    assert.deepEqual(
      releases.releases.map(({ assets }) => assets.map(({ name }) => name)),
      [
        ["kontain.tar.gz", "km.sigstore", "km.intoto.jsonl"],
        ["python.sigstore", "python.intoto.jsonl"],
      ],
    );
    assert.deepEqual(result.images, [
      {
        ...{ service: "python", digest, name: `${IMAGE}@${digest}` },
        ...{ tags: ["v1.2.0", COMMIT], kept: [] },
      },
      {
        ...{ service: "python", digest, name: `${IMAGE}-3.7@${digest}` },
        ...{ tags: ["v1.2.0", COMMIT], kept: [] },
      },
    ]);
    assert.equal(world.open(), 0);
    const again = await publish(world, request(Ref.tag("v1.2.0")));
    assert.deepEqual(
      again.releases.map(({ isNew }) => isNew),
      [false, false],
    );
    assert.equal(releases.published.length, 2);
    assert.equal(world.brought.filter((line) => line.startsWith("attach")).length, 2);
  });

  it("takes a release for its own only while its files are what it published", async () => {
    const { world, releases } = setup();
    await publish(world, request(Ref.tag("v1.2.0")));
    releases.replace("v1.2.0", "kontain.tar.gz", new TextEncoder().encode("evil"));
    const { refused } = await publish(world, request(Ref.tag("v1.2.0")));
    assert.deepEqual(refused, [
      "acme/km-releases has a release v1.2.0 already; make another version, or delete that release and run it again",
    ]);
  });

  it("moves what may move, last, and replaces its release with its tag", async () => {
    const { world, releases } = setup({
      registries: { [`${IMAGE}:v0.1-test`]: digestOf("b"), [`${IMAGE}:${COMMIT}`]: digestOf("b") },
    });
    const ref = Ref.tag("v0.1-test");
    const { images, refused } = await publish(world, request(ref));
    assert.deepEqual(refused, []);
    assert.deepEqual(images[0]?.kept, [COMMIT]);
    assert.ok(world.brought.includes(`tag ${digestOf("a")} as ${IMAGE}:v0.1-test`));
    assert.ok(!world.brought.some((line) => line.endsWith(`${IMAGE}:${COMMIT}`)));
    assert.deepEqual(releases.published, [
      "acme/km-releases v0.1-test (release and tag)",
      "acme/orders v0.1-test (release)",
    ]);
  });

  it("refuses a version of other bytes before it writes anything", async () => {
    const { world, releases } = setup({ registries: { [`${IMAGE}-3.7:v1.2.0`]: digestOf("b") } });
    const { refused } = await publish(world, request(Ref.tag("v1.2.0")));
    assert.deepEqual(refused, [
      `${IMAGE}-3.7:v1.2.0 is ${digestOf("b")} already, and ${digestOf("a")} was built; a version is published once: make the next one`,
    ]);
    assert.deepEqual([world.brought, releases.published, world.open()], [[], [], 0]);
  });

  it("names everything that wasn't built, before it asks anybody", async () => {
    const { world } = setup();
    const nothing = { layouts: new Map(), assets: [] };
    const { refused } = await publish(
      { ...world, registries: () => assert.fail("asked a registry") },
      request(Ref.tag("v1.2.0"), nothing),
    );
    assert.deepEqual(refused, [
      "python has an image, and none was built; give its OCI layout with --layout",
      "kontain.tar.gz of the release v1.2.0 wasn't built; put it into the folder of --assets",
    ]);
  });

  it("refuses an empty file, which GitHub doesn't take, before it asks anybody", async () => {
    const { world } = setup();
    const assets = [{ name: "kontain.tar.gz", bytes: new Uint8Array() }];
    const { refused } = await publish(
      { ...world, registries: () => assert.fail("asked a registry") },
      request(Ref.tag("v1.2.0"), { assets }),
    );
    assert.deepEqual(refused, [
      "kontain.tar.gz of the release v1.2.0 is empty, which GitHub doesn't take; see why the build left it so",
    ]);
  });

  it("writes nothing where what is signed wouldn't count", async () => {
    const { world, releases } = setup();
    const stranger = { ...newSigner(), trusted: signer.trusted };
    await assert.rejects(
      publish(world, request(Ref.tag("v1.2.0"), { signing: stranger })),
      /what was signed for kontain\.tar\.gz wouldn't count: .*; nothing is published/,
    );
    assert.deepEqual([world.brought, releases.published, world.open()], [[], [], 0]);
  });

  it("takes no signature of somebody else for its own, nor one that it can't verify", async () => {
    const { signer: own, policy } = signer;
    for (const signing of [signer, { signer: own, policy }]) {
      const { world } = setup();
      await publish(world, request(Ref.branch("main"), { signing: newSigner() }));
      const before = world.brought.length;
      await publish(world, request(Ref.branch("main"), { signing }));
      assert.deepEqual(
        world.brought.slice(before).filter((line) => line.startsWith("attach")),
        [SIGN, SLSA].map((type) => `attach ${type} to ${IMAGE}@${digestOf("a")}`),
      );
    }
  });

  it("asks for a token and for the file, and publishes nothing of a copy", async () => {
    const { world } = setup();
    const ref = Ref.tag("v1.2.0");
    await assert.rejects(
      publish({ ...world, github: () => Promise.resolve(undefined) }, request(ref)),
      errorOf("outside", "GitHub takes no release without a GITHUB_TOKEN; give the step one"),
    );
    await assert.rejects(
      publish(world, request(ref, { repository: "mallory/orders" })),
      errorOf(
        "usage",
        "releases.yaml is of acme/orders, and this is mallory/orders; a copy publishes nothing",
      ),
    );
    await assert.rejects(publish(setup({ files: {} }).world, request(ref)), {
      kind: "usage",
      message: /^there is no releases\.yaml; write it with releases init --service/,
    });
    assert.deepEqual(world.brought, []);
  });
});
