import assert from "node:assert/strict";
import type { NewBranch } from "../../src/adapters/github/branches";
import type { OpenChange } from "../../src/adapters/github/kept-change";
import type { ProposedChange } from "../../src/adapters/github/pull-requests";
import { titleAndBody } from "../../src/ci/proposed-files";
import { repositoriesOf, resolveByPullRequest, type KeptChanges } from "../../src/ci/resolution";
import { SILENT } from "../../src/app/reporter";
import { outsideError } from "../../src/core/error";
import { digestOf } from "../support/model";
import { shopFiles } from "../support/shop";
import { NO_REPOSITORY, worldOf, type TestWorld } from "../support/world";

const PATH = (ref = ""): string => `environments:
  testing: { ${ref}accepts: [release, range, branch] }
  staging: { from: testing, accepts: [release, range] }
  production: { from: staging, accepts: [release] }
`;

const LIST = `- { github: orders, docker: orders, deploy: { range: "^1.0" } }
- { github: catalog, docker: catalog, deploy: { branch: main } }
`;

const COMMIT = "a".repeat(40);

/** The repository of the list on GitHub: its branches' files, and its pull requests. */
class ListRepository implements KeptChanges {
  readonly done: string[] = [];
  readonly texts = new Map<string, string>();
  readonly open = new Map<string, OpenChange>();
  refusesToMerge: string | undefined;
  #numbers = 0;
  readonly lastDeployed = NO_REPOSITORY.lastDeployed;

  putBranch = ({ name, on, files }: NewBranch): Promise<boolean> => {
    const isThere = [...files].every(([file, text]) => this.texts.get(`${name} ${file}`) === text);
    if (isThere) return Promise.resolve(false);
    this.done.push(`push ${name} on ${on}`);
    for (const [file, text = ""] of files) this.texts.set(`${name} ${file}`, text);
    return Promise.resolve(true);
  };

  proposeChange = ({ branch, into, title, body }: ProposedChange): Promise<string> => {
    const known = this.open.get(`${branch} ${into}`);
    const number = known?.number ?? ++this.#numbers;
    this.done.push(`${known === undefined ? "open" : "edit"} #${number} ${title}`);
    const change = { number, address: `pull/${number}`, title, body, id: `P${number}` };
    this.open.set(`${branch} ${into}`, { mergesItself: false, ...known, ...change });
    return Promise.resolve(change.address);
  };

  openChange = ({ branch, into }: { branch: string; into: string }) =>
    Promise.resolve(this.open.get(`${branch} ${into}`));

  closeChange = ({ number }: { number: number }, branch: string): Promise<void> => {
    this.done.push(`close #${number} ${branch}`);
    for (const [key, change] of this.open) if (change.number === number) this.open.delete(key);
    return Promise.resolve();
  };

  mergeItself = ({ number }: { number: number }): Promise<string | undefined> => {
    this.done.push(`merge #${number} by itself`);
    if (this.refusesToMerge === undefined) {
      for (const [key, change] of this.open) this.open.set(key, { ...change, mergesItself: true });
    }
    return Promise.resolve(this.refusesToMerge);
  };
}

function shop(
  more: Partial<Parameters<typeof worldOf>[0]> & { tag?: string; ref?: string } = {},
): TestWorld {
  const { tag = "v1.1.0", ref, ...values } = more;
  return worldOf({
    files: shopFiles({
      list: LIST,
      environments: PATH(ref),
      pins: {
        testing: ["orders: v1.0.0", `catalog: ${COMMIT}@${digestOf("c")}`],
        staging: ["orders: v1.1.0"],
        production: ["orders: v1.0.0"],
      },
    }),
    now: "2026-11-21T12:00:00Z",
    git: { branches: { HEAD: "c0ffee" } },
    registries: { [`ghcr.io/acme/orders:${tag}`]: digestOf("1") },
    github: {},
    heads: { "acme/catalog main": COMMIT },
    channels: {
      "acme/orders": [
        { id: 1, tag, publishedAt: new Date(0), isPrerelease: false, files: [], bytes: 0 },
      ],
    },
    ...values,
  });
}

const run = async (world: TestWorld, github: ListRepository, into = "main") => {
  github.done.length = 0;
  const found = await resolveByPullRequest(world, { into }, github, SILENT);
  return found.map(({ stack, done }) => `${stack}: ${done}`);
};

describe("ci resolve", () => {
  it("opens one pull request for a stack, which GitHub may merge where the path begins", async () => {
    const [world, github] = [shop(), new ListRepository()];
    assert.deepEqual(await run(world, github), [
      "testing: pull/1; it merges by itself",
      "staging: Already up to date.",
    ]);
    assert.deepEqual(github.done, [
      "push resolve/testing on c0ffee",
      "open #1 resolve(testing): orders v1.0.0 -> v1.1.0",
      "merge #1 by itself",
    ]);
    assert.match(
      github.texts.get("resolve/testing Pulumi.testing.yaml") ?? "",
      /orders: v1\.1\.0@sha256:1{64}/,
    );
    // The working tree stays as it is.
    assert.deepEqual(world.edits, []);
  });

  it("says in its text what stays as it is, and why", async () => {
    const github = new ListRepository();
    await run(shop({ heads: {} }), github);
    const [change] = github.open.values();
    assert.match(change?.body ?? "", /\n\nBesides:\n\n- testing: catalog stays as it is: [^\n]*$/);
  });

  it("has a text that GitHub takes, however many services move", () => {
    const lines = Array.from({ length: 4000 }, (_, index) => `- service-${index} v1.0.0 -> v1.1.0`);
    const { title, body } = titleAndBody(["resolve", "", ...lines].join("\n"), ["Besides"]);
    assert.equal(title, "resolve");
    assert.ok(body.length <= 65_536, `${body.length}`);
    const kept = body.split("\n").filter((line) => lines.includes(line));
    // Of the 4,002 lines with the last two.
    assert.ok(
      body.endsWith(`-> v1.1.0\n\nAnd ${4002 - kept.length} more lines.`),
      body.slice(-100),
    );
    assert.deepEqual(kept, lines.slice(0, kept.length));
    assert.ok(kept.length > 1500);
  });

  it("changes nothing when it runs again", async () => {
    const github = new ListRepository();
    await run(shop(), github);
    assert.deepEqual(await run(shop(), github), [
      "testing: pull/1 has it already",
      "staging: Already up to date.",
    ]);
    assert.deepEqual(github.done, []);
  });

  it("updates it for a newer version", async () => {
    const github = new ListRepository();
    await run(shop(), github);
    await run(shop({ tag: "v1.2.0" }), github);
    assert.deepEqual(github.done, [
      "push resolve/testing on c0ffee",
      "edit #1 resolve(testing): orders v1.0.0 -> v1.2.0",
      "push resolve/staging on c0ffee",
      "open #2 resolve(staging): orders v1.1.0 -> v1.2.0",
    ]);
  });

  it("closes it where there is nothing to do any more", async () => {
    const github = new ListRepository();
    await run(shop(), github);
    assert.deepEqual(await run(shop({ tag: "v1.0.0" }), github), [
      "testing: Already up to date; closed pull/1",
      "staging: Already up to date.",
    ]);
    assert.deepEqual(github.done, ["close #1 resolve/testing"]);
  });

  it("says why GitHub doesn't merge it, and tries again the next time", async () => {
    const github = new ListRepository();
    github.refusesToMerge = "auto-merge is off";
    assert.match((await run(shop(), github))[0] ?? "", /^testing: pull\/1; auto-merge is off$/);
    github.refusesToMerge = undefined;
    assert.match(
      (await run(shop(), github))[0] ?? "",
      /^testing: pull\/1 has it already; it merges/,
    );
  });

  it("looks at the stacks that are deployed from the branch alone", async () => {
    const github = new ListRepository();
    const done = async (into: string) =>
      (await run(shop({ ref: "ref: testing, " }), github, into)).length;
    assert.deepEqual([await done("main"), await done("testing")], [1, 2]);
  });

  it("goes on after a stack that fails, and says which", async () => {
    const world = shop();
    const github = new ListRepository();
    const broken = {
      ...world,
      github: async () => {
        const client = await world.github();
        assert.ok(client);
        return {
          ...client,
          repository: () => ({
            ...NO_REPOSITORY,
            headOf: () => Promise.reject(outsideError("GitHub is down")),
            leadsTo: () => Promise.reject(outsideError("GitHub is down")),
          }),
        };
      },
    };
    await assert.rejects(resolveByPullRequest(broken, { into: "main" }, github, SILENT), {
      kind: "outside",
      message:
        "testing: nothing was done, as nobody could tell what these follow: catalog in testing",
    });
  });

  it("names the repositories that it asks about", () => {
    assert.deepEqual(repositoriesOf(shop(), "main"), ["catalog", "orders"]);
  });
});
