import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { GitFolder, hasGit } from "../support/git";
import { GithubApi, type Answer, type Asked } from "../support/github-api";
import { findDescription } from "../support/github-description";
import { linkProgram, runStep, type Run } from "../support/workflows";

const description = findDescription();

describe("the promote workflow", function () {
  if (!hasGit || description === undefined) {
    it("is skipped: it takes git, and GitHub's description of its API in ~/.cache/releases-ci/openapi", function () {
      this.skip();
    });
    return;
  }

  let api: GithubApi;
  let asked: Asked[];

  before(async () => {
    api = await GithubApi.start(description, answer);
  });
  beforeEach(() => {
    asked = [];
  });
  afterEach(() => assert.deepEqual(api.problems, []));
  after(() => api.stop());

  function answer(one: Asked): Answer {
    const route = one.route.replace("/repos/{owner}/{repo}", "");
    if (!route.startsWith("GET ")) asked.push({ ...one, route });
    if (route === "GET /releases/tags/{tag}") return { status: 200, body: { assets: [] } };
    if (route === "GET /git/ref/{ref}") return { status: 404 };
    if (route === "GET /pulls") return { status: 200, body: [] };
    const sha = { "POST /git/trees": "a-tree", "POST /git/commits": "a-commit" }[route];
    return { status: 201, ...(sha !== undefined && { body: { sha } }) };
  }

  const stack = (name: string, pin: string): string => `config:
  aws:region: eu-west-1
  pulumi:disable-default-providers: ["*"]
  releases:account: "${{ testing: "1", staging: "2" }[name]?.repeat(12) ?? ""}"
  releases:github: { owner: acme }
  releases:templates: { bucket: ${name} }
  releases:versions:
    network: ${pin} # the network's own
`;

  function clone(environments: string): GitFolder {
    const folder = new GitFolder();
    linkProgram(folder.path);
    folder.shell("rm -r service infrastructure Pulumi.*.yaml");
    folder.write("environments.yaml", environments);
    folder.write(
      "infrastructure/network.yaml",
      "- { github: network, provider: cloudformation, deploy: { release: v1.0.0 } }\n",
    );
    folder.write("Pulumi.testing.yaml", stack("testing", "v1.1.0"));
    folder.write("Pulumi.staging.yaml", stack("staging", "v1.0.0"));
    folder.commit("start");
    return folder;
  }

  const PLAIN =
    "environments:\n  testing: { accepts: [release] }\n  staging: { from: testing, accepts: [release] }\n";

  function promote(
    folder: GitFolder,
    services = "",
    breakGlass = "",
    from = "testing",
  ): Promise<Run> {
    const github = {
      GITHUB_API_URL: api.address,
      GITHUB_REPOSITORY: "acme/releases",
      GITHUB_REF: "refs/heads/main",
    };
    const values = {
      ...{ "inputs.services": services, "inputs.from": from, "inputs.to": "staging" },
      "inputs.break-glass": breakGlass,
      "steps.app.outputs.token || github.token": "MARKED-token",
    };
    return runStep("promote.yml", "Promote", folder.path, values, github);
  }

  it("takes the role of the target's account, where its images are in ECR", async () => {
    const folder = clone(PLAIN);
    const role = async (to: string): Promise<string> => {
      const { code, out, outputs } = await runStep("promote.yml", "Role", folder.path, {
        "inputs.to": to,
      });
      assert.equal(code, 0, out);
      return outputs;
    };
    assert.equal(await role("staging"), "role=\nregion=\n");
    folder.write(
      "Pulumi.staging.yaml",
      `${stack("staging", "v1.0.0")}  releases:registry: { role: source }\n`,
    );
    assert.equal(
      await role("staging"),
      "role=arn:aws:iam::222222222222:role/releases-promote-staging\nregion=eu-west-1\n",
    );
    const { code, out } = await runStep("promote.yml", "Role", folder.path, {
      "inputs.to": "--help",
    });
    assert.equal(code, 2);
    assert.match(out, /unknown environment "--help"/);
  });

  it("opens a pull request of the pins, and of nothing else", async () => {
    const folder = clone(PLAIN);
    const { code, out } = await promote(folder, "network");
    assert.equal(code, 0, out);
    assert.deepEqual(
      asked.map(({ route }) => route),
      ["POST /git/trees", "POST /git/commits", "POST /git/refs", "POST /pulls"],
    );
    const [tree, commit, ref, pull] = asked.map(({ body }) => body);
    assert.deepEqual(tree, {
      base_tree: folder.git("rev-parse", "HEAD"),
      tree: [
        {
          path: "Pulumi.staging.yaml",
          content: stack("staging", "v1.1.0"),
          ...{ mode: "100644", type: "blob" },
        },
      ],
    });
    assert.equal(commit?.["tree"], "a-tree");
    assert.match(String(commit["message"]), /^promote\(staging\): network v1\.0\.0 -> v1\.1\.0/);
    assert.deepEqual(ref, { ref: "refs/heads/promote/staging/network", sha: "a-commit" });
    assert.equal(pull?.["head"], "promote/staging/network");
    assert.equal(pull["base"], "main");
    assert.equal(pull["title"], String(commit["message"]).split("\n")[0]);
    assert.doesNotMatch(out, /MARKED/);
    assert.equal(folder.git("status", "--porcelain"), "");
  });

  for (const word of [
    "--offline",
    "--break-glass=x",
    "--path=/",
    "--all",
    "--team=x",
    "-h",
    "--",
  ]) {
    it(`takes ${word} among the services for a service, which doesn't run`, async () => {
      const { code, out } = await promote(clone(PLAIN), `${word} network`);
      assert.deepEqual([code, asked], [2, []], out);
      // npm may warn of the Node.js in front of it.
      assert.ok(`\n${out}`.includes(`\nreleases: no service "${word}" runs in testing`), out);
    });
  }

  it("takes --offline for an environment or a reason where it is one, and services of every line", async () => {
    const folder = clone(PLAIN);
    const from = await promote(folder, "network", "", "--offline");
    assert.deepEqual([from.code, asked], [2, []], from.out);
    assert.match(from.out, /unknown environment "--offline"/);
    const services = await promote(folder, "network\nnobody");
    assert.deepEqual([services.code, asked], [2, []], services.out);
    assert.match(services.out, /no service "nobody" runs in testing/);
    const reason = await promote(folder, "\nnetwork", "--offline");
    assert.equal(reason.code, 0, reason.out);
    assert.match(String(asked[1]?.body["message"]), /^Break-glass: --offline$/m);
  });

  it("takes all that differ where none is named, and none when nothing does", async () => {
    const folder = clone(PLAIN);
    await promote(folder);
    assert.equal(asked.at(-1)?.route, "POST /pulls");
    folder.write("Pulumi.staging.yaml", stack("staging", "v1.1.0"));
    folder.commit("promoted");
    asked = [];
    assert.match((await promote(folder)).out, /^Nothing to promote\.\n$/m);
    assert.deepEqual(asked, []);
  });

  it("opens none when a gate refuses, and leaves no file changed", async () => {
    const folder = clone(PLAIN);
    folder.write("environments.yaml", PLAIN.replace("from: testing", "from: testing, soak: 1h"));
    folder.commit("soak");
    const refused = await promote(folder, "network");
    assert.equal(refused.code, 1);
    assert.match(refused.out, /^soak refuses network: has been running in testing since /m);
    assert.equal(folder.git("status", "--porcelain"), "");
    assert.equal(asked.length, 0);
    await promote(folder, "network", "it is down");
    assert.match(String(asked.at(-1)?.body["body"]), /^Break-glass: it is down$/m);
  });

  it("takes no input for an option", async () => {
    const { code, out } = await promote(clone(PLAIN), "--offline network");
    assert.equal(code, 2);
    assert.match(out, /^releases: no service "--offline" runs in testing; known are network$/m);
    assert.equal(asked.length, 0);
  });

  it("opens the merge's own where a branch is the environment", async () => {
    const folder = clone(
      "environments:\n  testing: { ref: testing, accepts: [release] }\n  staging: { ref: main, from: testing, accepts: [release] }\n",
    );
    for (const name of ["testing", "staging"]) {
      const file = `Pulumi.${name}.yaml`;
      folder.write(file, folder.read(file).replace(/ {2}releases:versions:\n.*\n/, ""));
    }
    folder.commit("versions are the list's");
    folder.git("switch", "--quiet", "--create", "testing");
    const list = path.join(folder.path, "infrastructure/network.yaml");
    fs.writeFileSync(list, fs.readFileSync(list, "utf8").replace("v1.0.0", "v1.1.0"));
    folder.commit("network v1.1.0");
    folder.git("switch", "--quiet", "main");
    await promote(folder);
    assert.deepEqual(
      asked.map(({ route, body }) => [route, body["head"], body["base"]]),
      [["POST /pulls", "testing", "main"]],
    );
  });
});
