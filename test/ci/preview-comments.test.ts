import assert from "node:assert/strict";
import { tellPreviews } from "../../src/ci/preview-comments";
import { planAndIssues } from "../../src/app/plan-stacks";
import { openRepository } from "../../src/app/open";
import { outsideError } from "../../src/core/error";
import { NO_REPOSITORY, worldOf } from "../support/world";
import { text } from "../support/text";

const commit = (hex: string): string => hex.repeat(40);
const DEPLOYED = "d".repeat(40);

/** Returns the files of a list whose testing has previews of these pull requests, at these commits. */
const files = (...open: readonly (readonly [number, string])[]) => ({
  "service/shop.yaml":
    "- { github: orders, docker: orders, deploy: { release: v1.0.0, preview: true } }\n",
  "environments.yaml": "environments:\n  testing: { accepts: [release, preview] }\n",
  "Pulumi.testing.yaml": `${text`
    config:
      pulumi:disable-default-providers: ["*"]
      releases:cluster: { context: acme-testing }
      releases:github: { owner: acme }
      releases:registry: { role: external, host: ghcr.io/acme }
      releases:previews:
        domain: acme.example
  `}${open.length === 0 ? "" : "    open:\n"}${open
    .map(
      ([number, hex]) =>
        `      - { service: orders, pullRequest: ${number}, branch: "feature-${number}", commit: "${commit(hex)}", digest: "sha256:${"0".repeat(64)}", until: "2026-12-03T09:00:00Z" }\n`,
    )
    .join("")}`,
});

type Open = readonly (readonly [number, string])[];

/** Returns the comments that are left, by their pull request and kind. */
async function comments(
  { declared, next, deployed }: { declared: Open; next: Open; deployed?: Open },
  refuses = false,
) {
  const left: string[] = [];
  const world = worldOf({
    files: files(...declared),
    git: {
      branches: { [DEPLOYED]: DEPLOYED },
      commits: { [DEPLOYED]: files(...(deployed ?? [])) },
    },
    github: {},
  });
  const orders = {
    ...NO_REPOSITORY,
    headOf: () => Promise.reject(new Error("nobody asks")),
    leadsTo: () => Promise.reject(new Error("nobody asks")),
    comment: (number: number, kind: string, body: string) => {
      if (refuses) return Promise.reject(outsideError("GitHub refuses"));
      left.push(`#${number} ${kind}: ${body}`);
      return Promise.resolve("written" as const);
    },
  };
  const client = { repository: () => orders };
  const github = await world.github();
  assert.ok(github);
  const { plan } = planAndIssues(openRepository(world), "testing");
  assert.ok(plan);
  const found = await tellPreviews(
    { ...world, github: () => Promise.resolve({ ...github, ...client }) },
    plan,
    {
      isRefused: false,
      files: [
        {
          stack: "testing",
          file: "Pulumi.testing.yaml",
          text: files(...next)["Pulumi.testing.yaml"],
        },
      ],
    },
    {
      ...orders,
      lastDeployed: () => Promise.resolve(deployed === undefined ? undefined : DEPLOYED),
    },
  );
  return { left, found };
}

describe("comments about previews", () => {
  it("have the address, which answers once the commit is deployed", async () => {
    const { left } = await comments({
      declared: [
        [12, "a"],
        [13, "a"],
      ],
      next: [
        [12, "a"],
        [13, "b"],
        [14, "c"],
      ],
      deployed: [
        [12, "a"],
        [13, "a"],
      ],
    });
    assert.deepEqual(left, [
      "#12 preview testing orders: The preview of `orders` in `testing` is deployed: https://2fd1ac7e.orders.testing.acme.example\n\n`aaaaaaaaaaaa` as `orders-2fd1ac7e`, until 2026-12-03T09:00:00Z unless there is a push.",
      "#13 preview testing orders: The preview of `orders` in `testing` is being prepared: https://4f6759ed.orders.testing.acme.example\n\n`bbbbbbbbbbbb` as `orders-4f6759ed`, once it is deployed. It runs `aaaaaaaaaaaa` yet.",
      "#14 preview testing orders: The preview of `orders` in `testing` is being prepared: https://f55ea254.orders.testing.acme.example\n\n`cccccccccccc` as `orders-f55ea254`, once it is deployed.",
    ]);
  });

  it("say when a preview is gone", async () => {
    const given = {
      declared: [
        [12, "a"],
        [13, "b"],
      ],
      next: [],
      deployed: [[12, "a"]],
    } as const;
    assert.deepEqual((await comments(given)).left, [
      "#12 preview testing orders: The preview of `orders` in `testing` ends: its address answers until the next deployment at most.",
      "#13 preview testing orders: There is no preview of `orders` in `testing` any more.",
    ]);
  });

  it("stop nothing where GitHub refuses them", async () => {
    const { found } = await comments({ declared: [], next: [[12, "a"]] }, true);
    assert.deepEqual(found, ["orders: no comment on pull request 12: GitHub refuses"]);
  });
});
