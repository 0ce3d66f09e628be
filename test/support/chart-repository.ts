import { execFileSync } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import * as path from "node:path";
import { findHelm } from "../../src/adapters/find-tool";
import { folderOf } from "./folder";

/** What a chart repository answers. */
export interface WebReply {
  readonly status: number;
  readonly body?: string | Uint8Array;
  readonly headers?: http.OutgoingHttpHeaders;
}

/** A chart repository on the loopback: files by their paths, and what was asked for. */
export class ChartRepositoryServer {
  readonly asked: { readonly url: string; readonly headers: http.IncomingHttpHeaders }[] = [];
  readonly files = new Map<string, string | Uint8Array>();
  reply: (url: string) => WebReply | undefined = () => undefined;
  readonly #server: http.Server;

  private constructor() {
    this.#server = http.createServer(({ url = "", headers }, response) => {
      this.asked.push({ url, headers });
      const file = this.files.get(url);
      const own: WebReply = file === undefined ? { status: 404 } : { status: 200, body: file };
      const { status, body = "", headers: more } = this.reply(url) ?? own;
      response.writeHead(status, more).end(body);
    });
  }

  static async start(): Promise<ChartRepositoryServer> {
    const server = new ChartRepositoryServer();
    server.#server.listen(0, "127.0.0.1");
    await once(server.#server, "listening");
    return server;
  }

  get address(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Serves charts with the index that Helm writes of them, below `/charts`. */
  serve(charts: readonly Uint8Array[]): void {
    const folder = folderOf({});
    for (const [number, bytes] of charts.entries()) {
      fs.writeFileSync(path.join(folder, `${number}.tgz`), bytes);
    }
    execFileSync(required(findHelm()), ["repo", "index", folder]);
    for (const file of fs.readdirSync(folder)) {
      this.files.set(`/charts/${file}`, fs.readFileSync(path.join(folder, file)));
    }
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

function required<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error("there is no helm");
  return value;
}

/** Returns the bytes of a chart as Helm packages it. */
export function packagedChart(
  name: string,
  version: string,
  values = "image: { tag: v1 }\n",
): Uint8Array {
  const folder = folderOf({
    [`${name}/Chart.yaml`]: `apiVersion: v2\nname: ${name}\nversion: ${version}\n`,
    [`${name}/values.yaml`]: values,
  });
  const args = ["package", path.join(folder, name), "--destination", folder];
  execFileSync(required(findHelm()), args, { stdio: "pipe" });
  return fs.readFileSync(path.join(folder, `${name}-${version}.tgz`));
}
