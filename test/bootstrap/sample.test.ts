import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { realWorld } from "../../src/app/real-world";
import { openRepository, PROGRAM } from "../../src/app/open";
import { deployRole, previewRole } from "../../src/core/stack/roles";
import { bootstrapOf, ROLE } from "../support/bootstrap";
import { ofType } from "../support/plans";

const BOOTSTRAP = path.join(PROGRAM, "bootstrap");
const ACCOUNTS = { testing: "111111111111", staging: "222222222222", production: "333333333333" };

function parsed(...file: string[]): unknown {
  return parse(fs.readFileSync(path.join(PROGRAM, ...file), "utf8"));
}

/** The config of a committed stack, keys without their namespace. */
function committed(stack: string): Record<string, unknown> {
  const { config } = parsed("bootstrap", `Pulumi.${stack}.yaml`) as { config: object };
  const entries = Object.entries(config).map(([key, value]): [string, unknown] => [
    key.replace(/^bootstrap:/, ""),
    value,
  ]);
  return Object.fromEntries(entries.filter(([key]) => !key.includes(":")));
}

describe("the sample's bootstrap project", () => {
  const repository = openRepository(realWorld(PROGRAM));

  it("has a stack for GitHub and one for each of the list's", () => {
    const stacks = fs.readdirSync(BOOTSTRAP).filter((file) => /^Pulumi\..+\.yaml$/.test(file));
    assert.deepEqual(
      stacks.sort(),
      ["github", ...repository.stacks.keys()].map((stack) => `Pulumi.${stack}.yaml`).sort(),
    );
    for (const file of stacks) {
      const { config } = parsed("bootstrap", file) as { config: Record<string, unknown> };
      assert.deepEqual(config["pulumi:disable-default-providers"], ["*"], file);
    }
  });

  it("guards every repository of the list, and its own", async () => {
    const { outputs } = await bootstrapOf(repository, "github", committed("github"));
    const names = new Set(["releases", ...repository.list.map(({ github }) => github)]);
    assert.deepEqual(outputs.guarded, [...names].sort());
  });

  for (const [stack, account] of Object.entries(ACCOUNTS)) {
    it(`has the two roles of ${stack}, where the workflows look for them`, async () => {
      const planned = await bootstrapOf(repository, stack, committed(stack));
      const preview = previewRole(stack, account);
      const deploy = deployRole(stack, account);
      assert.deepEqual(planned.outputs.roles, { preview: preview.arn, deploy: deploy.arn });
      assert.deepEqual(
        [...ofType(planned, ROLE).values()].map(({ inputs }) => inputs["name"]),
        [deploy.name, preview.name],
      );
    });
  }

  it("runs as the program does, one folder below", () => {
    const { runtime, main } = parsed("bootstrap", "Pulumi.yaml") as Record<string, unknown>;
    const program = parsed("Pulumi.yaml") as { name: string; runtime: object; main: string };
    assert.equal(main, program.main);
    assert.deepEqual(
      runtime,
      JSON.parse(JSON.stringify(program.runtime).replace("./register.js", "../register.js")),
    );
    // Paths of the state, and so policies, hold it.
    assert.equal(program.name, "releases");
  });
});

describe("previewRole and deployRole", () => {
  it("are found by stack and account, in every partition", () => {
    assert.deepEqual(previewRole("testing", "012345678901"), {
      name: "releases-preview-testing",
      arn: "arn:aws:iam::012345678901:role/releases-preview-testing",
    });
    assert.deepEqual(deployRole("testing", "012345678901", "aws-us-gov"), {
      name: "releases-deploy-testing",
      arn: "arn:aws-us-gov:iam::012345678901:role/releases-deploy-testing",
    });
  });
});
