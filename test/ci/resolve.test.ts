import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import * as path from "node:path";
import { GitFolder, hasGit } from "../support/git";
import { GithubApi, type Answer, type Asked } from "../support/github-api";
import { findDescription } from "../support/github-description";
import { folderOf } from "../support/folder";
import { linkProgram, runStep, type Run } from "../support/workflows";
import * as fs from "node:fs";

const description = findDescription();

describe("the resolve workflow", function () {
  if (!hasGit || description === undefined) {
    it("is skipped: it takes git, and GitHub's description of its API in ~/.cache/releases-ci/openapi", function () {
      this.skip();
    });
    return;
  }

  let api: GithubApi;
  let written: Asked[];
  let pulls: object[];
  /** The commit of the branch of the pull request. */
  let head: object | undefined;
  /** S3, which has the template of one version. */
  let bucket: http.Server;

  before(async () => {
    api = await GithubApi.start(description, answer);
    bucket = http.createServer(({ url }, response) => {
      response.writeHead(url === "/testing/network/v1.1.0/index.yaml" ? 200 : 404).end();
    });
    bucket.listen(0, "127.0.0.1");
    await once(bucket, "listening");
  });
  beforeEach(() => {
    [written, pulls, head] = [[], [], undefined];
  });
  afterEach(() => assert.deepEqual(api.problems, []));
  after(() => {
    api.stop();
    bucket.close();
  });

  function answer(one: Asked): Answer {
    const route = one.route.replace("/repos/{owner}/{repo}", "");
    if (!route.startsWith("GET ")) written.push({ ...one, route });
    switch (route) {
      case "GET /releases": {
        const published_at = "2026-01-01T00:00:00Z";
        const body = ["v1.0.0", "v1.1.0", "v2.0.0"].map((tag_name, id) => {
          return { id, tag_name, published_at, draft: false, prerelease: false, assets: [] };
        });
        return { status: 200, body };
      }
      case "GET /git/ref/{ref}":
        return head === undefined
          ? { status: 404 }
          : { status: 200, body: { object: { sha: "a-commit" } } };
      case "GET /git/commits/{commit_sha}":
        return { status: 200, body: head ?? {} };
      case "GET /pulls":
        return { status: 200, body: pulls };
      case "POST /pulls": {
        const { title, body } = one.body;
        pulls = [{ number: 7, node_id: "PR_7", auto_merge: null, title, body, html_url: "pull/7" }];
        return { status: 201, body: { html_url: "pull/7" } };
      }
      case "POST /git/trees":
        return { status: 201, body: { sha: treeOf(one) } };
      case "POST /git/commits": {
        const { message, parents, tree: sha } = one.body;
        head = { message, tree: { sha }, parents: (parents as string[]).map((sha) => ({ sha })) };
        return { status: 201, body: { sha: "a-commit" } };
      }
      case "POST /graphql": {
        const isQuestion = String(one.body["query"]).startsWith("query");
        const repository = { autoMergeAllowed: true, viewerDefaultMergeMethod: "MERGE" };
        if (!isQuestion) pulls = pulls.map((pull) => ({ ...pull, auto_merge: {} }));
        return { status: 200, body: { data: isQuestion ? { repository } : {} } };
      }
      default:
        return { status: 201 };
    }
  }

  /** A tree's name is of what is in it. */
  function treeOf({ body }: Asked): string {
    return createHash("sha1").update(JSON.stringify(body)).digest("hex");
  }

  /** What the jobs of the workflow ask, and with which role. */
  const OUTPUTS =
    "repositories=network\nrole=arn:aws:iam::111111111111:role/releases-images-testing\nregion=eu-west-1\n";

  const stack = (pin: string): string => `config:
  aws:region: eu-west-1
  pulumi:disable-default-providers: ["*"]
  releases:account: "111111111111"
  releases:github: { owner: acme }
  releases:templates: { bucket: testing }
  releases:versions:
    network: ${pin} # the network's own
`;

  /** The program and the list, each in its folder of a runner. */
  function workspace(): { folder: string; list: GitFolder } {
    const folder = folderOf({});
    linkProgram(path.join(folder, "program"));
    const list = new GitFolder({
      "environments.yaml":
        "environments:\n  testing: { ref: main, accepts: [release, range] }\n  production: { from: testing, ref: main, accepts: [release] }\n",
      "infrastructure/network.yaml":
        '- { github: network, provider: cloudformation, environments: [testing], deploy: { range: "^1" } }\n',
      "Pulumi.testing.yaml": stack("v1.0.0"),
    });
    list.commit("start");
    fs.symlinkSync(list.path, path.join(folder, "list"));
    return { folder, list };
  }

  function step(name: string, folder: string): Promise<Run> {
    const values = {
      "matrix.branch": "main",
      "steps.read.outputs.token || github.token": "MARKED-read",
      "steps.write.outputs.token || github.token": "MARKED-write",
    };
    return runStep("resolve.yml", name, folder, values, {
      GITHUB_API_URL: api.address,
      AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${(bucket.address() as AddressInfo).port}`,
      ...{ AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test" },
      GITHUB_REPOSITORY: "acme/releases",
      GITHUB_REF: "refs/heads/other",
    });
  }

  it("takes the role that reads the images of what is followed", async () => {
    const { folder, list } = workspace();
    list.write(
      "Pulumi.testing.yaml",
      `${fs.readFileSync(path.join(list.path, "Pulumi.testing.yaml"), "utf8")}  releases:registry: { role: source }\n`,
    );
    const { code, out, outputs } = await step("What it asks", folder);
    assert.equal(code, 0, out);
    assert.equal(outputs, OUTPUTS);
  });

  it("asks for a token that reads what is followed, and opens one pull request", async () => {
    const { folder, list } = workspace();
    const asked = await step("What it asks", folder);
    assert.equal(asked.code, 0, asked.out);
    assert.equal(asked.outputs, OUTPUTS);
    const { code, out } = await step("Resolve", folder);
    assert.equal(code, 0, out);
    assert.match(out, /testing: pull\/7; it merges by itself/);
    assert.doesNotMatch(out, /MARKED/);
    assert.deepEqual(
      written.map(({ route }) => route),
      [
        ...["POST /git/trees", "POST /git/commits", "POST /git/refs", "POST /pulls"],
        ...["POST /graphql", "POST /graphql"],
      ],
    );
    const [tree, commit, ref, pull] = written.map(({ body }) => body);
    assert.deepEqual(tree, {
      base_tree: list.git("rev-parse", "HEAD"),
      tree: [
        {
          path: "Pulumi.testing.yaml",
          content: stack("v1.1.0"),
          ...{ mode: "100644", type: "blob" },
        },
      ],
    });
    // Without an author GitHub signs it.
    assert.deepEqual(Object.keys(commit ?? {}).sort(), ["message", "parents", "tree"]);
    assert.deepEqual(ref, { ref: "refs/heads/resolve/testing", sha: "a-commit" });
    assert.deepEqual([pull?.["head"], pull?.["base"]], ["resolve/testing", "main"]);
    assert.equal(list.git("status", "--porcelain"), "");

    written = [];
    const again = await step("Resolve", folder);
    assert.equal(again.code, 0, again.out);
    assert.match(again.out, /testing: pull\/7 has it already/);
    // Trees are made to compare them, and belong to no branch.
    assert.deepEqual(
      written.map(({ route }) => route),
      ["POST /git/trees"],
    );
  });
});
