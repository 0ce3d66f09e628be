import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { promisify } from "node:util";
import { findTool } from "../../../src/adapters/find-tool";
import { Registries } from "../../../src/adapters/oci/regctl";
import { proofOf } from "../../../src/adapters/sigstore/proofs";
import { sha256Of } from "../../../src/adapters/sigstore/sha256";
import { keySigner } from "../../../src/adapters/sigstore/signing";
import { formatImageReference } from "../../../src/core/image-reference";
import { SUMMARY_TYPE } from "../../../src/core/verify/promotion";
import { Pusher } from "../../support/attach";
import { setEnvironment } from "../../support/environment";
import { folderOf } from "../../support/folder";
import { digestOf } from "../../support/model";
import { missingRegistryTool, PATH_WITH_REGCTL, Registry } from "../../support/registry";
import { RegistryFront } from "../../support/registry-front";

const cosign = findTool("cosign", [path.join(process.env["HOME"] ?? "", "go/bin")]);
const SIGN = "https://sigstore.dev/cosign/sign/v1";

describe("cosign itself", function () {
  const missing = missingRegistryTool ?? (cosign === undefined ? "cosign 3" : undefined);
  if (missing !== undefined) {
    it(`is skipped: there is no ${missing} in PATH`, function () {
      this.skip();
    });
    return;
  }

  let registry: Registry;
  let front: RegistryFront;
  let registries: Registries;
  let restore: () => void;
  let folder: string;
  /** In PEM; the private one without a passphrase. */
  let keys: { file: string; publicFile: string; pem: string; publicKey: string };
  let images = 0;

  /** Runs cosign beside this process, which serves what it asks for. */
  async function run(...args: string[]): Promise<string> {
    const env = { ...process.env, COSIGN_PASSWORD: "", HOME: folder };
    const running = promisify(execFile)(cosign ?? "", args, { env, cwd: folder });
    running.child.stdin?.end();
    const { stdout, stderr } = await running;
    return stdout + stderr;
  }

  before(async () => {
    registry = await Registry.start();
    front = await RegistryFront.start(registry.host);
    folder = folderOf({});
    restore = setEnvironment({ PATH: PATH_WITH_REGCTL, HOME: folder });
    registries = new Registries();
    const pem = newKey();
    fs.writeFileSync(path.join(folder, "own.pem"), pem);
    // The key in cosign's own encryption, with an empty password.
    await run("import-key-pair", "--key", "own.pem", "--output-key-prefix", "own", "--yes");
    const publicKey = fs.readFileSync(path.join(folder, "own.pub"), "utf8");
    keys = { file: "own.key", publicFile: "own.pub", pem, publicKey };
  });
  after(async () => {
    registries.close();
    restore();
    front.stop();
    await registry.stop();
  });

  const PLACES = [
    ["referrers", () => front.host],
    ["index tag", () => registry.host],
  ] as const;

  async function imageAt(host: string) {
    const repository = `acme/cosign${images++}`;
    const { digest } = await new Pusher(host, repository).image(repository);
    const image = { host, repository, digest };
    return { image, name: formatImageReference(image) };
  }

  const HTTP = ["--allow-http-registry", "--allow-insecure-registry"];

  for (const [place, hostOf] of PLACES) {
    it(`verifies what is attached here (${place}), and refuses another key and another type`, async () => {
      const { image, name } = await imageAt(hostOf());
      const { signer } = keySigner(keys.pem);
      const statement = JSON.stringify({
        _type: "https://in-toto.io/Statement/v1",
        subject: [{ name, digest: { sha256: image.digest.slice("sha256:".length) } }],
        predicateType: SUMMARY_TYPE,
        predicate: { verificationResult: "PASSED" },
      });
      const text = await signer.sign(statement);
      await registries.attach(image, { text, predicateType: SUMMARY_TYPE, at: new Date() });
      const verify = (key: string, type: string) =>
        run(
          ...["verify-attestation", "--key", key, "--type", type, ...HTTP],
          ...["--insecure-ignore-tlog", name],
        );
      assert.match(
        await verify(keys.publicFile, SUMMARY_TYPE),
        /verified against the specified public key/,
      );
      await assert.rejects(verify(keys.publicFile, SIGN));
      fs.writeFileSync(path.join(folder, "other.pub"), keySigner(newKey()).publicKey);
      await assert.rejects(verify("other.pub", SUMMARY_TYPE));
    });

    it(`writes signatures and attestations that are verified here (${place})`, async () => {
      const { image, name } = await imageAt(hostOf());
      fs.writeFileSync(path.join(folder, "config.json"), SIGNING_CONFIG);
      fs.writeFileSync(path.join(folder, "predicate.json"), '{"a":1}');
      const options = ["--key", keys.file, "--signing-config", "config.json", "--yes", ...HTTP];
      await run("sign", ...options, name);
      await run(
        "attest",
        ...options,
        "--type",
        SUMMARY_TYPE,
        "--predicate",
        "predicate.json",
        name,
      );
      const found = await registries.attachedTo(image);
      assert.deepEqual([...new Set(found.map((one) => one.place))], [place]);
      const trust = { key: keys.publicKey };
      const trusted = [{ trust, file: "own.pub", digest: sha256Of(keys.publicKey) }];
      const proofs = found.map((one) => proofOf(one, image.digest, trusted));
      assert.deepEqual(
        proofs.map((proof) => ("problem" in proof ? proof.problem : proof.predicate)).sort(),
        [SUMMARY_TYPE, SIGN].sort(),
      );
      for (const one of found) assert.ok("problem" in proofOf(one, digestOf("0"), trusted));
    });
  }

  it("writes the older tags, and they are verified here as well", async () => {
    const { image, name } = await imageAt(registry.host);
    const options = ["--key", keys.file, "--yes", "--tlog-upload=false", ...HTTP];
    const old = ["--new-bundle-format=false", "--use-signing-config=false"];
    await run("sign", ...options, ...old, name);
    fs.writeFileSync(path.join(folder, "predicate.json"), '{"a":1}');
    await run(
      "attest",
      ...options,
      ...old,
      "--type",
      SUMMARY_TYPE,
      "--predicate",
      "predicate.json",
      name,
    );
    const found = await registries.attachedTo(image);
    const trust = { key: keys.publicKey };
    const trusted = [{ trust, file: "own.pub", digest: sha256Of(keys.publicKey) }];
    const proofs = found.map((one) => {
      const proof = proofOf(one, image.digest, trusted);
      return [one.place, "problem" in proof ? proof.problem : (proof.predicate ?? "signature")];
    });
    assert.deepEqual(proofs.sort(), [
      ["attestation tag", SUMMARY_TYPE],
      ["signature tag", "signature"],
    ]);
  });
});

/** Neither a log nor an authority for times. */
const SIGNING_CONFIG = JSON.stringify({
  mediaType: "application/vnd.dev.sigstore.signingconfig.v0.2+json",
});

/** Returns a new private key in PEM. */
function newKey(): string {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return privateKey.export({ format: "pem", type: "pkcs8" }).toString();
}
