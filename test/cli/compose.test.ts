import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { releases } from "../support/cli";
import { composeProblems, hasCompose } from "../support/compose-schema";
import { folderOf } from "../support/folder";
import { GitFolder, hasGit } from "../support/git";
import { definition, shopFiles } from "../support/shop";

const ENV = `{ PASSWORD: { valueFrom: { secretKeyRef: { name: db, key: password } } }, "NO": "yes", PRICE: 5$, ".5": "012", SHIFT: "<<", LINES: "a\\Lb\\Nc" }`;
const HTTP = "{ readiness: { httpGet: { path: /ready, port: http } } }";
const LIST =
  definition("catalog", `, team: shop, values: { env: ${ENV}, probes: ${HTTP} }`) +
  definition(
    "orders",
    ", team: shop, requires: { catalog: '*' }, values: { args: ['--a', 'b c'] }",
  ) +
  definition(
    "own",
    ", team: other, chart: { name: oci://ghcr.io/acme/charts/own, version: 1.0.0 }",
  );

const PINS = ["catalog: v1.0.0", "orders: v1.0.0", "own: v1.0.0"];

function shop(): string {
  const names = ["testing", "staging", "production"];
  return folderOf(
    shopFiles({ list: LIST, pins: Object.fromEntries(names.map((name) => [name, PINS])) }),
  );
}

describe("releases compose", () => {
  it("prints what the specification's own schema takes", async () => {
    const { code, stdout, stderr } = await releases(shop(), "compose");
    assert.equal(code, 0);
    assert.deepEqual(composeProblems(stdout), []);
    assert.deepEqual(stderr.split("\n"), [
      "own: it has the chart oci://ghcr.io/acme/charts/own, so it gets its image alone",
      "Compose takes from the environment: CATALOG_PASSWORD",
      "",
    ]);
    const { services } = parse(stdout) as { services: Record<string, Record<string, unknown>> };
    assert.deepEqual(Object.keys(services), ["catalog", "orders", "own"]);
    assert.deepEqual(services["catalog"]?.["environment"], {
      ".5": "012",
      LINES: "a\u2028b\u0085c",
      NO: "yes",
      PASSWORD: "${CATALOG_PASSWORD}",
      PRICE: "5$$",
      SHIFT: "<<",
    });
    assert.deepEqual(services["orders"]?.["depends_on"], {
      catalog: { condition: "service_healthy" },
    });
    assert.deepEqual(services["own"], {
      image: "ghcr.io/acme/own:v1.0.0",
      profiles: ["other"],
    });
  });

  it("is held to a schema that refuses what Compose doesn't know", () => {
    assert.deepEqual(composeProblems("services: { a: { image: b } }\n"), []);
    assert.notDeepEqual(composeProblems("services: { a: { imag: b } }\n"), []);
  });

  it("prints texts and keys so that no reader of YAML takes them for something else", async () => {
    const { stdout } = await releases(shop(), "compose", "catalog");
    assert.match(stdout, /^ {6}"\.5": "012"\n {6}LINES: "a\\u2028b\\u0085c"\n {6}"NO": "yes"$/m);
    assert.match(stdout, /^ {6}SHIFT: "<<"$/m);
  });

  it("writes a file and its template, and nothing the second time", async () => {
    const folder = shop();
    const run = () => releases(folder, "compose", "orders", "--output", "dev/compose.yaml");
    const { stdout } = await run();
    assert.equal(stdout, "wrote dev/compose.yaml\nwrote dev/compose.env.example\n");
    const template = fs.readFileSync(path.join(folder, "dev/compose.env.example"), "utf8");
    assert.equal(
      template,
      `# Written by releases compose: copy it to .env, which Compose reads, and fill that in.

# The teams whose services start.
COMPOSE_PROFILES=shop

# catalog: PASSWORD, key password of the secret db
CATALOG_PASSWORD=
`,
    );
    assert.equal((await run()).stdout, "Already up to date\n");
    fs.appendFileSync(path.join(folder, "dev/compose.yaml"), "# edited\n");
    assert.equal((await run()).stdout, "wrote dev/compose.yaml\n");
  });

  it("writes a template in which the name of a secret is no line of its own", async () => {
    const env = `{ PASSWORD: { valueFrom: { secretKeyRef: { name: "db\\nCOMPOSE_FILE=x", key: k } } } }`;
    const list = definition("catalog", `, values: { env: ${env} }`);
    const folder = folderOf(shopFiles({ list, pins: { testing: ["catalog: v1.0.0"] } }));
    await releases(folder, "compose", "--output", "compose.yaml");
    const template = fs.readFileSync(path.join(folder, "compose.env.example"), "utf8");
    assert.match(template, /key k of the secret db\\nCOMPOSE_FILE=x\nCATALOG_PASSWORD=\n$/);
  });

  it("replaces no file of somebody else, and none of the list", async () => {
    const folder = shop();
    fs.writeFileSync(path.join(folder, "compose.yaml"), "services: {}\n");
    const run = (...args: string[]) => releases(folder, "compose", "--output", ...args);
    const refused = await run("compose.yaml");
    assert.equal(refused.code, 2);
    assert.match(refused.stderr, /didn't write compose\.yaml; give --force to replace it/);
    assert.equal(fs.readFileSync(path.join(folder, "compose.yaml"), "utf8"), "services: {}\n");
    assert.ok(!fs.existsSync(path.join(folder, "compose.env.example")));
    assert.equal((await run("compose.yaml", "--force")).code, 0);
    const list = await run("service/compose.yaml", "--force");
    assert.match(list.stderr, /service\/compose\.yaml belongs to the release list/);
    assert.equal((await releases(folder, "compose", "--force")).code, 2);
  });

  it("takes the own values of the default chart", async () => {
    const { stdout } = await releases(shop(), "compose", "orders");
    assert.match(stdout, /:8080"\n/);
    assert.match(stdout, /start_period: "120s"/);
  });

  it("takes what the environment's ref declares, and tells where the working tree differs", async function () {
    if (!hasGit) this.skip();
    const path = "environments:\n  testing: { ref: testing, accepts: [release] }\n";
    const folder = new GitFolder(
      shopFiles({ list: LIST, environments: path, pins: { testing: PINS } }),
    );
    folder.commit("start");
    folder.git("branch", "testing");
    folder.write(
      "Pulumi.testing.yaml",
      shopFiles({ pins: { testing: ["catalog: v2.0.0", ...PINS.slice(1)] } })[
        "Pulumi.testing.yaml"
      ] ?? "",
    );
    const { stdout, stderr } = await releases(folder.path, "compose", "catalog");
    assert.match(stdout, /catalog:v1\.0\.0"/);
    assert.match(
      stderr,
      /testing: the working tree differs from testing, .*catalog v1\.0\.0 -> v2\.0\.0/,
    );
  });

  if (hasCompose) {
    it("prints what docker compose config takes", async () => {
      const folder = shop();
      await releases(folder, "compose", "--output", "compose.yaml");
      const args = ["compose", "--profile", "*", "config", "--quiet"];
      const { status, stderr } = spawnSync("docker", args, {
        cwd: folder,
        encoding: "utf8",
        env: { ...process.env, CATALOG_PASSWORD: "x" },
      });
      assert.deepEqual({ status, stderr }, { status: 0, stderr: "" });
    });
  } else {
    it("is skipped: docker compose config isn't here", function () {
      this.skip();
    });
  }
});
