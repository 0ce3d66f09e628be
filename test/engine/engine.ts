import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { once } from "node:events";

const ROOT = path.join(__dirname, "../..");

/** What the program is made of; everything else of the repository has no part in `pulumi up`. */
const PROGRAM = [
  "index.ts",
  "typescript.js",
  "package.json",
  "tsconfig.json",
  "Pulumi.yaml",
  "environments.yaml",
  "release",
  "stacks",
  "components",
  "charts",
];
const DATA = [
  "service",
  "infrastructure",
  "Pulumi.testing.yaml",
  "Pulumi.staging.yaml",
  "Pulumi.production.yaml",
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

/** A copy of the program in a temporary folder, with the real engine and stand-in providers. */
export class Project {
  readonly folder = fs.mkdtempSync(path.join(os.tmpdir(), "releases-engine-"));
  readonly #cli: string;
  readonly #standIn: ChildProcess;
  readonly #port: string;

  readonly #environment: Record<string, string>;

  private constructor(
    cli: string,
    environment: Record<string, string>,
    standIn: ChildProcess,
    port: string,
  ) {
    this.#cli = cli;
    this.#environment = environment;
    this.#standIn = standIn;
    this.#port = port;
    for (const folder of ["state", "home"]) fs.mkdirSync(path.join(this.folder, folder));
    fs.symlinkSync(path.join(ROOT, "node_modules"), path.join(this.folder, "node_modules"));
    for (const name of [...PROGRAM, ...DATA]) this.copy(name);
  }

  static async create(cli: string, environment: Record<string, string> = {}): Promise<Project> {
    const standIn = spawn(
      process.execPath,
      ["--require", "./typescript.js", path.join(__dirname, "stand-in.ts")],
      { cwd: ROOT, stdio: ["pipe", "pipe", "inherit"] },
    );
    const [port] = (await once(standIn.stdout, "data")) as [Buffer];
    return new Project(cli, environment, standIn, port.toString().trim());
  }

  /** Copies a file or folder of the repository as it stands. */
  copy(name: string): void {
    fs.cpSync(path.join(ROOT, name), path.join(this.folder, name), { recursive: true });
  }

  /** Undoes every edit of the release list and the stack configs. */
  restore(): void {
    for (const name of DATA) this.copy(name);
  }

  /** Puts another repository's list, environments.yaml and stack configs in the place of ours. */
  replaceData(folder: string): void {
    for (const name of [...DATA, "environments.yaml"]) {
      fs.rmSync(path.join(this.folder, name), { recursive: true, force: true });
    }
    fs.cpSync(folder, this.folder, { recursive: true });
  }

  /** Puts a precompiled program in the place of ours. */
  replaceProgram(file: string, main: string): void {
    fs.copyFileSync(file, path.join(this.folder, path.basename(file)));
    this.write("index.js", main);
    this.write(
      "Pulumi.yaml",
      "name: releases\nmain: index.js\nruntime: { name: nodejs, options: { typescript: false } }\n",
    );
    for (const name of DATA) fs.rmSync(path.join(this.folder, name), { recursive: true });
  }

  read(file: string): string {
    return fs.readFileSync(path.join(this.folder, file), "utf8");
  }

  write(file: string, text: string): void {
    fs.mkdirSync(path.dirname(path.join(this.folder, file)), { recursive: true });
    fs.writeFileSync(path.join(this.folder, file), text);
  }

  /** Changes one file; a text that isn't in it is a mistake of the test. */
  edit(file: string, from: string, to: string): void {
    const text = this.read(file);
    if (!text.includes(from)) throw new Error(`${file} has no ${from}`);
    this.write(
      file,
      text.replace(from, () => to),
    );
  }

  pulumi(...args: string[]): Run {
    const { status, stdout, stderr } = spawnSync(this.#cli, args, {
      cwd: this.folder,
      encoding: "utf8",
      maxBuffer: 1 << 28,
      env: {
        ...process.env,
        ...this.#environment,
        PATH: [path.dirname(this.#cli), path.dirname(process.execPath), process.env["PATH"]].join(
          path.delimiter,
        ),
        PULUMI_BACKEND_URL: `file://${path.join(this.folder, "state")}`,
        PULUMI_HOME: path.join(this.folder, "home"),
        PULUMI_CONFIG_PASSPHRASE: PASSPHRASE,
        PULUMI_SKIP_UPDATE_CHECK: "true",
        PULUMI_DEBUG_PROVIDERS: ["aws", "kubernetes", "github"]
          .map((name) => `${name}:${this.#port}`)
          .join(","),
      },
    });
    return { code: status, stdout, stderr };
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

  dispose(): void {
    this.#standIn.stdin?.end();
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}
