import assert from "node:assert/strict";
import { once } from "node:events";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { Github } from "../../../src/adapters/github/github";
import { resolve } from "../../../src/app/resolve/resolve";
import { SILENT } from "../../../src/app/reporter";
import "../../support/without-pauses";
import { setEnvironment } from "../../support/environment";
import { digestOf } from "../../support/model";
import { shopFiles } from "../../support/shop";
import { worldOf, type TestWorld } from "../../support/world";

const SERVICES = Array.from({ length: 500 }, (_, at) => `service-${at}`);

/** Requests that this program may have open at once. GitHub allows 100. */
const ALLOWED = 8;

/** GitHub's releases of 500 repositories, of which one has a thousand, behind its secondary rate limit. */
class LimitedGithub {
  readonly address: string;
  most = 0;
  asked = 0;
  limited = 0;
  /** Repositories whose releases can't be read. */
  readonly broken = new Set<string>();
  readonly #server: http.Server;
  #open = 0;

  private constructor(server: http.Server) {
    this.#server = server;
    this.address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  static async start(): Promise<LimitedGithub> {
    const server = http.createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const github = new LimitedGithub(server);
    server.on("request", ({ url = "" }: http.IncomingMessage, response: http.ServerResponse) => {
      github.#answer(url, response);
    });
    return github;
  }

  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #answer(url: string, response: http.ServerResponse): void {
    this.asked++;
    this.most = Math.max(this.most, ++this.#open);
    const isLimited = this.asked % 200 === 100;
    // An answer takes a while, so that several are open.
    setTimeout(() => {
      this.#open--;
      if (isLimited) {
        this.limited++;
        this.#reply(response, 403, { message: "You have exceeded a secondary rate limit." });
        return;
      }
      const { pathname, searchParams } = new URL(url, this.address);
      const [, name = ""] = /^\/repos\/acme\/([^/]+)\/releases$/.exec(pathname) ?? [];
      if (this.broken.has(name)) return this.#reply(response, 451, { message: "no" });
      const page = Number(searchParams.get("page"));
      const count = name === "service-7" ? 1000 : 3;
      const releases = Array.from({ length: count }, (_, id) => {
        const published_at = "2026-01-01T00:00:00Z";
        const tag_name = `v1.${id}.0`;
        return { id, tag_name, draft: false, prerelease: false, published_at, assets: [] };
      });
      this.#reply(response, 200, releases.slice((page - 1) * 100, page * 100));
    }, 2);
  }

  #reply(response: http.ServerResponse, status: number, body: object): void {
    response.writeHead(status, {
      "content-type": "application/json",
      ...(status === 403 && { "retry-after": "1" }),
    });
    response.end(JSON.stringify(body));
  }
}

describe("resolve of 500 services", function () {
  this.timeout(120_000);
  let github: LimitedGithub;
  let restore: () => void;

  before(async () => {
    github = await LimitedGithub.start();
    restore = setEnvironment({ GITHUB_TOKEN: "MARKED-token", GITHUB_API_URL: github.address });
  });
  beforeEach(() => {
    [github.most, github.asked, github.limited] = [0, 0, 0];
    github.broken.clear();
  });
  after(() => {
    github.stop();
    restore();
  });

  function shop(): TestWorld {
    const world = worldOf({
      files: shopFiles({
        list: SERVICES.map(
          (name) => `- { github: ${name}, docker: ${name}, deploy: { range: "^1.0" } }\n`,
        ).join(""),
        environments:
          "environments:\n  testing: { accepts: [release, range] }\n  staging: { from: testing, accepts: [release] }\n  production: { from: staging, accepts: [release] }\n",
        pins: {
          testing: SERVICES.map((name) => `${name}: v1.0.0`),
          staging: SERVICES.map((name) => `${name}: v1.0.0`),
          production: SERVICES.map((name) => `${name}: v1.0.0`),
        },
      }),
      now: "2026-11-21T12:00:00Z",
      registries: Object.fromEntries(
        SERVICES.flatMap((name) =>
          ["v1.2.0", "v1.999.0"].map((tag) => [`ghcr.io/acme/${name}:${tag}`, digestOf("a")]),
        ),
      ),
    });
    return { ...world, github: () => Github.connect() };
  }

  const request = { services: "all", stack: "testing", dryRun: false } as const;

  it("ends, within what GitHub allows", async () => {
    const world = shop();
    const { proposal, findings } = await resolve(world, request, SILENT);
    assert.deepEqual(findings, []);
    assert.equal(proposal.edits.length, 500);
    const of = (name: string) => proposal.moves.find((move) => move.name === name)?.to;
    assert.deepEqual([of("service-1"), of("service-7")], ["v1.2.0", "v1.999.0"]);
    assert.ok(github.most <= ALLOWED, `${github.most} at once`);
    assert.ok(github.limited >= 2, `${github.limited} times limited`);
    // A page for each, ten more and an empty one for the one with a thousand, and what was limited again.
    assert.equal(github.asked, 500 + 10 + github.limited);
    assert.equal(world.edits.length, 1);
  });

  it("writes nothing where three of them can't be read, and names these", async () => {
    for (const name of ["service-3", "service-250", "service-499"]) github.broken.add(name);
    const world = shop();
    await assert.rejects(resolve(world, request, SILENT), (error: Error) => {
      const those = "service-250 in testing, service-3 in testing, service-499 in testing";
      assert.ok(error.message.endsWith(`: ${those}`), error.message);
      assert.doesNotMatch(error.message, /MARKED/);
      return true;
    });
    assert.deepEqual(world.edits, []);
  });
});
