import assert from "node:assert/strict";
import { releasesWith, type Run } from "../support/cli";
import { documentText } from "../support/documents";
import { folderOf } from "../support/folder";
import { GithubApi, type Answer, type Asked } from "../support/github-api";
import { findDescription } from "../support/github-description";
import { hasGit } from "../support/git";
import { missingRegistryTool, PATH_WITH_REGCTL, Registry } from "../support/registry";
import { configOf, shop } from "../support/shop";
import "../support/without-pauses";

const description = findDescription();

const [HEAD, BEFORE] = ["3f9c0ffee1".repeat(4), "b".repeat(40)];

const LIST = `- { github: catalog, docker: catalog, deploy: { branch: feature-x } }
- { github: orders, docker: orders, deploy: { range: "^1.2" } }
- { github: payments, docker: payments, deploy: { range: "~2.0" } }
- { github: reports, docker: reports, deploy: { branch: feature-y } }
`;

const ENVIRONMENTS = `environments:
  testing: { accepts: [release, range, branch], minimumAge: 3d }
  staging: { from: testing, accepts: [release] }
  production: { from: staging, accepts: [release] }
`;

const RELEASES: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  orders: [
    ["v1.2.0", "2026-01-01T00:00:00Z"],
    ["v1.2.4", "2026-01-02T00:00:00Z"],
    ["v1.4.1", "2026-01-03T00:00:00Z"],
    ["v1.5.0", "2999-01-01T00:00:00Z"],
    ["v2.0.0", "2026-01-04T00:00:00Z"],
  ],
  payments: [["v2.0.3", "2026-01-01T00:00:00Z"]],
};

describe("releases resolve and outdated", function () {
  const missing = hasGit ? missingRegistryTool : "git";
  if (missing !== undefined || description === undefined) {
    it(`is skipped: there is no ${missing ?? "description of GitHub's API"}`, function () {
      this.skip();
    });
    return;
  }

  let api: GithubApi;
  let registry: Registry;
  const digests: Record<string, string> = {};

  before(async () => {
    [api, registry] = await Promise.all([GithubApi.start(description, answer), Registry.start()]);
    digests["orders"] = registry.push("acme/orders", "v1.4.1", "orders");
    digests["catalog"] = registry.push("acme/catalog", HEAD, "head");
    digests["old"] = registry.push("acme/catalog", BEFORE, "before");
  });
  afterEach(() => assert.deepEqual(api.problems, []));
  after(async () => {
    api.stop();
    await registry.stop();
  });

  function answer({ route, parameters }: Asked): Answer {
    const { repo = "", ref = "" } = parameters;
    if (route.endsWith("/releases")) {
      const body = (RELEASES[repo] ?? []).map(([tag_name, published_at], id) => {
        return { id, tag_name, published_at, draft: false, prerelease: false, assets: [] };
      });
      return { status: 200, body };
    }
    if (route.endsWith("/git/ref/{ref}")) {
      const isThere = repo === "catalog" && ref === "heads/feature-x";
      return isThere ? { status: 200, body: { object: { sha: HEAD } } } : { status: 404 };
    }
    return { status: 200 };
  }

  function folder() {
    const hosts = `${registry.host}/acme`;
    return shop({
      list: LIST,
      environments: ENVIRONMENTS,
      hosts: { testing: hosts, staging: hosts, production: hosts },
      pins: {
        testing: [
          `catalog: ${BEFORE}@${digests["old"] ?? ""}`,
          "orders: v1.2.0",
          "payments: v2.0.0",
          `reports: ${BEFORE}@${digests["old"] ?? ""}`,
        ],
        staging: ["orders: v1.2.0"],
        production: ["orders: v1.2.0"],
      },
    });
  }

  const run = (at: { path: string }, ...args: string[]): Promise<Run> =>
    releasesWith(
      {
        GITHUB_TOKEN: "MARKED-token",
        GITHUB_API_URL: api.address,
        HOME: folderOf({}),
        PATH: PATH_WITH_REGCTL,
        DOCKER_CONFIG: folderOf({}),
      },
      at.path,
      ...args,
    );

  /** Returns what was printed, as it would be with images elsewhere and with digests cut. */
  function shown({ stdout, stderr }: Run): string {
    const known: Readonly<Record<string, string>> = {
      orders: "0d51b2",
      catalog: "7f0a44",
      old: "c2e9a1",
    };
    const texts = Object.entries(known).reduce(
      (text, [name, short]) => text.replaceAll(digests[name] ?? "", `sha256:${short}...`),
      (stderr + stdout).replaceAll(registry.host, "ghcr.io"),
    );
    return texts.trimEnd();
  }

  const documented = (command: string): string => {
    const parts = documentText("docs/resolve.md").split("```text\n$ ");
    const part = parts.find((one) => one.startsWith(`${command}\n`)) ?? "";
    return part.slice(command.length + 1).split("\n```")[0] ?? "";
  };

  it("pins what can move, says what stays, and prints what docs/resolve.md shows", async () => {
    const at = folder();
    const found = await run(at, "resolve", "--stack", "testing");
    assert.equal(found.code, 1, shown(found));
    assert.match(
      configOf(at, "testing"),
      new RegExp(`orders: v1.4.1@${digests["orders"] ?? ""}\n`),
    );
    assert.match(
      configOf(at, "testing"),
      new RegExp(`catalog: ${HEAD}@${digests["catalog"] ?? ""}\n`),
    );
    assert.equal(shown(found), documented("releases resolve --stack testing"));
  });

  it("prints the parts of a promotion and the findings as JSON", async () => {
    const { code, stdout } = await run(
      folder(),
      "resolve",
      "--stack",
      "testing",
      "--json",
      "--dry-run",
    );
    const result = JSON.parse(stdout) as Record<string, readonly Record<string, unknown>[]>;
    assert.deepEqual(Object.keys(result), [
      "moves",
      "gates",
      "edits",
      "artifacts",
      "message",
      "findings",
    ]);
    assert.equal(code, 1);
    assert.deepEqual(
      result["findings"]?.map(({ service, code, isPending }) => [service, code, isPending]),
      [
        ["orders", "too-young", true],
        ["payments", "no-image", false],
        ["reports", "no-branch", false],
      ],
    );
  });

  it("exits with 0 where nobody has to act, and with 2 and 3", async () => {
    const at = folder();
    assert.equal((await run(at, "resolve", "orders", "--stack", "testing")).code, 0);
    assert.equal((await run(at, "resolve", "ordres", "--stack", "testing")).code, 2);
    assert.equal((await run(at, "resolve")).code, 2);
    api.instead.push({ status: 401 });
    const failed = await run(at, "resolve", "orders", "--stack", "testing");
    assert.equal(failed.code, 3);
    assert.match(
      failed.stderr,
      /testing: orders: GitHub, asked .*\nreleases: nothing was done, .*: orders in testing\n/,
    );
    assert.doesNotMatch(failed.stderr, /MARKED/);
  });

  it("shows what is outdated, as docs/resolve.md does, and exits with 1", async () => {
    const at = folder();
    const found = await run(at, "outdated", "--stack", "testing");
    assert.equal(found.code, 1);
    assert.equal(shown(found), documented("releases outdated --stack testing"));
    const json = await run(at, "outdated", "--json");
    const rows = JSON.parse(json.stdout) as { stack: string; service: string }[];
    assert.deepEqual(
      rows.map(({ stack, service }) => `${stack} ${service}`),
      ["testing orders", "testing payments", "staging orders", "production orders"],
    );
  });
});
