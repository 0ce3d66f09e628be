import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as path from "node:path";
import { Providers, type Pause } from "./providers";
import { World } from "./world";

const ROOT = path.join(__dirname, "../..");

/** What the program is made of; everything else of the repository has no part in `pulumi up`. */
const PROGRAM = [
  "index.ts",
  "register.js",
  "package.json",
  "tsconfig.json",
  "Pulumi.yaml",
  "src",
  "stacks",
  "components",
  "charts",
];

/** The passphrase that README.md gives for the sample's placeholder secrets. */
const PASSPHRASE = "sample";

export interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** One resource's step of a preview or update. */
export interface Step {
  readonly op: string;
  readonly urn: string;
}

export interface ProjectOptions {
  /** Further environment variables of the engine and the program. */
  readonly environment?: Readonly<Record<string, string>>;
  /** The AWS account whose credentials are at hand; by default the one that a stack allows. */
  readonly account?: string;
  /** The folder with the list, the promotion path and the stack configs; by default the program's own. */
  readonly data?: string;
}

/**
 * A copy of the program and its data in a folder of their own, with Pulumi's real engine, a state
 * beside them, and stand-in providers. Whatever happens there, the repository stays as it is.
 */
export class Project {
  readonly folder: string;
  readonly #cli: string;
  readonly #environment: Readonly<Record<string, string>>;
  readonly #account: string | undefined;
  readonly #data: string;
  #providers: Providers;

  private constructor(
    folder: string,
    cli: string,
    { environment = {}, account, data = ROOT }: ProjectOptions,
    providers: Providers,
  ) {
    this.folder = folder;
    this.#cli = cli;
    this.#environment = environment;
    this.#account = account;
    this.#data = data;
    this.#providers = providers;
    for (const name of ["state", "home"])
      fs.mkdirSync(path.join(folder, name), { recursive: true });
    const modules = path.join(folder, "node_modules");
    if (!fs.existsSync(modules)) fs.symlinkSync(path.join(ROOT, "node_modules"), modules);
    for (const name of PROGRAM) this.#copy(name);
    this.restore();
  }

  /**
   * Starts the stand-in providers, and copies the program as it stands.
   * @param folder kept from run to run, with its state; made when it isn't there
   * @param cli the Pulumi CLI
   */
  static async open(folder: string, cli: string, options: ProjectOptions = {}): Promise<Project> {
    fs.mkdirSync(folder, { recursive: true });
    const { account } = options;
    const world = path.join(folder, "world");
    const providers = await Providers.start({ world, program: folder, account });
    return new Project(folder, cli, options, providers);
  }

  /** The stand-in providers as they run now. */
  get providers(): Providers {
    return this.#providers;
  }

  /** Starts the stand-in providers again; what exists stays. */
  async restartProviders(pause?: Pause): Promise<void> {
    this.#providers.close();
    this.#providers = await Providers.start({
      world: path.join(this.folder, "world"),
      program: this.folder,
      account: this.#account,
      pause,
    });
  }

  /** Undoes every edit of the release list, the promotion path and the stack configs. */
  restore(): void {
    for (const name of dataIn(this.folder)) {
      fs.rmSync(path.join(this.folder, name), { recursive: true, force: true });
    }
    for (const name of dataIn(this.#data)) this.#copy(name, this.#data);
  }

  /** Puts another repository's list, environments.yaml and stack configs in the place of ours. */
  replaceData(folder: string): void {
    for (const name of dataIn(this.folder)) {
      fs.rmSync(path.join(this.folder, name), { recursive: true, force: true });
    }
    fs.cpSync(folder, this.folder, { recursive: true });
  }

  /** Puts files of another program over ours, which has no list and no stack configs. */
  replaceProgram(files: Readonly<Record<string, string>>): void {
    for (const [file, text] of Object.entries(files)) this.write(file, text);
    for (const name of dataIn(this.folder)) {
      fs.rmSync(path.join(this.folder, name), { recursive: true });
    }
  }

  read(file: string): string {
    return fs.readFileSync(path.join(this.folder, file), "utf8");
  }

  write(file: string, text: string): void {
    fs.mkdirSync(path.dirname(path.join(this.folder, file)), { recursive: true });
    fs.writeFileSync(path.join(this.folder, file), text);
  }

  /** Changes one file; a text that isn't in it is a mistake. */
  edit(file: string, from: string, to: string): void {
    const text = this.read(file);
    if (!text.includes(from)) throw new Error(`${file} has no ${from}`);
    this.write(
      file,
      text.replace(from, () => to),
    );
  }

  /** Runs a command of the CLI to its end, and returns what it printed. */
  pulumi(...args: string[]): Run {
    const { status, stdout, stderr } = spawnSync(this.#cli, args, {
      cwd: this.folder,
      encoding: "utf8",
      maxBuffer: 1 << 28,
      env: this.variables(),
    });
    return { code: status, stdout, stderr };
  }

  /** Runs a command of the CLI on this process's terminal, and returns its exit code. */
  async show(...args: string[]): Promise<number> {
    const running = this.start(args, "inherit");
    const [code] = (await once(running, "close")) as [number | null];
    return code ?? 1;
  }

  /** Starts a command of the CLI beside this process. */
  start(args: readonly string[], stdio: "inherit" | "ignore" | "pipe"): ChildProcess {
    return spawn(this.#cli, args, { cwd: this.folder, env: this.variables(), stdio });
  }

  /** Runs a command that must succeed and returns its standard output. */
  expect(...args: string[]): string {
    const { code, stdout, stderr } = this.pulumi(...args);
    if (code !== 0) throw new Error(`pulumi ${args.join(" ")} gave ${code}:\n${stdout}\n${stderr}`);
    return stdout;
  }

  /** Returns what a preview would do, unchanged resources left out. */
  changes(stack: string): Step[] {
    const { steps } = JSON.parse(this.expect("preview", "--json", "--stack", stack)) as {
      steps: Step[];
    };
    return steps.filter(({ op }) => op !== "same").map(({ op, urn }) => ({ op, urn }));
  }

  /** Returns the stacks that have a state here. */
  stacks(): string[] {
    const found = JSON.parse(this.expect("stack", "ls", "--json")) as { name: string }[];
    return found.map(({ name }) => name.split("/").at(-1) ?? name);
  }

  /** Returns the keys of all that exists in the accounts, clusters and organisations. */
  things(): string[] {
    return new World(path.join(this.folder, "world")).keys();
  }

  /** Ends the stand-in providers; the folder stays. */
  close(): void {
    this.#providers.close();
  }

  /** Ends the stand-in providers, and removes the folder with all that exists in it. */
  dispose(): void {
    this.close();
    fs.rmSync(this.folder, { recursive: true, force: true });
  }

  #copy(name: string, from = ROOT): void {
    fs.rmSync(path.join(this.folder, name), { recursive: true, force: true });
    fs.cpSync(path.join(from, name), path.join(this.folder, name), { recursive: true });
  }

  /** Returns the environment in which the engine works here. */
  variables(): NodeJS.ProcessEnv {
    const tools = [path.dirname(this.#cli), path.dirname(process.execPath), process.env["PATH"]];
    return {
      ...process.env,
      ...this.#environment,
      PATH: tools.join(path.delimiter),
      // Without sidecar files, which a kill would tear: docs/operations.md.
      PULUMI_BACKEND_URL: `file://${path.join(this.folder, "state")}?metadata=skip`,
      PULUMI_HOME: path.join(this.folder, "home"),
      PULUMI_CONFIG_PASSPHRASE: process.env["PULUMI_CONFIG_PASSPHRASE"] ?? PASSPHRASE,
      PULUMI_SKIP_UPDATE_CHECK: "true",
      // The providers are these; the engine would download the real ones beside them.
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      PULUMI_DEBUG_PROVIDERS: this.#providers.addresses,
    };
  }
}

/** Returns the files and folders of a repository that say what runs where. */
function dataIn(folder: string): string[] {
  return fs
    .readdirSync(folder)
    .filter((name) =>
      /^(?:service|infrastructure|environments\.yaml|Pulumi\..+\.yaml)$/.test(name),
    );
}
