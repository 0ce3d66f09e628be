import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import * as path from "node:path";
import type { Readable, Writable } from "node:stream";

const ROOT = path.join(__dirname, "../..");

export interface ServeOptions {
  /** The folder of all that exists. */
  readonly world: string;
  /** The folder of the program, for charts of its own. */
  readonly program: string;
  /** The AWS account whose credentials are at hand; by default the one that a stack allows. */
  readonly account?: string | undefined;
  readonly pause?: Pause | undefined;
}

/** Where the providers stop answering: at a change of the world, counted from 1, before or after it is made. */
export interface Pause {
  readonly change: number;
  readonly when: "before" | "after";
}

/** The running process of the stand-in providers. */
export class Providers {
  /** Settles when the providers have come to their pause. */
  readonly paused: Promise<unknown>;
  /** What the engine's PULUMI_DEBUG_PROVIDERS takes. */
  readonly addresses: string;
  readonly #process: ChildProcessByStdio<Writable, Readable, null>;

  private constructor(process: ChildProcessByStdio<Writable, Readable, null>, addresses: string) {
    this.#process = process;
    this.addresses = addresses;
    this.paused = once(process.stdout, "data");
  }

  static async start(options: ServeOptions): Promise<Providers> {
    const serve = ["--require", "./register.js", path.join(__dirname, "serve.ts")];
    const started = spawn(process.execPath, [...serve, JSON.stringify(options)], {
      cwd: ROOT,
      stdio: ["pipe", "pipe", "inherit"],
    });
    const [addresses] = (await once(started.stdout, "data")) as [Buffer];
    return new Providers(started, addresses.toString().trim());
  }

  /** Lets the providers go on from their pause. */
  resume(): void {
    this.#process.stdin.write("\n");
  }

  /** Ends them at once, as a crash does. */
  async kill(): Promise<void> {
    this.#process.kill("SIGKILL");
    await once(this.#process, "exit");
  }

  /** Ends them when they are idle. */
  close(): void {
    this.#process.stdin.end();
  }
}
