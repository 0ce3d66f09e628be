import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { Github } from "../../../src/adapters/github/github";
import { setEnvironment } from "../../support/environment";
import "../../support/without-pauses";

const REFUSED =
  "GITHUB_API_URL must be an https address without credentials; the token is GITHUB_TOKEN";

describe("Github.connect", () => {
  const connected = async (address: string): Promise<unknown> => {
    const restore = setEnvironment({ GITHUB_TOKEN: "t", GITHUB_API_URL: address });
    try {
      return await Github.connect();
    } finally {
      restore();
    }
  };

  for (const address of [
    "https://user:MARKED@github.example/api/v3",
    "https://MARKED@github.example",
    "https://github.example?token=MARKED",
    "file:///etc/MARKED",
    "MARKED",
  ]) {
    it(`refuses ${address}, and repeats nothing of it`, async () => {
      await assert.rejects(connected(address), { name: "ReleasesError", message: REFUSED });
    });
  }

  it("asks an address that ends in a slash", async () => {
    const paths: (string | undefined)[] = [];
    const server = http.createServer(({ url }, response) => {
      paths.push(url);
      response.writeHead(200, { "content-type": "application/json" }).end('{"private":false}');
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const restore = setEnvironment({
      ...{ GITHUB_TOKEN: "t", GITHUB_API_URL: `http://127.0.0.1:${port}/api/v3/\n` },
    });
    try {
      await (await Github.connect())?.releases("acme/a").isPublic();
      assert.deepEqual(paths, ["/api/v3/repos/acme/a"]);
    } finally {
      restore();
      server.close();
    }
  });

  it("takes the address of a server of one's own, and none", async () => {
    assert.ok(await connected("https://github.example/api/v3"));
    assert.ok(await connected("http://127.0.0.1:9"));
    assert.ok(await connected(""));
  });
});

describe("a credential of the environment", () => {
  const tokenOf = async (variables: Readonly<Record<string, string>>): Promise<unknown> => {
    const none = { GITHUB_TOKEN: "", GH_TOKEN: "", RELEASES_APP: "", RELEASES_APP_KEY: "" };
    const restore = setEnvironment({ ...none, GITHUB_API_URL: "", ...variables });
    try {
      return await (await Github.fromEnvironment("acme/releases")).token();
    } finally {
      restore();
    }
  };

  it("loses the white space around it, as a file has it: git is given it as well", async () => {
    for (const around of ["MARKED\n", "MARKED\r\n", " MARKED ", "\tMARKED\n\n"]) {
      assert.equal(await tokenOf({ GITHUB_TOKEN: around }), "MARKED");
      assert.equal(await tokenOf({ GITHUB_TOKEN: "\n", GH_TOKEN: around }), "MARKED");
    }
  });

  it("is none where nothing but white space is there", async () => {
    await assert.rejects(tokenOf({ GITHUB_TOKEN: " \n" }), /^ReleasesError: set RELEASES_APP and/);
  });

  const wrong = ["MARKED\nMARKED", "MARKED MARKED", "MARKED\u2026", "M\u0001ARKED"];
  for (const token of wrong) {
    it(`is refused without a repetition: ${JSON.stringify(token)}`, async () => {
      for (const variables of [{ GITHUB_TOKEN: token }, { RELEASES_APP: token }]) {
        await assert.rejects(tokenOf(variables), {
          name: "ReleasesError",
          kind: "usage",
          message: /^a token for GitHub has no spaces[^M]*$/,
        });
      }
    });
  }

  it("is an App's key in PEM alone, which is refused without a repetition", async () => {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    const cut = pem.slice(0, 100);
    for (const key of ["MARKED", Buffer.from(pem).toString("base64"), cut, pem]) {
      await assert.rejects(tokenOf({ RELEASES_APP: "Iv1.1", RELEASES_APP_KEY: key }), {
        ...{ name: "ReleasesError", kind: "usage" },
        message: "RELEASES_APP_KEY isn't the private key of a GitHub App, in PEM",
      });
    }
  });

  it("is an App's key with its line breaks as they come from files and stores", async () => {
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const pem = privateKey.export({ type: "pkcs1", format: "pem" }).toString();
    const server = http.createServer(({ url = "" }, response) => {
      const isToken = url.endsWith("/access_tokens");
      response.writeHead(isToken ? 201 : 200, { "content-type": "application/json" });
      const token = { token: "MARKED", expires_at: "2099-01-01T00:00:00Z", permissions: {} };
      response.end(JSON.stringify(isToken ? token : { id: 8 }));
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const spellings = [pem, pem.trim(), `\n${pem}\n `, pem.replaceAll("\n", "\\n")];
    try {
      for (const key of [...spellings, pem.replaceAll("\n", "\r\n")]) {
        const app = { RELEASES_APP: "Iv1.1\n", RELEASES_APP_KEY: key };
        const address = { GITHUB_API_URL: `http://127.0.0.1:${port}` };
        assert.equal(await tokenOf({ ...app, ...address }), "MARKED");
      }
    } finally {
      server.close();
    }
  });
});

describe("Github.asAnybody", () => {
  it("asks without a token, also where there is one, and sees public repositories alone", async () => {
    const asked: [string | undefined, string | undefined][] = [];
    const server = http.createServer(({ url, headers }, response) => {
      asked.push([url, headers.authorization]);
      const isPublic = url === "/repos/acme/public";
      response.writeHead(isPublic ? 200 : 404, { "content-type": "application/json" });
      response.end('{"private":false}');
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const restore = setEnvironment({
      ...{ GITHUB_TOKEN: "MARKED", GH_TOKEN: "MARKED" },
      GITHUB_API_URL: `http://127.0.0.1:${port}`,
    });
    try {
      const anybody = await Github.asAnybody();
      const seen = await Promise.all(
        ["acme/public", "acme/private"].map((name) => anybody.attestations(name).isVisible()),
      );
      assert.deepEqual(seen, [true, false]);
      assert.deepEqual(asked.sort(), [
        ["/repos/acme/private", undefined],
        ["/repos/acme/public", undefined],
      ]);
    } finally {
      restore();
      server.close();
    }
  });
});

describe("an answer of GitHub", () => {
  type Answering = (response: http.ServerResponse, request: http.IncomingMessage) => void;

  /** Asks a server that gives some answers, the last one again and again. */
  async function asking<T>(
    answers: readonly Answering[],
    ask: (github: Github) => Promise<T>,
  ): Promise<T> {
    let count = 0;
    const server = http.createServer((request, response) => {
      answers[Math.min(count++, answers.length - 1)]?.(response, request);
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const restore = setEnvironment({
      ...{ GITHUB_TOKEN: "MARKED", GITHUB_API_URL: `http://127.0.0.1:${port}` },
    });
    const connecting = Github.connect();
    restore();
    const github = await connecting;
    assert.ok(github);
    return ask(github).finally(() => server.close());
  }

  const json =
    (body: unknown, headers: http.OutgoingHttpHeaders = {}): Answering =>
    (response) => {
      response.writeHead(200, { "content-type": "application/json", ...headers });
      response.end(JSON.stringify(body));
    };
  const cutOff: Answering = (response) => {
    response.writeHead(200, { "content-type": "application/json", "content-length": "1000" });
    response.write("[{}");
    setTimeout(() => response.destroy(), 10);
  };
  const release = (number: number) => ({
    ...{ id: number, tag_name: `v1.0.${number}`, draft: false, prerelease: false },
    ...{ published_at: "2026-01-01T00:00:00Z", assets: [] },
  });

  const others: Readonly<Record<string, Answering>> = {
    "that was cut off": cutOff,
    "without a body": (response) => response.end(),
    "that is a page of a proxy": (response) => {
      response.writeHead(200, { "content-type": "text/html" }).end("<html>Log in</html>");
    },
    "that is broken JSON": (response) => {
      response.writeHead(200, { "content-type": "application/json" }).end('[{"id":');
    },
    "that is null": json(null),
  };
  const questions: Readonly<Record<string, (github: Github) => Promise<unknown>>> = {
    releases: (github) => github.releases("acme/a").listed(),
    "the head of a branch": (github) => github.repository("acme/a").headOf("x"),
    "pull requests": (github) => github.repository("acme/a").openPulls(),
    "a pull request": (github) => github.repository("acme/a").openPull(1),
    "a comparison": (github) => github.repository("acme/a").leadsTo("a", "b"),
    "a repository": (github) => github.attestations("acme/a").isVisible(),
  };
  it("is none where it was cut off or isn't GitHub's, whatever was asked for", async () => {
    const asked = Object.entries(others).flatMap(([what, answer]) => {
      return Object.entries(questions).map(async ([question, ask]) => {
        await assert.rejects(
          asking([answer], ask),
          { name: "ReleasesError", message: /what came back isn't JSON, or isn't whole; check/ },
          `${question}, ${what}`,
        );
      });
    });
    await Promise.all(asked);
  });

  it("that was cut off is asked for again", async () => {
    const listed = await asking([cutOff, json([release(1)])], (github) =>
      github.releases("acme/a").listed(),
    );
    assert.deepEqual(
      listed.map(({ tag }) => tag),
      ["v1.0.1"],
    );
  });

  it("may be a short page though another one follows, and a full one that is the last", async () => {
    const full = Array.from({ length: 100 }, (_, number) => release(number));
    const next = { link: '<https://api.github.com/x?page=2>; rel="next"' };
    const first = { link: '<https://api.github.com/x?page=1>; rel="first"' };
    const pages: Answering[] = [json([release(200)], next), json([], next), json(full, first)];
    const listed = await asking([...pages, (response) => response.writeHead(422).end()], (github) =>
      github.releases("acme/a").listed(),
    );
    assert.equal(listed.length, 101);
  });

  it("may be a list without an end", async () => {
    const full = Array.from({ length: 100 }, (_, number) => release(number));
    await assert.rejects(
      asking([json(full)], (github) => github.releases("acme/a").listed()),
      { name: "ReleasesError", message: /^GitHub gives a list no end after 200 pages/ },
    );
  });
});
