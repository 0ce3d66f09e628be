import assert from "node:assert/strict";
import { once } from "node:events";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { z } from "zod";
import { ANSWERS } from "../../../src/adapters/github/answers";
import { Github } from "../../../src/adapters/github/github";
import { isError } from "../../../src/core/error";
import { setEnvironment } from "../../support/environment";
import "../../support/without-pauses";

const RELEASE = {
  ...{ tag: "v1.2.3", notes: "", isPrerelease: false },
  assets: [{ name: "a", bytes: Buffer.from("a") }],
};

const hook = (place: { org: string } | { owner: string; repo: string }) => (github: Github) =>
  github.redeliver([{ place, url: "https://receiver.example/github" }], new Date(0));

/** Everything that is asked, as far as an answer is read. */
const QUESTIONS: Readonly<Record<string, (github: Github) => Promise<unknown>>> = {
  "the webhooks of an organization": hook({ org: "acme" }),
  "the webhooks of a repository": hook({ owner: "acme", repo: "a" }),
  ...Object.fromEntries(
    Object.entries({
      commentKinds: [1],
      pullRequestOf: [{ owner: "acme", branch: "x", commit: "c" }],
      approvedBy: [{ commit: "c", text: "x" }, ["sre"]],
      changesFolder: ["a", "b", "service"],
      headOf: ["x"],
      leadsTo: ["a", "b"],
      openPulls: [],
      openPull: [1],
      pushedAt: ["x", "c"],
      putBranch: [{ name: "x", on: "c", message: "m", files: new Map() }],
      proposeChange: [{ branch: "x", into: "main", title: "t", body: "b" }],
      openChange: [{ branch: "x", into: "main" }],
      mergeItself: [{ number: 1, id: "x" }],
      issue: ["kind", "title", "text"],
      checksOn: ["c", ["lint"]],
      statusesOf: ["c"],
      ranSince: [{ workflow: "deploy.yml", commit: "c", since: new Date(0) }],
      pendingDeployment: [{ workflow: "deploy.yml", ref: "main", environment: "production" }],
      lastDeployed: [{ environment: "production", stack: "production" }],
      beginDeployment: [
        { environment: "e", stack: "s", commit: "c", description: "", versions: {} },
      ],
      waitingRun: [1, "production"],
      waitingDeployments: ["deploy.yml"],
    }).map(([name, given]) => [
      name,
      (github: Github): Promise<unknown> => {
        const repository = github.repository("acme/a") as unknown as Record<string, Method>;
        return repository[name]?.(...given) ?? assert.fail(name);
      },
    ]),
  ),
  "names of a release's files": (github) => github.releases("acme/a").assetNames("v1"),
  "a release": (github) => github.releases("acme/a").published("v1"),
  "a file of a release": (github) => github.releases("acme/a").download({ id: 1, name: "a" }),
  "whether a repository is public": (github) => github.releases("acme/a").isPublic(),
  releases: (github) => github.releases("acme/a").listed(),
  "a new release": (github) => github.releases("acme/a").publish(RELEASE),
  "files of a release": (github) => github.releases("acme/a").assets("v1"),
  "a file": (github) => github.files("acme/a").read({ branch: "main", path: "a" }),
  attestations: (github) => github.attestations("acme/a").of("sha256:aa"),
};

type Method = (...given: readonly unknown[]) => Promise<unknown>;

describe("an answer of GitHub in another shape", () => {
  let server: http.Server;
  let github: Github;
  let body: unknown;
  before(async () => {
    server = http.createServer((_request, response) => {
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify(body));
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const restore = setEnvironment({
      ...{ GITHUB_TOKEN: "MARKED", GITHUB_API_URL: `http://127.0.0.1:${port}` },
    });
    github = (await Github.connect()) ?? assert.fail();
    restore();
  });
  after(() => server.close());

  for (const [what, ask] of Object.entries(QUESTIONS)) {
    it(`is an error that says so: ${what}`, async () => {
      const says = (name: string): Promise<string> =>
        ask(github).then(
          () => "",
          (error: unknown) => {
            assert.ok(isError(error, "outside"), `${name}: ${String((error as Error).stack)}`);
            return error.message;
          },
        );
      body = { message: "Moved Permanently", documentation_url: "https://docs.example" };
      const said = await says("a message");
      assert.match(
        said,
        /^GitHub.* (?:isn't what GitHub answers: |about attestations can't be read)/,
      );
      // Of GraphQL's answers one part alone is looked at.
      if (what !== "mergeItself" && what !== "attestations") {
        assert.match(said, /, and says: Moved Permanently; check the network/);
      }
      // What may be an answer of lists is one: there is nothing.
      for (body of [[], {}, [null], [{}], [[]], ["x"], [{ id: "1", user: 3 }], { data: null }]) {
        await says(JSON.stringify(body));
      }
    });
  }

  it("has a schema for each question whose answer is read", () => {
    // A question that has none doesn't compile.
    const unread = Object.entries(ANSWERS).filter(([, schema]) => schema instanceof z.ZodUnknown);
    const reading = unread.filter(([route]) => route.startsWith("GET "));
    assert.deepEqual(
      reading.map(([route]) => route),
      ["GET /repos/{owner}/{repo}/attestations/{subject_digest}"],
    );
  });
});
