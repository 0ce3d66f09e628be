import { spawn, type ChildProcess } from "node:child_process";
import { createHmac } from "node:crypto";
import { once } from "node:events";
import * as path from "node:path";
import { PROGRAM } from "../../src/app/open";
import { freePort } from "./server";
import { GIT_ENVIRONMENT } from "./git";

export const SECRET = "a secret of the tests";

/** A delivery as GitHub sends it. */
export interface Delivery {
  readonly id: string;
  readonly event: string;
  readonly body: string;
  /** Default: as the secret signs the body. */
  readonly signature?: string;
}

/** A receiver in a process of its own, which tests kill. */
export class ReceiverProcess {
  readonly address: string;
  readonly #args: readonly string[];
  readonly #env: NodeJS.ProcessEnv;
  #process: ChildProcess | undefined;
  /** What it has written, of all its lives. */
  output = "";

  private constructor(port: number, args: readonly string[], env: NodeJS.ProcessEnv) {
    this.address = `http://127.0.0.1:${port}`;
    this.#args = ["receive", ...args, "--port", String(port)];
    this.#env = env;
  }

  /**
   * @param folder of its state
   * @param origin the address that it clones
   * @param github the address of GitHub's API
   * @param variables further ones of its environment
   */
  static async make(
    folder: string,
    origin: string,
    github: string,
    variables: NodeJS.ProcessEnv = {},
  ): Promise<ReceiverProcess> {
    const args = ["--repository", "acme/releases", "--state", folder, "--clone", origin];
    const env = {
      ...GIT_ENVIRONMENT,
      GITHUB_API_URL: github,
      GITHUB_TOKEN: "MARKED-token",
      RELEASES_WEBHOOK_SECRET: SECRET,
      ...variables,
    };
    return new ReceiverProcess(await freePort(), args, env);
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** Starts it, and waits until it answers. */
  async start(): Promise<void> {
    const command = path.join(PROGRAM, "src/cli/releases.js");
    const started = spawn(process.execPath, [command, ...this.#args], {
      env: this.#env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#process = started;
    for (const stream of [started.stdout, started.stderr]) {
      stream.on("data", (chunk: Buffer) => {
        this.output += chunk.toString();
      });
    }
    while (!(await this.#answers())) {
      if (started.exitCode !== null) throw new Error(`the receiver ended: ${this.output}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async #answers(): Promise<boolean> {
    return fetch(`${this.address}/healthz`).then(
      () => true,
      () => false,
    );
  }

  /** Ends it without a word, as a power cut does; or, by SIGTERM, in its own way. */
  async kill(signal: "SIGKILL" | "SIGTERM" = "SIGKILL"): Promise<number | null> {
    const running = this.#process;
    if (running === undefined || running.exitCode !== null) return null;
    const ended = once(running, "exit");
    running.kill(signal);
    await ended;
    return running.exitCode;
  }

  deliver(delivery: Delivery): Promise<number | undefined> {
    return deliverTo(this.address, delivery);
  }
}

/** Delivers to a receiver. Returns the status of the answer; undefined where there is none. */
export async function deliverTo(
  address: string,
  { id, event, body, signature }: Delivery,
): Promise<number | undefined> {
  const headers = {
    "content-type": "application/json",
    "x-github-event": event,
    "x-github-delivery": id,
    "x-github-hook-id": "1",
    "x-hub-signature-256": signature ?? signatureOf(body),
  };
  return fetch(`${address}/github`, { method: "POST", headers, body }).then(
    async (answer) => {
      await answer.arrayBuffer();
      return answer.status;
    },
    () => undefined,
  );
}

export function signatureOf(body: string, secret = SECRET): string {
  return `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`;
}

/** Returns the delivery of a release. */
export function releaseDelivery(
  id: string,
  repository: string,
  tag: string,
  action = "published",
): Delivery {
  const body = JSON.stringify({
    action,
    release: { tag_name: tag, draft: false },
    repository: { full_name: repository },
  });
  return { id, event: "release", body };
}
