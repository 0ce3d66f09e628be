import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { promisify } from "node:util";
import { findHelm } from "../../../src/adapters/find-tool";
import { WebChartRepositories } from "../../../src/adapters/helm/chart-repositories";
import { helmRenderer } from "../../../src/adapters/helm/helm";
import { sha256Of } from "../../../src/adapters/sigstore/sha256";
import type { ClassicChart } from "../../../src/core/list/service";
import { ChartRepositoryServer, packagedChart } from "../../support/chart-repository";
import { folderOf } from "../../support/folder";
import { errorOf } from "../../support/world";

const helm = findHelm();

describe("chart repositories", function () {
  if (helm === undefined) {
    it("are skipped: there is no helm in PATH", function () {
      this.skip();
    });
    return;
  }

  let server: ChartRepositoryServer;
  let elsewhere: ChartRepositoryServer;
  let chart: Uint8Array;
  before(async () => {
    [server, elsewhere] = [
      await ChartRepositoryServer.start(),
      await ChartRepositoryServer.start(),
    ];
    chart = packagedChart("orders", "1.4.0");
  });
  after(() => {
    server.stop();
    elsewhere.stop();
  });
  beforeEach(() => {
    for (const one of [server, elsewhere]) {
      one.files.clear();
      one.asked.length = 0;
      one.reply = () => undefined;
    }
    server.serve([chart, packagedChart("orders", "1.5.0")]);
  });

  const orders = (more: Partial<ClassicChart> = {}): ClassicChart => ({
    ...{ name: "orders", version: "1.4.0", repository: `${server.address}/charts` },
    ...more,
  });
  const find = (more: Partial<ClassicChart> = {}) => new WebChartRepositories().find(orders(more));
  const paths = () => server.asked.map(({ url }) => url);
  const INDEX = "/charts/index.yaml";

  it("give the package that Helm would take, which says what it is", async () => {
    const found = await find();
    assert.ok("bytes" in found);
    assert.equal(found.digest, sha256Of(chart));
    const folder = folderOf({});
    const source = ["orders", "--repo", `${server.address}/charts`, "--version", "1.4.0"];
    await promisify(execFile)(helm, ["pull", ...source, "--destination", folder]);
    const pulled = fs.readFileSync(path.join(folder, "0.tgz"));
    assert.equal(sha256Of(pulled), found.digest);
    const contents = helmRenderer()?.packaged("orders", found.bytes);
    const values = { image: { tag: "v1" } };
    assert.deepEqual(contents, { name: "orders", version: "1.4.0", values, annotations: {} });
  });

  it("are asked once for each index and each package, and without a login", async () => {
    const repositories = new WebChartRepositories();
    const asked = [orders(), orders({ version: "1.5.0" }), orders()];
    await Promise.all(asked.map((one) => repositories.find(one)));
    assert.deepEqual(paths().sort(), ["/charts/0.tgz", "/charts/1.tgz", INDEX]);
    for (const { headers } of server.asked) {
      assert.equal(headers.authorization ?? headers.cookie, undefined);
    }
  });

  it("are refused where the package isn't what their index says (attack: a package that moved)", async () => {
    const other = packagedChart("orders", "1.4.0", "evil: true\n");
    server.files.set("/charts/0.tgz", other);
    assert.deepEqual(await find(), {
      problem: `the package of 1.4.0 of orders at ${server.address}/charts/0.tgz is ${sha256Of(other)}, and the index has ${sha256Of(chart)}; publish another version`,
    });
  });

  it("are refused where the package or the index is gone", async () => {
    server.files.delete("/charts/0.tgz");
    const gone = `the package of 1.4.0 of orders at ${server.address}/charts/0.tgz is gone; publish it again`;
    assert.deepEqual(await find(), { problem: gone });
    const repository = `${server.address}/other`;
    const none = `${repository} has no index.yaml; it is no chart repository that all see`;
    assert.deepEqual(await find({ repository }), { problem: none });
  });

  it("may have the package elsewhere, as GitHub has, to which redirects lead", async () => {
    const text = Buffer.from(server.files.get(INDEX) ?? "").toString();
    server.files.set(INDEX, text.replace("0.tgz", `${server.address}/download/orders.tgz`));
    const headers = { location: `${elsewhere.address}/blob` };
    server.reply = (url) => (url.startsWith("/download/") ? { status: 302, headers } : undefined);
    elsewhere.files.set("/blob", chart);
    const found = await find();
    assert.ok("bytes" in found);
    assert.equal(found.url.href, `${server.address}/download/orders.tgz`);
  });

  it("that want a login, or fail, are errors and never without a chart", async () => {
    const host = server.address.slice("http://".length);
    server.reply = () => ({ status: 401, headers: { "www-authenticate": "Basic" } });
    const login = `${host} answers 401 about ${INDEX}; nobody logs in to a chart repository: make it public`;
    await assert.rejects(find(), errorOf("outside", login));
    assert.deepEqual(paths(), [INDEX]);
    server.reply = () => ({ status: 503 });
    const later = `${host} answers 503 about ${INDEX}; try again later`;
    await assert.rejects(find(), errorOf("outside", later));
    server.reply = () => ({ status: 418 });
    const other = `${host} answers 418 about ${INDEX}; check that this chart repository is the right one`;
    await assert.rejects(find(), errorOf("outside", other));
  });

  it("are asked again after an answer that failed", async () => {
    const repositories = new WebChartRepositories();
    server.reply = () => ({ status: 418 });
    await assert.rejects(repositories.find(orders()));
    server.reply = () => undefined;
    assert.ok("bytes" in (await repositories.find(orders())));
  });

  it("give no more than anybody would read", async () => {
    const host = server.address.slice("http://".length);
    for (const [file, mebibytes] of [
      ["/charts/0.tgz", 20],
      [INDEX, 32],
    ] as const) {
      server.files.set(file, Buffer.alloc((mebibytes << 20) + 1, "\n"));
      const message = `${host} answers with more than the ${mebibytes << 20} bytes that are read; check that this chart repository is the right one`;
      await assert.rejects(find(), errorOf("outside", message));
    }
  });
});
