import assert from "node:assert/strict";
import { RegistryLogins } from "../../../src/adapters/oci/logins";
import { RegistryReader } from "../../../src/adapters/oci/registry-reader";
import { RegistryRequests } from "../../../src/adapters/oci/registry-requests";
import { setEnvironment } from "../../support/environment";
import { folderOf } from "../../support/folder";
import { RegistryFront, type Reply } from "../../support/registry-front";

const ALL = ["a", "b", "c", "d", "e"];

describe("tags of a repository", () => {
  let registry: RegistryFront;
  let restore: () => void;

  before(async () => {
    // Nothing is behind: every answer is the test's.
    registry = await RegistryFront.start("127.0.0.1:1");
  });
  after(() => registry.stop());
  beforeEach(() => {
    registry.asked.length = 0;
    restore = setEnvironment({ DOCKER_CONFIG: folderOf({}), REGCTL_CONFIG: "/nowhere" });
  });
  afterEach(() => restore());

  function tags(answer: (query: URLSearchParams) => Reply): Promise<string[] | undefined> {
    registry.reply = ({ url = "" }) => answer(new URL(url, "http://registry").searchParams);
    const reader = new RegistryReader(new RegistryRequests(new RegistryLogins()));
    return reader.tags({ host: registry.host, repository: "acme/orders" });
  }

  const page = (found: readonly string[] | null, headers: Reply["headers"] = {}): Reply => {
    return { status: 200, body: JSON.stringify({ name: "acme/orders", tags: found }), headers };
  };
  const after3 = (query: URLSearchParams): number => ALL.indexOf(query.get("last") ?? "") + 1;

  it("are those of all pages, whether a registry names the next one or not", async () => {
    const next = (query: URLSearchParams): Reply => {
      const from = after3(query);
      const found = ALL.slice(from, from + 2);
      const link = `</v2/acme/orders/tags/list?n=2&last=${found.at(-1) ?? ""}>; rel="next"`;
      return page(found, from + 2 < ALL.length ? { link } : {});
    };
    assert.deepEqual(await tags(next), ALL);
    const short = (query: URLSearchParams) => page(ALL.slice(after3(query), after3(query) + 2));
    assert.deepEqual(await tags(short), ALL);
    assert.match(registry.asked.at(-1)?.line ?? "", /tags\/list\?n=1000&last=e/);
  });

  it("are all of them where a registry ignores the pages", async () => {
    assert.deepEqual(await tags(() => page(ALL)), ALL);
    assert.equal(registry.asked.filter(({ line }) => line.includes("tags/list")).length > 1, true);
  });

  it("are those of pages in any order, though one of them has nothing new", async () => {
    const pages = [["d", "e"], ["d", "e"], ["a", "b"], [], ["c"]];
    const inTurn = (query: URLSearchParams): Reply => {
      const at = Number(query.get("page") ?? "0");
      const link = `</v2/acme/orders/tags/list?page=${at + 1}>; rel="next"`;
      return page(pages[at] ?? [], at + 1 < pages.length ? { link } : {});
    };
    assert.deepEqual((await tags(inTurn))?.sort(), ALL);
  });

  it("end where a registry names a page again", async () => {
    const link = `</v2/acme/orders/tags/list?page=1>; rel="next"`;
    assert.deepEqual(await tags(() => page(ALL, { link })), ALL);
  });

  it("are none of a repository without any, and undefined of none", async () => {
    assert.deepEqual(await tags(() => page(null)), []);
    assert.equal(await tags(() => ({ status: 404, body: "" })), undefined);
  });

  it("aren't known where a registry answers something else", async () => {
    for (const body of ["<html>", '{"tags":[1]}']) {
      await assert.rejects(
        tags(() => ({ status: 200, body })),
        {
          kind: "outside",
          message: /answers with something else than a list of tags of acme\/orders/,
        },
      );
    }
    await assert.rejects(
      tags(() => page(ALL, { link: '<https://elsewhere.example/x>; rel="next"' })),
      { kind: "outside" },
    );
  });
});
