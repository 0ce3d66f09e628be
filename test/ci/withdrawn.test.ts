import assert from "node:assert/strict";
import { EnvironmentReader } from "../../src/app/environments";
import { reportWithdrawn } from "../../src/ci/withdrawn";
import { listener, worldOf, type Texts } from "../support/world";

function filesWith(pins: Readonly<Record<"testing" | "production", string>>): Texts {
  const stacks = Object.entries(pins).map(([stack, pin]): [string, string] => [
    `Pulumi.${stack}.yaml`,
    `config:
  pulumi:disable-default-providers: ["*"]
  releases:github: { owner: Acme }
  releases:registry: { role: external, host: ghcr.io/acme }
  releases:versions: { orders: "${pin}" }
`,
  ]);
  return {
    "service/shop.yaml":
      '- { github: orders, docker: orders, tags: { github: "orders-v{version}" }, deploy: { release: v1.0.0 } }\n',
    "environments.yaml":
      "environments:\n  testing: { accepts: [release] }\n  production: { from: testing, accepts: [release] }\n",
    ...Object.fromEntries(stacks),
  };
}

describe("a release that was withdrawn", () => {
  /** Reports a release. Returns whether it still runs, and the issue that is kept. */
  async function report(files: Texts, tag: string, repository = "acme/Orders") {
    const issues: [string, string, string | undefined][] = [];
    const github = {
      issue: (kind: string, title: string, text: string | undefined) => {
        issues.push([kind, title, text]);
        return Promise.resolve(text === undefined ? undefined : 1);
      },
    };
    const world = worldOf({ files, git: null });
    const reader = new EnvironmentReader(world, listener());
    return [await reportWithdrawn(reader, { repository, tag }, github), issues] as const;
  }

  it("is an issue while a stack is declared to run it, whatever the case of its repository", async () => {
    const files = filesWith({ testing: "v1.2.0", production: "v1.1.0" });
    const name = "acme/Orders orders-v1.2.0";
    const text = [
      `${name} isn't published any more, and still runs:`,
      "",
      "- testing runs orders v1.2.0",
      "",
      "Publish it again, or move these services to another version.",
    ].join("\n");
    const found = await report(files, "orders-v1.2.0");
    assert.deepEqual(found, [true, [[`withdrawn ${name}`, `${name} was withdrawn`, text]]]);
  });

  for (const [what, tag, repository] of [
    ["another version", "orders-v1.3.0", undefined],
    ["another spelling", "v1.2.0", undefined],
    ["another repository", "orders-v1.2.0", "acme/other"],
    ["another owner's", "orders-v1.2.0", "evil/orders"],
  ] as const) {
    it(`closes the issue where it is ${what}`, async () => {
      const files = filesWith({ testing: "v1.2.0", production: "v1.1.0" });
      const [isRunning, [issue]] = await report(files, tag, repository);
      assert.equal(isRunning, false);
      assert.equal(issue?.[2], undefined);
    });
  }
});
