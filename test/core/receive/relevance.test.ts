import assert from "node:assert/strict";
import type { Intent } from "../../../src/core/receive/intent";
import { isRelevant } from "../../../src/core/receive/relevance";
import { planStack, parseRepository } from "../../../src/core/repository";
import { worldOf } from "../../support/world";

const LIST = `- { github: Orders, docker: shop/orders, aliases: [orders-old], deploy: { branch: feature/x } }
- { github: catalog, docker: catalog, deploy: { release: v1.0.0, preview: true } }
- { github: { source: km, releases: km-releases }, docker: km, deploy: { release: v1.0.0, preview: true } }
- { github: { source: kmd, releases: km-releases }, docker: kmd, deploy: { branch: main } }
`;

const { files } = worldOf({
  git: null,
  files: {
    "service/shop.yaml": LIST,
    "environments.yaml": "environments:\n  testing: { accepts: [release, branch, preview] }\n",
    "Pulumi.testing.yaml": `config:
  pulumi:disable-default-providers: ["*"]
  releases:github: { owner: acme }
  releases:registry: { role: external, host: ghcr.io/acme }
  releases:versions: { shop/orders: "${"a".repeat(40)}@sha256:${"b".repeat(64)}", kmd: "${"a".repeat(40)}@sha256:${"b".repeat(64)}" }
`,
  },
});
const repository = parseRepository(files.read());
const plans = [...repository.stacks.values()].flatMap(
  (one) => planStack(repository, one).plan ?? [],
);

describe("what intents are about", () => {
  const release = { kind: "release", tag: "v1", isGone: false } as const;
  const push = { kind: "push", before: null, after: "a".repeat(40) } as const;
  const rule = { kind: "protection-rule", environment: "testing", run: 1, commit: "a" } as const;
  const rows: [string, Intent, boolean][] = [
    ["a release of a service", { ...release, repository: "ACME/orders" }, true],
    ["a release of nobody", { ...release, repository: "acme/website" }, false],
    ["a release of another owner", { ...release, repository: "evil/orders" }, false],
    [
      "a branch that a service follows",
      { ...push, repository: "acme/orders", branch: "feature/x" },
      true,
    ],
    ["another branch of it", { ...push, repository: "acme/orders", branch: "feature/X" }, false],
    [
      "a branch of a service that follows none",
      { ...push, repository: "acme/catalog", branch: "main" },
      false,
    ],
    ["a branch of the list", { ...push, repository: "acme/Releases", branch: "main" }, true],
    [
      "a pull request of a service with previews",
      { kind: "pull-request", repository: "acme/catalog", number: 1 },
      true,
    ],
    [
      "a pull request of one without",
      { kind: "pull-request", repository: "acme/orders", number: 1 },
      false,
    ],
    [
      "a release of a service, beside its source",
      { ...release, repository: "acme/km-releases" },
      true,
    ],
    [
      "a release of a source whose releases are elsewhere",
      { ...release, repository: "acme/km" },
      false,
    ],
    [
      "a pull request of the source",
      { kind: "pull-request", repository: "acme/km", number: 1 },
      true,
    ],
    [
      "a pull request of the releases",
      { kind: "pull-request", repository: "acme/km-releases", number: 1 },
      false,
    ],
    ["a push to the source", { ...push, repository: "acme/kmd", branch: "main" }, true],
    ["a push to the releases", { ...push, repository: "acme/km-releases", branch: "main" }, false],
    ["an image", { kind: "image", repository: "ghcr.io/acme/shop/orders" }, true],
    ["an alias", { kind: "image", repository: "ghcr.io/acme/orders-old" }, true],
    ["an image of nobody", { kind: "image", repository: "ghcr.io/acme/orders" }, false],
    ["a rule of the list", { ...rule, repository: "acme/releases" }, true],
    ["a rule of another repository", { ...rule, repository: "acme/orders" }, false],
    ["everything", { kind: "everything" }, true],
  ];
  for (const [what, intent, is] of rows) {
    it(`${is ? "matters" : "doesn't matter"} where it is ${what}`, () => {
      assert.equal(plans.length, 1);
      assert.equal(isRelevant(intent, "acme/releases", plans), is);
    });
  }
});
