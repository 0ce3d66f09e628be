import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as path from "node:path";
import { PROGRAM } from "../src/app/open";
import { findPulumi } from "../src/adapters/find-tool";
import { Project } from "../tools/sandbox/project";
import { releasesProcess } from "./support/cli";
import { setEnvironment } from "./support/environment";
import { folderOf } from "./support/folder";
import { GIT_ENVIRONMENT, hasGit } from "./support/git";
import { serviceYaml, stackConfigYaml } from "./support/yaml";

const cli = findPulumi();

/** Everything of a secret's kind has this in it, and nothing else has. */
const MARK = /MARKED/;

/** Where people and pipelines keep secrets beside the stack configs. */
const AMBIENT = {
  GITHUB_TOKEN: "MARKED-token",
  GH_TOKEN: "MARKED-token",
  AWS_SECRET_ACCESS_KEY: "MARKED-key",
  AWS_SESSION_TOKEN: "MARKED-session",
  PULUMI_ACCESS_TOKEN: "MARKED-pulumi",
  PULUMI_CONFIG_PASSPHRASE: "MARKED-passphrase",
  KUBECONFIG: "/MARKED/kubeconfig",
  DOCKER_CONFIG: folderOf({
    "config.json": '{ "auths": { "ghcr.io": { "auth": "TUFSS0VEOk1BUktFRA==" } } }',
  }),
  // Nobody listens there, so that nothing leaves this machine.
  GITHUB_API_URL: "http://127.0.0.1:9",
};

describe("secrets", function () {
  this.timeout(300_000);
  if (cli === undefined || !hasGit) {
    it("are skipped: it takes git and a Pulumi CLI in PATH, ~/.pulumi/bin or ~/.pulumi/versions", function () {
      this.skip();
    });
    return;
  }

  let project: Project;
  let restore: () => void;
  const said: { by: string; text: string }[] = [];

  const config = (account: string): string =>
    stackConfigYaml(
      "  releases:github: { owner: acme }\n" +
        '  releases:webhook: { url: "https://hooks.acme.example" }\n' +
        "  releases:templates: { bucket: acme, parameters: { Size: small } }\n" +
        "  releases:versions: { api: v1.2.3 }\n",
    ).replaceAll("111111111111", account);

  const git = (...args: string[]): string =>
    execFileSync("git", args, { cwd: project.folder, env: GIT_ENVIRONMENT, encoding: "utf8" });

  function pulumi(...args: string[]): void {
    const { code, stdout, stderr } = project.pulumi(...args, "--stack", "testing");
    said.push({ by: `pulumi ${args.join(" ")} (${String(code)})`, text: stdout + stderr });
  }

  async function releases(...args: string[]): Promise<void> {
    const at = ["--path", project.folder];
    const { code, stdout, stderr } = await releasesProcess(
      PROGRAM,
      [...args, ...at],
      project.variables(),
    );
    const [command = ""] = args;
    assert.ok(code === 0 || code === 1, `${args.join(" ")} gave ${String(code)}: ${stderr}`);
    said.push({ by: `releases ${command} ${args.slice(1).join(" ")}`, text: stdout + stderr });
  }

  before(async () => {
    restore = setEnvironment(AMBIENT);
    project = await Project.open(folderOf({}), cli);
    project.replaceData(
      folderOf({
        "service/a.yaml": serviceYaml("api"),
        "infrastructure/i.yaml":
          "- { github: infra, provider: cloudformation, deploy: { release: v1.0.0 } }\n",
        "environments.yaml":
          "environments:\n  testing: { accepts: [release] }\n  staging: { from: testing, accepts: [release] }\n",
        "Pulumi.testing.yaml": config("111111111111"),
        "Pulumi.staging.yaml": config("222222222222").replace("context: test", "context: staging"),
      }),
    );
    project.expect("stack", "init", "testing");
    project.expect("stack", "init", "staging");
    for (const stack of ["testing", "staging"]) {
      const set = ["config", "set", "--secret", "--stack", stack];
      project.expect(...set, "releases:webhookSecret", "MARKED-webhook");
      const parameter = "releases:templates.parameters.Token";
      project.expect(...set, "--path", parameter, "MARKED-parameter");
    }
    git("init", "--quiet", "--initial-branch=main");
    git("remote", "add", "origin", "https://x:MARKED-remote@127.0.0.1:9/acme/releases.git");
    git("add", "service", "infrastructure", "environments.yaml", ":(glob)Pulumi.*.yaml");
    git("commit", "--quiet", "--message", "start");
  });

  after(() => {
    restore();
    project.dispose();
  });

  it("are in no state, log, diff or output of the engine", () => {
    pulumi("preview", "--diff", "--show-sames");
    pulumi("preview", "--json");
    pulumi("up", "--yes", "--diff", "--policy-pack", path.join(PROGRAM, "policy"));
    project.expect(
      ...["config", "set", "--secret", "--stack", "testing"],
      ...["releases:webhookSecret", "MARKED-other"],
    );
    pulumi("up", "--yes", "--diff");
    pulumi("refresh", "--yes", "--diff");
    pulumi("stack", "output", "--json");
    pulumi("stack", "export");
    const state = said.at(-1)?.text ?? "";
    assert.match(state, /hooks\.acme\.example|ciphertext/);
    assert.match(said.find(({ by }) => by.startsWith("pulumi up"))?.text ?? "", /\[secret\]/);
    for (const { by, text } of said) {
      assert.match(by, /\(0\)$/, text);
      assert.doesNotMatch(text, MARK, by);
    }
  });

  it("are in nothing that a command prints, fine or not", async () => {
    project.edit("service/a.yaml", "v1.2.3", "v1.2.4");
    project.edit("Pulumi.testing.yaml", "api: v1.2.3", "api: v1.2.4");
    said.length = 0;
    const json = ["--json"];
    await releases("lint");
    await releases("lint", ...json);
    await releases("plan");
    await releases("plan", ...json);
    for (const format of ["text", "markdown"]) {
      await releases("plan", "--since", "HEAD", "--format", format);
    }
    await releases("plan", "--since", "HEAD", ...json);
    for (const format of ["text", "markdown", "html"]) {
      await releases("status", "--format", format);
    }
    await releases("status", ...json);
    await releases("diff", "testing", "staging", ...json);
    await releases("history", ...json);
    await releases("drift", "--stack", "testing");
    await releases("drift", "--stack", "testing", ...json);
    const dry = ["--stack", "testing", "--dry-run", ...json];
    await releases("bump", "api", "v1.2.5", ...dry);
    await releases("hold", "api", "--reason", "wait", ...dry);
    const promotion = ["promote", "api", "--from", "testing", "--to", "staging", "--offline"];
    await releases(...promotion, "--dry-run", ...json);
    assert.ok(said.some(({ text }) => /v1\.2\.4/.test(text)));
    for (const { by, text } of said) assert.doesNotMatch(text, MARK, by);
  });

  it("are in no finding about a secret that isn't encrypted", async () => {
    const before = project.read("Pulumi.testing.yaml");
    const [found] = /releases:webhookSecret:\n\s+secure: .*/.exec(before) ?? [];
    assert.ok(found);
    project.edit("Pulumi.testing.yaml", found, "releases:webhookSecret: MARKED-plain");
    said.length = 0;
    try {
      await releases("lint");
      await releases("plan");
      pulumi("preview");
    } finally {
      project.write("Pulumi.testing.yaml", before);
    }
    assert.match(said[0]?.text ?? "", /plain-secret/);
    for (const { by, text } of said) assert.doesNotMatch(text, MARK, by);
  });
});
