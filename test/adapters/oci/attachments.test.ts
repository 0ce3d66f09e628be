import assert from "node:assert/strict";
import type { IncomingMessage } from "node:http";
import { attachedTo } from "../../../src/adapters/oci/attachments";
import type { Attached } from "../../../src/adapters/oci/image-registries";
import { RegistryLogins } from "../../../src/adapters/oci/logins";
import { RegistryReader } from "../../../src/adapters/oci/registry-reader";
import { RegistryRequests } from "../../../src/adapters/oci/registry-requests";
import { BUNDLE_TYPE, DSSE_TYPE, Pusher, SIMPLE_TYPE, type Pushed } from "../../support/attach";
import { digestOf } from "../../support/model";
import { missingRegistryTool, Registry } from "../../support/registry";
import { RegistryFront, type Reply } from "../../support/registry-front";

/** The error of a registry that can't be asked or trusted. */
const outside = (message: RegExp) => ({ kind: "outside", message });

const SIGNATURE = "dev.cosignproject.cosign/signature";

describe("attachedTo", function () {
  if (missingRegistryTool !== undefined) {
    it(`is skipped: there is no ${missingRegistryTool} in PATH`, function () {
      this.skip();
    });
    return;
  }

  let registry: Registry;
  let front: RegistryFront;
  let repositories = 0;
  /** A repository of the registry, which has no list of referrers. */
  let plain: Pusher;
  /** The same repository through the front, which has one. */
  let listed: Pusher;
  let image: Pushed;

  before(async () => {
    registry = await Registry.start();
    front = await RegistryFront.start(registry.host);
  });
  after(async () => {
    front.stop();
    await registry.stop();
  });
  beforeEach(async () => {
    front.reply = undefined;
    front.pageSize = Number.POSITIVE_INFINITY;
    const repository = `acme/orders${repositories++}`;
    plain = new Pusher(registry.host, repository);
    listed = new Pusher(front.host, repository);
    image = await plain.image(repository);
    front.asked.length = 0;
  });

  const tagOf = (ending = "") => image.digest.replace(":", "-") + ending;

  function read({ host, repository }: Pusher, digest = image.digest): Promise<Attached[]> {
    const reader = new RegistryReader(new RegistryRequests(new RegistryLogins()));
    return attachedTo(reader, { host, repository, digest });
  }

  /** Returns what was found, in words: place, kind and bytes. */
  async function found(at: Pusher): Promise<string[]> {
    return (await read(at)).map(
      ({ place, kind, bytes }) => `${place}, ${kind}: ${bytes.toString("utf8")}`,
    );
  }

  /** Answers one kind of request in place of the registry. */
  const replyTo = (path: RegExp, reply: Reply): void => {
    front.reply = ({ url = "" }: IncomingMessage) => (path.test(url) ? reply : undefined);
  };

  describe("in the registry's list of referrers", () => {
    it("finds a bundle as cosign 3 writes it, with the annotations of manifest and layer", async () => {
      const layer = await listed.blob("a bundle", BUNDLE_TYPE, { b: "layer", c: "layer" });
      const annotations = { a: "manifest", b: "manifest" };
      const parts = { artifactType: BUNDLE_TYPE, annotations, layers: [layer], subject: image };
      await listed.manifest(parts);
      assert.deepEqual(await read(listed), [
        {
          place: "referrers",
          kind: "bundle",
          bytes: Buffer.from("a bundle"),
          annotations: { a: "manifest", b: "layer", c: "layer" },
          digest: layer.digest,
        },
      ]);
    });

    it("finds a bundle of each version", async () => {
      const old = "application/vnd.dev.sigstore.bundle+json;version=0.2";
      const layers = [await listed.blob("old", old)];
      await listed.manifest({ artifactType: old, layers, subject: image });
      assert.deepEqual(await found(listed), ["referrers, bundle: old"]);
    });

    it("finds a signature of a manifest that doesn't say what it is, as cosign 2 wrote it", async () => {
      const type = "application/vnd.dev.cosign.artifact.sig.v1+json";
      const config = await listed.blob('{"old":1}', type);
      const layers = [await listed.blob("payload", SIMPLE_TYPE, { [SIGNATURE]: "c2ln" })];
      await listed.manifest({ config, layers, subject: image });
      const [own] = await read(listed);
      assert.equal(own?.kind, "simple-signing");
      assert.deepEqual(own.annotations, { [SIGNATURE]: "c2ln" });
    });

    it("finds a bundle under a type that says nothing, in a manifest that says something else", async () => {
      const types = [
        { artifactType: BUNDLE_TYPE, layer: "application/octet-stream" },
        { artifactType: "application/vnd.acme.evidence", layer: BUNDLE_TYPE },
      ];
      for (const { artifactType, layer } of types) {
        const layers = [await listed.blob(`${artifactType} ${layer}`, layer)];
        await listed.manifest({ artifactType, layers, subject: image });
      }
      assert.deepEqual(
        (await read(listed)).map(({ kind }) => kind),
        ["bundle", "bundle"],
      );
    });

    it("names a Notation signature", async () => {
      const artifactType = "application/vnd.cncf.notary.signature";
      const layers = [await listed.blob("jws", "application/jose+json")];
      await listed.manifest({ artifactType, layers, subject: image });
      assert.deepEqual(await found(listed), ["referrers, notation: jws"]);
    });

    it("leaves out what isn't a signature: a list of parts, an artifact without layers", async () => {
      const layers = [await listed.blob("parts", "application/spdx+json")];
      await listed.manifest({ artifactType: "application/spdx+json", layers, subject: image });
      await listed.manifest({ artifactType: BUNDLE_TYPE, layers: [], subject: image });
      assert.deepEqual(await read(listed), []);
    });

    it("reads every page", async () => {
      front.pageSize = 2;
      const names = ["1", "2", "3", "4", "5"];
      for (const name of names) await listed.bundle(name, image);
      const expected = names.map((name) => `referrers, bundle: ${name}`);
      assert.deepEqual(await found(listed), expected);
      const pages = front.asked.filter(({ line }) => /^GET .*\/referrers\//.test(line));
      assert.equal(pages.length, 3);
    });

    it("finds what is attached to a chart", async () => {
      const config = await listed.blob(
        '{"name":"orders"}',
        "application/vnd.cncf.helm.config.v1+json",
      );
      const tar = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";
      const chart = await listed.manifest({ config, layers: [await listed.blob("tar", tar)] });
      const { digest } = await listed.bundle("of a chart", chart);
      const [own, ...others] = await read(listed, chart.digest);
      assert.deepEqual([own?.digest, own?.kind, others], [digest, "bundle", []]);
    });
  });

  describe("where the registry has no list of referrers", () => {
    it("finds a bundle in the index tag, as regctl writes it", async () => {
      registry.regctl(
        "a bundle",
        ...["artifact", "put", "--artifact-type", BUNDLE_TYPE, "--file-media-type", BUNDLE_TYPE],
        ...["--subject", `${plain.host}/${plain.repository}@${image.digest}`],
      );
      assert.deepEqual(await found(plain), ["index tag, bundle: a bundle"]);
    });

    for (const status of [400, 404, 405, 406]) {
      it(`takes ${status} for that`, async () => {
        const layers = [await plain.blob("a bundle", BUNDLE_TYPE)];
        await plain.index([await plain.manifest({ layers })], tagOf());
        replyTo(/\/referrers\//, { status });
        assert.deepEqual(await found(listed), ["index tag, bundle: a bundle"]);
      });
    }

    it("takes a page for people for that", async () => {
      const headers = { "content-type": "text/html; charset=utf-8" };
      replyTo(/\/referrers\//, { status: 200, headers, body: "<html>Not found</html>" });
      assert.deepEqual(await read(listed), []);
    });
  });

  // Storage places that the tests of argocd-image-updater know (registry-scanner/pkg/image/verify_test.go).
  describe("under the tags of a digest", () => {
    it("finds a bundle's manifest itself under the index tag", async () => {
      await plain.manifest({ layers: [await plain.blob("a bundle", BUNDLE_TYPE)] }, tagOf());
      assert.deepEqual(await found(plain), ["index tag, bundle: a bundle"]);
    });

    it("finds a bundle's manifest itself under the signature tag", async () => {
      await plain.manifest({ layers: [await plain.blob("a bundle", BUNDLE_TYPE)] }, tagOf(".sig"));
      assert.deepEqual(await found(plain), ["signature tag, bundle: a bundle"]);
    });

    it("finds simple signing, with its signature", async () => {
      const layers = [await plain.blob("payload", SIMPLE_TYPE, { [SIGNATURE]: "c2ln" })];
      await plain.manifest({ layers }, tagOf(".sig"));
      assert.deepEqual(await found(plain), ["signature tag, simple-signing: payload"]);
    });

    it("finds attestations", async () => {
      const layers = [await plain.blob("one", DSSE_TYPE), await plain.blob("two", DSSE_TYPE)];
      await plain.manifest({ layers }, tagOf(".att"));
      assert.deepEqual(await found(plain), [
        "attestation tag, dsse: one",
        "attestation tag, dsse: two",
      ]);
    });

    for (const [ending, place] of [
      [".sig", "signature tag"],
      [".att", "attestation tag"],
    ] as const) {
      it(`finds bundles of an index under the ${place}`, async () => {
        const manifests = [];
        for (const name of ["one", "two"]) {
          manifests.push(await plain.manifest({ layers: [await plain.blob(name, BUNDLE_TYPE)] }));
        }
        await plain.index(manifests, tagOf(ending));
        assert.deepEqual(await found(plain), [`${place}, bundle: one`, `${place}, bundle: two`]);
      });
    }

    it("reads the other entries where one of an index is gone", async () => {
      const gone = { mediaType: image.mediaType, digest: digestOf("e"), size: 10 };
      const layers = [await plain.blob("second", BUNDLE_TYPE)];
      const manifests = [gone, await plain.manifest({ layers })];
      // The registry itself takes no such index; others let what it lists be deleted.
      replyTo(/\.sig$/, { status: 200, body: JSON.stringify({ schemaVersion: 2, manifests }) });
      assert.deepEqual(await found(listed), ["signature tag, bundle: second"]);
    });

    it("leaves out layers of another kind", async () => {
      const tar = "application/vnd.oci.image.layer.v1.tar+gzip";
      await plain.manifest({ layers: [await plain.blob("layer", tar)] }, tagOf(".sig"));
      assert.deepEqual(await read(plain), []);
    });

    it("leaves out what isn't a manifest", async () => {
      for (const body of ["not JSON", "[]", "null", '{"layers":7}', '{"manifests":[null,{}]}']) {
        replyTo(/\/manifests\/sha256-/, { status: 200, body });
        assert.deepEqual(await read(listed), [], body);
      }
    });
  });

  describe("in several places", () => {
    it("gives each once, in the first place", async () => {
      const layer = await listed.bundle("shared", image);
      const [manifest] = [await plain.manifest({ layers: [layer] })];
      await plain.index([manifest], tagOf());
      await plain.manifest(
        { layers: [layer, await plain.blob("own", BUNDLE_TYPE)] },
        tagOf(".sig"),
      );
      assert.deepEqual(await found(listed), [
        "referrers, bundle: shared",
        "signature tag, bundle: own",
      ]);
    });

    it("keeps the signatures of one payload apart", async () => {
      const signed = (by: string) => plain.blob("payload", SIMPLE_TYPE, { [SIGNATURE]: by });
      const layers = [await signed("one"), await signed("two"), await signed("one")];
      await plain.manifest({ layers }, tagOf(".sig"));
      const attached = await read(plain);
      assert.deepEqual(
        attached.map(({ annotations }) => annotations[SIGNATURE]),
        ["one", "two"],
      );
      assert.deepEqual(new Set(attached.map(({ digest }) => digest)).size, 1);
    });

    it("asks four questions, and two for each bundle", async () => {
      await listed.bundle("a bundle", image);
      front.asked.length = 0;
      await read(listed);
      assert.equal(front.asked.length, 6);
    });
  });

  it("finds nothing where there is nothing", async () => {
    assert.deepEqual(await read(listed), []);
    assert.deepEqual(await read(plain), []);
    assert.deepEqual(await read(new Pusher(registry.host, "acme/nobody")), []);
  });

  it("names what it doesn't read: a large one, and one without its bytes", async () => {
    const layer = (more: object) => ({ mediaType: BUNDLE_TYPE, digest: digestOf("e"), ...more });
    for (const size of [10, (16 << 20) + 1]) {
      front.asked.length = 0;
      const body = JSON.stringify({ layers: [layer({ size })] });
      replyTo(/\.sig$/, { status: 200, body });
      const [own] = await read(listed);
      assert.deepEqual([own?.kind, own?.bytes.length], ["unreadable", 0]);
      const asked = front.asked.filter(({ line }) => line.includes("/blobs/"));
      assert.equal(asked.length, size === 10 ? 1 : 0);
    }
  });

  it("refuses more than it reads", async () => {
    const entry = (digit: number, size: number) => {
      const digest = `sha256:${digit.toString(16).padStart(64, "0")}`;
      return { mediaType: BUNDLE_TYPE, digest, size };
    };
    const many = Array.from({ length: 1001 }, (_, index) => entry(index, 1));
    const large = Array.from({ length: 5 }, (_, index) => entry(index, 16 << 20));
    const cases: [object, RegExp][] = [
      [{ layers: many }, /has more than 1000 signatures attached/],
      [{ manifests: many }, /has more than 1000 manifests attached/],
      [{ layers: large }, /has more than 64 MiB attached/],
    ];
    for (const [content, says] of cases) {
      replyTo(/\.sig$/, { status: 200, body: JSON.stringify(content) });
      await assert.rejects(read(listed), outside(says));
    }
  });

  describe("of a registry that isn't to be trusted", () => {
    it("refuses other bytes than those of a manifest's digest", async () => {
      await listed.bundle("a bundle", image);
      const body = JSON.stringify({ layers: [] });
      replyTo(/\/manifests\/sha256:/, { status: 200, body });
      await assert.rejects(
        read(listed),
        outside(/@sha256:.* is sha256:.* there; .* changes bytes: don't use it$/),
      );
    });

    it("refuses other bytes than those of a blob's digest", async () => {
      await listed.bundle("a bundle", image);
      replyTo(/\/blobs\//, { status: 200, body: "a bandle" });
      await assert.rejects(read(listed), outside(/changes bytes: don't use it$/));
    });

    it("refuses what isn't a list of referrers", async () => {
      replyTo(/\/referrers\//, { status: 200, body: '{"ok":true}' });
      await assert.rejects(
        read(listed),
        outside(/answers with something else than a list of referrers of acme/),
      );
    });

    it("refuses a next page elsewhere", async () => {
      const headers = { link: '<http://127.0.0.2:1/v2/x>; rel="next"' };
      replyTo(/\/referrers\//, { status: 200, headers, body: '{"manifests":[]}' });
      await assert.rejects(
        read(listed),
        outside(/goes on at http:\/\/127\.0\.0\.2:1, which isn't asked/),
      );
    });

    it("refuses a list that breaks off", async () => {
      front.pageSize = 1;
      for (const name of ["1", "2"]) await listed.bundle(name, image);
      replyTo(/\/referrers\/.*from=1/, { status: 404 });
      await assert.rejects(read(listed), outside(/answers 404 about acme/));
    });

    it("refuses pages without end", async () => {
      const headers = { link: '<?again>; rel="next"' };
      replyTo(/\/referrers\//, { status: 200, headers, body: '{"manifests":[]}' });
      await assert.rejects(read(listed), outside(/lists more than 100 pages/));
    });
  });

  describe("when one of the places can't be read", () => {
    const places = [
      ["referrers", /\/referrers\//],
      ["index tag", /\/manifests\/sha256-[0-9a-f]+$/],
      ["signature tag", /\.sig$/],
      ["attestation tag", /\.att$/],
      ["manifest", /\/manifests\/sha256:/],
      ["blob", /\/blobs\//],
    ] as const;
    for (const [place, path] of places) {
      for (const status of [401, 403, 418, 500, 503]) {
        it(`never says that there is nothing: ${place}, ${status}`, async () => {
          await listed.bundle("a bundle", image);
          replyTo(path, { status, headers: { "retry-after": "60" } });
          await assert.rejects(
            read(listed),
            outside(new RegExp(`answers ${status} about ${listed.repository}; `)),
          );
        });
      }
    }
  });
});
