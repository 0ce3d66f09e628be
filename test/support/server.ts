import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import * as http from "node:http";
import type { AddressInfo } from "node:net";

/** Returns a port of the loopback that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = http.createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** A server program, which listens on the loopback and is ended by its own process. */
export class ServerProcess {
  readonly #process: ChildProcess;

  private constructor(started: ChildProcess) {
    this.#process = started;
  }

  /** Starts a program and waits until an address of it answers. */
  static async start(
    command: string,
    args: readonly string[],
    address: string,
  ): Promise<ServerProcess> {
    const started = spawn(command, args, { stdio: "ignore" });
    for (let tries = 0; tries < 200; tries++) {
      if (started.exitCode !== null) throw new Error(`${command} ended by itself`);
      const answers = await fetch(address).then(
        () => true,
        () => false,
      );
      if (answers) return new ServerProcess(started);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    started.kill("SIGKILL");
    throw new Error(`${command} doesn't answer at ${address}`);
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode !== null) return;
    this.#process.kill("SIGKILL");
    await once(this.#process, "exit");
  }
}
