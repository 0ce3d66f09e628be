import assert from "node:assert/strict";
import { formatIssue } from "../../../src/core/input/issue";
import { releases } from "../../support/cli";
import { GitFolder, hasGit } from "../../support/git";
import { ofType, planOf, TYPES } from "../../support/plans";
import { issuesOf, type Files } from "../../support/repository";
import { stackConfigYaml } from "../../support/yaml";

const PATH = `environments:
  testing: { accepts: [release] }
  staging: { from: testing, accepts: [release] }
  production: { from: staging, accepts: [release] }
`;

const entry = (environments: string, more = "", version = "v1.0.0"): string =>
  `- { github: orders, docker: orders, environments: ${environments}, deploy: { release: ${version} }${more} }\n`;

const stacks = (registry?: string): Files =>
  Object.fromEntries(
    ["testing", "staging", "production"].map((stack, index) => [
      `Pulumi.${stack}.yaml`,
      stackConfigYaml("", registry)
        .replaceAll("111111111111", String(index + 1).repeat(12))
        .replace("context: test", `context: ${stack}`),
    ]),
  );

const found = (list: string): string[] =>
  issuesOf({ "service/a.yaml": list, "environments.yaml": PATH, ...stacks() }).map(formatIssue);

/** A definition for two environments, and one for the last, which deploys with another chart. */
const LIST =
  entry("[testing, staging]", ", values: { replicaCount: 1 }") +
  entry(
    "[production]",
    ", values: { replicaCount: 3 }, chart: { name: oci://ghcr.io/acme/big, version: 2.0.0 }",
  );

describe("two definitions of one image, for environments that they don't share", () => {
  it("are no finding: under one name, and under two", () => {
    assert.deepEqual(found(LIST), []);
    assert.deepEqual(found(entry("[testing, staging]") + entry("[production]", ", name: big")), []);
  });

  for (const [what, list, codes] of [
    [
      "that share an environment",
      entry("[testing, staging]") + entry("[staging, production]"),
      ["duplicate-name"],
    ],
    [
      "of which one is for all",
      entry("[testing]") + entry("[production]").replace(/environments: \[production\], /, ""),
      ["duplicate-name"],
    ],
    [
      "under two names that share an environment",
      entry("[testing, staging]") + entry("[staging]", ", name: big"),
      ["shared-image-repository"],
    ],
    [
      "of three, of which two share an environment",
      entry("[testing]") + entry("[staging]") + entry("[staging, production]"),
      ["duplicate-name"],
    ],
    [
      "under one name with another source",
      entry("[testing]") + entry("[production]").replace("github: orders", "github: other"),
      ["duplicate-name"],
    ],
    [
      "under one name with another image",
      entry("[testing]") +
        entry("[production]", ", name: orders").replace("docker: orders", "docker: other"),
      ["duplicate-name"],
    ],
    [
      "under one name with another spelling of tags",
      entry("[testing]") + entry("[production]", `, tags: { image: "{version}" }`),
      ["duplicate-name"],
    ],
    [
      "under two names with another spelling of tags, of which a repository has one",
      entry("[testing]") + entry("[production]", `, name: big, tags: { image: "{version}" }`),
      ["shared-image-repository"],
    ],
  ] as const) {
    it(`are refused ${what}`, () => {
      assert.deepEqual(
        found(list).map((line) => line.split(" ")[1]),
        codes,
      );
    });
  }

  it("form no cycle of requirements where no environment has it", () => {
    const one = (name: string, environments: string, requires: string): string =>
      `- { github: ${name}, docker: ${name}, environments: ${environments}, deploy: { release: v1.0.0 }${requires} }\n`;
    const list =
      one("a", "[testing]", ', requires: { b: "*" }') +
      one("b", "[testing]", "") +
      one("a", "[production]", "") +
      one("b", "[production]", ', requires: { a: "*" }');
    assert.deepEqual(found(list), []);
  });

  it("have one repository in each account, and each environment its own chart and values", async () => {
    const files = { "service/a.yaml": LIST, "environments.yaml": PATH, ...stacks() };
    for (const [stack, chart, replicas] of [
      ["testing", "./charts/service", 1],
      ["production", "oci://ghcr.io/acme/big", 3],
    ] as const) {
      const planned = await planOf(files, stack);
      assert.deepEqual([...ofType(planned, TYPES.repository).keys()], ["orders"]);
      const [release, ...others] = ofType(planned, TYPES.release).values();
      assert.deepEqual(others, []);
      assert.ok(String(release?.inputs["chart"]).startsWith(chart), stack);
      const { replicaCount } = release?.inputs["values"] as { replicaCount: unknown };
      assert.equal(replicaCount, replicas);
    }
  });

  it("have one repository under two names as well", async () => {
    const files = {
      "service/a.yaml": entry("[testing, staging]") + entry("[production]", ", name: big"),
      ...stacks(),
    };
    const planned = await planOf(files, "production");
    assert.deepEqual([...ofType(planned, TYPES.repository).keys()], ["orders"]);
    assert.deepEqual([...ofType(planned, TYPES.release).keys()], ["big"]);
    assert.deepEqual(Object.keys(planned.outputs.repositories), ["orders"]);
  });

  /** Returns the list, its path and stacks in git. */
  function started(): GitFolder {
    const folder = new GitFolder({
      "service/a.yaml": LIST,
      "environments.yaml": PATH,
      ...stacks("{ role: external, host: ghcr.io/acme }"),
    });
    folder.commit("start");
    return folder;
  }

  it("are promoted, rolled back and told in history under their name", async function () {
    if (!hasGit) this.skip();
    const folder = started();
    const says = async (args: string, code = 0): Promise<string> => {
      const run = await releases(folder.path, ...args.split(" "));
      assert.equal(run.code, code, `${args}: ${run.stdout}${run.stderr}`);
      return run.stdout;
    };
    await says("bump orders v1.1.0 --stack testing");
    folder.commit("testing v1.1.0");
    for (const to of ["staging", "production"]) {
      await says(`promote orders --to ${to} --offline`);
      const { stacks } = JSON.parse(await says("plan --since HEAD --json")) as {
        stacks: Record<string, { moves: { to: string }[]; refused: unknown[] } | undefined>;
      };
      assert.deepEqual(
        [stacks[to]?.moves.map((move) => move.to), stacks[to]?.refused],
        [["v1.1.0"], []],
      );
      folder.commit(`${to} v1.1.0`);
    }
    await says("rollback orders --stack production --reason slow");
    folder.commit("production back");
    const history = JSON.parse(await says("history orders --stack production --json")) as {
      to: string;
    }[];
    assert.deepEqual(
      history.map(({ to }) => to),
      ["v1.0.0", "v1.1.0", "v1.0.0"],
    );
    const { services } = JSON.parse(await says("status --json")) as {
      services: { name: string; cells: Record<string, { version: string }> }[];
    };
    assert.deepEqual(
      services.map(({ name, cells }) => [
        name,
        ...Object.values(cells).map(({ version }) => version),
      ]),
      [["orders", "v1.1.0", "v1.1.0", "v1.0.0"]],
    );
  });

  it("are told in history as well where the list has their releases", async function () {
    if (!hasGit) this.skip();
    const folder = started();
    folder.write("service/a.yaml", LIST.replace(/v1\.0\.0(.*oci)/, "v1.2.0$1"));
    folder.commit("production v1.2.0");
    const run = await releases(folder.path, "history", "orders", "--json");
    const history = JSON.parse(run.stdout) as {
      environment: string;
      from: string | null;
      to: string;
    }[];
    assert.deepEqual(
      history
        .filter(({ from }) => from !== null)
        .map(({ environment, from, to }) => [environment, from, to]),
      [["production", "v1.0.0", "v1.2.0"]],
    );
  });
});
