import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import * as path from "node:path";
import { GitRepository } from "../../src/adapters/git/repository";
import { EnvironmentReader } from "../../src/app/environments";
import { verify } from "../../src/app/verify/verify";
import { beginDeployment, planDeployments } from "../../src/ci/deployments";
import { Ref } from "../../src/core/ref";
import { folderOf, link, writeFiles, type Files } from "../support/folder";
import { GitFolder, hasGit } from "../support/git";
import { digestOf } from "../support/model";
import { attachedBundle, signedImage, signingOf } from "../support/signed";
import { GITHUB, SigstoreAuthority, type Signing } from "../support/sigstore-authority";
import {
  HELM_RELEASES,
  listener,
  worldOf,
  type TestReporter,
  type TestWorld,
  type Texts,
  type WorldValues,
} from "../support/world";

const [OLD, NEW] = [digestOf("a"), digestOf("b")] as const;
const BEFORE = `v1.1.0@${OLD}`;
const AFTER = `v1.2.0@${NEW}`;
const NAME = "ghcr.io/acme/orders";

interface Tree {
  readonly root: string;
  readonly pin?: string;
  /** The `verify` of production; none where null. */
  readonly verify?: string | null;
  readonly definition?: string;
  readonly owner?: string;
  readonly more?: Texts;
}

/** A repository of which production pins orders, which a workflow of acme/orders signs. */
function treeOf(tree: Tree): Texts {
  const { root, pin = AFTER, verify = "{ mode: require }", more } = tree;
  const { definition = "github: orders", owner = "acme" } = tree;
  const demanded = verify === null ? "" : `, verify: ${verify}`;
  return {
    "service/shop.yaml": `- { name: orders, ${definition}, docker: orders, deploy: { release: v1.0.0 } }\n`,
    "environments.yaml": `environments:\n  production: { ref: main, accepts: [release]${demanded} }\n`,
    "Pulumi.production.yaml": `config:
  pulumi:disable-default-providers: ["*"]
  releases:cluster: { context: production }
  releases:github: { owner: ${owner} }
  releases:registry: { role: external, host: ghcr.io/acme }
  releases:versions: { orders: "${pin}" }
`,
    "trust/root.jsonl": `${root}\n`,
    ...more,
  };
}

describe("a deployment where signatures are demanded", function () {
  let authority: SigstoreAuthority;
  let stranger: SigstoreAuthority;

  before(async () => {
    authority = await SigstoreAuthority.start();
    stranger = await SigstoreAuthority.start();
  });

  /** Returns what is attached to the new image that is signed. */
  async function signed(
    at = authority,
    signing = signingOf("acme/orders"),
    digest: string = NEW,
  ): Promise<NonNullable<WorldValues["attached"]>> {
    const bundle = await signedImage(at, digest, signing);
    return { [`${NAME}@${NEW}`]: [attachedBundle(bundle)] };
  }

  const treeWith = (tree: Partial<Tree> = {}): Texts => treeOf({ root: authority.root, ...tree });

  /** Returns a world in which one tree is deployed, and another one is at main. */
  function worldBetween(
    deployed: Texts,
    now: Texts,
    attached: WorldValues["attached"] = {},
    more: Partial<WorldValues> = {},
  ): TestWorld {
    return worldOf({
      files: now,
      git: {
        branches: { main: "HEAD" },
        commits: { HEAD: now, deployed },
        histories: { production: [] },
        ancestors: { "deployed in HEAD": true, "HEAD in deployed": false },
        breakGlass: [],
      },
      engine: {
        ...HELM_RELEASES,
        updates: () => [{ commit: "deployed", at: new Date("2026-11-20T00:00:00Z") }],
      },
      helm: null,
      registries: {},
      attached,
      github: {},
      now: "2026-11-21T12:00:00Z",
      ...more,
    });
  }

  /** Plans what main deploys, and begins it. Returns the deployment's number, or what is refused. */
  async function begin(
    world: TestWorld,
    report: TestReporter = listener(),
  ): Promise<number | readonly string[]> {
    const reader = new EnvironmentReader(world, report);
    const [ref, kept] = [Ref.branch("main"), undefined];
    const planned = await planDeployments(world, reader, ref, { kept, most: 3 }, report);
    assert.deepEqual(planned.refusals, []);
    const [job, ...others] = planned.waves.flat();
    assert.ok(job);
    assert.deepEqual(others, []);
    const records = {
      checksOn: () => Promise.resolve(new Map()),
      approvedBy: () => Promise.resolve(false),
      lastDeployed: () => Promise.resolve(undefined),
      beginDeployment: () => Promise.resolve(7),
    };
    const begun = await beginDeployment(world, reader, job, { ref, kept }, records, report);
    assert.equal(world.open(), 0);
    return begun;
  }

  /** Asserts that there is one refusal, whose reason begins with a text. */
  async function refused(world: TestWorld, reason: string, stack = "production"): Promise<void> {
    const found = await begin(world);
    assert.ok(Array.isArray(found), `deployment ${String(found)} begins`);
    const [only = "", ...others] = found as readonly string[];
    assert.deepEqual(others, []);
    const expected = `${stack}: verified refuses orders: ${reason}`;
    assert.equal(only.slice(0, expected.length), expected);
  }

  it("is refused with an image that nobody signed", async () => {
    const world = worldBetween(treeWith({ pin: BEFORE }), treeWith());
    await refused(world, `${NAME}: no signature or provenance that counts`);
  });

  it("is refused with an image whose signature is another digest's", async () => {
    const attached = await signed(authority, signingOf("acme/orders"), OLD);
    const world = worldBetween(treeWith({ pin: BEFORE }), treeWith(), attached);
    await refused(world, `${NAME}: no signature or provenance that counts: `);
  });

  it("is refused with a pin that has no digest", async () => {
    const now = treeWith({ pin: "v1.2.0" });
    await refused(worldBetween(treeWith({ pin: BEFORE }), now), `${NAME}: its pin has no digest`);
  });

  it("begins where the image is signed", async () => {
    const attached = await signed();
    assert.equal(await begin(worldBetween(treeWith({ pin: BEFORE }), treeWith(), attached)), 7);
  });

  it("is refused with a record in place of the signature", async () => {
    const attached = await signed();
    const asked = { services: [], stacks: [], again: false, record: true };
    const recording = worldBetween(treeWith({ pin: BEFORE }), treeWith(), attached);
    await verify(recording, asked, listener());
    const [record, ...others] = recording.edits;
    assert.ok(record);
    assert.deepEqual(others, []);
    const now = treeWith({ more: { [record.file]: record.text } });
    const world = worldBetween(treeWith({ pin: BEFORE }), now);
    await refused(world, `${NAME}: no signature or provenance that counts`);
  });

  it("asks nobody where nothing moves, and where nothing is demanded", async () => {
    const [unchanged, open] = [treeWith({ pin: BEFORE }), { verify: null }];
    const silent = (before: Texts, now: Texts): TestWorld => ({
      ...worldBetween(before, now),
      registries: () => assert.fail("a registry is asked"),
    });
    assert.equal(await begin(silent(unchanged, unchanged)), 7);
    assert.equal(await begin(silent(treeWith({ ...open, pin: BEFORE }), treeWith(open))), 7);
  });

  it("begins with a warning where that is all that is wanted", async () => {
    const verify = "{ mode: warn }";
    const report = listener();
    const world = worldBetween(treeWith({ pin: BEFORE, verify }), treeWith({ verify }));
    assert.equal(await begin(world, report), 7);
    const warned = report.notices.filter(({ kind }) => kind === "unverified");
    const reason = `${NAME}: no signature or provenance that counts`;
    assert.equal(warned.length, 1);
    const [{ reason: found, ...which } = { reason: "" }] = warned as { reason: string }[];
    assert.deepEqual(which, { kind: "unverified", stack: "production", service: "orders" });
    assert.equal(found.slice(0, reason.length), reason);
  });

  describe("with a chart of a chart repository", () => {
    const AT = "https://charts.acme.example";
    const [BYTES, MOVED] = ["the package", "another package"];
    const [PACKAGE, OTHER] = [BYTES, MOVED].map(
      (text) => `sha256:${createHash("sha256").update(text).digest("hex")}`,
    ) as [string, string];
    const definition = (version: string, digest: string): string =>
      `github: orders, chart: { name: orders, repository: "${AT}", version: ${version}, digest: "${digest}" }`;

    /** Returns a world whose next commit moves the chart, and whose chart repository has a package of it. */
    function worldOfCharts(verify: string | null, bytes: string, attestations = {}): TestWorld {
      const of = (chart: string): Texts => treeWith({ pin: BEFORE, verify, definition: chart });
      const [before, after] = [definition("1.3.0", digestOf("9")), definition("1.4.0", PACKAGE)];
      const chart = { name: "orders", version: "1.4.0", values: {}, annotations: {} };
      const more = {
        helm: () => "",
        chartPackages: { [`${AT} orders 1.4.0`]: bytes },
        contents: { [`${AT}/orders`]: chart },
        attestations,
      };
      return worldBetween(of(before), of(after), {}, more);
    }
    const moved = `${AT} has ${OTHER} as 1.4.0 of orders, and ${PACKAGE} is pinned; publish another version`;

    it("is refused with a package that moved, signatures or not", async () => {
      const world = worldOfCharts(null, MOVED);
      assert.deepEqual(await begin(world), [`production: artifact refuses orders: ${moved}`]);
      assert.equal(await begin(worldOfCharts(null, BYTES)), 7);
    });

    it("is refused with a package that moved where nothing else changes", async () => {
      const now = treeWith({ pin: BEFORE, verify: null, definition: definition("1.4.0", PACKAGE) });
      const chartPackages = { [`${AT} orders 1.4.0`]: MOVED };
      const found = await begin(worldBetween(now, now, {}, { chartPackages }));
      assert.deepEqual(found, [`production: artifact refuses orders: ${moved}`]);
    });

    it("is refused where nobody signed the package, and begins where the workflow did", async () => {
      const verify = "{ mode: require }";
      const image = await signedImage(authority, OLD, signingOf("acme/orders"));
      const chart = await signedImage(authority, PACKAGE, signingOf("acme/orders"));
      const signedWith = (digests: Readonly<Record<string, readonly string[]>>): TestWorld =>
        worldOfCharts(verify, BYTES, { [OLD]: [image], ...digests });
      await refused(signedWith({}), `${AT}/orders: no signature or provenance that counts`);
      assert.equal(await begin(signedWith({ [PACKAGE]: [chart] })), 7);
    });

    it("is told in the plan that Helm compares no digest", async () => {
      const report = listener();
      const reader = new EnvironmentReader(worldOfCharts(null, BYTES), report);
      const world = worldOfCharts(null, BYTES);
      const { text } = await planDeployments(
        world,
        reader,
        Ref.branch("main"),
        { kept: undefined, most: 3 },
        report,
      );
      assert.match(
        text,
        /^- orders: Helm compares no digest with .*: ci begin does just before up$/m,
      );
    });
  });

  describe("in git", function () {
    if (!hasGit) {
      it("is skipped: it takes git", function () {
        this.skip();
      });
      return;
    }

    /** Returns a world of two commits, with the new image signed. */
    async function worldInGit(deployed: Files, now: Files): Promise<TestWorld> {
      const clone = new GitFolder(deployed);
      const commit = clone.commit("deployed");
      clone.shell("rm -rf trust");
      writeFiles(clone.path, now);
      clone.commit("now");
      const files = treeWith();
      const attached = await signed();
      const world = worldBetween(files, files, attached);
      const updates = () => [{ commit, at: new Date() }];
      const git = new GitRepository(clone.path);
      return { ...world, git, engine: { ...world.engine, updates } };
    }

    it("begins with a trust root that is a file, in both commits", async () => {
      assert.equal(await begin(await worldInGit(treeWith({ pin: BEFORE }), treeWith())), 7);
    });

    const ROOT = "trust/root.jsonl";
    const missing = `${NAME}: no signature or provenance that counts: in this repository: ${ROOT} is missing`;

    it("is refused with a trust root that is a symbolic link", async () => {
      const [deployed, now] = [treeWith({ pin: BEFORE }), treeWith()];
      const { [ROOT]: root = "" } = now;
      for (const linked of [
        { [ROOT]: link("real.jsonl"), "trust/real.jsonl": root },
        { [ROOT]: link(path.join(folderOf({ root }), "root")) },
        { [ROOT]: link("../roots/root.jsonl"), "roots/root.jsonl": root },
      ]) {
        await refused(await worldInGit(deployed, { ...now, ...linked }), missing);
      }
    });

    it("is refused with a trust root in a folder that is a symbolic link", async () => {
      const { [ROOT]: root = "", ...now } = treeWith();
      const linked = { trust: link("roots"), "roots/root.jsonl": root };
      await refused(await worldInGit(treeWith({ pin: BEFORE }), { ...now, ...linked }), missing);
    });

    it("is refused where what is deployed had a link, by its policy", async () => {
      const { [ROOT]: root = "", ...deployed } = treeWith({ pin: BEFORE });
      const linked = { ...deployed, [ROOT]: link("real.jsonl"), "trust/real.jsonl": root };
      const world = await worldInGit(linked, treeWith());
      await refused(world, `before this change: ${missing}`);
    });
  });

  describe("by a change that grants itself what it needs", () => {
    /** Changes of what is trusted, and who signs what they let in. */
    const GRANTS: Readonly<Record<string, () => { tree: Partial<Tree>; attached?: Signing }>> = {
      "a trust root of its own": () => ({
        tree: { root: stranger.root },
        attached: signingOf("acme/orders"),
      }),
      "an identity of its own": () => ({
        tree: {
          verify: `{ mode: require, identities: [{ issuer: "${GITHUB}", repository: evil/orders }] }`,
        },
        attached: signingOf("evil/orders"),
      }),
      "an exception for the service": () => ({
        tree: { verify: "{ mode: require, services: { orders: { mode: off } } }" },
      }),
      "a warning instead": () => ({ tree: { verify: "{ mode: warn }" } }),
      "mode off": () => ({ tree: { verify: "{ mode: off }" } }),
      "no policy": () => ({ tree: { verify: null } }),
      "another repository of the service": () => ({
        tree: { definition: "github: evil" },
        attached: signingOf("acme/evil"),
      }),
      "another owner": () => ({ tree: { owner: "evil" }, attached: signingOf("evil/orders") }),
    };

    for (const [name, grant] of Object.entries(GRANTS)) {
      it(`is refused: ${name}`, async () => {
        const { tree, attached } = grant();
        const at = tree.root === undefined ? authority : stranger;
        const bundles = attached === undefined ? {} : await signed(at, attached);
        const [deployed, now] = [treeWith({ pin: BEFORE }), treeWith(tree)];
        await refused(worldBetween(deployed, now, bundles), `before this change: ${NAME}: `);
        // Alone it may come, and then the version.
        const alone = treeWith({ ...tree, pin: BEFORE });
        assert.equal(await begin(worldBetween(deployed, alone, bundles)), 7);
        assert.equal(await begin(worldBetween(alone, now, bundles)), 7);
      });
    }

    it("is refused: the stack goes to an environment that demands nothing", async () => {
      const treeIn = (environment: string, tree: Partial<Tree>): Texts => {
        const { "Pulumi.production.yaml": config = "", ...others } = treeWith(tree);
        const path = `${others["environments.yaml"] ?? ""}  open: { ref: main, accepts: [release] }\n`;
        return {
          ...others,
          "environments.yaml": path,
          "Pulumi.eu.yaml": `${config}  releases:environment: ${environment}\n`,
        };
      };
      const deployed = treeIn("production", { pin: BEFORE });
      const world = worldBetween(deployed, treeIn("open", {}));
      await refused(world, `before this change: ${NAME}: `, "eu");
    });
  });
});
