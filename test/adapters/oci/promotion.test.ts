import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { releasesKilledAt, releasesWith, type Run } from "../../support/cli";
import { folderOf } from "../../support/folder";
import { hasGit, type GitFolder } from "../../support/git";
import { GithubStandIn } from "../../support/github";
import { RegistryFront } from "../../support/registry-front";
import {
  LOGIN,
  missingRegistryTool,
  PATH_WITH_REGCTL,
  regctlBeside,
  Registry,
} from "../../support/registry";
import { freePort } from "../../support/server";
import { configOf, definition, shop } from "../../support/shop";
import { digestOf } from "../../support/model";

const B = digestOf("b");
const TOKEN = "ghp_averysecrettoken";
const INVENTORY = ["inventory", "--from", "staging", "--to", "production", "--artifacts"];

describe("releases promote, with registries", function () {
  if (!hasGit || missingRegistryTool !== undefined) {
    it(`is skipped: there is no ${missingRegistryTool ?? "git"} in PATH`, function () {
      this.skip();
    });
    return;
  }

  let staging: Registry;
  let production: Registry;
  let locked: Registry;
  let github: GithubStandIn;
  let repositories = 0;

  before(async () => {
    [staging, production, locked] = await Promise.all([
      Registry.start(),
      Registry.start(),
      Registry.start(LOGIN),
    ]);
    github = await GithubStandIn.start();
  });
  after(async () => {
    await Promise.all([staging.stop(), production.stop(), locked.stop()]);
    github.stop();
  });
  beforeEach(() => {
    github.known.clear();
    github.asked.length = 0;
    github.status = undefined;
    github.known.add("acme/inventory/releases/tags/v1.1.3-rc.2");
  });

  interface Setup {
    readonly pinned?: string;
    readonly more?: string;
    readonly to?: string;
    readonly from?: string;
  }

  /** A repository that runs a release candidate in staging, each in a place of the registries of its own. */
  function setUp({ pinned = "", more = "", from, to }: Setup = {}) {
    const team = `team${repositories++}`;
    const pins = (tag: string) => [`inventory: ${tag}`];
    const folder = shop({
      list: definition("inventory", more),
      pins: {
        testing: pins("v1.1.2"),
        staging: pins(`v1.1.3-rc.2${pinned}`),
        production: pins("v1.1.2"),
      },
      hosts: {
        testing: `${staging.host}/${team}`,
        staging: from ?? `${staging.host}/${team}`,
        production: to ?? `${production.host}/${team}`,
      },
    });
    return { folder, image: `${team}/inventory`, team };
  }

  function promote(
    folder: GitFolder,
    args: readonly string[] = [],
    env: NodeJS.ProcessEnv = {},
  ): Promise<Run> {
    const settings = {
      PATH: PATH_WITH_REGCTL,
      GITHUB_API_URL: github.address,
      GITHUB_TOKEN: TOKEN,
      HOME: folderOf({}),
    };
    return releasesWith({ ...settings, ...env }, folder.path, "promote", ...INVENTORY, ...args);
  }

  /** Asserts that a promotion was refused, said why, and left everything as it was. */
  async function refuses(
    folder: GitFolder,
    expected: { code: number; says: RegExp; env?: NodeJS.ProcessEnv },
  ): Promise<void> {
    const before = configOf(folder, "production");
    const { code, stdout, stderr } = await promote(folder, [], expected.env);
    assert.match(stderr, expected.says);
    assert.equal(code, expected.code);
    assert.equal(stdout, "");
    assert.doesNotMatch(stderr, /\n {4}at /);
    assert.equal(configOf(folder, "production"), before);
    assert.equal(folder.git("status", "--short"), "");
  }

  it("makes a release of a candidate in another registry: the same bytes, signatures and all", async () => {
    const { folder, image } = setUp();
    const digest = staging.push(image, "v1.1.3-rc.2");
    staging.sign(image, digest);
    const dry = await promote(folder, ["--dry-run", "--json"]);
    const { artifacts } = JSON.parse(dry.stdout) as { artifacts: unknown };
    assert.deepEqual(artifacts, [
      {
        service: "inventory",
        action: "copy",
        source: `${staging.host}/${image}@${digest}`,
        target: `${production.host}/${image}:v1.1.3`,
        digest,
      },
    ]);
    assert.deepEqual(production.tags(image), []);

    const { code, stdout, stderr } = await promote(folder);
    assert.equal(stderr, "");
    assert.equal(code, 0);
    assert.match(stdout, new RegExp(`copy {2}${staging.host}/${image}@${digest} -> `));
    assert.match(configOf(folder, "production"), new RegExp(`inventory: v1\\.1\\.3@${digest}\n`));
    assert.equal(production.digest(image, "v1.1.3"), digest);
    assert.deepEqual(production.referrers(image, digest), staging.referrers(image, digest));
    assert.equal(production.referrers(image, digest).length, 1);
    const hex = digest.replace(":", "-");
    assert.deepEqual(production.tags(image), [hex, `${hex}.sig`, "v1.1.3"]);
    assert.equal(production.digest(image, `${hex}.sig`), staging.digest(image, `${hex}.sig`));
    assert.deepEqual(github.asked, [
      "GET /repos/acme/inventory/releases/tags/v1.1.3-rc.2 (token)",
      "GET /repos/acme/inventory/releases/tags/v1.1.3-rc.2 (token)",
    ]);

    folder.git("checkout", "--", ".");
    const again = JSON.parse((await promote(folder, ["--json"])).stdout) as typeof artifacts & {
      artifacts: { action: string }[];
    };
    assert.deepEqual(
      again.artifacts.map(({ action }) => action),
      ["none"],
    );
    assert.equal(production.digest(image, "v1.1.3"), digest);
    assert.equal(production.tags(image).length, 3);
  });

  it("copies what refers to an image where registries list it, and no tag does", async () => {
    const fronts = await Promise.all(
      [staging, production].map(({ host }) => RegistryFront.start(host)),
    );
    try {
      const [from, to] = fronts.map(({ host }) => `${host}/listed${repositories}`);
      const { folder } = setUp({ ...(from && { from }), ...(to && { to }) });
      const image = `${from?.split("/")[1] ?? ""}/inventory`;
      const digest = staging.push(image, "v1.1.3-rc.2");
      await regctlBeside(
        ...["artifact", "put", "--artifact-type", "application/x-sig"],
        ...["--subject", `${from ?? ""}/inventory@${digest}`],
      );
      assert.equal((await promote(folder)).code, 0);
      const referrers = (place = "") =>
        regctlBeside(
          "artifact",
          "list",
          `${place}/inventory@${digest}`,
          "--format",
          "{{json .Descriptors}}",
        );
      assert.match(await referrers(to), /application\/x-sig/);
      assert.equal(await referrers(to), await referrers(from));
      assert.deepEqual(production.tags(image), ["v1.1.3"]);
    } finally {
      for (const front of fronts) front.stop();
    }
  });

  it("refuses a copy that a referrer got lost in, and writes no pin", async () => {
    const front = await RegistryFront.start(production.host);
    try {
      const to = `${front.host}/lost${repositories}`;
      const { folder, image } = setUp({ to });
      const digest = staging.push(image, "v1.1.3-rc.2");
      staging.refer(image, digest);
      const [referrer = ""] = staging.referrers(image, digest);
      // A registry that takes a referrer, lists none, and keeps no tag for them.
      const index = "application/vnd.oci.image.index.v1+json";
      front.reply = ({ url = "" }) =>
        /\/referrers\//.test(url)
          ? {
              status: 200,
              headers: { "content-type": index },
              body: JSON.stringify({ schemaVersion: 2, mediaType: index, manifests: [] }),
            }
          : undefined;
      await refuses(folder, {
        code: 3,
        says: new RegExp(`^releases: ${to}/inventory:v1\\.1\\.3 was copied without ${referrer}`),
      });
    } finally {
      front.stop();
    }
  });

  it("only tags what replication has brought already", async () => {
    const { folder, image } = setUp();
    const digest = staging.push(image, "v1.1.3-rc.2");
    production.push(image, "v1.1.3-rc.2");
    const { code, stdout } = await promote(folder);
    assert.equal(code, 0);
    assert.match(stdout, /^tag {2}/m);
    assert.deepEqual(production.tags(image), ["v1.1.3", "v1.1.3-rc.2"]);
    assert.equal(production.digest(image, "v1.1.3"), digest);
  });

  it("tags in one registry that both environments use", async () => {
    const one = `${staging.host}/shared${repositories}`;
    const { folder } = setUp({ from: one, to: one });
    const image = `${one.split("/")[1] ?? ""}/inventory`;
    const digest = staging.push(image, "v1.1.3-rc.2");
    assert.equal((await promote(folder)).code, 0);
    assert.equal(staging.digest(image, "v1.1.3"), digest);
  });

  it("promotes the digest that is pinned, wherever its tag has gone", async () => {
    const digest = staging.push(`team${repositories}/inventory`, "v1.1.3-rc.2", "what ran");
    const { folder, image } = setUp({ pinned: `@${digest}` });
    staging.push(image, "v1.1.3-rc.2", "something else");
    assert.equal((await promote(folder)).code, 0);
    assert.equal(production.digest(image, "v1.1.3"), digest);
  });

  it("brings the image under its other names as well", async () => {
    const { folder, team, image } = setUp({ more: ", aliases: [inventory-3.7]" });
    const alias = `${team}/inventory-3.7`;
    const digest = staging.push(image, "v1.1.3-rc.2");
    staging.push(alias, "v1.1.3-rc.2");
    assert.equal((await promote(folder)).code, 0);
    assert.equal(production.digest(alias, "v1.1.3"), digest);
  });

  it("spells tags as the list does", async () => {
    const { folder, image } = setUp({
      more: ", tags: { image: '{version}', github: 'inv-{version}' }",
    });
    const digest = staging.push(image, "1.1.3-rc.2");
    github.known.add("acme/inventory/releases/tags/inv-1.1.3-rc.2");
    const { code, stderr } = await promote(folder);
    assert.equal(code, 0, stderr);
    assert.equal(production.digest(image, "1.1.3"), digest);
  });

  it("refuses a tag that means other bytes", async () => {
    const { folder, image } = setUp();
    staging.push(image, "v1.1.3-rc.2", "new");
    const taken = production.push(image, "v1.1.3", "old");
    await refuses(folder, {
      code: 1,
      says: new RegExp(
        `^artifact refuses inventory: .*:v1\\.1\\.3 is ${taken} already, and this is sha256:.*; release it under another version`,
      ),
    });
    assert.equal(production.digest(image, "v1.1.3"), taken);
  });

  it("refuses an image that is nowhere", async () => {
    await refuses(setUp().folder, {
      code: 1,
      says: /^artifact refuses inventory: .*\/inventory has no tag v1\.1\.3-rc\.2; push the image, or pin a digest\n$/,
    });
    await refuses(setUp({ pinned: `@${B}` }).folder, {
      code: 1,
      says: /^artifact refuses inventory: neither .* nor .* has sha256:b+; push the image again\n$/,
    });
  });

  it("refuses what isn't released on GitHub", async () => {
    const { folder, image } = setUp();
    staging.push(image, "v1.1.3-rc.2");
    github.known.clear();
    await refuses(folder, {
      code: 1,
      says: /^release refuses inventory: GitHub shows no release v1\.1\.3-rc\.2 of acme\/inventory; publish it, or give a GITHUB_TOKEN/,
    });
    assert.deepEqual(production.tags(image), []);
  });

  it("shows the token nowhere, and says that it asks nothing without one", async () => {
    const { folder, image } = setUp();
    staging.push(image, "v1.1.3-rc.2");
    const run = await promote(folder, ["--dry-run", "--json"]);
    assert.equal((run.stdout + run.stderr).includes(TOKEN), false);
    assert.equal(github.asked.length, 1);
    const without = await promote(folder, ["--dry-run"], { GITHUB_TOKEN: "", GH_TOKEN: "" });
    assert.equal(without.code, 0);
    assert.equal(
      without.stderr,
      "GitHub isn't asked about releases and attestations: there is no GITHUB_TOKEN\n",
    );
    assert.equal(github.asked.length, 1);
  });

  it("fails when GitHub does, after asking again", async () => {
    const { folder, image } = setUp();
    staging.push(image, "v1.1.3-rc.2");
    github.status = 502;
    await refuses(folder, {
      code: 3,
      says: /^releases: GitHub, asked for acme\/inventory v1\.1\.3-rc\.2: .*; check the network and GITHUB_TOKEN/,
    });
    assert.equal(github.asked.length, 3);
  });

  it("fails when a registry can't be reached", async () => {
    const { folder, image } = setUp({ to: `127.0.0.1:${await freePort()}/acme` });
    staging.push(image, "v1.1.3-rc.2");
    await refuses(folder, {
      code: 3,
      says: /^releases: .*connection refused; check the network, and that 127\.0\.0\.1:\d+ is right\n$/,
    });
  });

  it("fails without regctl, and says where it comes from", async () => {
    const { folder } = setUp();
    const bare = folderOf({});
    for (const tool of ["git", "node"]) {
      const found = (process.env["PATH"] ?? "").split(":").map((place) => path.join(place, tool));
      fs.symlinkSync(
        tool === "node" ? process.execPath : (found.find((file) => fs.existsSync(file)) ?? ""),
        path.join(bare, tool),
      );
    }
    await refuses(folder, {
      code: 3,
      says: /^releases: regctl is neither in PATH nor in ~\/go\/bin.*install it from https:\/\/regclient\.org/,
      env: { PATH: bare },
    });
  });

  describe("that want a login", () => {
    const dockerConfig = (content: object): NodeJS.ProcessEnv => ({
      DOCKER_CONFIG: folderOf({ "config.json": JSON.stringify(content) }),
    });
    const auth = (password: string): string =>
      Buffer.from(`${LOGIN.user}:${password}`).toString("base64");

    function lockedTarget() {
      const made = setUp({ to: `${locked.host}/team${repositories}` });
      staging.push(made.image, "v1.1.3-rc.2");
      return made;
    }

    it("takes it from the Docker config", async () => {
      const { folder, image } = lockedTarget();
      const env = dockerConfig({ auths: { [locked.host]: { auth: auth(LOGIN.password) } } });
      const { code, stderr } = await promote(folder, [], env);
      assert.equal(code, 0, stderr);
      assert.equal(locked.digest(image, "v1.1.3"), staging.digest(image, "v1.1.3-rc.2"));
    });

    it("takes it from a credential helper", async () => {
      const { folder, image } = lockedTarget();
      const script = `#!/bin/sh\ncat >/dev/null\necho '{"Username":"${LOGIN.user}","Secret":"${LOGIN.password}"}'\n`;
      const bin = folderOf({ "docker-credential-test": script });
      fs.chmodSync(path.join(bin, "docker-credential-test"), 0o755);
      const env = dockerConfig({ credHelpers: { [locked.host]: "test" } });
      const { code, stderr } = await promote(folder, [], {
        ...env,
        PATH: `${bin}:${PATH_WITH_REGCTL}`,
      });
      assert.equal(code, 0, stderr);
      assert.notEqual(locked.digest(image, "v1.1.3"), undefined);
    });

    it("says how to log in where there is none, or an old one", async () => {
      const advice =
        /unauthorized.*; log in with docker login 127\.0\.0\.1:\d+, or renew the login\n$/;
      await refuses(lockedTarget().folder, { code: 3, says: advice, env: dockerConfig({}) });
      const old = "an old password";
      const env = dockerConfig({ auths: { [locked.host]: { auth: auth(old) } } });
      const { folder } = lockedTarget();
      await refuses(folder, { code: 3, says: advice, env });
      const { stderr } = await promote(folder, [], env);
      assert.equal(stderr.includes(old), false);
    });
  });

  it("leaves the pins old, or new with their image there, wherever it is killed", async () => {
    const { folder, image } = setUp();
    const digest = staging.push(image, "v1.1.3-rc.2");
    const before = configOf(folder, "production");
    const after = before.replace("v1.1.2", `v1.1.3@${digest}`);
    const env = {
      PATH: PATH_WITH_REGCTL,
      GITHUB_API_URL: github.address,
      GITHUB_TOKEN: TOKEN,
      HOME: folderOf({}),
    };
    const seen = new Set<string>();
    for (let nth = 1, code: number | null = null; code === null; nth++) {
      folder.git("checkout", "--", ".");
      folder.git("clean", "--quiet", "--force", "-d");
      ({ code } = await releasesKilledAt(nth, folder.path, ["promote", ...INVENTORY], env));
      const [pins, tagged] = [configOf(folder, "production"), production.digest(image, "v1.1.3")];
      assert.ok([before, after].includes(pins), `half a file at ${nth}`);
      assert.ok([undefined, digest].includes(tagged), `another image at ${nth}`);
      if (pins === after) assert.equal(tagged, digest);
      seen.add(pins === after ? "both" : tagged === undefined ? "neither" : "the image");
      assert.ok(nth < 100);
    }
    assert.deepEqual([...seen], ["neither", "the image", "both"]);
  });
});
