import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as path from "node:path";
import { findPulumi } from "../../engine/tools";
import { Project, type Run } from "../../sandbox/project";
import type { Pause } from "../../sandbox/providers";
import { World, type Properties } from "../../sandbox/world";
import { folderOf } from "../support/folder";
import { runbook } from "../support/runbook";

const cli = findPulumi();
const STACK = "staging";
/** How often each of the three is killed. */
const MOMENTS = 10;
/** The release that the change replaces, before and after. */
const GATEWAY = ["acme-staging helm default/gateway", "acme-staging helm edge/gateway"] as const;

/** How many changes of the world the change of this suite comes to. */
const CHANGES = 13;

/** Where the state and the world are. */
const KEPT = ["state", "world"];

/** What answers the questions that a command asks on a terminal. */
const YES: Readonly<Record<string, readonly string[]>> = {
  cancel: ["--yes"],
  import: ["--yes", "--skip-preview"],
  refresh: ["--yes", "--skip-preview"],
  up: ["--yes", "--skip-preview"],
};

type Victim = "engine" | "program" | "provider";

describe("faults", function () {
  this.timeout(120_000);
  if (cli === undefined) {
    it("are skipped: there is no Pulumi CLI in PATH, ~/.pulumi/bin or ~/.pulumi/versions", function () {
      this.skip();
    });
    return;
  }

  let project: Project;
  let world: World;

  before(async () => {
    project = await Project.open(folderOf({}), cli);
    world = new World(path.join(project.folder, "world"));
  });
  after(() => project.dispose());

  /** Runs a block of commands of the runbook as they stand there, but for what a terminal would ask. */
  function follow(title: string, block = 0): Run {
    const runs = (runbook(title).commands[block] ?? []).map((command) => {
      const [tool, verb = "", ...rest] = command.replaceAll("STACK", STACK).split(" ");
      assert.equal(tool, "pulumi");
      return project.pulumi(verb, ...rest, ...(YES[verb] ?? []));
    });
    const last = runs.at(-1);
    assert.ok(last, `${title} has no commands`);
    return last;
  }

  function up(): Run {
    return project.pulumi("up", "--yes", "--skip-preview", "--stack", STACK);
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
      change();
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
      change();
    }

    function standing(): Standing {
      const { resources, pending_operations: pending = [] } = stateOf(project);
      assert.deepEqual(pending, []);
      return {
        things: Object.fromEntries(
          world.keys().map((key) => [key, world.get(key)?.properties ?? {}]),
        ),
        urns: resources.map(({ urn }) => urn).sort(),
      };
    }

    /** Three updates, four creations, four deletions and a replacement after the first `up`. */
    function change(): void {
      project.edit("Pulumi.staging.yaml", "catalog: v2.3.4", "catalog: v2.3.5");
      project.edit("Pulumi.staging.yaml", "orders: v3.0.2", "orders: v3.0.3");
      project.edit("Pulumi.staging.yaml", "reports: v0.9.0", "reports: v0.9.1");
      const list = project.read("service/platform.yaml");
      const mailer = /- docker: "mailer"[^]*?\n\n/.exec(list)?.[0] ?? "no mailer";
      const gateway = 'github: "gateway"\n';
      project.edit("service/platform.yaml", mailer, "");
      project.edit("service/platform.yaml", gateway, `${gateway}  namespace: edge\n`);
      project.write(
        "service/billing.yaml",
        "- docker: billing\n  github: billing\n  deploy:\n    release: v1.0.0\n",
      );
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
      if (follow("Something was killed in the middle of an `up`").code === 0) return;
      const [old, replacement] = GATEWAY;
      if (world.get(old) !== undefined && world.get(replacement) !== undefined) {
        // helm uninstall
        world.remove(replacement);
      }
      follow("Something exists that the state doesn't know");
      const lost = JSON.parse(project.read("lost.json")) as { resources: Lost[] | null };
      const found = (lost.resources ?? []).flatMap((resource) => {
        const id = idOf(resource);
        return id === undefined ? [] : [{ ...resource, id }];
      });
      if (found.length > 0) {
        project.write("lost.json", JSON.stringify({ ...lost, resources: found }));
        const { code, stdout, stderr } = follow("Something exists that the state doesn't know", 1);
        assert.equal(code, 0, stdout + stderr);
      }
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
        const first = moment % 2 === 0;
        const [at, when] = [Math.random(), Math.random() < 0.5 ? "before" : "after"] as const;
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
