import { findTool } from "../../src/adapters/find-tool";
import { setEnvironment } from "./environment";
import { freePort, ServerProcess } from "./server";

/** What plays AWS; undefined where it isn't installed. */
export const moto = findTool("moto_server");

/** AWS as moto plays it, on the loopback. */
export class Moto {
  readonly endpoint: string;
  readonly #server: ServerProcess;

  private constructor(endpoint: string, server: ServerProcess) {
    [this.endpoint, this.#server] = [endpoint, server];
  }

  /**
   * @param account that every caller is of, whatever role it has. Default: moto's own, and those of the roles
   * @throws Error where moto isn't installed
   */
  static async start(account?: string): Promise<Moto> {
    if (moto === undefined) throw new Error("there is no moto_server");
    const port = String(await freePort());
    const endpoint = `http://127.0.0.1:${port}`;
    const restore = setEnvironment(account === undefined ? {} : { MOTO_ACCOUNT_ID: account });
    try {
      const args = ["-H", "127.0.0.1", "-p", port];
      return new Moto(endpoint, await ServerProcess.start(moto, args, endpoint));
    } finally {
      restore();
    }
  }

  /** Has AWS's SDK ask here. Returns what takes that back. */
  use(region: string): () => void {
    return setEnvironment({
      ...{ AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test" },
      ...{ AWS_ENDPOINT_URL: this.endpoint, AWS_REGION: region },
    });
  }

  stop(): Promise<void> {
    return this.#server.stop();
  }
}
