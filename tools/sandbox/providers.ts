import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import * as path from "node:path";
import type { Readable, Writable } from "node:stream";

const ROOT = path.join(__dirname, "../..");

/** What the process of the stand-in providers is started with. */
export interface ServeOptions {
  /** The folder of the `World`. */
  readonly world: string;
  /** The folder of the program, which charts of folders are relative to. */
  readonly program: string;
  /** The AWS account of the credentials. Default: the account that a stack allows. */
  readonly account?: string | undefined;
  readonly pause?: Pause | undefined;
}

/**
 * When the providers stop to answer: before a change of the world, counted from 1, after it, or when it has
 * begun.
 */
export interface Pause {
  readonly change: number;
  readonly when: "before" | "during" | "after";
}

/** The running process of the stand-in providers. */
export class Providers {
  /** Settles when the providers pause. */
  readonly paused: Promise<unknown>;
  /** The value for the engine's PULUMI_DEBUG_PROVIDERS. */
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

  /** Ends the pause. */
  resume(): void {
    this.#process.stdin.write("\n");
  }

  /** Kills the process, as a crash would. */
  async kill(): Promise<void> {
    this.#process.kill("SIGKILL");
    await once(this.#process, "exit");
  }

  /** Ends the process once it is idle. */
  close(): void {
    this.#process.stdin.end();
  }
}
