import assert from "node:assert/strict";
import * as path from "node:path";
import { findPulumi } from "../../src/adapters/find-tool";
import { revisionsOf } from "../../tools/sandbox/helm";
import { Project } from "../../tools/sandbox/project";
import { World, type Thing } from "../../tools/sandbox/world";
import { releasesWith } from "../support/cli";
import { folderOf } from "../support/folder";
import { GitFolder, hasGit } from "../support/git";
import { GithubApi, type Answer, type Asked } from "../support/github-api";
import { findDescription } from "../support/github-description";
import { missingRegistryTool, PATH_WITH_REGCTL, Registry } from "../support/registry";
import { text } from "../support/text";

const cli = findPulumi();
const description = findDescription();
const [HEAD, NEXT] = ["3f9c0ffee1".repeat(4), "b".repeat(40)];

describe("previews, from pull requests to the cluster", function () {
  this.timeout(300_000);
  const missing = cli === undefined ? "Pulumi CLI" : hasGit ? missingRegistryTool : "git";
  if (cli === undefined || missing !== undefined || description === undefined) {
    it(`is skipped: there is no ${missing ?? "description of GitHub's API"}`, function () {
      this.skip();
    });
    return;
  }

  /** Heads of open pull requests of orders, by number. */
  const pulls = new Map<number, { branch: string; commit: string }>();
  const digests: Record<string, string> = {};
  let api: GithubApi;
  let registry: Registry;
  let list: GitFolder;
  let project: Project;

  before(async () => {
    [api, registry] = await Promise.all([GithubApi.start(description, answer), Registry.start()]);
    for (const tag of ["v1.0.0", HEAD, NEXT]) {
      digests[tag] = registry.push("acme/orders", tag, tag);
    }
    list = new GitFolder({
      "service/shop.yaml": text`
        - { github: orders, docker: orders, deploy: { release: v1.0.0, preview: true }, namespace: shop }
        - { github: catalog, docker: catalog, deploy: { release: v2.3.4 } }
      `,
      "environments.yaml": "environments:\n  testing: { accepts: [release, preview] }\n",
      "Pulumi.testing.yaml": text`
        config:
          pulumi:disable-default-providers: ["*"]
          releases:cluster: { context: acme-testing }
          releases:github: { owner: acme }
          releases:registry: { role: external, host: "${registry.host}/acme" }
          releases:previews: { domain: acme.example }
      `,
    });
    list.commit("start");
    project = await Project.open(folderOf({}), cli, { data: list.path });
    project.expect("stack", "init", "testing");
  });
  afterEach(() => assert.deepEqual(api.problems, []));
  after(async () => {
    project.dispose();
    api.stop();
    await registry.stop();
  });

  function answer({ route, parameters }: Asked): Answer {
    const isOrders = parameters["repo"] === "orders";
    switch (route.replace("/repos/{owner}/{repo}", "")) {
      case "GET /pulls":
        return { status: 200, body: isOrders ? [...pulls.keys()].map(shown) : [] };
      case "GET /pulls/{pull_number}": {
        const number = Number(parameters["pull_number"]);
        return {
          status: 200,
          body: { ...shown(number), state: pulls.has(number) ? "open" : "closed" },
        };
      }
      case "GET /activity":
        return { status: 200, body: [] };
      default:
        return { status: 200, body: {} };
    }
  }

  function shown(number: number): object {
    const { branch, commit } = pulls.get(number) ?? { branch: "gone", commit: NEXT };
    const repo = { full_name: "acme/orders", owner: { login: "acme" } };
    const now = new Date().toISOString();
    return {
      ...{ number, state: "open", created_at: now, updated_at: now, user: { type: "User" } },
      head: { ref: branch, sha: commit, repo },
      base: { repo },
    };
  }

  /** Resolves, and brings up what it wrote. Returns everything in the cluster by its key. */
  async function resolveAndUp(): Promise<ReadonlyMap<string, Thing>> {
    const variables = {
      GITHUB_TOKEN: "MARKED-token",
      GITHUB_API_URL: api.address,
      HOME: folderOf({}),
      PATH: PATH_WITH_REGCTL,
      DOCKER_CONFIG: folderOf({}),
    };
    const { code, stderr } = await releasesWith(
      variables,
      list.path,
      ...["resolve", "--stack", "testing"],
    );
    assert.equal(code, 0, stderr);
    project.replaceData(list.path);
    project.up("testing");
    const world = new World(path.join(project.folder, "world"));
    return new Map(world.keys().map((key) => [key, world.get(key) ?? assert.fail(key)]));
  }

  const SERVICES = ["acme-testing helm default/catalog", "acme-testing helm shop/orders"];
  const copyOf = (hash: string): string => `acme-testing helm shop/orders-${hash}`;

  it("are there once they are resolved, follow their heads, and go with their pull requests", async () => {
    const without = await resolveAndUp();
    assert.deepEqual([...without.keys()], SERVICES);

    pulls.set(12, { branch: "feature-x", commit: HEAD });
    pulls.set(13, { branch: "main", commit: HEAD });
    const having = await resolveAndUp();
    assert.deepEqual([...having.keys()], [...SERVICES, copyOf("0d6e4079"), copyOf("c791eb83")]);
    for (const key of SERVICES) assert.deepEqual(having.get(key), without.get(key), key);
    const valuesOf = (thing: Thing | undefined) =>
      revisionsOf(thing).map(({ status, inputs }) => [status, inputs["values"]]);
    const copy = (commit: string, hash: string) => ({
      replicaCount: 1,
      autoscaling: { enabled: false },
      image: { repository: `${registry.host}/acme/orders`, tag: commit, digest: digests[commit] },
      ingress: { enabled: true, hosts: [{ host: `${hash}.orders.testing.acme.example` }], tls: [] },
    });
    assert.deepEqual(valuesOf(having.get(copyOf("c791eb83"))), [
      ["deployed", copy(HEAD, "c791eb83")],
    ]);

    pulls.set(12, { branch: "feature-x", commit: NEXT });
    pulls.delete(13);
    const moved = await resolveAndUp();
    assert.deepEqual([...moved.keys()], [...SERVICES, copyOf("c791eb83")]);
    for (const key of SERVICES) assert.deepEqual(moved.get(key), without.get(key), key);
    assert.deepEqual(valuesOf(moved.get(copyOf("c791eb83"))), [
      ["superseded", copy(HEAD, "c791eb83")],
      ["deployed", copy(NEXT, "c791eb83")],
    ]);

    pulls.clear();
    assert.deepEqual(await resolveAndUp(), without);
  });
});
