import assert from "node:assert/strict";
import * as fs from "node:fs";
import type { IncomingMessage } from "node:http";
import * as path from "node:path";
import { RegistryLogins } from "../../../src/adapters/oci/logins";
import { RegistryRequests } from "../../../src/adapters/oci/registry-requests";
import { redirected, type Answer } from "../../../src/adapters/web-requests";
import { setEnvironment } from "../../support/environment";
import { folderOf } from "../../support/folder";
import { RegistryFront, type Reply } from "../../support/registry-front";

const OK: Reply = { status: 200, body: "content" };
const SECRET = "a-very-secret-password";
const BASIC = `Basic ${Buffer.from(`ci:${SECRET}`).toString("base64")}`;

/** An error of kind outside that repeats no secret. */
const outside = (message: RegExp) => (error: unknown) => {
  assert.ok(error instanceof Error && "kind" in error);
  assert.equal(error.kind, "outside");
  assert.match(error.message, message);
  assert.equal(error.message.includes(SECRET), false, error.message);
  return true;
};

describe("RegistryRequests", () => {
  let registry: RegistryFront;
  let elsewhere: RegistryFront;
  let restore: () => void;

  before(async () => {
    // Nothing is behind: every answer is the test's.
    [registry, elsewhere] = await Promise.all([
      RegistryFront.start("127.0.0.1:1"),
      RegistryFront.start("127.0.0.1:1"),
    ]);
  });
  after(() => {
    registry.stop();
    elsewhere.stop();
  });
  beforeEach(() => {
    for (const front of [registry, elsewhere]) {
      front.asked.length = 0;
      front.reply = () => OK;
    }
    restore = setEnvironment({ DOCKER_CONFIG: folderOf({}), REGCTL_CONFIG: "/nowhere" });
  });
  afterEach(() => restore());

  const lines = ({ asked }: RegistryFront) => asked.map(({ line }) => line);
  const authorizations = ({ asked }: RegistryFront) => asked.map((one) => one.authorization);

  function client(milliseconds?: number): RegistryRequests {
    return new RegistryRequests(new RegistryLogins(), milliseconds);
  }

  function ask(requests: RegistryRequests, repository = "acme/orders"): Promise<Answer> {
    const question = { path: "blobs/x", limit: 100, expected: [404] };
    return requests.ask({ host: registry.host, repository }, question);
  }

  function useDocker(config: object, env: NodeJS.ProcessEnv = {}): void {
    restore();
    const folder = folderOf({ "config.json": JSON.stringify(config) });
    restore = setEnvironment({ DOCKER_CONFIG: folder, REGCTL_CONFIG: "/nowhere", ...env });
  }

  const useLogin = (): void => {
    const auth = Buffer.from(`ci:${SECRET}`).toString("base64");
    useDocker({ auths: { [registry.host]: { auth } } });
  };

  /** A credential helper in a folder of its own, as a shell script. */
  function helper(script: string): NodeJS.ProcessEnv {
    const bin = folderOf({ "docker-credential-test": `#!/bin/sh\n${script}\n` });
    fs.chmodSync(path.join(bin, "docker-credential-test"), 0o755);
    return { PATH: `${bin}:${process.env["PATH"] ?? ""}` };
  }

  /** Lets a registry ask for tokens, which it gives itself by what `give` returns. */
  function wantTokens(
    give: (request: IncomingMessage) => Reply,
    isValid: (header: string | undefined) => boolean = isToken,
  ): void {
    const realm = `http://${registry.host}/token`;
    const challenge = `Bearer realm="${realm}",service="registry.test",scope="x"`;
    registry.reply = (request) => {
      if (request.url?.startsWith("/token") === true) return give(request);
      if (isValid(request.headers.authorization)) return OK;
      return { status: 401, headers: { "www-authenticate": challenge } };
    };
  }
  const isToken = (header: string | undefined) => header === "Bearer a-token";
  const token = (name = "token", text = "a-token"): Reply => ({
    status: 200,
    body: JSON.stringify({ [name]: text }),
  });

  it("asks as anybody first, and returns what was answered", async () => {
    const { status, bytes } = await ask(client());
    assert.deepEqual([status, bytes.toString()], [200, "content"]);
    assert.deepEqual(registry.asked, [
      { line: "GET /v2/acme/orders/blobs/x", authorization: undefined },
    ]);
  });

  it("shows a login to who asks for one, and from then on at once", async () => {
    useLogin();
    registry.reply = ({ headers }) =>
      headers.authorization === BASIC
        ? OK
        : { status: 401, headers: { "www-authenticate": 'Basic realm="test"' } };
    const requests = client();
    await ask(requests);
    await ask(requests);
    assert.deepEqual(authorizations(registry), [undefined, BASIC, BASIC]);
  });

  describe("with tokens", () => {
    it("gets one as anybody, for one repository", async () => {
      wantTokens(() => token());
      const requests = client();
      await ask(requests);
      await ask(requests);
      await ask(requests, "acme/web");
      assert.deepEqual(lines(registry), [
        "GET /v2/acme/orders/blobs/x",
        "GET /token?service=registry.test&scope=repository%3Aacme%2Forders%3Apull",
        "GET /v2/acme/orders/blobs/x",
        "GET /v2/acme/orders/blobs/x",
        "GET /token?service=registry.test&scope=repository%3Aacme%2Fweb%3Apull",
        "GET /v2/acme/web/blobs/x",
      ]);
      assert.equal(registry.asked[1]?.authorization, undefined);
    });

    it("gets one for several questions at once", async () => {
      wantTokens(() => token("access_token"));
      const requests = client();
      await Promise.all([ask(requests), ask(requests), ask(requests)]);
      assert.equal(lines(registry).filter((line) => line.includes("/token")).length, 1);
    });

    it("gets one with a login", async () => {
      useLogin();
      wantTokens(({ headers }) =>
        headers.authorization === BASIC ? token() : { status: 401, body: "{}" },
      );
      assert.equal((await ask(client())).status, 200);
    });

    it("gets one for an identity token", async () => {
      useDocker({ auths: { [registry.host]: { identitytoken: SECRET } } });
      let body = "";
      wantTokens((request) => {
        request.on("data", (chunk: Buffer) => (body += chunk.toString()));
        return request.method === "POST" ? token("access_token") : { status: 405 };
      });
      assert.equal((await ask(client())).status, 200);
      assert.deepEqual(Object.fromEntries(new URLSearchParams(body)), {
        grant_type: "refresh_token",
        client_id: "releases",
        service: "registry.test",
        scope: "repository:acme/orders:pull",
        refresh_token: SECRET,
      });
    });

    it("gets another when one has run out", async () => {
      let current = 1;
      wantTokens(
        () => token("token", `token-${current}`),
        (header) => header === `Bearer token-${current}`,
      );
      const requests = client();
      await ask(requests);
      current = 2;
      assert.equal((await ask(requests)).status, 200);
      assert.deepEqual(authorizations(registry).slice(3), [
        "Bearer token-1",
        undefined,
        "Bearer token-2",
      ]);
    });

    it("says so where a login is wrong, or may not pull", async () => {
      useLogin();
      wantTokens(() => ({ status: 401, body: '{"errors":[{"code":"UNAUTHORIZED"}]}' }));
      const advice = /answers 401 UNAUTHORIZED about acme\/orders; log in with docker login 127/;
      await assert.rejects(ask(client()), outside(advice));
      wantTokens(() => token("token", "of-another"));
      await assert.rejects(ask(client()), outside(/answers 401 about acme\/orders; log in with/));
    });

    it("refuses what is no token", async () => {
      for (const body of ["{}", "no JSON", '{"token":""}', '{"token":"a\\r\\nb"}']) {
        wantTokens(() => ({ status: 200, body }));
        await assert.rejects(ask(client()), outside(/gives no token at http:\/\/127\.0\.0\.1/));
      }
    });
  });

  describe("with Docker's credential helpers", () => {
    beforeEach(() => {
      registry.reply = ({ headers }) =>
        headers.authorization === BASIC
          ? OK
          : { status: 401, headers: { "www-authenticate": "Basic" } };
    });
    const answer = `echo '{"Username":"ci","Secret":"${SECRET}"}'`;

    it("asks the registry's own, by the registry's name", async () => {
      const env = helper(`test "$1 $(cat)" = "get ${registry.host}" && ${answer}`);
      useDocker({ credHelpers: { [registry.host]: "test" } }, env);
      assert.equal((await ask(client())).status, 200);
    });

    it("asks the one for all, which may end without reading", async () => {
      useDocker({ credsStore: "test" }, helper(answer));
      assert.equal((await ask(client())).status, 200);
    });

    it("asks as anybody where it has no login", async () => {
      const env = helper("echo credentials not found in native keychain; exit 1");
      useDocker({ credsStore: "test" }, env);
      await assert.rejects(ask(client()), outside(/answers 401 about acme\/orders; log in with/));
    });

    it("says so where it fails, is missing, or says something else", async () => {
      const says = /^docker-credential-test gives no login for 127.*; log in again, or fix Docker/;
      for (const script of [`echo ${SECRET}; exit 1`, `echo ${SECRET}`, "echo null"]) {
        useDocker({ credsStore: "test" }, helper(script));
        await assert.rejects(ask(client()), outside(says));
      }
      useDocker({ credsStore: "test" }, { PATH: folderOf({}) });
      await assert.rejects(ask(client()), outside(says));
    });
  });

  it("takes regctl's own settings: another address, and a login", async () => {
    const settings = { hostname: registry.host, tls: "disabled", user: "ci", pass: SECRET };
    const folder = folderOf({
      "config.json": JSON.stringify({ hosts: { "registry.test": settings } }),
    });
    restore();
    restore = setEnvironment({ DOCKER_CONFIG: folder, REGCTL_CONFIG: `${folder}/config.json` });
    registry.reply = ({ headers }) =>
      headers.authorization === BASIC
        ? OK
        : { status: 401, headers: { "www-authenticate": "Basic" } };
    const image = { host: "registry.test", repository: "acme/orders" };
    const question = { path: "blobs/x", limit: 100, expected: [] };
    assert.equal((await client().ask(image, question)).status, 200);
  });

  describe("that are redirected", () => {
    beforeEach(() => {
      useLogin();
      registry.reply = ({ headers }) =>
        headers.authorization === BASIC
          ? { status: 307, headers: { location: `http://${elsewhere.host}/storage?signature=x` } }
          : { status: 401, headers: { "www-authenticate": "Basic" } };
    });

    it("go there without the login", async () => {
      assert.equal((await ask(client())).bytes.toString(), "content");
      assert.deepEqual(elsewhere.asked, [
        { line: "GET /storage?signature=x", authorization: undefined },
      ]);
    });

    it("show no login there, whoever asks", async () => {
      const location = `http://${elsewhere.host}/storage`;
      registry.reply = () => ({ status: 307, headers: { location } });
      const realm = `Bearer realm="http://${elsewhere.host}/token"`;
      for (const challenge of ['Basic realm="x"', realm]) {
        elsewhere.reply = () => ({ status: 401, headers: { "www-authenticate": challenge } });
        await assert.rejects(ask(client()), outside(/answers 401 about acme\/orders/));
      }
      assert.deepEqual([...new Set(authorizations(registry))], [undefined]);
      assert.deepEqual([...new Set(authorizations(elsewhere))], [undefined]);
    });

    it("show the login again to nobody on the way back", async () => {
      const back = `http://${registry.host}/v2/acme/orders/other`;
      elsewhere.reply = () => ({ status: 302, headers: { location: back } });
      await assert.rejects(ask(client()), outside(/answers 401 about acme\/orders/));
      assert.deepEqual(authorizations(registry), [undefined, BASIC, undefined]);
    });

    it("never go on without TLS, or to what isn't http", () => {
      const from = new URL("https://registry.test/v2/x");
      assert.equal(redirected("h", from, "/y", "look").href, "https://registry.test/y");
      assert.equal(redirected("h", from, "https://s.test/y", "look").href, "https://s.test/y");
      for (const target of ["http://s.test/y", "file:///etc/passwd", "https://", "data:,x"]) {
        assert.throws(
          () => redirected("h", from, target, "look"),
          outside(/^h redirects to what isn't https; look$/),
        );
      }
    });

    it("end", async () => {
      registry.reply = () => ({ status: 302, headers: { location: "/again" } });
      await assert.rejects(ask(client()), outside(/redirects without end; check that/));
      assert.equal(registry.asked.length, 6);
    });
  });

  describe("to a registry that is busy", () => {
    it("are sent again when it asks for that", async () => {
      const answers = [429, 503];
      registry.reply = () => {
        const status = answers.shift();
        return status === undefined ? OK : { status, headers: { "retry-after": "0" } };
      };
      assert.equal((await ask(client())).status, 200);
      assert.equal(registry.asked.length, 3);
    });

    it("fail after the third time", async () => {
      registry.reply = () => ({ status: 502 });
      await assert.rejects(
        ask(client()),
        outside(/answers 502 about acme\/orders; try again later/),
      );
      assert.equal(registry.asked.length, 3);
    });

    it("don't wait for longer than ten seconds", async () => {
      registry.reply = () => ({ status: 429, headers: { "retry-after": "21600" } });
      await assert.rejects(
        ask(client()),
        outside(/answers 429 about acme\/orders: too many questions; try again later, or log in/),
      );
      assert.equal(registry.asked.length, 1);
    });

    it("fail when no answer comes", async () => {
      const silent = client(100);
      registry.reply = () => "silence";
      await assert.rejects(ask(silent), outside(/gave no answer in time; try again$/));
    });

    it("fail when it isn't there", async () => {
      const image = { host: "127.0.0.1:1", repository: "acme/orders" };
      const question = { path: "blobs/x", limit: 100, expected: [] };
      await assert.rejects(
        client().ask(image, question),
        outside(
          /^127\.0\.0\.1:1 can't be reached: .*; check the network, and that 127\.0\.0\.1:1 is/,
        ),
      );
    });
  });

  it("read no more than they want to", async () => {
    registry.reply = () => ({ status: 200, body: "x".repeat(101) });
    await assert.rejects(
      ask(client()),
      outside(/answers with more than the 100 bytes that are read/),
    );
    registry.reply = () => ({ status: 404, body: "x".repeat(1 << 18) });
    assert.equal((await ask(client())).status, 404);
  });

  it("repeat of a registry's errors the codes alone", async () => {
    const errors = [{ code: "DENIED", message: SECRET }, { code: "a\u001b[31m" }, null, 7];
    registry.reply = () => ({ status: 403, body: JSON.stringify({ errors }) });
    await assert.rejects(ask(client()), outside(/answers 403 DENIED about acme\/orders; log in/));
  });
});
