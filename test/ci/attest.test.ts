import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { keySigner } from "../../src/adapters/sigstore/signing";
import { Pusher } from "../support/attach";
import { releasesWith, type Run } from "../support/cli";
import { folderOf } from "../support/folder";
import { hasGit, type GitFolder } from "../support/git";
import { PulumiHistory } from "../support/pulumi-history";
import { missingRegistryTool, PATH_WITH_REGCTL, Registry } from "../support/registry";
import { definition, pin, shop } from "../support/shop";
import { linkProgram, runStep } from "../support/workflows";

const PATH = `environments:
  testing: { accepts: [release] }
  staging: { from: testing, accepts: [release] }
  production: { from: staging, ref: main, accepts: [release], verify: { mode: require, identities: [{ key: builder.pub }] } }
`;

function newKey(): string {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return privateKey.export({ format: "pem", type: "pkcs8" }).toString();
}

describe("releases ci attest", function () {
  if (!hasGit || missingRegistryTool !== undefined) {
    it(`is skipped: there is no ${missingRegistryTool ?? "git"} in PATH`, function () {
      this.skip();
    });
    return;
  }

  let registry: Registry;
  let state: PulumiHistory;
  let folder: GitFolder;
  let since: string;
  let old: string;
  let digest: string;
  const builder = keySigner(newKey());

  before(async () => {
    registry = await Registry.start();
  });
  after(() => registry.stop());

  beforeEach(async () => {
    state = new PulumiHistory(["testing", "staging", "production"]);
    old = await signedImage("old");
    digest = await signedImage("new");
    const hosts = `${registry.host}/acme`;
    const pins = [`orders: "v1.0.0@${old}"`];
    folder = shop({
      environments: PATH,
      list: definition("orders"),
      pins: { testing: pins, staging: pins, production: pins },
      hosts: { testing: hosts, staging: hosts, production: hosts },
      at: "2026-10-01T10:00:00Z",
    });
    folder.write("builder.pub", builder.publicKey);
    since = folder.commit("trust the builder", { at: "2026-10-02T10:00:00Z" });
    for (const stack of ["testing", "staging", "production"]) {
      state.add(stack, since, { at: "2026-10-02T11:00:00Z" });
    }
  });

  /** Pushes an image that its builder signs. */
  async function signedImage(content: string): Promise<string> {
    const pusher = new Pusher(registry.host, "acme/orders");
    const image = await pusher.image(`${content} ${Math.random()}`);
    const statement = JSON.stringify({
      _type: "https://in-toto.io/Statement/v1",
      subject: [{ digest: { sha256: image.digest.slice("sha256:".length) } }],
      predicateType: "https://sigstore.dev/cosign/sign/v1",
      predicate: {},
    });
    const layer = await pusher.bundle(await builder.signer.sign(statement), image);
    // The registry lists no referrers: the index of the digest stands in for them.
    const manifest = await pusher.manifest({
      artifactType: layer.mediaType,
      layers: [layer],
      subject: image,
    });
    await pusher.index([manifest], image.digest.replace(":", "-"));
    return image.digest;
  }

  /** Pins the new image in a stack. */
  function move(stack: string, at: string): void {
    pin(folder, stack, `v1.0.0@${old}`, `v1.1.0@${digest}`, { at });
    if (stack !== "production") state.add(stack, folder.git("rev-parse", "HEAD").trim(), { at });
  }

  function attest(...args: string[]): Promise<Run> {
    const environment = {
      PATH: [state.folder, PATH_WITH_REGCTL].join(":"),
      HOME: folderOf({}),
      SINCE: since,
      GITHUB_REPOSITORY: "acme/releases",
      GITHUB_TOKEN: "",
      ACTIONS_ID_TOKEN_REQUEST_URL: "",
    };
    return releasesWith(environment, folder.path, "ci", "attest", "production", ...args);
  }

  const keyFile = (): string => path.join(folderOf({ "key.pem": newKey() }), "key.pem");

  it("attaches what the gates say to the image, once", async () => {
    move("testing", "2026-10-03T10:00:00Z");
    move("staging", "2026-10-04T10:00:00Z");
    since = folder.git("rev-parse", "HEAD").trim();
    state.add("production", since, { at: "2026-10-05T10:00:00Z" });
    move("production", "2026-10-06T10:00:00Z");
    const key = keyFile();
    const first = await attest("--key", key);
    assert.equal(first.code, 0, first.stderr + first.stdout);
    const image = `${registry.host}/acme/orders@${digest}`;
    assert.equal(
      first.stdout,
      `${image}: attached https://slsa.dev/verification_summary/v1, https://github.com/acme/releases/promotion/production/v1\n`,
    );
    const second = await attest("--key", key);
    assert.equal(second.stdout, `${image}: attested to before\n`);
    fs.writeFileSync(path.join(folder.path, "builder.pub"), keySigner(newKey()).publicKey);
    const unsigned = await attest("--key", key);
    assert.equal(unsigned.code, 1);
    assert.match(unsigned.stderr, /orders: .* that counts/);
  });

  it("refuses what never ran upstream", async () => {
    move("production", "2026-10-06T10:00:00Z");
    const { code, stderr } = await attest("--key", keyFile());
    assert.equal(code, 1, stderr);
    assert.match(stderr, /order refuses orders/);
  });

  it("says that nothing is attested to where nobody may sign, as a step of the workflow", async () => {
    const at = folder.path;
    linkProgram(at);
    const values = {
      ...{ "matrix.stack": "production", "matrix.since": since },
      ...{ "github.event.repository.visibility": "private", "vars.PULUMI_BACKEND_URL": "" },
      "steps.teams.outputs.token || github.token": "",
    };
    const variables = { PATH: process.env["PATH"], GITHUB_REPOSITORY: "acme/releases" };
    const { code, out } = await runStep("deploy.yml", "Attest", at, values, variables);
    assert.equal(code, 0, out);
    assert.match(out, /nothing is attested to: the job has no permission id-token: write/);
  });
});
