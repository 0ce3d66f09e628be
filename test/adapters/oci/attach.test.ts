import assert from "node:assert/strict";
import { Registries } from "../../../src/adapters/oci/regctl";
import { Pusher, type Pushed } from "../../support/attach";
import { setEnvironment } from "../../support/environment";
import { folderOf } from "../../support/folder";
import { PATH_WITH_REGCTL, missingRegistryTool, Registry } from "../../support/registry";
import { RegistryFront } from "../../support/registry-front";

const BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json";
const TYPE = "https://example.com/v1";

describe("Registries.attach", function () {
  if (missingRegistryTool !== undefined) {
    it(`is skipped: there is no ${missingRegistryTool} in PATH`, function () {
      this.skip();
    });
    return;
  }

  let registry: Registry;
  let front: RegistryFront;
  let image: Pushed;
  let registries: Registries;
  let restore: () => void;

  before(async () => {
    registry = await Registry.start();
    front = await RegistryFront.start(registry.host);
    restore = setEnvironment({ PATH: PATH_WITH_REGCTL, HOME: folderOf({}) });
    registries = new Registries();
  });
  after(async () => {
    registries.close();
    restore();
    front.stop();
    await registry.stop();
  });

  for (const [place, hostOf] of [
    ["referrers", () => front.host],
    ["index tag", () => registry.host],
  ] as const) {
    it(`attaches a bundle where cosign looks for it: ${place}`, async () => {
      const repository = `acme/${place.replace(" ", "-")}`;
      const pusher = new Pusher(hostOf(), repository);
      image = await pusher.image("orders");
      const at = { host: hostOf(), repository, digest: image.digest };
      for (const text of ['{"a":1}', '{"b":2}']) {
        await registries.attach(at, { text, predicateType: TYPE, at: new Date(0) });
      }
      const found = await registries.attachedTo(at);
      assert.deepEqual(
        found.map((one) => [one.place, one.kind, one.bytes.toString(), one.annotations]).sort(),
        ['{"a":1}', '{"b":2}'].map((text) => [
          place,
          "bundle",
          text,
          {
            "dev.sigstore.bundle.content": "dsse-envelope",
            "dev.sigstore.bundle.predicateType": TYPE,
            "org.opencontainers.image.created": "1970-01-01T00:00:00.000Z",
          },
        ]),
      );
    });
  }

  it("writes the manifest of cosign's specification", async () => {
    const pusher = new Pusher(registry.host, "acme/manifest");
    image = await pusher.image("orders");
    const at = { host: registry.host, repository: "acme/manifest", digest: image.digest };
    await registries.attach(at, { text: "{}", predicateType: TYPE, at: new Date(0) });
    const base = `http://${registry.host}/v2/acme/manifest/manifests/`;
    const index = await json(base + image.digest.replace(":", "-"));
    const [entry] = index["manifests"] as Record<string, unknown>[];
    assert.equal(entry?.["artifactType"], BUNDLE);
    const manifest = await json(base + String(entry["digest"]));
    assert.equal(manifest["artifactType"], BUNDLE);
    assert.deepEqual((manifest["subject"] as Pushed).digest, image.digest);
    assert.deepEqual(
      [manifest["config"], ...(manifest["layers"] as Pushed[])].map(
        (one) => (one as Pushed).mediaType,
      ),
      ["application/vnd.oci.empty.v1+json", BUNDLE],
    );
  });

  async function json(url: string): Promise<Record<string, unknown>> {
    const accept =
      "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json";
    const response = await fetch(url, { headers: { accept } });
    return (await response.json()) as Record<string, unknown>;
  }
});
