import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { findPulumi } from "../../src/adapters/find-tool";
import { PROGRAM } from "../../src/app/open";
import { RECORD_FILE } from "../../src/core/init/upgrade";
import { dependencies, peerDependencies } from "../../package.json";
import { Providers } from "../../tools/sandbox/providers";
import { folderOf } from "./folder";
import { GIT_ENVIRONMENT } from "./git";

/** What `npm pack` made; undefined where no test is to look at it. */
export const PACKAGE = process.env["PACKAGE"];

/** Where an installed package is. */
export const INSTALLED = "node_modules/pulumi-releases";

/** Puts the package, and what it declares, where `npm install` would. What isn't declared isn't there. */
export function install(folder: string, tarball: string): void {
  const own = path.join(folder, INSTALLED);
  fs.mkdirSync(own, { recursive: true });
  runIn(folder, "tar", ["-xzf", path.resolve(tarball), "-C", own, "--strip-components", "1"]);
  for (const name of Object.keys({ ...dependencies, ...peerDependencies })) {
    const link = path.join(folder, "node_modules", name);
    fs.mkdirSync(path.dirname(link), { recursive: true });
    fs.symlinkSync(path.join(PROGRAM, "node_modules", name), link);
  }
}

/** Runs a command to its end, with an empty home. Returns its standard output; a failure fails the test. */
export function runIn(
  folder: string,
  command: string,
  args: readonly string[],
  { code = 0, ...environment }: NodeJS.ProcessEnv & { readonly code?: number } = {},
): string {
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd: folder,
    encoding: "utf8",
    maxBuffer: 1 << 28,
    env: { ...GIT_ENVIRONMENT, HOME: folderOf({}), ...environment },
  });
  assert.equal(status, code, `${command} ${args.join(" ")}:\n${stdout}${stderr}`);
  return stdout;
}

/** A resource as `plan --json` shows it. */
interface PlannedResource {
  readonly urn: string;
}

/** What `plan --json` shows, as far as walks look at it. */
interface Planned {
  readonly stacks: Readonly<
    Record<
      string,
      {
        readonly resources: readonly PlannedResource[];
        readonly services: readonly { readonly name: string; readonly version: string }[];
      }
    >
  >;
}

const cli = findPulumi();

/** Whether there is a Pulumi CLI for previews. */
export const hasPulumi = cli !== undefined;

/** A company's folder, in which the installed package works, and what takes how long. */
export class PackedCompany {
  readonly folder = folderOf({});
  readonly times: string[] = [];
  readonly #environment: NodeJS.ProcessEnv;

  /** @param environment what commands get beside an empty home */
  constructor(environment: NodeJS.ProcessEnv = {}) {
    this.#environment = environment;
  }

  /** Runs the installed `releases` to its end, which has to be a good one. Returns its standard output. */
  releases(...args: readonly string[]): string {
    const command = [`${INSTALLED}/src/cli/releases.js`, ...args];
    return runIn(this.folder, process.execPath, command, this.#environment);
  }

  git(...args: readonly string[]): string {
    return runIn(this.folder, "git", args);
  }

  /** Runs git as somebody did so many days ago. */
  gitAgo(days: number, ...args: readonly string[]): void {
    const at = new Date(Date.now() - days * 24 * 3600 * 1000).toISOString();
    runIn(this.folder, "git", args, { GIT_AUTHOR_DATE: at, GIT_COMMITTER_DATE: at });
  }

  /** Commits everything, so many days ago. */
  commit(message: string, days: number): void {
    this.git("add", "--all");
    this.gitAgo(days, "commit", "--quiet", "--message", message);
  }

  timed<Result>(what: string, act: () => Result): Result {
    const start = performance.now();
    const result = act();
    this.times.push(`${what} ${((performance.now() - start) / 1000).toFixed(1)} s`);
    return result;
  }

  /** Counts the files and lines that are the company's own: those that init didn't generate. */
  own(): { readonly files: number; readonly lines: number } {
    const record = fs.readFileSync(path.join(this.folder, RECORD_FILE), "utf8");
    const { files: generated } = JSON.parse(record) as { files: object };
    const all = fs
      .readdirSync(this.folder, { recursive: true, encoding: "utf8" })
      .filter((file) => !/^(?:node_modules|\.git)\//.test(file))
      .filter((file) => fs.statSync(path.join(this.folder, file)).isFile());
    const own = all.filter((file) => !(file in generated) && file !== RECORD_FILE);
    const linesOf = (files: readonly string[]): number =>
      files.reduce((sum, file) => {
        const text = fs.readFileSync(path.join(this.folder, file), "utf8");
        return sum + text.split("\n").length - 1;
      }, 0);
    const counts = { files: own.length, lines: linesOf(own) };
    this.times.push(`${counts.files} files with ${counts.lines} lines of their own`);
    this.times.push(`${all.length} files with ${linesOf(all)} lines in all`);
    return counts;
  }

  plan(...stacks: readonly string[]): Planned {
    return JSON.parse(this.releases("plan", ...stacks, "--json")) as Planned;
  }

  /** Returns the version of a service in each of some stacks, as they are planned. */
  runs(service: string): Record<string, string | undefined> {
    const { stacks } = this.plan();
    return Object.fromEntries(
      Object.entries(stacks).map(([stack, { services }]) => [
        stack,
        services.find(({ name }) => name === service)?.version,
      ]),
    );
  }

  /** Previews a stack with the real engine and the policies: it declares what `plan` shows. */
  async preview(stack: string): Promise<void> {
    if (cli === undefined) return;
    const providers = await Providers.start({ world: folderOf({}), program: this.folder });
    try {
      const engine = {
        PATH: [path.dirname(cli), path.dirname(process.execPath), process.env["PATH"]].join(":"),
        PULUMI_BACKEND_URL: `file://${folderOf({})}?metadata=skip`,
        PULUMI_CONFIG_PASSPHRASE: "sample",
        PULUMI_SKIP_UPDATE_CHECK: "true",
        PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
        PULUMI_DEBUG_PROVIDERS: providers.addresses,
      };
      runIn(this.folder, cli, ["stack", "init", stack], engine);
      const args = ["preview", "--stack", stack, "--json"];
      const policies = ["--policy-pack", `${INSTALLED}/dist/policy`];
      const shown = this.timed("preview", () =>
        runIn(this.folder, cli, [...args, ...policies], engine),
      );
      const { steps } = JSON.parse(shown) as { steps: readonly PlannedResource[] };
      const made = steps.filter(({ urn }) => !urn.includes("pulumi:pulumi:Stack::"));
      assert.deepEqual(urnsOf(made), urnsOf(this.plan(stack).stacks[stack]?.resources ?? []));
    } finally {
      providers.close();
    }
  }
}

function urnsOf(resources: readonly PlannedResource[]): string[] {
  return resources.map(({ urn }) => urn).sort();
}
