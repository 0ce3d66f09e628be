import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { connect } from "node:net";
import { signatureVerifier } from "../../src/adapters/github/webhook-signature";
import { outsideError } from "../../src/core/error";
import type { Intent } from "../../src/core/receive/intent";
import { receiverLog } from "../../src/receiver/log";
import { Metrics } from "../../src/receiver/metrics";
import { MAX_BODY_BYTES, serverOf, type Receiver } from "../../src/receiver/server";

const [SECRET, BEFORE] = ["a secret of these days", "the one before"];
const RELEASE = JSON.stringify({
  action: "published",
  release: { tag_name: "v1.2.0", draft: false },
  repository: { full_name: "acme/inventory" },
});

describe("receiver's server", () => {
  let accepted: [string, Intent][];
  let lines: string[];
  const done = new Set<string>();

  beforeEach(() => {
    accepted = [];
    lines = [];
    done.clear();
  });

  async function server(parts: Partial<Receiver> = {}) {
    return serverOf({
      isSigned: await signatureVerifier([SECRET, BEFORE]),
      identityOf: undefined,
      accept: (id, intent) => {
        if (done.has(id)) return Promise.resolve(false);
        accepted.push([id, intent]);
        return Promise.resolve(true);
      },
      unready: () => undefined,
      metrics: new Metrics(),
      log: receiverLog(
        (line) => lines.push(line),
        () => new Date("2026-11-26T09:00:00Z"),
      ),
      ...parts,
    });
  }

  /** Returns status and outcome of a delivery. */
  async function deliver(
    payload: string | Buffer,
    headers: Record<string, string> = {},
    parts: Partial<Receiver> = {},
  ) {
    const receiver = await server(parts);
    const answer = await receiver.inject({
      method: "POST",
      url: "/github",
      headers: {
        "content-type": "application/json",
        "x-github-event": "release",
        "x-github-delivery": "72d3162e",
        "x-github-hook-id": "5",
        "x-hub-signature-256": signatureOf(SECRET, payload),
        ...headers,
      },
      payload,
    });
    return [answer.statusCode, answer.json<{ outcome: string }>().outcome];
  }

  it("keeps the intent of a signed delivery before it answers", async () => {
    assert.deepEqual(await deliver(RELEASE), [202, "accepted"]);
    const release = { kind: "release", repository: "acme/inventory", tag: "v1.2.0", isGone: false };
    assert.deepEqual(accepted, [["72d3162e 5", release]]);
  });

  it("takes a signature with the secret before, while it is rotated", async () => {
    const headers = { "x-hub-signature-256": signatureOf(BEFORE, RELEASE) };
    assert.deepEqual(await deliver(RELEASE, headers), [202, "accepted"]);
  });

  const forged: [string, string][] = [
    ["another secret", signatureOf("another", RELEASE)],
    ["other bytes", signatureOf(SECRET, `${RELEASE} `)],
    ["no signature", ""],
    ["SHA-1", `sha1=${"0".repeat(40)}`],
    ["a longer one", `${signatureOf(SECRET, RELEASE)}00`],
    ["no scheme", signatureOf(SECRET, RELEASE).slice("sha256=".length)],
    ["a key of letters that aren't ASCII", `sha256=${"é".repeat(64)}`],
  ];
  for (const [what, signature] of forged) {
    it(`refuses ${what}`, async () => {
      const headers = { "x-hub-signature-256": signature };
      assert.deepEqual(await deliver(RELEASE, headers), [401, "no valid signature"]);
      assert.deepEqual(accepted, []);
    });
  }

  it("takes no bytes that a decoder would replace for those that were signed", async () => {
    const bytes = Buffer.concat([Buffer.from(RELEASE.slice(0, -1)), Buffer.from([0xff, 0x7d])]);
    assert.deepEqual(await deliver(bytes), [401, "no valid signature"]);
  });

  it("asks for the signature before anything else of the body", async () => {
    const headers = { "x-hub-signature-256": "", "x-github-event": "nothing" };
    assert.deepEqual(await deliver("no JSON", headers), [401, "no valid signature"]);
  });

  it("refuses more than a mebibyte, and asks for no signature", async () => {
    const large = "a".repeat(MAX_BODY_BYTES + 1);
    const parts = { isSigned: () => assert.fail("the signature is asked for") };
    const [status] = await deliver(large, {}, parts);
    assert.equal(status, 413);
    assert.equal((await deliver("a".repeat(MAX_BODY_BYTES)))[0], 400);
  });

  it("says what is wrong with a signed delivery", async () => {
    assert.deepEqual(await deliver("no JSON"), [400, "malformed"]);
    assert.deepEqual(await deliver("{}"), [400, "malformed"]);
    assert.deepEqual(await deliver(RELEASE, { "x-github-event": "" }), [
      400,
      "no event or delivery is named",
    ]);
    const form = { "content-type": "application/x-www-form-urlencoded" };
    assert.deepEqual(await deliver("payload=%7B%7D", form), [
      400,
      "set the webhook's content type to application/json",
    ]);
  });

  it("answers an event that changes nothing", async () => {
    assert.deepEqual(await deliver("{}", { "x-github-event": "ping" }), [200, "nothing to do"]);
  });

  it("takes a delivery that is done for done, for this webhook alone", async () => {
    done.add("72d3162e 5");
    assert.deepEqual(await deliver(RELEASE), [200, "done already"]);
    assert.deepEqual(await deliver(RELEASE, { "x-github-hook-id": "6" }), [202, "accepted"]);
  });

  it("answers with 500 when the intent can't be kept, and tells the log alone why", async () => {
    const accept = () => Promise.reject(new Error("the disk is full of secrets"));
    assert.deepEqual(await deliver(RELEASE, {}, { accept }), [500, "it can't be taken"]);
    assert.match(lines.at(-1) ?? "", /the disk is full of secrets/);
  });

  it("takes POST alone", async () => {
    const receiver = await server();
    for (const method of ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"]) {
      const answer = await receiver.inject({ method: method as "GET", url: "/github" });
      assert.deepEqual([answer.statusCode, answer.headers["allow"]], [405, "POST"]);
    }
    assert.equal((await receiver.inject({ method: "POST", url: "/" })).statusCode, 404);
  });

  it("ends a request that comes too slowly, its head or its body, and keeps nothing of it", async () => {
    const receiver = await server();
    const { port } = new URL(await receiver.listen({ host: "127.0.0.1", port: 0 }));
    const head = [
      "POST /github HTTP/1.1",
      "Host: receiver",
      "X-GitHub-Event: release",
      "X-GitHub-Delivery: slow",
      `X-Hub-Signature-256: ${signatureOf(SECRET, RELEASE)}`,
      `Content-Length: ${RELEASE.length}`,
    ].join("\r\n");
    const slowly = async (text: string): Promise<string> => {
      const socket = connect(Number(port), "127.0.0.1");
      let answer = "";
      socket.on("data", (bytes: Buffer) => (answer += bytes.toString()));
      socket.write(`${head}${text}`);
      const drops = setInterval(() => socket.write("{"), 1_000);
      // What is sent after the end fails, as it should.
      socket.on("error", () => undefined);
      await new Promise((resolve) => socket.once("close", resolve));
      clearInterval(drops);
      return answer.slice(0, "HTTP/1.1 408".length);
    };
    const began = Date.now();
    const answers = await Promise.all([slowly("\r\nX-Slow: "), slowly("\r\n\r\n")]);
    assert.deepEqual(answers, ["HTTP/1.1 408", "HTTP/1.1 408"]);
    assert.ok(Date.now() - began < 20_000, `${Date.now() - began} ms`);
    assert.deepEqual(accepted, []);
    await receiver.close();
  });

  describe("for workflows", () => {
    const identity = {
      id: "j1",
      repository: "acme/inventory",
      ref: "refs/tags/v1.2.0",
      commit: "a".repeat(40),
    };

    async function publish(authorization: string, identityOf: Receiver["identityOf"]) {
      const receiver = await server({ identityOf });
      const answer = await receiver.inject({
        method: "POST",
        url: "/published",
        headers: { authorization },
      });
      return answer.statusCode;
    }

    it("takes what was published from the token, and nothing from the body", async () => {
      const seen: string[] = [];
      const identityOf = (token: string) => {
        seen.push(token);
        return Promise.resolve(identity);
      };
      assert.equal(await publish("Bearer a.b-c_d.e", identityOf), 202);
      assert.deepEqual(seen, ["a.b-c_d.e"]);
      const release = {
        kind: "release",
        repository: "acme/inventory",
        tag: "v1.2.0",
        isGone: false,
      };
      assert.deepEqual(accepted, [["token j1", release]]);
    });

    it("takes the commit of a branch", async () => {
      assert.equal(
        await publish("Bearer a", () => Promise.resolve({ ...identity, ref: "refs/heads/x/y" })),
        202,
      );
      const push = {
        kind: "push",
        repository: "acme/inventory",
        branch: "x/y",
        before: null,
        after: "a".repeat(40),
      };
      assert.deepEqual(accepted, [["token j1", push]]);
    });

    it("refuses everybody else, and everybody where no workflow may", async () => {
      assert.equal(await publish("Bearer a", () => Promise.resolve(undefined)), 401);
      assert.equal(await publish("Basic a", () => Promise.resolve(identity)), 401);
      assert.equal(await publish("Bearer a", undefined), 401);
      assert.deepEqual(accepted, []);
    });

    it("says that the keys can't be read", async () => {
      assert.equal(
        await publish("Bearer a", () => Promise.reject(outsideError("no network"))),
        503,
      );
    });
  });

  it("tells Kubernetes whether it is alive and ready, and Prometheus how it goes", async () => {
    const receiver = await server({ unready: () => "the list isn't there yet" });
    assert.equal((await receiver.inject("/healthz")).statusCode, 200);
    const ready = await receiver.inject("/readyz");
    assert.deepEqual(
      [ready.statusCode, ready.json()],
      [503, { outcome: "the list isn't there yet" }],
    );
    await receiver.inject({ method: "POST", url: "/github", payload: "{}" });
    const { body } = await receiver.inject("/metrics");
    assert.match(body, /^releases_deliveries_total\{outcome="no valid signature"\} 1$/m);
    assert.match(body, /^releases_answer_seconds_count 1$/m);
  });

  it("logs neither a signature nor a body", async () => {
    await deliver(RELEASE, { "x-github-delivery": "7\u001b[31m" + "x".repeat(500) });
    const text = lines.join("\n");
    assert.doesNotMatch(text, /sha256=|tag_name|x{200}/);
    assert.doesNotMatch(text, /\u001b/);
  });
});

function signatureOf(secret: string, body: string | Buffer): string {
  return `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`;
}
