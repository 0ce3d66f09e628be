import assert from "node:assert/strict";
import { formatIssue } from "../../../src/core/input/issue";
import { checkRepository, planStack } from "../../../src/core/repository";
import { keepsImages, mayLoseImages } from "../../../src/core/stack/shared-registry";
import { ecrLocation, declaredLocation, imagePrefix } from "../../../src/core/stack/registry";
import { repositoryOf } from "../../support/repository";
import { serviceYaml } from "../../support/yaml";

const PATH = `environments:
  testing: { accepts: [release] }
  staging: { from: testing, accepts: [release] }
  production: { from: staging, accepts: [release] }
`;

const stack = (name: string, registry: string, more = ""): string => `config:
  pulumi:disable-default-providers: ["*"]
  aws:region: eu-west-1
  releases:account: "111111111111"
  releases:cluster: { context: ${name} }
  releases:registry: ${registry}
${more}`;

const SHARED = "{ role: shared, owner: staging }";
const FILES = {
  "service/shop.yaml": serviceYaml("orders"),
  "environments.yaml": PATH,
  "Pulumi.staging.yaml": stack("staging", "{ role: source, prefix: shop/ }"),
  "Pulumi.production.yaml": stack("production", SHARED),
};

/** Returns the plan of a stack, whatever its findings are. */
function planOf(files: Readonly<Record<string, string>>, name: string) {
  const repository = repositoryOf(files);
  const values = repository.stacks.get(name);
  assert.ok(values);
  const { plan } = planStack(repository, values);
  assert.ok(plan);
  return plan;
}

const findings = (files: Readonly<Record<string, string>>) =>
  checkRepository(repositoryOf(files)).map(formatIssue);

describe("a registry that stacks share", () => {
  it("is declared by its owner, and named by both in the same way", () => {
    assert.deepEqual(findings(FILES), []);
    const [owner, sharer] = ["staging", "production"].map((name) => planOf(FILES, name).config);
    assert.ok(owner && sharer);
    assert.deepEqual(ecrLocation(sharer), { account: "111111111111", region: "eu-west-1" });
    assert.deepEqual(
      [declaredLocation(sharer), declaredLocation(owner)],
      [undefined, { account: "111111111111", region: "eu-west-1" }],
    );
    assert.equal(imagePrefix(sharer), imagePrefix(owner));
  });

  it("protects what a protected environment shares, and nothing besides", () => {
    const alone = { ...FILES, "Pulumi.production.yaml": stack("production", "{ role: source }") };
    assert.deepEqual([planOf(FILES, "staging"), planOf(alone, "staging")].map(keepsImages), [
      true,
      false,
    ]);
    const early = {
      ...FILES,
      "Pulumi.testing.yaml": stack("testing", "{ role: source }"),
      "Pulumi.staging.yaml": stack("staging", SHARED.replace("staging", "testing")),
      "Pulumi.production.yaml": stack("production", "{ role: external, host: ghcr.io/acme }"),
    };
    const { "Pulumi.staging.yaml": _, ...unshared } = early;
    assert.deepEqual(
      [planOf(early, "testing"), planOf(unshared, "testing")].map((plan) => [
        keepsImages(plan),
        mayLoseImages(plan),
      ]),
      [
        [false, false],
        [false, true],
      ],
    );
  });

  for (const [how, text] of [
    ["can't be parsed", `${FILES["Pulumi.production.yaml"]}  broken: [\n`],
    ["is empty, as a link is read", ""],
    ["misspells its role", stack("production", "{ role: shraed, owner: staging }")],
    ["has an account that is none", FILES["Pulumi.production.yaml"].replace(/"1+"/, '"1"')],
  ] as const) {
    it(`attack: stays protected while the other stack's config ${how}`, () => {
      const files = { ...FILES, "Pulumi.production.yaml": text };
      assert.equal(keepsImages(planOf(files, "staging")), true);
    });
  }

  it("attack: is shared by no stack whose file doesn't say so, as nobody would protect its images", () => {
    const repository = repositoryOf({
      ...FILES,
      "Pulumi.production.yaml": stack("production", "{ role: source }"),
    });
    const file = repository.stacks.get("production");
    assert.ok(file);
    // As an ESC environment gives it to the engine.
    const registry = { role: "shared", owner: "staging" };
    const { issues } = planStack(repository, { ...file, values: { ...file.values, registry } });
    assert.deepEqual(
      issues.map(({ code, message }) => [code, message]),
      [
        [
          "shared-owner",
          `"registry.owner" is staging by no file, so staging wouldn't protect these images; write it into Pulumi.production.yaml`,
        ],
      ],
    );
  });

  it("has one owner, which has it itself: no circle, nobody else, no other place", () => {
    const own = (registry: string, more: Readonly<Record<string, string>> = {}) =>
      findings({ ...FILES, "Pulumi.production.yaml": stack("production", registry), ...more });
    const codes = (found: readonly string[]) =>
      found.map((line) => line.replace(/^Pulumi\.(\S+)\.yaml:\S+ (\S+) .*$/, "$1 $2"));
    const circle = {
      "Pulumi.staging.yaml": stack("staging", "{ role: shared, owner: production }"),
    };
    assert.deepEqual(codes(own(SHARED, circle)), [
      "production shared-owner",
      "staging shared-owner",
    ]);
    assert.deepEqual(codes(own("{ role: shared, owner: production }")), [
      "production shared-owner",
    ]);
    assert.deepEqual(codes(own("{ role: shared, owner: nobody }")), ["production shared-owner"]);
    assert.deepEqual(codes(own("{ role: shared, owner: staging, prefix: other/ }")), [
      "production shared-elsewhere",
    ]);
    const external = stack("staging", "{ role: external, host: ghcr.io/acme }");
    assert.deepEqual(codes(own(SHARED, { "Pulumi.staging.yaml": external })), [
      "production shared-owner",
    ]);
    const broken = { "Pulumi.staging.yaml": stack("staging", "{ role: 1 }") };
    assert.ok(codes(own(SHARED, broken)).includes("production shared-owner"));
    const region = stack("production", SHARED).replace("eu-west-1", "eu-west-2");
    assert.deepEqual(codes(own(SHARED, { "Pulumi.production.yaml": region })), [
      "production shared-elsewhere",
    ]);
  });
});
