import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { BUNDLE_TYPE, DSSE_TYPE, Pusher, SIMPLE_TYPE, type Pushed } from "../../support/attach";
import { releasesWith, type Run } from "../../support/cli";
import { folderOf } from "../../support/folder";
import { GithubStandIn } from "../../support/github";
import { missingRegistryTool, PATH_WITH_REGCTL, Registry } from "../../support/registry";
import { RegistryFront } from "../../support/registry-front";
import { freePort } from "../../support/server";
import { signedImage, signingOf } from "../../support/signed";
import { SigstoreAuthority, type Signature } from "../../support/sigstore-authority";
import "../../support/without-pauses";

const INDEX = "application/vnd.oci.image.index.v1+json";

describe("releases verify, with a registry", function () {
  if (missingRegistryTool !== undefined) {
    it(`is skipped: there is no ${missingRegistryTool} in PATH`, function () {
      this.skip();
    });
    return;
  }

  let registry: Registry;
  let front: RegistryFront;
  let github: GithubStandIn;
  let authority: SigstoreAuthority;
  let repositories = 0;
  /** The team's part of the registry, of this test alone. */
  let team: string;
  /** The repository of the image without a list of referrers, and with one. */
  let plain: Pusher;
  let listed: Pusher;
  let image: Pushed;

  before(async () => {
    registry = await Registry.start();
    front = await RegistryFront.start(registry.host);
    github = await GithubStandIn.start();
    authority = await SigstoreAuthority.start();
  });
  after(async () => {
    front.stop();
    github.stop();
    await registry.stop();
  });
  beforeEach(async () => {
    team = `team${repositories++}`;
    [plain, listed] = [registry, front].map(({ host }) => new Pusher(host, `${team}/orders`)) as [
      Pusher,
      Pusher,
    ];
    const digest = registry.push(`${team}/orders`, "v1.2.0", team);
    const url = `http://${registry.host}/v2/${team}/orders/manifests/${digest}`;
    const head = await fetch(url, { method: "HEAD", headers: { accept: INDEX } });
    image = { mediaType: INDEX, digest, size: Number(head.headers.get("content-length")) };
    front.reply = undefined;
    front.asked.length = 0;
    github.asked.length = 0;
    github.status = undefined;
  });

  /** A repository of which production pins the image and demands signatures. */
  function repository({ mode = "require", host = front.host, pin = "" } = {}): string {
    return folderOf({
      "service/shop.yaml": "- { github: orders, docker: orders, deploy: { release: v1.0.0 } }\n",
      "environments.yaml": `environments:\n  production: { accepts: [release], verify: { mode: ${mode} } }\n`,
      "Pulumi.production.yaml": `config:
  pulumi:disable-default-providers: ["*"]
  releases:cluster: { context: production }
  releases:github: { owner: acme }
  releases:registry: { role: external, host: "${host}/${team}" }
  releases:versions: { orders: "v1.2.0@${pin === "" ? image.digest : pin}" }
`,
      "trust/root.jsonl": `${authority.root}\n`,
    });
  }

  function run(folder: string, ...args: readonly string[]): Promise<Run> {
    const settings = {
      PATH: PATH_WITH_REGCTL,
      GITHUB_API_URL: github.address,
      GITHUB_TOKEN: "ghp_averysecrettoken",
      HOME: folderOf({}),
    };
    return releasesWith(settings, folder, ...args);
  }

  /** Returns the findings of lint about signatures, by their codes. */
  async function found(folder: string): Promise<string[]> {
    const { stdout } = await run(folder, "lint", "--json");
    const { issues } = JSON.parse(stdout) as { issues: { code: string }[] };
    return issues.map(({ code }) => code).filter((code) => /trust|unverified/.test(code));
  }

  const tagOf = (ending = "") => image.digest.replace(":", "-") + ending;
  const recordOf = ({ digest }: Pushed): string => `evidence/${digest.replace(":", "-")}.json`;
  const recordsIn = (folder: string): string[] =>
    fs.existsSync(path.join(folder, "evidence"))
      ? fs.readdirSync(path.join(folder, "evidence"))
      : [];

  /** Returns the annotations that cosign keeps beside a signature of its older formats. */
  function annotationsOf(
    { signature, certificate = "", logged = "" }: Signature,
    isInside = false,
  ) {
    return {
      "dev.cosignproject.cosign/signature": isInside ? "" : signature.toString("base64"),
      "dev.sigstore.cosign/certificate": certificate,
      "dev.sigstore.cosign/bundle": logged,
    };
  }

  /** Puts a signature into each place where there may be one. */
  const PLACES: Readonly<Record<string, () => Promise<unknown>>> = {
    referrers: async () => listed.bundle(await signedImage(authority, image.digest), image),
    "index tag": async () => {
      const bundle = await signedImage(authority, image.digest);
      const manifest = await plain.manifest({ layers: [await plain.blob(bundle, BUNDLE_TYPE)] });
      return plain.index([manifest], tagOf());
    },
    "signature tag": async () => {
      const critical = {
        identity: { "docker-reference": "ghcr.io/acme/orders" },
        image: { "docker-manifest-digest": image.digest },
        type: "cosign container image signature",
      };
      const payload = JSON.stringify({ critical, optional: null });
      const signature = await authority.sign({ bytes: payload }, signingOf("acme/orders"));
      const layer = await plain.blob(payload, SIMPLE_TYPE, annotationsOf(signature));
      return plain.manifest({ layers: [layer] }, tagOf(".sig"));
    },
    "attestation tag": async () => {
      const statement = {
        _type: "https://in-toto.io/Statement/v0.1",
        predicateType: "https://slsa.dev/provenance/v0.2",
        subject: [{ name: "orders", digest: { sha256: image.digest.replace("sha256:", "") } }],
        predicate: {},
      };
      const signature = await authority.sign({ statement }, signingOf("acme/orders"));
      const { dsseEnvelope } = JSON.parse(signature.bundle) as { dsseEnvelope: object };
      const text = JSON.stringify(dsseEnvelope);
      const layer = await plain.blob(text, DSSE_TYPE, annotationsOf(signature, true));
      return plain.manifest({ layers: [layer] }, tagOf(".att"));
    },
  };

  for (const [place, sign] of Object.entries(PLACES)) {
    it(`finds a signature among the ${place}, records it, and asks nobody again`, async () => {
      await sign();
      const folder = repository();
      assert.deepEqual(await found(folder), ["unverified"]);
      front.asked.length = 0;

      const first = await run(folder, "verify", "--json");
      assert.deepEqual([first.code, first.stderr], [0, ""]);
      const service = {
        stack: "production",
        service: "orders",
        version: `v1.2.0@${image.digest}`,
        mode: "require",
        demands: "require: GitHub Actions in acme/orders",
        pass: true,
        by: "signatures",
        reason: `${front.host}/${team}/orders: signed by GitHub Actions in acme/orders`,
      };
      const record = recordOf(image);
      assert.deepEqual(JSON.parse(first.stdout), { services: [service], recorded: [record] });
      const { proofs } = JSON.parse(fs.readFileSync(path.join(folder, record), "utf8")) as {
        proofs: { place: string }[];
      };
      assert.deepEqual(
        proofs.map((proof) => proof.place),
        [`${place} of ${front.host}/${team}/orders`],
      );
      assert.ok(front.asked.length > 0);
      assert.ok(github.asked.length > 0);

      front.asked.length = 0;
      github.asked.length = 0;
      const second = await run(folder, "verify", "--json");
      assert.deepEqual([second.code, second.stderr], [0, ""]);
      const recorded = { services: [{ ...service, by: "record" }], recorded: [] };
      assert.deepEqual(JSON.parse(second.stdout), recorded);
      assert.deepEqual(await found(folder), []);
      assert.deepEqual([front.asked, github.asked], [[], []]);

      const again = await run(folder, "verify", "--again", "--json");
      assert.deepEqual(JSON.parse(again.stdout), { services: [service], recorded: [] });
      assert.ok(front.asked.length > 0);
    });
  }

  it("refuses what nobody signed, and records nothing", async () => {
    const folder = repository();
    const { code, stdout, stderr } = await run(folder, "verify");
    assert.deepEqual([code, stderr], [1, ""]);
    const reason = `orders in production: ${front.host}/${team}/orders: no signature or provenance that counts`;
    assert.ok(
      stdout.includes(`\n${reason}\n  demanded is require: GitHub Actions in acme/orders\n`),
    );
    assert.deepEqual(recordsIn(folder), []);
    assert.deepEqual(await found(folder), ["unverified"]);
  });

  it("refuses the signature of another image, and of another repository's workflow", async () => {
    const other = await plain.image("other");
    await listed.bundle(await signedImage(authority, other.digest), image);
    await listed.bundle(
      await signedImage(authority, image.digest, signingOf("acme/catalog")),
      image,
    );
    const folder = repository();
    const { code, stdout } = await run(folder, "verify", "--json");
    assert.equal(code, 1);
    const { services } = JSON.parse(stdout) as { services: { pass: boolean; reason: string }[] };
    assert.deepEqual(
      services.map(({ pass }) => pass),
      [false],
    );
    const reason = services[0]?.reason ?? "";
    assert.match(reason, new RegExp(`it is about ${other.digest}, not about ${image.digest}`));
    assert.match(reason, /: built from acme\/catalog, not/);
    assert.deepEqual(recordsIn(folder), []);
  });

  it("refuses an image whose tag moved after it was signed: the pin is what counts", async () => {
    await listed.bundle(await signedImage(authority, image.digest), image);
    const moved = registry.push(`${team}/orders`, "v1.2.0", `${team} moved`);
    const folder = repository({ pin: moved });
    const { code, stdout } = await run(folder, "verify");
    assert.equal(code, 1);
    assert.match(stdout, /no signature or provenance that counts/);
    assert.equal((await run(repository(), "verify")).code, 0);
  });

  it("only warns where that is all that is wanted", async () => {
    const { code, stdout } = await run(repository({ mode: "warn" }), "verify");
    assert.equal(code, 0);
    assert.match(stdout, /production {2}orders {3}v1\.2\.0@\S+ {2}warn {2}no/);
  });

  it("records nothing with --no-record", async () => {
    await listed.bundle(await signedImage(authority, image.digest), image);
    const folder = repository();
    assert.equal((await run(folder, "verify", "--no-record")).code, 0);
    assert.deepEqual(recordsIn(folder), []);
  });

  it("knows nothing where the registry is down or broken, or GitHub is, whatever is signed", async () => {
    await listed.bundle(await signedImage(authority, image.digest), image);
    const down = repository({ host: `127.0.0.1:${await freePort()}` });
    const refused = await run(down, "verify");
    assert.deepEqual([refused.code, refused.stdout], [3, ""]);
    assert.match(refused.stderr, /127\.0\.0\.1:\d+/);
    assert.doesNotMatch(refused.stderr, /\n {4}at /);
    const folder = repository();
    front.reply = ({ url = "" }) => (url.includes("/referrers/") ? { status: 503 } : undefined);
    assert.equal((await run(folder, "verify")).code, 3);
    front.reply = undefined;
    github.status = 502;
    assert.equal((await run(folder, "verify")).code, 3);
    assert.deepEqual([recordsIn(down), recordsIn(folder)], [[], []]);
  });
});
