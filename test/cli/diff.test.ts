import assert from "node:assert/strict";
import { releases } from "../support/cli";
import { GitFolder, hasGit } from "../support/git";
import { serviceYaml, stackConfigYaml } from "../support/yaml";
import { digestOf } from "../support/model";

const EXTERNAL = "{ role: external, host: ghcr.io/acme }";

const ENVIRONMENTS = `environments:
  testing: { ref: testing, accepts: [release] }
  staging: { from: testing, accepts: [release] }
  production: { ref: "v*", from: staging, accepts: [release] }
`;

const pins = (versions: string): string =>
  stackConfigYaml(`  releases:versions: { ${versions} }\n`, EXTERNAL);

async function run(folder: string, ...args: string[]) {
  const { code, stdout, stderr } = await releases(folder, "diff", ...args);
  return { code, out: stdout.trimEnd(), err: stderr.split("\n").filter((line) => line !== "") };
}

describe("releases diff", () => {
  if (!hasGit) {
    it("is skipped: there is no git in PATH", function () {
      this.skip();
    });
    return;
  }

  const list = ["api", "web", "worker", "cron"].map((name) => serviceYaml(name)).join("\n");
  const files = {
    "service/a.yaml": `${list}\n${serviceYaml("lab", "  environments: [testing]\n")}`,
    "environments.yaml": ENVIRONMENTS,
    "Pulumi.testing.yaml": pins(`api: v2.0.0, web: v1.3.0, cron: "v1.2.3@${digestOf("a")}"`),
    "Pulumi.staging.yaml": pins(`api: v1.9.0, web: v1.4.0, cron: "v1.2.3@${digestOf("b")}"`),
  };

  it("shows what would move, and by how much, from the working tree where there is no ref", async () => {
    const folder = new GitFolder(files);
    assert.deepEqual(await run(folder.path, "testing", "staging"), {
      code: 1,
      out: `testing (working tree) -> staging (working tree)

  SERVICE  FROM    TO      STEP
  api      v1.9.0  v2.0.0  major
  cron     v1.2.3  v1.2.3  none
  web      v1.4.0  v1.3.0  downgrade`,
      err: ["testing: no branch testing exists; the working tree is used"],
    });
  });

  it("reads each environment at its ref", async () => {
    const folder = new GitFolder(files);
    const first = folder.commit("one");
    folder.git("branch", "testing");
    folder.write("Pulumi.testing.yaml", pins("api: v9.0.0"));
    const { code, out, err } = await run(folder.path, "testing", "staging");
    assert.equal(code, 1);
    assert.ok(out.startsWith(`testing (testing at ${first.slice(0, 12)}) -> staging`), out);
    assert.match(out, /api {6}v1\.9\.0 {2}v2\.0\.0 {2}major/);
    assert.deepEqual(err, [
      "testing: the working tree differs from testing, which is what runs: api v2.0.0 -> v9.0.0",
    ]);
  });

  it("reads an environment that is a tag, whose versions are in the list of that tag", async () => {
    const folder = new GitFolder({
      ...files,
      "service/a.yaml": serviceYaml("api"),
      "Pulumi.staging.yaml": stackConfigYaml("", EXTERNAL),
      "Pulumi.production.yaml": stackConfigYaml("", EXTERNAL),
    });
    folder.commit("one");
    folder.git("tag", "v0.1.0");
    assert.equal((await run(folder.path, "staging", "production")).code, 0);
    folder.write("service/a.yaml", serviceYaml("api", "", "v1.3.0"));
    assert.match(
      (await run(folder.path, "staging", "production")).out,
      /^staging \(working tree\) -> production \(v0\.1\.0 at [0-9a-f]{12}\)\n\n {2}SERVICE .*\n {2}api {6}v1\.2\.3 {2}v1\.3\.0 {2}minor$/,
    );
  });

  it("says that nothing would move", async () => {
    const folder = new GitFolder(files);
    const { code, out } = await run(folder.path, "staging", "staging");
    assert.equal(code, 0);
    assert.match(out, /Nothing would move\.$/);
  });

  it("shows values that differ below what would move, and exits with 0 for these alone", async () => {
    const values = "  releases:values: { api: { replicaCount: 3 } }\n";
    const folder = new GitFolder({
      ...files,
      "Pulumi.testing.yaml": stackConfigYaml("", EXTERNAL),
      "Pulumi.staging.yaml": stackConfigYaml(values, EXTERNAL),
    });
    const { code, out } = await run(folder.path, "testing", "staging");
    assert.equal(code, 0);
    assert.equal(
      out,
      `testing (working tree) -> staging (working tree)

Nothing would move.

Values differ, and no promotion moves them:
  SERVICE  VALUE         FROM  TO
  api      replicaCount        3`,
    );
    const { stdout } = await releases(folder.path, "diff", "testing", "staging", "--json");
    assert.deepEqual((JSON.parse(stdout) as { values: unknown }).values, [
      { stack: "staging", name: "api", path: "replicaCount", to: 3 },
    ]);
  });

  it("refuses an environment that isn't in the path", async () => {
    const folder = new GitFolder(files);
    assert.deepEqual(await run(folder.path, "testing", "prod"), {
      code: 2,
      out: "",
      err: [
        `releases: unknown environment "prod"; known are testing, staging, production`,
        "Try releases --help",
      ],
    });
    assert.equal((await run(folder.path, "testing")).code, 2);
  });
});
