import assert from "node:assert/strict";
import { diff } from "../../src/cli/diff";
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

function run(path: string, ...args: string[]) {
  const out: string[] = [];
  const err: string[] = [];
  const io = { out: (text: string) => out.push(text), err: (text: string) => err.push(text) };
  const code = diff(args, { path, json: false }, io);
  return { code, out: out.join("\n"), err };
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

  it("shows what would move, and by how much, from the current tree where there is no ref", () => {
    const folder = new GitFolder(files);
    assert.deepEqual(run(folder.path, "testing", "staging"), {
      code: 1,
      out: `testing (the current tree) -> staging (the current tree)

  SERVICE  FROM    TO      STEP
  api      v1.9.0  v2.0.0  major
  cron     v1.2.3  v1.2.3  none
  web      v1.4.0  v1.3.0  downgrade`,
      err: ["testing: there is no branch testing; the current tree is taken"],
    });
  });

  it("reads each environment at its ref", () => {
    const folder = new GitFolder(files);
    const first = folder.commit("one");
    folder.git("branch", "testing");
    folder.write("Pulumi.testing.yaml", pins("api: v9.0.0"));
    const { code, out, err } = run(folder.path, "testing", "staging");
    assert.equal(code, 1);
    assert.ok(out.startsWith(`testing (testing at ${first.slice(0, 12)}) -> staging`), out);
    assert.match(out, /api {6}v1\.9\.0 {2}v2\.0\.0 {2}major/);
    assert.deepEqual(err, [
      "testing: the working tree differs from testing, which is what runs: api v2.0.0 -> v9.0.0",
    ]);
  });

  it("reads an environment that is a tag, whose versions are in the list of that tag", () => {
    const folder = new GitFolder({
      ...files,
      "service/a.yaml": serviceYaml("api"),
      "Pulumi.staging.yaml": stackConfigYaml("", EXTERNAL),
      "Pulumi.production.yaml": stackConfigYaml("", EXTERNAL),
    });
    folder.commit("one");
    folder.git("tag", "v0.1.0");
    assert.equal(run(folder.path, "staging", "production").code, 0);
    folder.write("service/a.yaml", serviceYaml("api", "", "v1.3.0"));
    assert.match(
      run(folder.path, "staging", "production").out,
      /^staging \(the current tree\) -> production \(v0\.1\.0 at [0-9a-f]{12}\)\n\n {2}SERVICE .*\n {2}api {6}v1\.2\.3 {2}v1\.3\.0 {2}minor$/,
    );
  });

  it("says that nothing would move", () => {
    const folder = new GitFolder(files);
    const { code, out } = run(folder.path, "staging", "staging");
    assert.equal(code, 0);
    assert.match(out, /Nothing would move\.$/);
  });

  it("refuses an environment that isn't in the path", () => {
    const folder = new GitFolder(files);
    assert.throws(() => run(folder.path, "testing", "prod"), {
      name: "UsageError",
      message: 'no environment "prod"; there are testing, staging, production',
    });
    assert.throws(() => run(folder.path, "testing"), { name: "UsageError" });
  });
});
