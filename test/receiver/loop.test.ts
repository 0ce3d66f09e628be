import assert from "node:assert/strict";
import * as path from "node:path";
import { findPulumi } from "../../src/adapters/find-tool";
import { revisionsOf } from "../../tools/sandbox/helm";
import { Project } from "../../tools/sandbox/project";
import { World, type Thing } from "../../tools/sandbox/world";
import { folderOf, temporaryFolder } from "../support/folder";
import { followingFiles, followingImages, releasesOf } from "../support/following";
import { GitFolder, hasGit } from "../support/git";
import { GithubApi, type Answer, type Asked } from "../support/github-api";
import { findDescription } from "../support/github-description";
import { GithubGit } from "../support/github-git";
import { ReceiverProcess, releaseDelivery } from "../support/receiver-process";
import { missingRegistryTool, PATH_WITH_REGCTL, Registry } from "../support/registry";
import { releases } from "../support/cli";

const description = findDescription();
const cli = findPulumi();

describe("the loop from a release to what runs", function () {
  if (!hasGit || description === undefined) {
    it("is skipped: it takes git, and GitHub's description of its API in ~/.cache/releases-ci/openapi", function () {
      this.skip();
    });
    return;
  }

  let api: GithubApi;
  let github: GithubGit;
  let receiver: ReceiverProcess;
  /** Tags of releases, by repository. */
  let published: Record<string, string[]>;

  before(async () => {
    api = await GithubApi.start(description, answer);
  });
  beforeEach(() => {
    published = { catalog: ["v1.0.0"], network: ["v1.0.0"], orders: ["v1.0.0"] };
  });
  afterEach(async () => {
    await receiver.kill();
    assert.deepEqual(api.problems, [], receiver.output);
  });
  after(() => api.stop());

  function answer(asked: Asked): Answer {
    return releasesOf(published, asked) ?? github.answer(asked) ?? { status: 404 };
  }

  /** Starts a receiver of a repository on GitHub. */
  async function receive(list: GitFolder, variables: NodeJS.ProcessEnv = {}): Promise<void> {
    github = new GithubGit(list.path);
    const origin = `file://${github.path}`;
    receiver = await ReceiverProcess.make(temporaryFolder(), origin, api.address, variables);
    await receiver.start();
  }

  /** Publishes orders v1.1.0, delivers it, and merges what the receiver proposes. Returns a clone of main. */
  async function publishAndMerge(): Promise<GitFolder> {
    published["orders"] = ["v1.0.0", "v1.1.0"];
    const status = await receiver.deliver(releaseDelivery("a", "acme/orders", "v1.1.0"));
    assert.equal(status, 202, receiver.output);
    while (github.pulls.length === 0) await new Promise((resolve) => setTimeout(resolve, 50));
    assert.deepEqual(
      github.pulls.map(({ base, title }) => [base, title]),
      [["main", "resolve(testing): orders v1.0.0 -> v1.1.0"]],
    );
    github.merge(1);
    const clone = new GitFolder();
    clone.git("fetch", "--quiet", github.path, "main");
    clone.git("checkout", "--quiet", "FETCH_HEAD");
    return clone;
  }

  /** Returns what `plan --since` says that the merge moves. */
  async function planned(clone: GitFolder): Promise<unknown> {
    const { stdout } = await releases(clone.path, "plan", "--since", "HEAD~1", "--json");
    const { stacks } = JSON.parse(stdout) as {
      stacks: Record<string, { moves: { name: string; from: string; to: string }[] }>;
    };
    return stacks["testing"]?.moves.map(({ name, from, to }) => [name, from, to]);
  }

  const MOVED = [["orders", "v1.0.0", "v1.1.0"]];

  it("proposes what was published, and after the merge the plan moves this service alone", async () => {
    await receive(followingFiles(Object.keys(published)));
    assert.deepEqual(await planned(await publishAndMerge()), MOVED);
    assert.doesNotMatch(receiver.output, /MARKED|a secret of the tests/);
    assert.equal(await receiver.kill("SIGTERM"), 0);
  });

  describe("of an image", function () {
    const missing = missingRegistryTool ?? (cli === undefined ? "Pulumi CLI" : undefined);
    if (missing !== undefined || cli === undefined) {
      it(`is skipped: there is no ${missing ?? "Pulumi CLI"}`, function () {
        this.skip();
      });
      return;
    }

    let registry: Registry;
    let project: Project | undefined;

    before(async () => {
      registry = await Registry.start();
    });
    after(() => registry.stop());
    afterEach(() => project?.dispose());

    /** Returns everything in the sandbox's accounts and clusters, by its key. */
    function things({ folder }: Project): Map<string, Thing> {
      const world = new World(path.join(folder, "world"));
      return new Map(world.keys().map((key) => [key, world.get(key) ?? assert.fail(key)]));
    }

    it("ends with an up that moves this service to that version and those bytes, and changes nothing else", async () => {
      const digestOf = (name: string, tag: string): string =>
        registry.push(`acme/${name}`, tag, `${name} ${tag}`);
      const pins = {
        catalog: `v1.0.0@${digestOf("catalog", "v1.0.0")}`,
        network: "v1.0.0",
        orders: `v1.0.0@${digestOf("orders", "v1.0.0")}`,
      };
      const list = followingImages(`${registry.host}/acme`, pins);
      project = await Project.open(folderOf({}), cli, { data: list.path });
      project.expect("stack", "init", "testing");
      project.up("testing");
      const before = things(project);
      assert.deepEqual(
        [...before.keys()],
        [
          "111111111111 eu-west-1 cloudformation network",
          "acme-testing helm default/catalog",
          "acme-testing helm default/orders",
        ],
      );
      const digest = digestOf("orders", "v1.1.0");
      const tools = { PATH: PATH_WITH_REGCTL, HOME: folderOf({}), DOCKER_CONFIG: folderOf({}) };

      await receive(list, tools);
      const clone = await publishAndMerge();
      assert.deepEqual(await planned(clone), MOVED);
      project.replaceData(clone.path);
      project.up("testing");

      const now = things(project);
      assert.deepEqual([...now.keys()], [...before.keys()]);
      const orders = "acme-testing helm default/orders";
      for (const [key, thing] of now) {
        if (key !== orders) assert.deepEqual(thing, before.get(key), key);
      }
      const [first, second, ...others] = revisionsOf(now.get(orders));
      assert.deepEqual(others, []);
      const image = (tag: string, digest: string) => {
        return { repository: `${registry.host}/acme/orders`, tag, digest };
      };
      assert.deepEqual(first?.inputs["values"], {
        image: image("v1.0.0", pins.orders.slice("v1.0.0@".length)),
      });
      assert.equal(second?.status, "deployed");
      assert.deepEqual(second.inputs, {
        ...first.inputs,
        values: { image: image("v1.1.0", digest) },
      });
    });
  });
});
