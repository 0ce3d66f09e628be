import assert from "node:assert/strict";
import { ecrLogin } from "../../../src/adapters/oci/ecr";
import { releasesWith, type Run } from "../../support/cli";
import { setEnvironment } from "../../support/environment";
import { folderOf } from "../../support/folder";
import { hasGit } from "../../support/git";
import { GithubStandIn } from "../../support/github";
import { missingRegistryTool, PATH_WITH_REGCTL, Registry } from "../../support/registry";
import { freePort, ServerProcess } from "../../support/server";
import { configOf, definition, shop } from "../../support/shop";
import { findTool } from "../../../src/adapters/find-tool";

const ECR = "111111111111.dkr.ecr.eu-west-1.amazonaws.com";
const moto = findTool("moto_server");

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
  let endpoint: string;
  let server: ServerProcess;
  let source: Registry;
  let ecr: Registry;
  let github: GithubStandIn;

  before(async () => {
    const port = await freePort();
    endpoint = `http://127.0.0.1:${port}`;
    [server, source, ecr, github] = await Promise.all([
      ServerProcess.start(moto ?? "", ["-H", "127.0.0.1", "-p", String(port)], endpoint),
      Registry.start(),
      Registry.start(MOTO_LOGIN),
      GithubStandIn.start(),
    ]);
    github.known.add("acme/inventory/releases/tags/v1.1.3-rc.2");
  });
  after(async () => {
    await Promise.all([server.stop(), source.stop(), ecr.stop()]);
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
      AWS_ENDPOINT_URL_ECR: endpoint,
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

  it("gives the password without its user", async () => {
    const restore = setEnvironment({ ...AWS, AWS_ENDPOINT_URL_ECR: endpoint });
    try {
      assert.equal(await ecrLogin("eu-west-1"), MOTO_LOGIN.password);
    } finally {
      restore();
    }
  });
});
