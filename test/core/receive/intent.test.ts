import assert from "node:assert/strict";
import examples from "@octokit/webhooks-examples/api.github.com/index.json";
import { ecrHintOf, hintOf, type Hint } from "../../../src/core/receive/intent";

const REPOSITORY = { full_name: "acme/inventory" };
const [BEFORE, AFTER, NONE] = ["a".repeat(40), "b".repeat(40), "0".repeat(40)];
const release = { kind: "release", repository: "acme/inventory", tag: "v1.2.0", isGone: false };

describe("hints of deliveries", () => {
  const rows: [string, string, unknown, Hint][] = [
    ["a published release", "release", released("published"), release as Hint],
    ["the same one again", "release", released("released"), release as Hint],
    ["a pre-release", "release", released("prereleased"), release as Hint],
    ["a deleted release", "release", released("deleted"), { ...release, isGone: true } as Hint],
    [
      "one that isn't public any more",
      "release",
      released("unpublished"),
      { ...release, isGone: true } as Hint,
    ],
    ["a draft", "release", released("published", true), "nothing"],
    ["a created release, which may still be a draft's", "release", released("created"), "nothing"],
    [
      "a release without a tag",
      "release",
      { action: "published", release: {}, repository: REPOSITORY },
      "malformed",
    ],
    [
      "a branch that moved",
      "push",
      pushed("refs/heads/a/b"),
      { kind: "push", repository: "acme/inventory", branch: "a/b", before: BEFORE, after: AFTER },
    ],
    [
      "a deleted branch",
      "push",
      pushed("refs/heads/main", NONE),
      { kind: "push", repository: "acme/inventory", branch: "main", before: BEFORE, after: null },
    ],
    ["a tag, which a release tells", "push", pushed("refs/tags/v1.2.0"), "nothing"],
    [
      "an opened pull request",
      "pull_request",
      pulled("opened"),
      { kind: "pull-request", repository: "acme/inventory", number: 7 },
    ],
    [
      "a closed one",
      "pull_request",
      pulled("closed"),
      { kind: "pull-request", repository: "acme/inventory", number: 7 },
    ],
    ["one that got a reviewer", "pull_request", pulled("review_requested"), "nothing"],
    [
      "an image with a tag",
      "package",
      {
        action: "published",
        package: container("ghcr.io/Acme/inventory:v1.2.0"),
        repository: REPOSITORY,
      },
      { kind: "image", repository: "ghcr.io/acme/inventory" },
    ],
    [
      "an image without a tag",
      "registry_package",
      {
        action: "published",
        registry_package: container("ghcr.io/acme/inventory:"),
        repository: REPOSITORY,
      },
      { kind: "image", repository: "ghcr.io/acme/inventory" },
    ],
    [
      "an image by its digest",
      "package",
      {
        action: "updated",
        package: container(`ghcr.io/acme/inventory@sha256:${"c".repeat(64)}`),
        repository: REPOSITORY,
      },
      { kind: "image", repository: "ghcr.io/acme/inventory" },
    ],
    [
      "a registry with a port",
      "package",
      {
        action: "updated",
        package: container("registry.acme.example:5000/inventory:v1"),
        repository: REPOSITORY,
      },
      { kind: "image", repository: "registry.acme.example:5000/inventory" },
    ],
    [
      "an image whose address nobody says, by its owner and name",
      "package",
      {
        action: "published",
        package: { ...container(null), name: "Shop/Inventory", owner: { login: "Acme" } },
        repository: REPOSITORY,
      },
      { kind: "image", repository: "ghcr.io/acme/shop/inventory" },
    ],
    [
      "an image of a version that isn't told",
      "registry_package",
      {
        action: "published",
        package: null,
        registry_package: {
          ...{ package_type: "container", package_version: null },
          ...{ name: "inventory", owner: { login: "acme" } },
        },
      },
      { kind: "image", repository: "ghcr.io/acme/inventory" },
    ],
    [
      "an image that nobody names",
      "package",
      { action: "published", package: { ...container(""), name: "inventory", owner: null } },
      "nothing",
    ],
    ["a package of no type", "package", { action: "published", package: { name: "x" } }, "nothing"],
    ["a package event without one", "registry_package", { action: "published" }, "nothing"],
    [
      "a package of npm",
      "package",
      { action: "published", package: { package_type: "npm" }, repository: REPOSITORY },
      "nothing",
    ],
    [
      "an image whose address is none",
      "package",
      { action: "published", package: container("/../:x"), repository: REPOSITORY },
      "malformed",
    ],
    ["an event that changes no version", "star", { action: "created" }, "nothing"],
    ["a payload that isn't an object", "release", null, "malformed"],
  ];
  for (const [what, event, payload, hint] of rows) {
    it(`takes ${what}`, () => assert.deepEqual(hintOf(event, payload), hint));
  }

  it("takes of a protection rule's address the run alone, never its host", () => {
    const payload = {
      action: "requested",
      environment: "production",
      deployment_callback_url:
        "https://evil.example/repos/a/b/actions/runs/42/deployment_protection_rule",
      deployment: { sha: AFTER },
      repository: REPOSITORY,
    };
    assert.deepEqual(hintOf("deployment_protection_rule", payload), {
      kind: "protection-rule",
      repository: "acme/inventory",
      environment: "production",
      run: 42,
      commit: AFTER,
    });
    const elsewhere = { ...payload, deployment_callback_url: "https://api.github.com/user" };
    assert.equal(hintOf("deployment_protection_rule", elsewhere), "malformed");
  });

  it("takes pushes of images to ECR, and neither deletions nor failures", () => {
    const event = {
      "detail-type": "ECR Image Action",
      account: "111111111111",
      region: "cn-north-1",
      detail: { "action-type": "PUSH", result: "SUCCESS", "repository-name": "shop/inventory" },
    };
    assert.deepEqual(ecrHintOf(event), {
      kind: "image",
      repository: "111111111111.dkr.ecr.cn-north-1.amazonaws.com.cn/shop/inventory",
    });
    for (const detail of [
      { "action-type": "DELETE" },
      { result: "FAILURE" },
      { "repository-name": 1 },
    ]) {
      const other = { ...event, detail: { ...event.detail, ...detail } };
      assert.equal(ecrHintOf(other), "nothing");
    }
    assert.equal(ecrHintOf({ ...event, region: "nowhere" }), "nothing");
  });

  describe("of GitHub's published examples, of 2024 and older", () => {
    for (const { name, examples: payloads } of examples) {
      it(`survives those of ${name}`, () => {
        assert.ok(payloads.length > 0);
        for (const payload of payloads) assert.ok(hintOf(name, payload));
      });
    }

    it("takes each release by its action, and each push to a branch", () => {
      assert.deepEqual(countOf("release"), { nothing: 3, release: 8, gone: 2 });
      assert.deepEqual(countOf("push"), { nothing: 5, push: 2 });
      assert.deepEqual(countOf("package"), { nothing: 3 });
    });
  });
});

function released(action: string, draft = false) {
  return { action, release: { tag_name: "v1.2.0", draft }, repository: REPOSITORY };
}

function pushed(ref: string, after = AFTER) {
  return { ref, before: BEFORE, after, repository: REPOSITORY };
}

function pulled(action: string) {
  return { action, pull_request: { number: 7 }, repository: REPOSITORY };
}

function container(package_url: string | null) {
  return { package_type: "CONTAINER", package_version: { package_url } };
}

function countOf(event: string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const payload of examples.find(({ name }) => name === event)?.examples ?? []) {
    const hint = hintOf(event, payload);
    const isGone = typeof hint !== "string" && hint.kind === "release" && hint.isGone;
    const kind = isGone ? "gone" : typeof hint === "string" ? hint : hint.kind;
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}
