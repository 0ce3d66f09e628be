import assert from "node:assert/strict";
import { releases } from "./support/cli";
import { exampleFiles } from "./support/companies";
import { GitFolder, hasGit } from "./support/git";

/** Returns a repository of its own with the files of an example. */
function walkable(name: string): GitFolder {
  const folder = new GitFolder(exampleFiles(name));
  folder.commit("start");
  return folder;
}

/** Runs a command that has to exit with a code. Returns what it says. */
async function says(folder: GitFolder, args: string, code = 0): Promise<string> {
  const run = await releases(folder.path, ...args.split(" "));
  assert.equal(run.code, code, `${args}: ${run.stdout}${run.stderr}`);
  return run.stdout;
}

async function json<Result>(folder: GitFolder, args: string, code = 0): Promise<Result> {
  return JSON.parse(await says(folder, `${args} --json`, code)) as Result;
}

interface Planned {
  readonly stacks: Readonly<
    Record<
      string,
      {
        readonly resources: readonly {
          readonly type: string;
          readonly name: string;
          readonly inputs: Readonly<Record<string, unknown>>;
        }[];
        readonly outputs: { readonly services: Readonly<Record<string, object>> };
      }
    >
  >;
}

interface Judged {
  readonly stacks: Readonly<
    Record<
      string,
      {
        readonly moves: readonly { readonly name: string }[];
        readonly changes: readonly { readonly op: string; readonly name: string }[];
        readonly refused: readonly object[];
      }
    >
  >;
}

describe("the examples, from a new version to the end of the path and back", function () {
  this.timeout(120_000);
  if (!hasGit) {
    it("are skipped: there is no git in PATH", function () {
      this.skip();
    });
    return;
  }

  it("files: versions of a release of files, and nothing that Pulumi declares", async () => {
    const folder = walkable("files");
    assert.equal(
      await says(folder, "lint"),
      "2 definitions, 4 stack configs: 0 errors, 0 warnings\n",
    );
    const plan = await json<Planned>(folder, "plan");
    for (const { resources } of Object.values(plan.stacks)) assert.deepEqual(resources, []);
    assert.deepEqual(plan.stacks["demo"]?.outputs.services["runtime"], { version: "v0.10-beta" });

    const runs = async (): Promise<string[]> => {
      const { stacks } = await json<Planned>(folder, "plan");
      return ["daily", "test", "beta", "demo"].map((stack) => {
        const { version } = (stacks[stack]?.outputs.services["runtime"] ?? {}) as {
          version?: string;
        };
        return version ?? "";
      });
    };
    await says(folder, "bump runtime v0.11-daily --stack daily");
    await says(folder, "bump runtime v0.11-beta --stack test");
    folder.commit("test v0.11-beta");
    for (const [from, to] of [
      ["test", "beta"],
      ["beta", "demo"],
    ] as const) {
      await says(folder, `promote runtime --from ${from} --to ${to} --offline`);
      const { stacks } = await json<Judged>(folder, "plan --since HEAD");
      const { moves, changes, refused } = stacks[to] ?? {};
      assert.deepEqual([moves?.length, changes, refused], [1, [], []]);
      folder.commit(`${to} v0.11-beta`);
    }
    assert.deepEqual(await runs(), ["v0.11-daily", "v0.11-beta", "v0.11-beta", "v0.11-beta"]);
    await says(folder, "rollback runtime --stack demo --reason crashes");
    folder.commit("demo back");
    assert.deepEqual((await runs()).at(-1), "v0.10-beta");
    const changes = await json<{ to: string }[]>(folder, "history runtime --stack demo");
    assert.deepEqual(
      changes.map(({ to }) => to),
      ["v0.10-beta", "v0.11-beta", "v0.10-beta"],
    );
    await says(folder, "promote runtime --from beta --to demo --offline", 1);
    await says(folder, "lint");
  });

  it("ecs: the template's parameters have every version, and no Helm release is declared", async () => {
    const folder = walkable("ecs");
    assert.equal(
      await says(folder, "lint"),
      "4 definitions, 3 stack configs: 0 errors, 0 warnings\n",
    );
    folder.git("branch", "testing");
    folder.git("tag", "v0.1.0");
    const list = "service/service.yaml";
    const parametersOf = async (stack: string): Promise<unknown> => {
      const { stacks } = await json<Planned>(folder, `plan ${stack}`);
      const resources = stacks[stack]?.resources ?? [];
      assert.deepEqual(
        resources.filter(({ type }) => type.includes("kubernetes")),
        [],
      );
      const template = resources.find(({ type }) => type === "aws:cloudformation/stack:Stack");
      return template?.inputs["parameters"];
    };
    const versions = (specta: string): object => ({
      InfrastructureVersion: "v0.5.8",
      KayronVersion: "v0.5.3",
      SpectaVersion: specta,
      SplitsLiteVersion: "v0.2.3",
    });
    assert.deepEqual(await parametersOf("production"), versions("v0.3.1"));

    folder.git("checkout", "--quiet", "testing");
    folder.write(list, folder.read(list).replace("v0.3.1", "v0.3.2"));
    const { stacks } = await json<Judged>(folder, "plan testing --since HEAD");
    const { moves = [], changes = [], refused } = stacks["testing"] ?? {};
    assert.deepEqual([moves.map(({ name }) => name), refused], [["specta"], []]);
    assert.deepEqual(
      changes.map(({ op, name }) => `${op} ${name}`),
      ["update infrastructure"],
    );
    folder.commit("testing: specta v0.3.2");

    folder.git("checkout", "--quiet", "main");
    assert.match(
      await says(folder, "diff testing staging", 1),
      /specta +v0\.3\.1 +v0\.3\.2 +patch/,
    );
    assert.match(await says(folder, "promote specta --to staging --offline"), /testing into main/);
    folder.git("merge", "--quiet", "--no-ff", "--message", "staging: specta v0.3.2", "testing");
    assert.match(
      await says(folder, "promote specta --to production --offline"),
      /v0\.1\.1|v0\.2\.0/,
    );
    folder.git("tag", "v0.1.1");
    assert.match(await says(folder, "diff staging production"), /Nothing would move/);
    assert.deepEqual(await parametersOf("production"), versions("v0.3.2"));

    await says(folder, "rollback specta --stack production --reason slow");
    assert.deepEqual(await parametersOf("production"), versions("v0.3.1"));
    assert.deepEqual(await parametersOf("staging"), versions("v0.3.2"));
    await says(folder, "lint");
  });
});
