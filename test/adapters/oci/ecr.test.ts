import assert from "node:assert/strict";
import { ecrLogin } from "../../../src/adapters/oci/ecr";
import { releasesWith, type Run } from "../../support/cli";
import { setEnvironment } from "../../support/environment";
import { Registries } from "../../../src/adapters/oci/regctl";
import { folderOf } from "../../support/folder";
import { hasGit } from "../../support/git";
import { GithubStandIn } from "../../support/github";
import { RegistryFront } from "../../support/registry-front";
import { missingRegistryTool, PATH_WITH_REGCTL, Registry } from "../../support/registry";
import { Moto, moto } from "../../support/moto";
import { freePort } from "../../support/server";
import { configOf, definition, pin, shop } from "../../support/shop";

const ECR = "111111111111.dkr.ecr.eu-west-1.amazonaws.com";

/** The login that moto gives for ECR, as a registry's htpasswd file has it. */
const MOTO_LOGIN = {
  user: "AWS",
  password: "123456789012-auth-token",
  hash: "$2b$04$irFSrVG6bOSgt.hH/1T3IuMvFc17fI5JgzGfHFNujwUTjI.tseu.u",
};

describe("releases promote, with ECR", function () {
  const missing = moto === undefined ? "moto_server" : missingRegistryTool;
  if (!hasGit || missing !== undefined) {
    it(`is skipped: there is no ${missing ?? "git"} in PATH`, function () {
      this.skip();
    });
    return;
  }

  const AWS = { AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test", AWS_REGION: "eu-west-1" };
  let server: Moto;
  let source: Registry;
  let ecr: Registry;
  let plain: Registry;
  let github: GithubStandIn;

  before(async () => {
    [server, source, ecr, plain, github] = await Promise.all([
      Moto.start(),
      Registry.start(),
      Registry.start(MOTO_LOGIN),
      Registry.start(),
      GithubStandIn.start(),
    ]);
    github.known.add("acme/inventory/releases/tags/v1.1.3-rc.2");
  });
  after(async () => {
    await Promise.all([server.stop(), source.stop(), ecr.stop(), plain.stop()]);
    github.stop();
  });

  /** Promotes to an ECR registry whose name leads to the one on the loopback. */
  async function promote(team: string, env: NodeJS.ProcessEnv): Promise<Run & { config: string }> {
    const folder = shop({
      list: definition("inventory"),
      pins: {
        testing: ["inventory: v1.1.2"],
        staging: ["inventory: v1.1.3-rc.2"],
        production: ["inventory: v1.1.2"],
      },
      hosts: { staging: `${source.host}/${team}`, production: `${ECR}/${team}` },
    });
    source.push(`${team}/inventory`, "v1.1.3-rc.2");
    const hosts = { [ECR]: { hostname: ecr.host, tls: "disabled" } };
    const settings = {
      ...AWS,
      AWS_ENDPOINT_URL_ECR: server.endpoint,
      GITHUB_API_URL: github.address,
      HOME: folderOf({}),
      PATH: PATH_WITH_REGCTL,
      REGCTL_CONFIG: `${folderOf({ "config.json": JSON.stringify({ hosts }) })}/config.json`,
      ...env,
    };
    const args = ["inventory", "--from", "staging", "--to", "production", "--artifacts"];
    const run = await releasesWith(settings, folder.path, "promote", ...args);
    return { ...run, config: configOf(folder, "production") };
  }

  it("logs in through the AWS SDK, and shows the password nowhere", async () => {
    const { code, stdout, stderr, config } = await promote("one", {});
    assert.equal(code, 0, stderr);
    const digest = source.digest("one/inventory", "v1.1.3-rc.2");
    assert.equal(ecr.digest("one/inventory", "v1.1.3"), digest);
    assert.match(config, new RegExp(`inventory: v1\\.1\\.3@${digest ?? "?"}`));
    assert.equal((stdout + stderr).includes(MOTO_LOGIN.password), false);
  });

  it("says when AWS can't be reached, and writes nothing", async () => {
    const closed = `http://127.0.0.1:${await freePort()}`;
    const run = await promote("two", { AWS_ENDPOINT_URL_ECR: closed, AWS_MAX_ATTEMPTS: "1" });
    assert.equal(run.code, 3);
    assert.match(
      run.stderr,
      /^releases: AWS gives no login to ECR in eu-west-1: .*; renew the login with aws sso login/m,
    );
    assert.match(run.config, /inventory: v1\.1\.2\n/);
  });

  it("says when there are no AWS credentials", async () => {
    const nothing = {
      AWS_ACCESS_KEY_ID: "",
      AWS_SECRET_ACCESS_KEY: "",
      AWS_EC2_METADATA_DISABLED: "true",
    };
    const run = await promote("three", nothing);
    assert.equal(run.code, 3);
    assert.match(
      run.stderr,
      /^releases: AWS gives no login to ECR in eu-west-1: Could not load credentials/m,
    );
  });

  it("says when the registry refuses AWS's login: it is another account's, or too old", async () => {
    const other = { [ECR]: { hostname: ecr.host, tls: "disabled", user: "AWS", pass: "old" } };
    const docker = {
      auths: { [ECR]: { auth: Buffer.from("AWS:an-old-token").toString("base64") } },
    };
    const run = await promote("four", {
      REGCTL_CONFIG: `${folderOf({ "config.json": JSON.stringify({ hosts: other }) })}/config.json`,
      DOCKER_CONFIG: folderOf({ "config.json": JSON.stringify(docker) }),
    });
    assert.equal(run.code, 3);
    assert.match(
      run.stderr,
      /unauthorized.*; renew the AWS login, and check that it may pull and push there\n$/,
    );
    assert.equal(run.stderr.includes("old-token"), false);
    assert.match(run.config, /inventory: v1\.1\.2\n/);
  });

  describe("with a role for each end of a copy", () => {
    const STAGING = ECR.replace(/^\d+/, "222222222222");
    const role = (account: string) => `arn:aws:iam::${account}:role/registry`;
    /** The login that moto gives a role of an account. */
    const login = (account: string) =>
      `Basic ${Buffer.from(`AWS:${account}-auth-token`).toString("base64")}`;
    let fronts: { from: RegistryFront; to: RegistryFront };

    beforeEach(async () => {
      const from = await RegistryFront.start(source.host);
      const to = await RegistryFront.start(plain.host);
      fronts = { from, to };
      for (const front of [from, to]) {
        front.reply = ({ headers }) =>
          headers.authorization === undefined
            ? { status: 401, headers: { "www-authenticate": 'Basic realm="ecr"' } }
            : undefined;
      }
    });
    afterEach(() => {
      fronts.from.stop();
      fronts.to.stop();
    });

    const settings = (more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => {
      const { from, to } = fronts;
      const hosts = {
        [STAGING]: { hostname: from.host, tls: "disabled" },
        [ECR]: { hostname: to.host, tls: "disabled" },
      };
      return {
        ...AWS,
        AWS_ENDPOINT_URL_ECR: server.endpoint,
        AWS_ENDPOINT_URL_STS: server.endpoint,
        GITHUB_API_URL: github.address,
        HOME: folderOf({}),
        PATH: PATH_WITH_REGCTL,
        REGCTL_CONFIG: `${folderOf({ "config.json": JSON.stringify({ hosts }) })}/config.json`,
        // Whatever Docker knows: the roles that a stack config names count.
        DOCKER_CONFIG: folderOf({ "config.json": JSON.stringify({ auths: { [ECR]: {} } }) }),
        ...more,
      };
    };

    function roles(team: string) {
      const folder = shop({
        list: definition("inventory"),
        pins: {
          testing: ["inventory: v1.1.2"],
          staging: ["inventory: v1.1.3-rc.2"],
          production: ["inventory: v1.1.2"],
        },
        hosts: { staging: `${STAGING}/${team}`, production: `${ECR}/${team}` },
      });
      const assume = {
        staging: `read: "${role("222222222222")}"`,
        production: `read: "${role("333333333333")}", write: "${role("111111111111")}"`,
      };
      for (const [stack, own] of Object.entries(assume)) {
        pin(folder, stack, `/${team}" }`, `/${team}", assume: { ${own} } }`);
      }
      source.push(`${team}/inventory`, "v1.1.3-rc.2");
      source.refer(`${team}/inventory`, source.digest(`${team}/inventory`, "v1.1.3-rc.2") ?? "");
      return folder;
    }
    const ARGS = ["inventory", "--from", "staging", "--to", "production", "--artifacts"];

    it("reads one with its role, asks the other with its own, and writes with a third", async () => {
      const folder = roles("five");
      const run = await releasesWith(settings(), folder.path, "promote", ...ARGS);
      assert.equal(run.code, 0, run.stderr);
      const digest = source.digest("five/inventory", "v1.1.3-rc.2");
      assert.equal(plain.digest("five/inventory", "v1.1.3"), digest);
      const seen = ({ asked }: RegistryFront, lines: RegExp) => [
        ...new Set(
          asked
            .filter(({ line, authorization }) => lines.test(line) && authorization !== undefined)
            .map(({ authorization }) => authorization),
        ),
      ];
      assert.deepEqual(seen(fronts.from, /./), [login("222222222222")]);
      assert.deepEqual(seen(fronts.to, /./), [login("333333333333"), login("111111111111")]);
      assert.deepEqual(seen(fronts.to, /^(?:PUT|POST|PATCH|DELETE) /), [login("111111111111")]);
    });

    it("has the roles in its plan", async () => {
      const folder = roles("six");
      const run = await releasesWith(
        settings(),
        folder.path,
        ...["promote", ...ARGS, "--dry-run", "--json"],
      );
      const { artifacts } = JSON.parse(run.stdout) as { artifacts: { assume?: unknown }[] };
      const expected = { read: role("222222222222"), write: role("111111111111") };
      assert.deepEqual(
        artifacts.map(({ assume }) => assume),
        [expected],
      );
      assert.deepEqual(plain.tags("six/inventory"), []);
    });

    it("reads what is attached with its role", async () => {
      const digest = source.push("seven/inventory", "v1");
      const restore = setEnvironment(settings());
      const prefix = `${STAGING}/seven/`;
      const registries = new Registries(new Map([[prefix, { read: role("222222222222") }]]));
      try {
        await registries.attachedTo({ host: STAGING, repository: "seven/inventory", digest });
      } finally {
        registries.close();
        restore();
      }
      const used = fronts.from.asked.map(({ authorization }) => authorization);
      assert.deepEqual([...new Set(used)], [undefined, login("222222222222")]);
    });

    it("says which role can't be assumed, and writes nothing", async () => {
      const folder = roles("eight");
      const closed = `http://127.0.0.1:${await freePort()}`;
      const env = settings({ AWS_ENDPOINT_URL_STS: closed, AWS_MAX_ATTEMPTS: "1" });
      const run = await releasesWith(env, folder.path, "promote", ...ARGS);
      assert.equal(run.code, 3);
      assert.match(
        run.stderr,
        /^releases: AWS gives no login to ECR in eu-west-1 as arn:aws:iam::\d{12}:role\/registry: .*; check that its trust policy allows these credentials, or renew/m,
      );
      assert.match(configOf(folder, "production"), /inventory: v1\.1\.2\n/);
    });
  });

  it("gives the password without its user", async () => {
    const restore = setEnvironment({ ...AWS, AWS_ENDPOINT_URL_ECR: server.endpoint });
    try {
      assert.equal(await ecrLogin("eu-west-1"), MOTO_LOGIN.password);
    } finally {
      restore();
    }
  });
});
