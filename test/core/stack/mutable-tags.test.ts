import assert from "node:assert/strict";
import { repositoryOf, issuesOf } from "../../support/repository";
import {
  mutableEndings,
  mutablePattern,
  mutableTagOf,
  mutableTagsOf,
} from "../../../src/core/stack/mutable-tags";
import { pinAfter } from "../../../src/core/promotion/moves";
import { planStack } from "../../../src/core/repository";
import { Commit, Tag, Version } from "../../../src/core/version";
import { digestOf, service } from "../../support/model";

const DIGEST = digestOf("a");

describe("mutablePattern", () => {
  // The names of seeds 2 and 4: channels that are replaced, and names that are given once.
  const moving = [
    ["v0.1-test", "*-test"],
    ["0.1-test", "*-test"],
    ["v0.10-daily", "*-daily"],
    ["latest", "latest"],
    ["main", "main"],
  ] as const;
  for (const [tag, pattern] of moving) {
    it(`finds ${tag}`, () => assert.equal(mutablePattern(tag), pattern));
  }

  const fixed = [
    ..."v0.9-beta v0.9.1-beta v0.10-demo v0.10-beta-demo-nokia v0.1-test-manual v1.2.3".split(" "),
    ..."v1.2.3-ce60d74 main2 maintenance latest-1 daily testing v1-daily.1".split(" "),
  ];
  for (const tag of fixed) {
    it(`leaves ${tag}`, () => assert.equal(mutablePattern(tag), undefined));
  }

  it("takes the patterns of a list, each character as it is", () => {
    assert.equal(mutablePattern("v1-nightly", ["*-nightly"]), "*-nightly");
    assert.equal(mutablePattern("v1-daily", ["*-nightly"]), undefined);
    assert.equal(mutablePattern("edge", []), undefined);
    assert.equal(mutablePattern("axb", ["a.b"]), undefined);
    assert.equal(mutablePattern("pr-7-x", ["pr-*-*"]), "pr-*-*");
  });
});

describe("mutableTagsOf", () => {
  const stacks = (...registries: unknown[]) =>
    mutableTagsOf(registries.map((registry) => ({ values: { registry } })));

  it("is what stack configs say, and the default where none says any", () => {
    const all = ["latest", "main", "*-daily", "*-test"];
    assert.deepEqual(stacks(), all);
    assert.deepEqual(stacks(undefined, { role: "source" }), all);
    assert.deepEqual(stacks({ role: "source", mutableTags: ["*-nightly"] }, { role: "replica" }), [
      "*-nightly",
    ]);
    assert.deepEqual(stacks({ mutableTags: ["a", "b"] }, { mutableTags: ["b", "c"] }), [
      ...["a", "b", "c"],
    ]);
    assert.deepEqual(stacks({ mutableTags: [] }, {}), []);
  });

  it("leaves out what is no pattern, which is a finding", () => {
    assert.deepEqual(stacks({ mutableTags: ["***", 7, "a/b", "ok"] }), ["ok"]);
  });

  it("has endings for rules that know no other patterns", () => {
    assert.deepEqual(mutableEndings(), ["-daily", "-test"]);
    assert.deepEqual(mutableEndings(["*-nightly", "pr-*", "*-a-*", "edge"]), ["-nightly"]);
  });
});

describe("mutableTagOf", () => {
  it("looks at the tag of the release, and at that of the image", () => {
    const suffixed = service("a", { tags: { github: "v{version}", image: "{version}-daily" } });
    assert.deepEqual(mutableTagOf(suffixed, Version.of("v1.2.3"), {}), {
      tag: "1.2.3-daily",
      pattern: "*-daily",
    });
    assert.deepEqual(mutableTagOf(service("a"), Version.of("v0.1-test"), {}), {
      tag: "v0.1-test",
      pattern: "*-test",
    });
    assert.deepEqual(mutableTagOf(service("a"), new Tag("main"), {}), {
      tag: "main",
      pattern: "main",
    });
    assert.equal(mutableTagOf(service("a"), new Commit("c".repeat(40)), {}), undefined);
  });

  it("is no candidate of a release (attack: v1.1.3-test becomes v1.1.3 by a promotion)", () => {
    const production = {
      name: "production",
      from: [],
      rejected: {},
      accepts: ["release" as const],
    };
    const pin = { version: Version.of("v1.1.3-test"), digest: DIGEST };
    assert.deepEqual(pinAfter(service("a"), pin, production, {}), pin);
    assert.equal(
      pinAfter(service("a"), pin, production, { mutableTags: ["main"] }).version.text,
      "v1.1.3",
    );
  });
});

const LIST = `- github: runtimes
  docker: runenv
  deploy: { range: "*" }
`;

/** What lint finds of a pin, where an environment accepts some kinds. */
function found(pin: string, accepts: string, mutableTags = ""): string[] {
  const files = {
    "service/a.yaml": LIST,
    "environments.yaml": `environments: { testing: { accepts: [${accepts}] } }\n`,
    "Pulumi.testing.yaml": `config:
  pulumi:disable-default-providers: ["*"]
  releases:registry: { role: external, host: ghcr.io/acme }
  releases:versions: { runenv: "${pin}" }
`,
    ...(mutableTags !== "" && {
      "Pulumi.other.yaml": `config:
  pulumi:disable-default-providers: ["*"]
  releases:environment: testing
  releases:registry: { role: external, host: ghcr.io/acme, mutableTags: [${mutableTags}] }
  releases:select: { names: [] }
`,
    }),
  };
  return issuesOf(files).map(({ code, message }) => `${code} ${message}`);
}

describe("a pin of a channel", () => {
  const all = "release, prerelease, commit";
  // The kind that an environment has to accept.
  const kinds = [
    ["v0.9-beta", "prerelease"],
    ["v0.9.1-beta", "prerelease"],
    ["v0.10-demo", "prerelease"],
    ["v0.10-beta-demo-nokia", "prerelease"],
    ["v0.1-test-manual", "prerelease"],
    ["v0.1-test", "tag"],
    ["v0.10-daily", "tag"],
    ["main", "tag"],
    ["latest", "tag"],
    ["edge", "tag"],
    ["v1.2.3", "release"],
  ] as const;
  for (const [name, kind] of kinds) {
    it(`${name} runs where ${kind} is accepted, with its digest, and nowhere else`, () => {
      const pin = `${name}@${DIGEST}`;
      assert.deepEqual(found(pin, kind), []);
      const others = ["release", "prerelease", "tag", "commit"].filter((other) => other !== kind);
      const refused = found(pin, others.join(", "));
      assert.equal(refused.length, 1, refused.join("\n"));
      const codes = kind === "prerelease" ? "prerelease-not-accepted" : "not-accepted";
      assert.match(refused[0] ?? "", new RegExp(`^${codes} "runenv": ${name} is `));
    });
  }

  for (const name of ["v0.1-test", "v0.10-daily", "main", "latest"]) {
    it(`${name} without its digest is a finding that says what to write`, () => {
      const [first = "", ...more] = found(name, `${all}, tag`);
      assert.deepEqual(more, []);
      assert.match(first, /^mutable-tag-without-digest "versions\.runenv" is /);
      assert.ok(first.includes(`${name}@sha256:`), first);
    });
  }

  it("says why the environment refuses it", () => {
    assert.deepEqual(found(`v0.10-daily@${DIGEST}`, all), [
      'not-accepted "runenv": v0.10-daily is a mutable tag (*-daily), and testing accepts release, prerelease, commit',
    ]);
  });

  it("moves where another stack config says so, which is then said once for all", () => {
    assert.deepEqual(found("v0.10-nightly", `${all}, tag`), []);
    assert.deepEqual(found("v0.10-nightly", `${all}, tag`, '"*-nightly"'), [
      'mutable-tag-without-digest "versions.runenv" is a mutable tag (*-nightly) without a digest, which says no image; pin v0.10-nightly@sha256:...',
    ]);
    assert.deepEqual(found("v0.10-daily", all, '"*-nightly"'), []);
  });

  it("of files needs no digest, which they have none of", () => {
    const files = {
      "service/a.yaml": "- { github: a, assets: [a.tar.gz], deploy: { release: v0.9-beta } }\n",
      "environments.yaml": "environments: { daily: { accepts: [tag] } }\n",
      "Pulumi.daily.yaml": `config:
  pulumi:disable-default-providers: ["*"]
  releases:versions: { a: v0.10-daily }
`,
    };
    assert.deepEqual(issuesOf(files), []);
  });
});

describe("a registry that says no mutable tags", () => {
  it("has those that another stack config says, for its filters and lifecycle rules", () => {
    const registry = (more: string): string => `config:
  pulumi:disable-default-providers: ["*"]
  aws:region: eu-west-1
  releases:account: "11111111111${more === "" ? 2 : 1}"
  releases:registry: { role: ${more === "" ? "replica, source: { account: '111111111111', region: eu-west-1 }" : "source"}, prefix: releases/${more} }
`;
    const repository = repositoryOf({
      "service/a.yaml": "- { github: a, docker: a, deploy: { release: v1.0.0 } }\n",
      "Pulumi.production.yaml": registry(""),
      "Pulumi.testing.yaml": registry(", mutableTags: ['*-nightly']"),
    });
    const tags = [...repository.stacks.values()].map(
      (values) => planStack(repository, values).plan?.config.registry?.mutableTags,
    );
    assert.deepEqual(tags, [["*-nightly"], ["*-nightly"]]);
  });
});
