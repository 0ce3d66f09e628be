import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as path from "node:path";
import { setTimeout } from "node:timers/promises";
import { findPulumi } from "../../src/adapters/find-tool";
import { beginInstall, beginUpgrade, revisionsOf } from "../../tools/sandbox/helm";
import { breakImage } from "../../tools/sandbox/kubernetes";
import type { Project, Run } from "../../tools/sandbox/project";
import type { Pause } from "../../tools/sandbox/providers";
import { World, type Properties } from "../../tools/sandbox/world";
import { changeStaging, openAcme } from "../support/project";
import { CLI } from "../support/cli";
import { helm } from "../support/helm-cli";
import { runbook } from "../support/runbook";

const cli = findPulumi();
const STACK = "staging";
const CONTEXT = "acme-staging";
/** How often each of the three is killed: once in one of the two ways, or in both many times. */
const MOMENTS = process.env["DEEP"] === undefined ? 1 : 10;
/** The way that comes first. */
const FIRST = Math.floor(Math.random() * 2);
/** The new half of what the change replaces. */
const GATEWAY = "acme-staging helm edge/gateway";

/** How many changes of the world the change of this suite comes to. */
const CHANGES = 13;

/** Where the state and the world are. */
const KEPT = ["state", "world"];

/** What answers the questions that a command asks on a terminal. */
const YES: Readonly<Record<string, readonly string[]>> = {
  cancel: ["--yes"],
  import: ["--yes", "--skip-preview"],
  refresh: ["--yes", "--skip-preview"],
  state: ["--yes"],
  up: ["--yes", "--skip-preview"],
};

const QUIETLY = ["--yes", "--skip-preview"];
const IN_SHOP = ["--namespace", "shop", "--kube-context", CONTEXT];

/** A file, and what is written in it in place of what. */
type Edit = readonly [file: string, from: string, to: string];

const UP = "pulumi up --stack STACK";
/** The one service that the sample suspends. */
const RESUMED: Edit = ["service/shop/shop.yaml", "suspend: true", "release: v0.9.0"];

type Victim = "engine" | "program" | "provider";

describe("faults", function () {
  if (cli === undefined) {
    it("are skipped: there is no Pulumi CLI in PATH, ~/.pulumi/bin or ~/.pulumi/versions", function () {
      this.skip();
    });
    return;
  }

  let project: Project;
  let world: World;

  before(async () => {
    project = await openAcme(cli);
    world = new World(path.join(project.folder, "world"));
  });
  after(() => project.dispose());

  /** Runs a block of commands of the runbook as they stand there, but for what a terminal would ask. */
  function follow(title: string, block = 0, release: Readonly<Record<string, string>> = {}): Run {
    const runs = (runbook(title).commands[block] ?? []).map((command) => {
      const words = Object.entries({ STACK, CONTEXT, ...release })
        .reduce((line, [word, value]) => line.replaceAll(word, value), command)
        .split(" ");
      const [tool, verb = "", ...rest] = words;
      if (tool === "helm") return helm(world, [verb, ...rest]);
      if (tool === "pulumi") return project.pulumi(verb, ...rest, ...(YES[verb] ?? []));
      assert.deepEqual([tool, verb], ["npx", "releases"]);
      return releases(...rest);
    });
    const last = runs.at(-1);
    assert.ok(last, `${title} has no commands`);
    return last;
  }

  function releases(...args: string[]): Run {
    const command = [CLI, ...args, "--path", project.folder];
    const options = { env: project.variables(), encoding: "utf8" as const };
    const { status, stdout, stderr } = spawnSync(process.execPath, command, options);
    return { code: status, stdout, stderr };
  }

  /** Asserts that a command failed, and that a person saw what the runbook says. */
  function sees({ code, stdout, stderr }: Run, title: string): void {
    assert.notEqual(code, 0, stdout);
    const seen = (stdout + stderr).replaceAll(/\s+/g, " ");
    for (const line of runbook(title).says) {
      assert.ok(seen.includes(line), `"${line}" isn't in:\n${stdout}${stderr}`);
    }
  }

  /** Ends the operations that Helm was killed at, as the runbook says. Returns how many there were. */
  function endPending(list: Run): number {
    const title = "Helm was killed";
    const rows = list.stdout.trim().split("\n").slice(1);
    for (const row of rows) {
      const [NAME = "", NAMESPACE = ""] = row.split(" ");
      // NAMESPACE first: it begins with NAME.
      const release = { NAMESPACE, NAME };
      const history = follow(title, 1, release).stdout;
      const REVISION = /^(\d+) deployed$/m.exec(history)?.[1];
      const { code, stderr } =
        REVISION === undefined
          ? follow(title, 3, release)
          : follow(title, 2, { ...release, REVISION });
      assert.equal(code, 0, stderr);
    }
    return rows.length;
  }

  /** Lets a service go for one `up`, as the runbook says. Returns the end of the `up` after it. */
  function letGo(title: string, [file, from, to]: Edit): Run {
    const commands = runbook(title).commands[3];
    assert.deepEqual(commands, [UP, "git restore .", UP]);
    const held = project.read(file);
    project.edit(file, from, to);
    const { code, stdout, stderr } = up();
    assert.equal(code, 0, stdout + stderr);
    project.write(file, held);
    return up();
  }

  function up(): Run {
    return project.pulumi("up", "--yes", "--skip-preview", "--stack", STACK);
  }

  /** Returns what a preview would do, without providers' and components' types. */
  function ops(): string[] {
    return project.changes(STACK).map(({ op, urn }) => `${op} ${urn.split("::").at(-1) ?? ""}`);
  }

  function newestUpdate(): { readonly kind: string; readonly result: string } {
    const history = project.expect("stack", "history", "--json", "--stack", STACK);
    const [newest] = JSON.parse(history) as { kind: string; result: string }[];
    return newest ?? assert.fail();
  }

  /** Forgets the stack and all that exists, and starts anew. */
  function startOver(): void {
    for (const name of KEPT) {
      fs.rmSync(path.join(project.folder, name), { recursive: true });
      fs.mkdirSync(path.join(project.folder, name));
    }
    project.restore();
    project.expect("stack", "init", STACK);
  }

  describe("kill -9 in the middle of an up", () => {
    /** What exists, and what the state knows of, after an `up` that nothing disturbed. */
    interface Standing {
      readonly things: Readonly<Record<string, Properties>>;
      readonly urns: readonly string[];
    }
    let atFirst: Standing;
    let changed: Standing;

    before(() => {
      startOver();
      assert.equal(up().code, 0);
      atFirst = standing();
      for (const name of KEPT) {
        fs.cpSync(path.join(project.folder, name), path.join(project.folder, `${name}-kept`), {
          recursive: true,
        });
      }
      changeStaging(project);
      assert.equal(up().code, 0);
      changed = standing();
    });

    /** Goes back to what stood after the first `up`, and makes the change that the next one is about. */
    function goBack(): void {
      for (const name of KEPT) {
        fs.rmSync(path.join(project.folder, name), { recursive: true });
        fs.cpSync(path.join(project.folder, `${name}-kept`), path.join(project.folder, name), {
          recursive: true,
        });
      }
      project.restore();
      changeStaging(project);
    }

    function standing(): Standing {
      const { resources, pending_operations: pending = [] } = stateOf(project);
      assert.deepEqual(pending, []);
      return {
        things: Object.fromEntries(
          world.keys().map((key) => {
            const thing = world.get(key);
            const { status } = revisionsOf(thing).at(-1) ?? {};
            return [key, { ...thing?.properties, ...(status && { status }) }];
          }),
        ),
        urns: resources.map(({ urn }) => urn).sort(),
      };
    }

    async function killed(victim: Victim, pause: Pause): Promise<void> {
      await project.restartProviders(pause);
      const running = project.start(["up", "--yes", "--skip-preview", "--stack", STACK], "ignore");
      const ended = once(running, "exit");
      const reached = await Promise.race([
        project.providers.paused.then(() => true),
        ended.then(() => false),
      ]);
      assert.ok(reached, `the up has fewer than ${pause.change} changes`);
      const children = processesBelow(running.pid ?? 0);
      const program = children.find(({ command }) => command.includes("/cmd/run/"));
      assert.ok(program, "the engine runs no program");
      if (victim === "provider") await project.providers.kill();
      else process.kill(victim === "engine" ? (running.pid ?? 0) : program.pid, "SIGKILL");
      // What the engine waits for comes; what was killed doesn't.
      if (victim === "program") project.providers.resume();
      await ended;
      // The engine would have ended what it started.
      if (victim === "engine") for (const { pid } of children) end(pid);
      await project.restartProviders();
    }

    /** Does what the runbook says; the second entry only where the first one's last command failed. */
    function recover(): void {
      const killed = "Something was killed in the middle of an `up`";
      endPending(follow(killed));
      if (follow(killed, 1).code === 0) return;
      const title = "Something exists that the state doesn't know";
      const { stdout } = follow(title);
      // helm uninstall, of the new half of a replacement
      if (stdout.includes(`still in use: ${GATEWAY}`)) world.remove(GATEWAY);
      follow(title, 1);
      const lost = JSON.parse(project.read("lost.json")) as { resources: Lost[] | null };
      const found = (lost.resources ?? []).flatMap((resource) => {
        const id = idOf(resource);
        return id === undefined ? [] : [{ ...resource, id }];
      });
      project.write("lost.json", JSON.stringify({ ...lost, resources: found }));
      let last = follow(title, 2);
      if (last.code !== 0 && last.stdout.includes("not found; check the chart name")) {
        last = letGo(title, RESUMED);
      }
      assert.equal(last.code, 0, last.stdout + last.stderr);
    }

    /** Returns the id of what exists, as the table in the runbook says where to look for it. */
    function idOf({ type, name, logicalName = name }: Lost): string | undefined {
      return world
        .keys()
        .map((key) => world.get(key)?.identity)
        .find((found) => found?.type === type && found.id.split("/").includes(logicalName))?.id;
    }

    for (const victim of ["engine", "program", "provider"] as const) {
      for (let moment = 0; moment < MOMENTS; moment++) {
        const first = (moment + FIRST) % 2 === 0;
        const at = Math.random();
        const when =
          (["before", "during", "after"] as const)[Math.floor(Math.random() * 3)] ?? "during";
        const what = first ? "a first up" : "an up that changes things";
        it(`of the ${victim}, ${Math.floor(at * 100)} % through ${what}, ${when} a change`, async () => {
          const pause: Pause = {
            change: 1 + Math.floor(at * (first ? Object.keys(atFirst.things).length : CHANGES)),
            when,
          };
          if (first) startOver();
          else goBack();
          await killed(victim, pause);
          recover();
          assert.deepEqual(standing(), first ? atFirst : changed);
        });
      }
    }
  });

  describe("of one thing", () => {
    const CATALOG = "acme-staging helm shop/catalog";
    const tagOf = (key: string): unknown => {
      const { values } = world.get(key)?.properties ?? {};
      return (values as { image?: { tag?: unknown } } | undefined)?.image?.tag;
    };

    const imageOf = (key: string, tag: string): Properties => {
      const { image } = (world.get(key)?.properties["values"] ?? {}) as { image?: Properties };
      return { ...image, tag };
    };

    before(() => {
      startOver();
      assert.equal(up().code, 0);
    });
    beforeEach(() => project.restore());

    it("leave what ran when a Helm upgrade fails, and a fix goes forward", () => {
      const title = "A Helm upgrade failed";
      breakImage(world, "acme-staging", "v2.3.5");
      project.edit("Pulumi.staging.yaml", "catalog: v2.3.4", "catalog: v2.3.5");
      sees(up(), title);
      assert.equal(tagOf(CATALOG), "v2.3.4");
      assert.deepEqual(ops(), ["update catalog"]);
      sees(up(), title);
      assert.equal(follow(title).code, 0);
      assert.equal(tagOf(CATALOG), "v2.3.6");
      assert.deepEqual(ops(), []);
    });

    it("leave what ran when a Helm upgrade fails, and a revert goes back", () => {
      breakImage(world, "acme-staging", "v3.0.3");
      project.edit("Pulumi.staging.yaml", "orders: v3.0.2", "orders: v3.0.3");
      assert.notEqual(up().code, 0);
      project.restore();
      assert.deepEqual(ops(), ["update orders"]);
      assert.equal(follow("A Helm upgrade failed", 1).code, 0);
      assert.equal(tagOf("acme-staging helm shop/orders"), "v3.0.2");
      assert.deepEqual(ops(), []);
    });

    describe("hold back a service whose image is missing", () => {
      const IN = "acme-staging helm shop";
      const deploy = (): Run =>
        project.pulumi("up", "--yes", "--continue-on-error", "--stack", STACK);
      const running = (name: string): readonly unknown[] => revisionsOf(world.get(`${IN}/${name}`));

      beforeEach(() => assert.equal(up().code, 0));

      it("and not those that come after others", () => {
        project.edit("Pulumi.staging.yaml", "catalog: v2.3.4", "catalog: v2.9.9");
        breakImage(world, "acme-staging", "v2.9.9");
        project.edit("Pulumi.staging.yaml", "orders: v3.0.2", "orders: v3.1.0");
        project.edit("service/shop/shop.yaml", "release: v1.20.0", "release: v1.21.0");
        sees(deploy(), "A Helm upgrade failed");
        assert.equal(tagOf(CATALOG), "v2.3.4");
        assert.equal(tagOf(`${IN}/orders`), "v3.1.0");
        assert.equal(tagOf(`${IN}/payments`), "v1.21.0");
        assert.equal(newestUpdate().result, "failed");
        assert.deepEqual(ops(), ["update catalog"]);
      });

      it("and what requires it, and remove nothing until it is well", () => {
        const payments = running("payments");
        const mailer = /- docker: "mailer"[^]*?\n\n/.exec(project.read("service/platform.yaml"));
        project.edit("service/platform.yaml", mailer?.[0] ?? "no mailer", "");
        project.edit("Pulumi.staging.yaml", "catalog: v2.3.4", "catalog: v2.4.0");
        project.edit("Pulumi.staging.yaml", "orders: v3.0.2", "orders: v9.9.9");
        breakImage(world, "acme-staging", "v9.9.9");
        project.edit("service/shop/shop.yaml", "release: v1.20.0", "release: v1.21.0");
        sees(deploy(), "A Helm upgrade failed");
        assert.equal(tagOf(CATALOG), "v2.4.0");
        assert.equal(tagOf(`${IN}/orders`), "v3.0.2");
        assert.deepEqual(running("payments"), payments);
        assert.ok(world.keys().includes("acme-staging helm default/mailer"));
        assert.equal(newestUpdate().result, "failed");

        project.edit("Pulumi.staging.yaml", "orders: v9.9.9", "orders: v3.0.5");
        assert.equal(deploy().code, 0);
        assert.equal(tagOf(`${IN}/payments`), "v1.21.0");
        assert.ok(!world.keys().includes("acme-staging helm default/mailer"));
        assert.equal(newestUpdate().result, "succeeded");
        assert.deepEqual(ops(), []);
      });
    });

    it("refuse a release that Helm was killed at, until its operation is ended", () => {
      const title = "Helm was killed";
      const { inputs } = revisionsOf(world.get(CATALOG)).at(-1) ?? assert.fail();
      beginUpgrade(world, CATALOG, { ...inputs, values: { image: { tag: "v2.3.7" } } });
      project.edit("Pulumi.staging.yaml", "catalog: v2.3.4", "catalog: v2.3.8");
      sees(up(), title);
      assert.equal(endPending(follow(title)), 1);
      assert.equal(follow(title, 4).code, 0);
      assert.equal(tagOf(CATALOG), "v2.3.8");
      assert.equal(revisionsOf(world.get(CATALOG)).at(-1)?.status, "deployed");
      assert.deepEqual(ops(), []);
    });
    it("end well while a release is stuck, unless pending releases come first", () => {
      const { inputs } = revisionsOf(world.get(CATALOG)).at(-1) ?? assert.fail();
      project.edit("Pulumi.staging.yaml", "catalog: v2.3.4", "catalog: v2.3.9");
      const values = { ...(inputs["values"] as Properties), image: imageOf(CATALOG, "v2.3.9") };
      beginUpgrade(world, CATALOG, { ...inputs, values });
      // What a refresh takes for deployed.
      assert.equal(releases("drift", "--stack", STACK).code, 1);
      const [before] = runbook("Something was killed in the middle of an `up`").commands;
      assert.deepEqual(before, [
        "pulumi cancel --stack STACK",
        "helm list --all-namespaces --pending --kube-context CONTEXT",
      ]);
      assert.equal(follow("Something was killed in the middle of an `up`", 1).code, 0);
      assert.deepEqual(ops(), []);
      assert.equal(revisionsOf(world.get(CATALOG)).at(-1)?.status, "pending-upgrade");
      assert.equal(endPending(follow("Helm was killed")), 1);
      assert.equal(follow("Helm was killed", 4).code, 0);
      assert.equal(tagOf(CATALOG), "v2.3.9");
      assert.equal(revisionsOf(world.get(CATALOG)).at(-1)?.status, "deployed");
    });

    it("remove a first install that Helm was killed at, which can't be rolled back", () => {
      const ORDERS = "acme-staging helm shop/orders";
      const whole = world.get(ORDERS) ?? assert.fail();
      assert.equal(helm(world, ["uninstall", "orders", ...IN_SHOP]).code, 0);
      assert.equal(project.pulumi("refresh", ...QUIETLY, "--stack", STACK).code, 0);
      const identity = whole.identity ?? assert.fail();
      beginInstall(world, ORDERS, identity, whole.properties);
      assert.match(up().stdout, /cannot re-use a name that is still in use/);
      const { stderr } = helm(world, ["rollback", "orders", ...IN_SHOP]);
      assert.equal(stderr, "Error: release has no 0 version\n");
      assert.equal(endPending(follow("Helm was killed")), 1);
      assert.equal(follow("Helm was killed", 4).code, 0);
      assert.deepEqual(world.get(ORDERS), { ...whole, revisions: revisionsOf(world.get(ORDERS)) });
      assert.equal(revisionsOf(world.get(ORDERS)).at(-1)?.status, "deployed");
    });

    it("fail for a release that was uninstalled by hand, until a refresh", () => {
      const title = "A release was uninstalled by hand";
      assert.equal(helm(world, ["uninstall", "catalog", ...IN_SHOP]).code, 0);
      project.edit("Pulumi.staging.yaml", "catalog: v2.3.4", "catalog: v2.4.0");
      sees(up(), title);
      assert.equal(follow(title).code, 0);
      assert.equal(tagOf(CATALOG), "v2.4.0");
    });

    it("rename in the state a service whose new name is the same Helm release, which runs on", () => {
      const title = "A service got another name";
      assert.equal(up().code, 0);
      const revisions = revisionsOf(world.get(CATALOG));
      const state = project.expect("stack", "export", "--stack", STACK);
      const URN = /"urn": ?"([^"]*Release::catalog)"/.exec(state)?.[1] ?? assert.fail();
      const list = project.read("service/shop/shop.yaml");
      const renamed = list.replace("- github: catalog\n", "- github: catalog\n  name: Catalog\n");
      assert.notEqual(renamed, list);
      project.write(
        "service/shop/shop.yaml",
        renamed.replaceAll("requires: [catalog]", "requires: [Catalog]"),
      );
      project.edit("Pulumi.staging.yaml", "catalog: v2", "Catalog: v2");
      sees(up(), title);
      assert.equal(follow(title, 0, { URN, NAME: "Catalog" }).code, 0);
      assert.deepEqual(revisionsOf(world.get(CATALOG)), revisions);
      assert.deepEqual(ops(), []);
      const back = URN.replace("::catalog", "::Catalog");
      project.expect("state", "rename", back, "catalog", "--yes", "--stack", STACK);
    });

    /** Forgets a release, and imports it as the runbook says. Returns what the `up` after the import said. */
    function importAgain(name: string): Run {
      const state = project.expect("stack", "export", "--stack", STACK);
      const urn = new RegExp(`"urn": ?"([^"]*Release::${name})"`).exec(state)?.[1] ?? assert.fail();
      project.expect("state", "delete", urn, "--yes", "--force", "--stack", STACK);
      const title = "Something exists that the state doesn't know";
      assert.match(follow(title).stdout, /cannot re-use a name that is still in use/);
      follow(title, 1);
      const lost = JSON.parse(project.read("lost.json")) as { resources: Lost[] };
      const found = lost.resources
        .filter(({ type }) => type === "kubernetes:helm.sh/v3:Release")
        .map((resource) => ({ ...resource, id: `shop/${name}` }));
      project.write("lost.json", JSON.stringify({ ...lost, resources: found }));
      const [importing = "", upAgain] = runbook(title).commands[2] ?? [];
      const [, , ...args] = importing.replaceAll("STACK", STACK).split(" ");
      const { stdout } = project.pulumi("import", ...args, ...(YES["import"] ?? []));
      assert.match(stdout, /One or more imported inputs failed to validate/);
      assert.match(stdout, /chart service .*not found/);
      assert.equal(upAgain, "pulumi up --stack STACK");
      return up();
    }

    it("import a release with a warning about its chart, and the up ends it", () => {
      assert.equal(importAgain("catalog").code, 0);
      assert.deepEqual(ops(), []);
    });

    it("import a release that is suspended, which is let go for one up", () => {
      const key = "acme-staging helm shop/reports";
      const { properties } = world.get(key) ?? assert.fail();
      const failed = importAgain("reports");
      assert.notEqual(failed.code, 0);
      const title = "Something exists that the state doesn't know";
      assert.match(failed.stdout, /not found; check the chart name and repository configuration/);
      assert.equal(letGo(title, RESUMED).code, 0);
      assert.deepEqual(ops(), []);
      assert.deepEqual(world.get(key)?.properties, properties);
    });

    it("end an up that hangs when it is interrupted twice, and the next one is through", async () => {
      await project.restartProviders({ change: 1, when: "before" });
      const args = ["up", "--yes", "--skip-preview", "--stack", STACK];
      project.edit("Pulumi.staging.yaml", "catalog: v2.3.4", "catalog: v2.3.8");
      const running = project.start(args, "pipe");
      const output: Buffer[] = [];
      for (const stream of [running.stdout, running.stderr]) {
        stream?.on("data", (chunk: Buffer) => output.push(chunk));
      }
      await project.providers.paused;
      running.kill("SIGINT");
      await setTimeout(1000);
      assert.equal(running.exitCode, null);
      running.kill("SIGINT");
      const [code] = (await once(running, "close")) as [number];
      await project.restartProviders();
      const run = { code, stdout: Buffer.concat(output).toString(), stderr: "" };
      sees(run, "An `up` doesn't end");
      const killed = "Something was killed in the middle of an `up`";
      endPending(follow(killed));
      assert.equal(follow(killed, 1).code, 0);
      assert.equal(tagOf(CATALOG), "v2.3.8");
      assert.deepEqual(ops(), []);
    });

    it("say of a lock that it was left behind, and how to take it away", () => {
      const locks = path.join(project.folder, "state/.pulumi/locks/organization/releases", STACK);
      fs.mkdirSync(locks, { recursive: true });
      fs.writeFileSync(path.join(locks, "somebody.json"), '{"pid":1,"username":"ci"}');
      const title = "Something was killed in the middle of an `up`";
      sees(up(), title);
      assert.equal(follow(title).code, 0);
    });

    it("say of a torn file of the state that it can't be read, and it can without its sidecar", () => {
      const title = "The state can't be read";
      const stacks = path.join(project.folder, "state/.pulumi/stacks/releases");
      fs.writeFileSync(path.join(stacks, `${STACK}.json.attrs`), "");
      sees(up(), title);
      const [[remove] = []] = runbook(title).commands;
      assert.equal(remove, "rm .pulumi/stacks/releases/STACK.json.attrs");
      fs.rmSync(path.join(stacks, `${STACK}.json.attrs`));
      assert.equal(up().code, 0);
    });
  });

  describe("of more than one stack", () => {
    const REPLICATION = "111111111111 eu-west-1 replication";
    const TITLE = "Replication is declared twice";
    const replication = (): unknown => world.get(REPLICATION)?.properties;
    const testing = (...args: string[]) => project.pulumi(...args, "--stack", "testing");
    const quietly = ["--yes", "--skip-preview"];

    before(() => {
      startOver();
      project.expect("stack", "init", "testing");
      project.up("testing");
    });
    beforeEach(() => project.restore());

    it("are refused when two stacks of the list own one replication", () => {
      const config = project.read("Pulumi.testing.yaml");
      const select =
        "config:\n  releases:environment: testing\n  releases:select: { names: [gateway] }\n";
      project.write("Pulumi.second.yaml", config.replace("config:\n", select));
      sees(testing("preview"), TITLE);
    });

    it("are found when the other owner is elsewhere, and mended by a refresh", () => {
      const ours = replication();
      const rules = {
        rules: [{ destinations: [{ registryId: "999999999999", region: "eu-west-1" }] }],
      };
      const found = world.get(REPLICATION);
      assert.ok(found);
      world.put({ ...found, properties: { replicationConfiguration: rules } });
      assert.equal(testing("up", ...quietly).code, 0);
      assert.notDeepEqual(replication(), ours);
      const { code, stdout } = releases("drift", "--stack", "testing");
      assert.equal(code, 1);
      assert.match(stdout, /ReplicationConfiguration/);
      const [[drift, refresh, again] = []] = runbook(TITLE).commands;
      assert.deepEqual(
        [drift, refresh, again],
        [
          "npx releases drift --stack STACK",
          "pulumi refresh --stack STACK",
          "pulumi up --stack STACK",
        ],
      );
      assert.equal(testing("refresh", ...quietly).code, 0);
      assert.equal(testing("up", ...quietly).code, 0);
      assert.deepEqual(replication(), ours);
    });

    it("let go of a replication without taking it away", () => {
      const ours = replication();
      const [, [forget = ""] = []] = runbook(TITLE).commands;
      const urn =
        "urn:pulumi:testing::releases::releases:registry:ImageRegistry$aws:ecr/replicationConfiguration:ReplicationConfiguration::registry";
      assert.equal(forget, `pulumi state delete '${urn.replace("testing", "STACK")}'`);
      assert.equal(testing("state", "delete", urn, "--yes").code, 0);
      assert.deepEqual(replication(), ours);
    });
  });

  it("another account than the stack's is refused before anything is made", async () => {
    const stranger = await openAcme(cli, { account: "999999999999" });
    try {
      stranger.expect("stack", "init", "testing");
      sees(stranger.pulumi("up", "--yes", "--stack", "testing"), "The wrong account");
      assert.deepEqual(stranger.things(), []);
    } finally {
      stranger.dispose();
    }
  });
});

/** A resource of an import file. */
interface Lost {
  readonly type: string;
  readonly name: string;
  readonly logicalName?: string;
}

interface State {
  readonly resources: readonly { readonly urn: string }[];
  readonly pending_operations?: readonly unknown[];
}

function stateOf(project: Project): State {
  const text = project.expect("stack", "export", "--stack", STACK);
  return (JSON.parse(text) as { deployment: State }).deployment;
}

interface Process {
  readonly pid: number;
  readonly command: string;
}

/** Returns the processes that a process has started, and those that they have. */
function processesBelow(parent: number): Process[] {
  const list = execFileSync("ps", ["-axo", "pid=,ppid=,args="], { encoding: "utf8" });
  const all = list.split("\n").map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? []);
  const below = (pid: number): Process[] =>
    all
      .filter(([, , above]) => Number(above) === pid)
      .map(([, child, , command = ""]) => ({ pid: Number(child), command }))
      .flatMap((child) => [child, ...below(child.pid)]);
  return below(parent);
}

function end(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (cause) {
    if ((cause as { code?: string }).code !== "ESRCH") throw cause;
  }
}
