import assert from "node:assert/strict";
import { SILENT } from "../../../src/app/reporter";
import { resolve } from "../../../src/app/resolve/resolve";
import type { OpenPull } from "../../../src/core/resolve/previews";
import { digestOf } from "../../support/model";
import { worldOf, type WorldValues } from "../../support/world";
import { text } from "../../support/text";

const NOW = "2026-11-26T09:00:00Z";
const commit = (hex: string): string => hex.repeat(40);

/** Returns an open pull request of orders, whose head is one hex digit forty times. */
function pull(number: number, hex: string, more: Partial<OpenPull> = {}): OpenPull {
  const branch = more.branch ?? `feature-${number}`;
  return {
    ...{ number, branch, source: { repository: "acme/orders", branch } },
    ...{ commit: commit(hex), isFork: false, isBot: false },
    ...{ createdAt: new Date("2026-11-25T09:00:00Z"), updatedAt: new Date("2026-11-25T09:00:00Z") },
    ...more,
  };
}

/** Returns an entry as resolve writes it. */
const entry = (number: number, hex: string, until: string, branch = `feature-${number}`): string =>
  `{ service: orders, pullRequest: ${number}, branch: "${branch}", commit: "${commit(hex)}", digest: "${digestOf(hex)}", until: "${until}" }`;

const config = (previews: string): string =>
  `${text`
  config:
    pulumi:disable-default-providers: ["*"]
    releases:cluster: { context: acme-testing }
    releases:github: { owner: acme }
    releases:registry: { role: external, host: ghcr.io/acme }
`}${previews}`;

const DOMAIN = "  releases:previews:\n    domain: acme.example\n";

interface Given extends Partial<WorldValues> {
  readonly previews?: string;
  readonly images?: string;
}

/** Returns a world with pull requests; images are the hex digits of commits that have one. */
function given({ previews = DOMAIN, images = "abcdef", ...values }: Given) {
  const list = "- { github: orders, docker: orders, deploy: { release: v1.0.0, preview: true } }\n";
  const path = "environments:\n  testing: { accepts: [release, preview] }\n";
  const all = [...images].map((hex) => [`ghcr.io/acme/orders:${commit(hex)}`, digestOf(hex)]);
  return worldOf({
    files: {
      "service/shop.yaml": list,
      "environments.yaml": path,
      "Pulumi.testing.yaml": config(previews),
    },
    ...{ now: NOW, github: {}, registries: Object.fromEntries(all) as Record<string, string> },
    ...values,
  });
}

/** Returns the lines of the stack config after `domain`, and the findings in short. */
async function outcome(world: ReturnType<typeof given>) {
  const request = {
    services: "all",
    stack: "testing",
    environment: undefined,
    dryRun: false,
  } as const;
  const { files, findings, proposal } = await resolve(world, request, SILENT);
  const [file] = files;
  return {
    lines: (file?.text ?? "")
      .split("acme.example")[1]
      ?.trim()
      .split("\n")
      .map((line) => line.trim()),
    findings: findings.map(({ code, message }) =>
      `${code} ${/pull request \d+/.exec(message)?.[0] ?? ""}`.trim(),
    ),
    message: proposal.message,
  };
}

describe("resolve of previews", () => {
  it("writes a copy of each open pull request, to end a week after its last push", async () => {
    const world = given({
      pulls: { "acme/orders": [pull(12, "a"), pull(13, "b")] },
      pushes: { [`acme/orders feature-12 ${commit("a")}`]: "2026-11-26T08:00:00Z" },
    });
    assert.deepEqual(await outcome(world), {
      lines: [
        "open:",
        `- ${entry(12, "a", "2026-12-03T08:00:00Z")}`,
        `- ${entry(13, "b", "2026-12-02T09:00:00Z")}`,
      ],
      findings: [],
      message: `resolve(testing): orders

- orders preview of pull request 12 at ${commit("a")} (testing)
- orders preview of pull request 13 at ${commit("b")} (testing)`,
    });
    assert.deepEqual((await outcome(world)).message, "");
  });

  it("replaces, adds and removes lines, and keeps comments", async () => {
    const previews = `${DOMAIN}    open:
      # about 11
      - ${entry(11, "a", "2026-12-01T09:00:00Z")} # gone
      # about 12
      - ${entry(12, "a", "2026-12-01T09:00:00Z")} # ours
      - ${entry(14, "c", "2026-12-01T09:00:00Z")}
    max: 9
`;
    const pulls = { "acme/orders": [pull(12, "b"), pull(13, "d"), pull(14, "c")] };
    const { lines, message } = await outcome(given({ previews, pulls }));
    assert.deepEqual(lines, [
      "open:",
      "# about 11",
      "# about 12",
      `- ${entry(12, "b", "2026-12-02T09:00:00Z")} # ours`,
      `- ${entry(14, "c", "2026-12-01T09:00:00Z")}`,
      `- ${entry(13, "d", "2026-12-02T09:00:00Z")}`,
      "max: 9",
    ]);
    assert.match(message, /preview of pull request 11 ends/);
  });

  const cases: Readonly<
    Record<string, Given & { readonly runs: readonly number[]; readonly says?: readonly string[] }>
  > = {
    "waits for an image, and runs the commit before until then": {
      images: "a",
      previews: `${DOMAIN}    open:\n      - ${entry(12, "a", "2026-12-01T09:00:00Z")}\n`,
      pulls: { "acme/orders": [pull(12, "b"), pull(13, "c")] },
      runs: [12],
      says: ["no-image pull request 12", "no-image pull request 13"],
    },
    "ends what nobody has pushed to for its time to live": {
      previews: `${DOMAIN}    ttl: 1d\n    open: [${entry(12, "a", "2026-11-26T09:00:00Z")}]\n`,
      pulls: { "acme/orders": [pull(12, "a"), pull(13, "b", { updatedAt: new Date(NOW) })] },
      pushes: { [`acme/orders feature-13 ${commit("b")}`]: "2026-11-26T08:59:59Z" },
      runs: [13],
    },
    "gives places to those that were pushed last, and says the others": {
      previews: `${DOMAIN}    maxPerService: 2\n`,
      pulls: { "acme/orders": [pull(12, "a"), pull(13, "b"), pull(14, "c")] },
      pushes: { [`acme/orders feature-12 ${commit("a")}`]: "2026-11-26T08:00:00Z" },
      runs: [12, 14],
      says: ["too-many pull request 13"],
    },
    "has a limit for all": {
      previews: `${DOMAIN}    max: 1\n`,
      pulls: { "acme/orders": [pull(12, "a"), pull(13, "b")] },
      runs: [13],
      says: ["too-many pull request 12"],
    },
    "copies neither forks nor bots": {
      pulls: {
        "acme/orders": [
          pull(12, "a", { isFork: true }),
          pull(13, "b", { isBot: true }),
          pull(14, "c"),
        ],
      },
      runs: [14],
    },
    "copies forks and bots where they are allowed": {
      previews: `${DOMAIN}    allow: [forks, bots]\n`,
      pulls: {
        "acme/orders": [
          pull(12, "a", { isFork: true, branch: "mallory:main" }),
          pull(13, "b", { isBot: true }),
        ],
      },
      runs: [12, 13],
    },
    "has one copy for two pull requests of a branch": {
      pulls: {
        "acme/orders": [pull(13, "a", { branch: "one" }), pull(12, "a", { branch: "one" })],
      },
      runs: [12],
    },
    "has one copy for two branches of one hash, which would have one name": {
      pulls: {
        "acme/orders": [
          pull(13, "a", { branch: "feature-118203" }),
          pull(12, "b", { branch: "feature-117842" }),
        ],
      },
      runs: [12],
    },
    "takes what another branch of its hash had, once that is closed": {
      previews: `${DOMAIN}    open: [${entry(12, "a", "2026-12-01T09:00:00Z", "feature-117842")}]\n`,
      pulls: { "acme/orders": [pull(13, "b", { branch: "feature-118203" })] },
      runs: [13],
    },
    "is of the pull request that a branch has now, also while it waits for an image": {
      images: "a",
      previews: `${DOMAIN}    open: [${entry(12, "a", "2026-12-01T09:00:00Z", "one")}]\n`,
      pulls: { "acme/orders": [pull(13, "b", { branch: "one" })] },
      runs: [13],
      says: ["no-image pull request 13"],
    },
    "takes branches by any name that git has": {
      pulls: {
        "acme/orders": [
          pull(11, "a", { branch: "feat/\u{1F680} «ü»" }),
          pull(12, "b", { branch: `it's "so": {x}, [y] # & *z` }),
          pull(13, "c", { branch: "b".repeat(250) }),
          pull(14, "d", { branch: "0123456789012345678901234567890123456789" }),
          pull(15, "e", { branch: "~" }),
        ],
      },
      runs: [11, 12, 13, 14, 15],
    },
    "says of a branch that no stack config takes, and lets the others have theirs": {
      pulls: {
        "acme/orders": [
          pull(12, "a", { branch: "right-to-left-\u202e" }),
          pull(13, "b", { branch: "line-\u2028" }),
          pull(14, "c", { branch: "c1-\u0085" }),
          pull(15, "d"),
        ],
      },
      runs: [15],
      says: [12, 13, 14].map((number) => `unwritable-branch pull request ${number}`),
    },
    "ends at the second": {
      previews: `${DOMAIN}    ttl: 1d\n`,
      pulls: {
        "acme/orders": ["a", "b", "c"].map((hex, index) => {
          return pull(12 + index, hex, { updatedAt: new Date(NOW) });
        }),
      },
      pushes: {
        [`acme/orders feature-12 ${commit("a")}`]: "2026-11-25T08:59:59Z",
        [`acme/orders feature-13 ${commit("b")}`]: "2026-11-25T09:00:00Z",
        [`acme/orders feature-14 ${commit("c")}`]: "2026-11-25T09:00:01Z",
      },
      runs: [14],
    },
    "keeps what a page of the list lacked": {
      previews: `${DOMAIN}    open: [${entry(12, "a", "2026-12-01T09:00:00Z")}]\n`,
      pulls: { "acme/orders": [] },
      unlisted: { "acme/orders 12": pull(12, "a") },
      runs: [12],
    },
    "keeps what it has of a repository that nobody sees": {
      previews: `${DOMAIN}    open: [${entry(12, "a", "2026-12-01T09:00:00Z")}]\n`,
      pulls: { "acme/orders": null },
      runs: [12],
      says: ["no-repository"],
    },
  };

  for (const [title, { runs, says = [], ...values }] of Object.entries(cases)) {
    it(title, async () => {
      const { lines, findings } = await outcome(given(values));
      const found = [...(lines ?? []).join("\n").matchAll(/pullRequest: (\d+)/g)];
      assert.deepEqual(found.map(([, number]) => Number(number)).sort(), runs);
      assert.deepEqual([...findings].sort(), [...says].sort());
    });
  }

  it("removes the last copy, and the list with it", async () => {
    const previews = `${DOMAIN}    open:\n      - ${entry(12, "a", "2026-12-01T09:00:00Z")}\n`;
    const { lines } = await outcome(given({ previews, pulls: { "acme/orders": [] } }));
    assert.deepEqual(lines, [""]);
  });
});
