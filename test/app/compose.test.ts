import assert from "node:assert/strict";
import { compose, writeComposed } from "../../src/app/compose";
import { definition, shopFiles, type Shop } from "../support/shop";
import { errorOf, listener, worldOf } from "../support/world";

const LIST =
  definition("catalog", ", values: { port: 9000 }") +
  definition("orders", ", requires: { catalog: '*' }") +
  definition("mailer") +
  "- { github: network, provider: cloudformation, deploy: { release: v1.0.0 } }\n";

function composed(services: readonly string[], stack?: string, more: Omit<Shop, "at"> = {}) {
  const templates =
    "  releases:templates: { bucket: acme-templates }\n  aws:region: eu-west-1\n  releases:account: '111111111111'\n";
  const lines = ["catalog: v1.1.0", "orders: v1.0.0", "mailer: v1.0.0", "network: v1.0.0"];
  const names = ["testing", "staging", "production"];
  const files = shopFiles({
    list: LIST,
    pins: Object.fromEntries(names.map((name) => [name, lines])),
    more: Object.fromEntries(names.map((name) => [name, templates])),
    ...more,
  });
  const chartFolders = { "./charts/service/0.1.0": "port: 8080\nservice: { enabled: true }\n" };
  const report = listener();
  const result = compose(worldOf({ files, chartFolders, git: null }), { services, stack }, report);
  return { ...result, notices: report.notices };
}

const images = ({ services }: ReturnType<typeof composed>): string[] =>
  [...services.values()].map(({ image }) => image);

describe("compose", () => {
  it("takes all that the first environment runs, and tells what it leaves out", () => {
    const found = composed([]);
    assert.deepEqual(images(found), [
      "ghcr.io/acme/catalog:v1.1.0",
      "ghcr.io/acme/mailer:v1.0.0",
      "ghcr.io/acme/orders:v1.0.0",
    ]);
    assert.deepEqual(found.notices, [
      {
        kind: "not-composed",
        service: "network",
        reason: "CloudFormation deploys it, so it is left out",
      },
    ]);
  });

  it("takes services with what they require, at the ports that they have among all", () => {
    const [all, some] = [composed([]), composed(["orders"])];
    assert.deepEqual([...some.services.keys()], ["catalog", "orders"]);
    assert.deepEqual(some.services.get("orders"), all.services.get("orders"));
    assert.match(some.services.get("catalog")?.ports?.[0] ?? "", /^127\.0\.0\.1:\d{5}:9000$/);
  });

  it("takes another stack, with its registry and its pins", () => {
    const more = {
      hosts: { production: "registry.acme.example/x" },
      pins: {
        production: ["catalog: v1.0.0", "orders: v1.0.0", "mailer: v1.0.0", "network: v1.0.0"],
      },
    };
    assert.deepEqual(images(composed(["catalog"], "production", more)), [
      "registry.acme.example/x/catalog:v1.0.0",
    ]);
  });

  it("refuses names that aren't known, and what leaves nothing", () => {
    const message = 'unknown service "order"; did you mean "orders"?';
    assert.throws(() => composed(["order"]), errorOf("usage", message));
    assert.throws(
      () => composed(["network"]),
      errorOf("usage", "testing runs nothing of it that Compose can run"),
    );
    assert.throws(
      () => composed([], "prod"),
      errorOf("usage", 'unknown environment "prod"; known are testing, staging, production'),
    );
  });

  it("refuses a service that doesn't run there", () => {
    const list = `${LIST}${definition("stats", ", environments: [staging]")}`;
    const pins = {};
    assert.throws(
      () => composed(["stats"], undefined, { list, pins }),
      errorOf("usage", 'testing doesn\'t run "stats"'),
    );
  });
});

describe("writeComposed", () => {
  const MARK = "# mine";
  const write = (files: Record<string, string>, file: string, force = false) => {
    const world = worldOf({ files });
    const texts = [{ file, text: "# mine\nnew\n" }];
    return writeComposed(world, texts, { mark: MARK, force }).then((changed) => ({
      changed,
      edits: world.edits.map((edit) => edit.file),
    }));
  };

  it("writes a new file, its own, and one that is the same not again", async () => {
    const wrote = { changed: ["dev/x.yaml"], edits: ["dev/x.yaml"] };
    assert.deepEqual(await write({}, "dev/x.yaml"), wrote);
    assert.deepEqual(await write({ "dev/x.yaml": "# mine\nold\n" }, "dev/x.yaml"), wrote);
    assert.deepEqual(await write({ "dev/x.yaml": "# mine\nnew\n" }, "dev/x.yaml"), {
      changed: [],
      edits: [],
    });
  });

  it("refuses a file of somebody else, unless it is to be replaced", async () => {
    const message = "releases compose didn't write x.yaml; give --force to replace it";
    await assert.rejects(write({ "x.yaml": "services:\n" }, "x.yaml"), errorOf("usage", message));
    assert.deepEqual((await write({ "x.yaml": "services:\n" }, "x.yaml", true)).edits, ["x.yaml"]);
  });

  it("refuses a file of the release list, whatever is said", async () => {
    for (const file of ["service/x.yaml", "environments.yaml", "Pulumi.testing.yaml"]) {
      const message = `${file} belongs to the release list; choose another file`;
      await assert.rejects(write({}, file, true), errorOf("usage", message));
    }
  });
});
