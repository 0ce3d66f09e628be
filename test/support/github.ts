import { once } from "node:events";
import * as http from "node:http";
import type { AddressInfo } from "node:net";

/** A stand-in of GitHub's API on the loopback: it knows releases, and notes what it is asked. */
export class GithubStandIn {
  readonly asked: string[] = [];
  /** Paths below `/repos/` that are there, such as `acme/orders/releases/tags/v1.2.3`. */
  readonly known = new Set<string>();
  /** What every request gets instead, such as 502. */
  status: number | undefined;
  readonly #server: http.Server;

  private constructor(server: http.Server) {
    this.#server = server;
  }

  static async start(): Promise<GithubStandIn> {
    const server = http.createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const github = new GithubStandIn(server);
    server.on("request", (request, response) => github.#answer(request, response));
    return github;
  }

  get address(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #answer(
    { method, url = "", headers }: http.IncomingMessage,
    response: http.ServerResponse,
  ): void {
    this.asked.push(
      `${method ?? ""} ${url}${headers.authorization === undefined ? "" : " (token)"}`,
    );
    const found = this.known.has(url.replace(/^\/repos\//, ""));
    const status = this.status ?? (found ? 200 : 404);
    response.writeHead(status, { "content-type": "application/json" });
    response.end(
      JSON.stringify(
        status === 200 ? { id: 1, html_url: "", assets: [] } : { message: `it is ${status}` },
      ),
    );
  }
}
