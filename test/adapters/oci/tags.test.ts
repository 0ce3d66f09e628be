import assert from "node:assert/strict";
import type { IncomingMessage } from "node:http";
import { Registries } from "../../../src/adapters/oci/regctl";
import { EcrServer, manyTags } from "../../../tools/bench/ecr-server";
import { setEnvironment } from "../../support/environment";
import { folderOf } from "../../support/folder";
import { RegistryFront, type Reply } from "../../support/registry-front";

/** Tags of a repository, sorted as registries sort them. */
const TAGS = Array.from({ length: 5000 }, (_, at) => `v1.${at}.0`).sort();

/** How a registry gives its tags. */
const MANNERS: Readonly<
  Record<string, (asked: URLSearchParams) => { tags: string[]; next?: string }>
> = {
  "pages of 100, each with a link to the next": (asked) => {
    const from = TAGS.indexOf(asked.get("last") ?? "") + 1;
    const tags = TAGS.slice(from, from + 100);
    const last = tags.at(-1) ?? "";
    return { tags, ...(from + 100 < TAGS.length && { next: `?n=100&last=${last}` }) };
  },
  "pages as long as they are asked for, without links": (asked) => {
    const from = TAGS.indexOf(asked.get("last") ?? "") + 1;
    return { tags: TAGS.slice(from, from + Number(asked.get("n"))) };
  },
  "all at once, whatever it is asked for": () => ({ tags: TAGS }),
};

describe("the tags of a repository", () => {
  let registry: RegistryFront;
  let registries: Registries;
  let restore: () => void;

  before(async () => {
    registry = await RegistryFront.start("127.0.0.1:1");
    restore = setEnvironment({ DOCKER_CONFIG: folderOf({}), REGCTL_CONFIG: "/nowhere" });
    registries = new Registries();
  });
  after(() => {
    registry.stop();
    registries.close();
    restore();
  });
  beforeEach(() => (registry.asked.length = 0));

  const tags = async () => registries.tags({ host: registry.host, repository: "acme/orders" });

  for (const [manner, pageOf] of Object.entries(MANNERS)) {
    it(`are all 5,000 of a registry that gives ${manner}`, async () => {
      registry.reply = ({ url = "" }: IncomingMessage): Reply => {
        const { pathname, searchParams } = new URL(url, "http://registry");
        assert.equal(pathname, "/v2/acme/orders/tags/list");
        const { tags, next } = pageOf(searchParams);
        const link = next && { link: `<${pathname}${next}>; rel="next"` };
        return {
          status: 200,
          body: JSON.stringify({ name: "acme/orders", tags }),
          headers: { ...link },
        };
      };
      const found = await tags();
      assert.deepEqual(
        found?.map(({ name }) => name),
        TAGS,
      );
      assert.ok(registry.asked.length <= 52, String(registry.asked.length));
    });
  }

  it("are none of a repository without any, and undefined of no repository", async () => {
    registry.reply = () => ({ status: 200, body: '{"name":"acme/orders","tags":null}' });
    assert.deepEqual(await tags(), []);
    registry.reply = () => ({ status: 404, body: '{"errors":[{"code":"NAME_UNKNOWN"}]}' });
    assert.equal(await tags(), undefined);
  });

  it("aren't what a page for people says, nor half of a list", async () => {
    registry.reply = () => ({ status: 200, body: "<html>" });
    await assert.rejects(tags(), {
      kind: "outside",
      message: /something else than a list of tags/,
    });
    registry.reply = ({ url = "" }: IncomingMessage): Reply =>
      url.includes("last=")
        ? { status: 404 }
        : {
            status: 200,
            body: JSON.stringify({ tags: TAGS.slice(0, 100) }),
            headers: { link: '</v2/acme/orders/tags/list?last=x>; rel="next"' },
          };
    await assert.rejects(tags(), { kind: "outside" });
  });

  it("have the time of their push in ECR", async () => {
    const images = manyTags(5000);
    const ecr = await EcrServer.start(new Map([["acme/orders", images]]));
    const done = setEnvironment({
      ...{ AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test" },
      AWS_ENDPOINT_URL_ECR: ecr.address,
    });
    try {
      const host = "111111111111.dkr.ecr.eu-west-1.amazonaws.com";
      const found = (await registries.tags({ host, repository: "acme/orders" })) ?? [];
      const expected = images.flatMap(({ imageTags = [], imagePushedAt = 0 }) =>
        imageTags.map((name) => ({ name, pushedAt: new Date(imagePushedAt * 1000) })),
      );
      assert.equal(found.length, expected.length);
      assert.deepEqual(found, expected);
      assert.ok(found.length >= 5000);
      assert.equal(await registries.tags({ host, repository: "acme/none" }), undefined);
    } finally {
      ecr.stop();
      done();
    }
  });
});
