import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as path from "node:path";
import { Providers, type Pause } from "./providers";
import { World } from "./world";

const ROOT = path.join(__dirname, "../..");

/** Files and folders of the program: `pulumi up` reads no others of the repository. */
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
  /** The AWS account of the credentials. Default: the account that a stack allows. */
  readonly account?: string;
  /** The folder with the list, the promotion path and the stack configs; by default the program's own. */
  readonly data?: string;
}

/**
 * A copy of the program and its data in a folder of their own, with a state of their own, under Pulumi's real
 * engine and stand-in providers. The repository itself is never changed.
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
    fs.rmSync(modules, { recursive: true, force: true });
    fs.symlinkSync(path.join(ROOT, "node_modules"), modules);
    for (const name of PROGRAM) this.#copy(name);
    this.restore();
  }

  /**
   * Starts the stand-in providers, and copies the program.
   * @param folder kept from run to run, with its state; made where it doesn't exist
   * @param cli the Pulumi CLI
   */
  static async open(folder: string, cli: string, options: ProjectOptions = {}): Promise<Project> {
    fs.mkdirSync(folder, { recursive: true });
    const { account } = options;
    const world = path.join(folder, "world");
    const providers = await Providers.start({ world, program: folder, account });
    return new Project(folder, cli, options, providers);
  }

  /** The running stand-in providers. */
  get providers(): Providers {
    return this.#providers;
  }

  /** Starts the stand-in providers again. All things stay. */
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

  /** Replaces the list, environments.yaml and stack configs by those of another repository. */
  replaceData(folder: string): void {
    for (const name of dataIn(this.folder)) {
      fs.rmSync(path.join(this.folder, name), { recursive: true, force: true });
    }
    fs.cpSync(folder, this.folder, { recursive: true });
  }

  /** Replaces the program by files of another one, which has no list and no stack configs. */
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

  /**
   * Replaces a text of one file.
   * @throws Error where the file doesn't have the text
   */
  edit(file: string, from: string, to: string): void {
    const text = this.read(file);
    if (!text.includes(from)) throw new Error(`${file} has no ${from}`);
    this.write(
      file,
      text.replace(from, () => to),
    );
  }

  /** Runs a command of the CLI to its end. Returns its exit code and output. */
  pulumi(...args: string[]): Run {
    const { status, stdout, stderr } = spawnSync(this.#cli, args, {
      cwd: this.folder,
      encoding: "utf8",
      maxBuffer: 1 << 28,
      env: this.variables(),
    });
    return { code: status, stdout, stderr };
  }

  /** Runs a command of the CLI on the terminal of this process. Returns its exit code. */
  async show(...args: string[]): Promise<number> {
    const running = this.start(args, "inherit");
    const [code] = (await once(running, "close")) as [number | null];
    return code ?? 1;
  }

  /** Starts a command of the CLI, and doesn't wait for its end. */
  start(args: readonly string[], stdio: "inherit" | "ignore" | "pipe"): ChildProcess {
    return spawn(this.#cli, args, { cwd: this.folder, env: this.variables(), stdio });
  }

  /**
   * Runs a command of the CLI to its end. Returns its standard output.
   * @throws Error with its output where it fails
   */
  expect(...args: string[]): string {
    const { code, stdout, stderr } = this.pulumi(...args);
    if (code !== 0) throw new Error(`pulumi ${args.join(" ")} gave ${code}:\n${stdout}\n${stderr}`);
    return stdout;
  }

  /**
   * Deploys a stack, without a preview before.
   * @throws Error with its output where that fails
   */
  up(stack: string): void {
    this.expect("up", "--yes", "--skip-preview", "--stack", stack);
  }

  /** Returns the steps of a preview, without unchanged resources. */
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

  /** Returns the keys of all things in the accounts, clusters and organizations. */
  things(): string[] {
    return new World(path.join(this.folder, "world")).keys();
  }

  /** Ends the stand-in providers; the folder stays. */
  close(): void {
    this.#providers.close();
  }

  /** Ends the stand-in providers, and removes the folder with its state and all things. */
  dispose(): void {
    this.close();
    fs.rmSync(this.folder, { recursive: true, force: true });
  }

  #copy(name: string, from = ROOT): void {
    fs.rmSync(path.join(this.folder, name), { recursive: true, force: true });
    fs.cpSync(path.join(from, name), path.join(this.folder, name), { recursive: true });
  }

  /** Returns the environment variables of the engine. */
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
      // Otherwise the engine would download the real providers as well.
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      PULUMI_DEBUG_PROVIDERS: this.#providers.addresses,
    };
  }
}

/** Returns the files and folders of the release list, the promotion path and the stack configs. */
function dataIn(folder: string): string[] {
  return fs
    .readdirSync(folder)
    .filter((name) =>
      /^(?:service|infrastructure|environments\.yaml|Pulumi\..+\.yaml)$/.test(name),
    );
}
