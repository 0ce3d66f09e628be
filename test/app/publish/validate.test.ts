import assert from "node:assert/strict";
import { publish } from "../../../src/app/publish/publish";
import { validate, type ValidateRequest } from "../../../src/app/publish/validate";
import { Ref } from "../../../src/core/ref";
import { buildAt, newSigner } from "../../support/builds";
import { digestOf } from "../../support/model";
import { COMMIT } from "../../support/publisher";
import { TestReleases } from "../../support/releases";
import { text } from "../../support/text";
import { errorOf, worldOf } from "../../support/world";

const IMAGE = "ghcr.io/acme/python";
const TAG = Ref.tag("v1.2.0");

const FILES = {
  "releases.yaml": text`
    source: acme/orders
    mutableTags: [latest]
    services:
      python:
        images: [${IMAGE}, ${IMAGE}-3.7]
        releases: acme/orders
        assets: [km.tar.gz]
  `,
};

const signer = newSigner();

/** A world in which the workflow has published. */
async function published(isSigned = true) {
  const releases = new TestReleases();
  const values = { files: FILES, now: "2026-11-21T12:00:00Z", registries: {}, attached: {} };
  const world = { ...worldOf(values), github: () => Promise.resolve(releases.client()) };
  const { refused } = await publish(world, {
    ...{ repository: "acme/orders", ref: TAG, commit: COMMIT, build: buildAt(TAG.fullName) },
    layouts: new Map([["python", { folder: "image", digest: digestOf("a") }]]),
    assets: [{ name: "km.tar.gz", bytes: Buffer.from("files") }],
    ...(isSigned && { signing: signer }),
  });
  assert.deepEqual(refused, []);
  return { world, releases };
}

const request = (more: Partial<ValidateRequest> = {}): ValidateRequest => ({
  ...{ repository: "acme/orders", ref: TAG, commit: COMMIT, digests: new Map(), trust: signer },
  ...more,
});

describe("validate", () => {
  it("takes what was published", async () => {
    const { world } = await published();
    const result = await validate(world, request());
    assert.deepEqual(result.problems, []);
    assert.deepEqual(result.valid, [
      `${IMAGE}@${digestOf("a")}: signed, built from ${COMMIT}`,
      `${IMAGE}-3.7@${digestOf("a")}: signed, built from ${COMMIT}`,
      "https://github.com/acme/orders/releases/tag/v1.2.0: 3 files, downloaded as anybody",
    ]);
    const image = `${IMAGE}@${digestOf("a")}`;
    assert.deepEqual([...result.services], [["python", { version: "v1.2.0", image }]]);
    assert.deepEqual(
      result.files.map(({ name }) => name),
      ["km.tar.gz", "python.sigstore", "python.intoto.jsonl"],
    );
    assert.equal(world.open(), 0);
  });

  it("refuses what changed since", async () => {
    const moved = await published();
    const registries = moved.world.registries();
    await registries.tag(
      { host: "ghcr.io", repository: "acme/python-3.7", tag: "v1.2.0" },
      digestOf("b"),
    );
    registries.close();
    assert.deepEqual((await validate(moved.world, request())).problems, [
      `${IMAGE}-3.7:v1.2.0 is ${digestOf("b")}, and ${digestOf("a")} was published`,
    ]);
    const replaced = await published();
    replaced.releases.replace("v1.2.0", "km.tar.gz", Buffer.from("evil"));
    const [problem, ...others] = (await validate(replaced.world, request())).problems;
    assert.match(
      problem ?? "",
      /^km\.tar\.gz@sha256:\w+: no https:\/\/slsa\.dev\/provenance\/v1 that counts/,
    );
    assert.deepEqual(others, []);
    replaced.releases.replace("v1.2.0", "km.tar.gz", undefined);
    assert.deepEqual((await validate(replaced.world, request())).problems, [
      "the release v1.2.0 of acme/orders lacks km.tar.gz",
    ]);
  });

  it("refuses signatures of others, and those of another commit", async () => {
    const { world } = await published();
    const stranger = await validate(world, request({ trust: newSigner() }));
    assert.equal(stranger.problems.length, 4);
    const commit = "f".repeat(40);
    const { problems } = await validate(world, request({ commit }));
    assert.ok(problems.some((line) => line.includes(`commit ${COMMIT}, not of ${commit}`)));
  });

  it("takes what isn't signed only where it is said", async () => {
    const { world } = await published(false);
    const asked = { ...request() };
    const { problems } = await validate(world, asked);
    assert.ok(problems.includes("the release v1.2.0 of acme/orders lacks python.sigstore"));
    const { trust: _trust, ...unsigned } = asked;
    assert.deepEqual((await validate(world, unsigned)).problems, []);
  });

  it("downloads with the token where nobody else may, and asks for one", async () => {
    const { world, releases } = await published();
    releases.isPublic = false;
    const { problems, valid } = await validate(world, request());
    assert.deepEqual(problems, []);
    assert.match(valid.join("\n"), /downloaded with the token/);
    await assert.rejects(
      validate({ ...world, github: () => Promise.resolve(undefined) }, request()),
      errorOf("outside", "GitHub isn't asked for a release without a GITHUB_TOKEN"),
    );
  });
});
