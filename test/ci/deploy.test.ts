import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { findPulumi } from "../../src/adapters/find-tool";
import { PROGRAM } from "../../src/app/open";
import { EMPTY_TREE } from "../../src/adapters/git/refs";
import { openAcme } from "../support/project";
import { folderOf } from "../support/folder";
import { GitFolder, hasGit } from "../support/git";
import { GithubApi, type Answer, type Asked } from "../support/github-api";
import { findDescription } from "../support/github-description";
import { shop } from "../support/shop";
import { PulumiHistory } from "../support/pulumi-history";
import { linkProgram, runStep, type Run } from "../support/workflows";

const description = findDescription();
const POLICIES = path.join(PROGRAM, "policy");
const cli = findPulumi();

interface Deployment {
  readonly id: number;
  readonly sha: string;
  readonly task: string;
  readonly environment: string;
  readonly payload: { readonly versions: Readonly<Record<string, string>> };
  readonly statuses: Record<string, unknown>[];
}

interface Planned {
  readonly stack: string;
  readonly since: string;
  readonly fingerprint: string;
  readonly asksTeams: boolean;
  readonly context: string;
}

describe("the deploy workflow", function () {
  this.timeout(300_000);
  if (!hasGit || description === undefined) {
    it("is skipped: it takes git, and GitHub's description of its API in ~/.cache/releases-ci/openapi", function () {
      this.skip();
    });
    return;
  }

  let api: GithubApi;
  let deployments: Deployment[];
  let state: PulumiHistory;
  /** Commit statuses that were left; undefined where nobody may leave any. */
  let marks: string[] | undefined;
  /** Conclusions of the check of each commit. */
  let checks: Record<string, string>;
  /** Who reviewed the pull request of every commit. */
  let reviewers: { readonly id: number; readonly login: string }[];
  /** What GitHub answers about who is in the team sre, by login. */
  let sre: Record<string, Answer>;

  before(async () => {
    api = await GithubApi.start(description, answer);
  });
  beforeEach(() => {
    [deployments, reviewers, sre, checks, marks] = [[], [], {}, {}, []];
    state = new PulumiHistory(["testing", "staging", "production"]);
  });
  afterEach(() => assert.deepEqual(api.problems, []));
  after(() => api.stop());

  function answer({ route, parameters, body }: Asked): Answer {
    const one = deployments.find(({ id }) => String(id) === parameters["deployment_id"]);
    switch (route.replace("/repos/{owner}/{repo}", "")) {
      case "GET /commits/{commit_sha}/pulls":
        return { status: 200, body: [{ number: 7, head: { sha: "head" }, user: { id: 1 } }] };
      case "GET /pulls/{pull_number}/commits":
        return { status: 200, body: [{ commit: { message: "fix\n\nBreak-glass: it burns" } }] };
      case "GET /pulls/{pull_number}/reviews": {
        const approved = { state: "APPROVED", commit_id: "head" };
        return { status: 200, body: reviewers.map((user) => ({ ...approved, user })) };
      }
      case "GET /orgs/{org}/teams/{team_slug}/memberships/{username}":
        return sre[parameters["username"] ?? ""] ?? { status: 404 };
      case "GET /commits/{ref}/check-runs": {
        const name = parameters["check_name"] ?? "";
        const conclusion = checks[parameters["ref"] ?? ""];
        const found = conclusion === undefined ? [] : [{ name, status: "completed", conclusion }];
        return { status: 200, body: { total_count: found.length, check_runs: found } };
      }
      case "GET /commits/{ref}/statuses":
        return { status: 200, body: [] };
      case "POST /statuses/{sha}": {
        if (marks === undefined) return { status: 403 };
        const { context, state: said, description: why } = body as Record<string, string>;
        marks.push(`${parameters["sha"]} ${context} ${said}: ${why}`);
        return { status: 201 };
      }
      case "GET /deployments": {
        const { task, environment } = parameters;
        const found = deployments.filter(
          (deployment) => deployment.task === task && deployment.environment === environment,
        );
        return { status: 200, body: found.toReversed() };
      }
      case "GET /deployments/{deployment_id}/statuses":
        return { status: 200, body: one?.statuses.toReversed() ?? [] };
      case "POST /deployments": {
        const id = deployments.length + 1;
        const { ref, ...rest } = body as unknown as Deployment & { ref: string };
        deployments.push({ ...rest, id, sha: ref, statuses: [] });
        return { status: 201, body: { id } };
      }
      case "POST /deployments/{deployment_id}/statuses":
        one?.statuses.push(body);
        return { status: 201 };
      default:
        return { status: 404 };
    }
  }

  /** Runs a step as GitHub would for a ref. */
  function step(
    name: string,
    clone: GitFolder,
    ref: string,
    values: Readonly<Record<string, string>> = {},
    environment: NodeJS.ProcessEnv = {},
  ): Promise<Run> {
    return runStep(
      "deploy.yml",
      name,
      clone.path,
      {
        "github.token": "MARKED-token",
        "steps.teams.outputs.token || github.token": "MARKED-token",
        "github.ref": ref,
        "vars.RELEASES_GATES": "",
        "vars.PULUMI_BACKEND_URL": environment["PULUMI_BACKEND_URL"] ?? "",
        ...values,
      },
      {
        PATH: [state.folder, process.env["PATH"]].join(":"),
        ...environment,
        GITHUB_API_URL: api.address,
        GITHUB_REPOSITORY: "acme/releases",
        GITHUB_REF: ref,
        GITHUB_SERVER_URL: "https://github.example",
        GITHUB_RUN_ID: "7",
      },
    );
  }

  /** Returns lists of stacks by the names of a step's outputs. */
  function outputsOf(outputs: string): Record<string, Planned[]> {
    const lines = outputs.trimEnd().split("\n");
    return Object.fromEntries(
      lines.map((line) => {
        const [name = ""] = line.split("=", 1);
        return [name, JSON.parse(line.slice(name.length + 1)) as Planned[]];
      }),
    );
  }

  function plannedBy({ outputs }: Run): Planned[] {
    return Object.values(outputsOf(outputs)).flat();
  }

  type Approved = Pick<Planned, "stack" | "since" | "fingerprint">;

  function valuesOf({ stack, since, fingerprint }: Approved): Record<string, string> {
    return {
      "matrix.stack": stack,
      "matrix.since": since,
      "matrix.fingerprint": fingerprint,
    };
  }

  /** A clone of the program with another list in it. */
  function cloneOf(data: GitFolder): GitFolder {
    const clone = new GitFolder();
    linkProgram(clone.path);
    clone.shell(
      `rm -r service infrastructure environments.yaml Pulumi.*.yaml; cp -r '${data.path}'/* .`,
    );
    return clone;
  }

  const REFS = `environments:
  testing: { ref: testing, accepts: [release, prerelease] }
  staging: { ref: main, from: testing, accepts: [release] }
  production: { ref: "v*", from: staging, accepts: [release] }
`;

  it("deploys the environments that stand at the ref, and no other", async () => {
    const clone = cloneOf(shop({ environments: REFS }));
    clone.commit("start");
    clone.git("branch", "testing");
    clone.git("tag", "v1.0.0");
    const stacks = async (ref: string): Promise<string[]> =>
      plannedBy(await step("Plan", clone, ref)).map(({ stack }) => stack);
    assert.deepEqual(await stacks("refs/heads/main"), ["staging"]);
    assert.deepEqual(await stacks("refs/heads/testing"), ["testing"]);
    assert.deepEqual(await stacks("refs/tags/v1.0.0"), ["production"]);
    clone.git("tag", "v1.1.0");
    const late = await step("Plan", clone, "refs/tags/v1.0.0");
    assert.deepEqual(plannedBy(late), []);
    assert.match(late.out, /production: its ref is v1\.1\.0, the highest tag that matches v\*/);
    assert.match(late.summary, /nothing is deployed/);
    assert.deepEqual(await stacks("refs/heads/some-work"), []);
  });

  describe("where environments share a branch", () => {
    /** A clone with a stack for each of these, which all stand at main. */
    function sharing(path: Readonly<Record<string, string>>): GitFolder {
      const lines = Object.entries(path).map(
        ([name, from]) => `  ${name}: { ref: main, accepts: [release]${from} }\n`,
      );
      const data = shop({ environments: `environments:\n${lines.join("")}` });
      for (const name of Object.keys(path)) {
        data.shell(`[ -e Pulumi.${name}.yaml ] || cp Pulumi.testing.yaml Pulumi.${name}.yaml`);
      }
      data.shell("sed -i 's/context: .*/context: shared }/' Pulumi.*.yaml");
      return cloneOf(data);
    }

    const PATH = { testing: "", staging: ", from: testing", production: ", from: staging" };

    it("deploys them in waves along the promotion path, and says so", async () => {
      const clone = sharing({ ...PATH, canary: ", from: testing" });
      const first = clone.commit("start");
      state = new PulumiHistory(["testing", "staging", "production", "canary"]);
      for (const stack of ["testing", "staging", "production", "canary"]) state.add(stack, first);
      clone.shell("sed -i 's/github: catalog/github: catalogue/' service/shop.yaml");
      clone.commit("one change for all of them");
      const plan = await step("Plan", clone, "refs/heads/main");
      assert.equal(plan.code, 0, plan.out);
      const stacks = Object.entries(outputsOf(plan.outputs)).map(([wave, jobs]) => [
        wave,
        jobs.map(({ stack }) => stack).sort(),
      ]);
      assert.deepEqual(stacks, [
        ["wave1", ["testing"]],
        ["wave2", ["canary", "staging"]],
        ["wave3", ["production"]],
      ]);
      assert.match(
        plan.summary,
        /^wave 1: testing; wave 2: (?:canary, staging|staging, canary); wave 3: production\n\n/,
      );
    });

    it("deploys all stacks of an environment in one wave", async () => {
      const clone = sharing({ testing: "", production: ", from: testing" });
      clone.shell(
        "echo '  releases:environment: production' >> Pulumi.staging.yaml; sed -i 's/ shared / eu /' Pulumi.staging.yaml",
      );
      clone.commit("start");
      const plan = await step("Plan", clone, "refs/heads/main");
      assert.equal(plan.code, 0, plan.out);
      const { wave1, wave2, wave3 } = outputsOf(plan.outputs);
      assert.deepEqual(
        [wave1, wave2, wave3].map((jobs) => jobs?.map(({ stack }) => stack).sort()),
        [["testing"], ["production", "staging"], []],
      );
    });

    it("refuses more waves than the workflow has jobs for", async () => {
      const clone = sharing({ ...PATH, late: ", from: production" });
      clone.commit("start");
      state = new PulumiHistory(["testing", "staging", "production", "late"]);
      const plan = await step("Plan", clone, "refs/heads/main");
      assert.equal(plan.code, 1, plan.out);
      const what = "main deploys 4 waves, but the workflow has jobs for 3";
      const remedy = "run releases init again, or add a job like that of the last wave";
      assert.ok(plan.out.includes(`${what}; ${remedy}\n`), plan.out);
    });
  });

  it("reads the history of the stacks that the ref may deploy and of those upstream, and of none at a mutable tag", async () => {
    const clone = cloneOf(shop({ environments: REFS }));
    clone.commit("start");
    const stacks = async (ref: string): Promise<string[]> =>
      plannedBy(await step("Stacks", clone, ref)).map(({ stack }) => stack);
    assert.deepEqual((await stacks("refs/heads/main")).sort(), ["staging", "testing"]);
    assert.deepEqual(await stacks("refs/heads/testing"), ["testing"]);
    assert.deepEqual((await stacks("refs/tags/v1.0.0")).sort(), ["production", "staging"]);
    assert.deepEqual(await stacks("refs/tags/v9.9.9-test"), []);
    assert.deepEqual(await stacks("refs/heads/v1.0.0"), []);
    assert.deepEqual(await stacks("refs/heads/some-work"), []);
  });

  it("reads the history without a checkout, a passphrase or a secret in it", async function () {
    if (cli === undefined) this.skip();
    const project = await openAcme(cli);
    try {
      project.expect("stack", "init", "testing");
      project.up("testing");
      const { PULUMI_CONFIG_PASSPHRASE: _secret, ...variables } = project.variables();
      const [backend, folder] = [variables["PULUMI_BACKEND_URL"] ?? "", folderOf({})];
      const history = (stack: string): Promise<Run> => {
        const values = {
          ...{ "matrix.project": "releases", "matrix.stack": stack },
          "vars.PULUMI_BACKEND_URL": backend,
        };
        return runStep("deploy.yml", "History", folder, values, variables);
      };
      const run = await history("testing");
      assert.equal(run.code, 0, run.out);
      const text = fs.readFileSync(path.join(folder, "history/testing.json"), "utf8");
      const [update, ...more] = JSON.parse(text) as Record<string, unknown>[];
      assert.deepEqual([update?.["kind"], update?.["result"], more], ["update", "succeeded", []]);
      assert.doesNotMatch(text, /"config"|v1:/);
      // A stack that nobody made is no first deployment: the address of the state may be wrong.
      fs.rmSync(path.join(folder, "history"), { recursive: true });
      const none = await history("staging");
      assert.notEqual(none.code, 0);
      assert.match(none.out, /no stack named/);
    } finally {
      project.dispose();
    }
  });

  it("deploys nothing when a stack that may stand there can't be declared", async () => {
    const clone = cloneOf(shop({ environments: REFS }));
    clone.shell("echo '  releases:versions: { nobody: v1.0.0 }' >> Pulumi.staging.yaml");
    clone.commit("start");
    const broken = await step("Plan", clone, "refs/heads/main");
    assert.equal(broken.code, 1, broken.out);
    assert.match(broken.out, /Pulumi\.staging\.yaml:\d+:\d+ duplicate-key /);
    assert.equal(broken.outputs, "");
    clone.shell(
      "git show HEAD:Pulumi.production.yaml > Pulumi.staging.yaml; sed -i 's/v1.0.0/latest/' Pulumi.staging.yaml",
    );
    const wrong = await step("Plan", clone, "refs/heads/main");
    assert.equal(wrong.code, 1, wrong.out);
    assert.match(wrong.out, /Pulumi\.staging\.yaml:\d+:\d+ mutable-tag-without-digest /);
    clone.git("branch", "testing");
    assert.equal((await step("Plan", clone, "refs/heads/testing")).code, 0);
  });

  it("refuses what a gate refuses, when it is planned and just before it is done", async () => {
    const clone = cloneOf(shop({ environments: REFS }));
    state.add("staging", clone.commit("start"));
    clone.git("branch", "testing");
    const [fine] = plannedBy(await step("Plan", clone, "refs/heads/main"));
    assert.ok(fine);
    clone.shell("sed -i 's/catalog: v1.0.0/catalog: v1.1.0/' Pulumi.staging.yaml");
    clone.commit("past testing");
    const refused = await step("Plan", clone, "refs/heads/main");
    assert.equal(refused.code, 1, refused.out);
    assert.match(refused.out, /staging: order refuses catalog: /);
    assert.match(refused.summary, /\*\*order\*\* refuses `catalog`/);
    const [now] = plannedBy(refused);
    assert.ok(now);
    const begin = await step("Begin", clone, "refs/heads/main", valuesOf(now));
    assert.equal(begin.code, 1, begin.out);
    assert.match(begin.out, /staging: order refuses catalog: /);
    const other = await step("Begin", clone, "refs/heads/main", valuesOf(fine));
    assert.match(other.out, /the plan is sha256:\w+, but sha256:\w+ was approved/);
    assert.deepEqual(deployments, []);
  });

  it("runs what was approved with the real engine, and records it", async function () {
    if (cli === undefined) this.skip();
    const project = await openAcme(cli);
    const clone = new GitFolder();
    linkProgram(clone.path);
    const ref = "refs/heads/testing";
    const first = clone.commit("start");
    clone.git("branch", "--move", "testing");
    const backend = project.variables()["PULUMI_BACKEND_URL"] ?? "";
    const deploy = async (): Promise<{ planned: Planned; out: string }> => {
      const engine = project.variables();
      const plan = await step("Plan", clone, ref, {}, engine);
      const [planned] = plannedBy(plan);
      assert.ok(planned, plan.out);
      const values = valuesOf(planned);
      const begin = await step("Begin", clone, ref, values, engine);
      assert.equal(begin.code, 0, begin.out);
      const [deployment = ""] = begin.outputs.replace("deployment=", "").split("\n");
      assert.equal(begin.outputs, `deployment=${deployment}\npolicies=${POLICIES}\n`);
      const up = await step(
        "Up",
        clone,
        ref,
        {
          ...values,
          "vars.PULUMI_BACKEND_URL": backend,
          "steps.app.outputs.token": "MARKED-app",
          "steps.begin.outputs.policies": POLICIES,
        },
        project.variables(),
      );
      assert.equal(up.code, 0, up.out);
      const end = await step("End", clone, ref, {
        "steps.begin.outputs.deployment": deployment,
        "steps.up.outcome": "success",
        "vars.ENVIRONMENT_URL": "https://testing.acme.example",
      });
      assert.equal(end.code, 0, end.out);
      const out = [plan, begin, up, end].map((run) => run.out + run.summary).join("\n");
      return { planned, out };
    };
    try {
      project.expect("stack", "init", "testing");
      const one = await deploy();
      assert.equal(one.planned.since, EMPTY_TREE);
      assert.match(one.out, /testing: \d+ services move/);

      clone.shell("sed -i 's/catalog: v2.3.4/catalog: v2.3.5/' Pulumi.testing.yaml");
      const second = clone.commit("bump");
      const two = await deploy();
      assert.equal(two.planned.since, first);
      assert.match(two.out, /testing: 1 service moves/);
      assert.match(two.out, /~ 1 updated/);
      assert.deepEqual(
        deployments.map(({ sha, task, payload }) => [sha, task, payload.versions["catalog"]]),
        [
          [first, "releases:testing", "v2.3.4"],
          [second, "releases:testing", "v2.3.5"],
        ],
      );
      assert.deepEqual(deployments[1]?.statuses, [
        { state: "in_progress", description: "catalog v2.3.4 -> v2.3.5" },
        {
          state: "success",
          description: "pulumi up: success",
          environment_url: "https://testing.acme.example",
          log_url: "https://github.example/acme/releases/actions/runs/7",
        },
      ]);
      const again = await step("Begin", clone, ref, valuesOf(two.planned), project.variables());
      assert.equal(again.code, 1);
      assert.match(again.out, /was deployed meanwhile; run this again/);
      assert.doesNotMatch(one.out + two.out + JSON.stringify(deployments), /MARKED/);
    } finally {
      project.dispose();
    }
  });

  /** A clone in which staging was deployed, and whose main has moved on. */
  function deployed(): { clone: GitFolder; first: string; second: string } {
    const clone = cloneOf(shop({ environments: REFS }));
    const first = clone.commit("start");
    clone.git("branch", "testing");
    state.add("staging", first);
    clone.shell("sed -i 's/replicaCount: 3/replicaCount: 2/' Pulumi.staging.yaml; echo >> README");
    return { clone, first, second: clone.commit("two") };
  }

  it("starts from the state's newest update that succeeded, from a commit as it was", async () => {
    const { clone, first, second } = deployed();
    state.add("staging", second, { result: "failed" });
    state.add("staging", second, { dirty: true });
    state.add("staging", second, { kind: "refresh" });
    const [planned] = plannedBy(await step("Plan", clone, "refs/heads/main"));
    assert.equal(planned?.since, first);
    state.add("staging", second);
    const [later] = plannedBy(await step("Plan", clone, "refs/heads/main"));
    assert.equal(later?.since, second);
    const begin = await step("Begin", clone, "refs/heads/main", valuesOf(planned));
    assert.match(begin.out, new RegExp(`staging: ${second} was deployed meanwhile`));
  });

  it("knows the cluster that a stack loses, so that what runs there can be removed", async () => {
    const { clone } = deployed();
    const context = async (): Promise<string | undefined> =>
      plannedBy(await step("Plan", clone, "refs/heads/main"))[0]?.context;
    assert.equal(await context(), "staging");
    clone.shell("sed -i '/releases:cluster/d' Pulumi.staging.yaml");
    const third = clone.commit("no cluster");
    assert.equal(await context(), "staging");
    state.add("staging", third);
    assert.equal(await context(), "");
  });

  it("deploys nothing where nobody knows what is deployed", async () => {
    const { clone } = deployed();
    state.add("staging", "0123456789".repeat(4));
    const plan = await step("Plan", clone, "refs/heads/main");
    assert.equal(plan.code, 3);
    assert.match(plan.out, /staging runs (?:0123456789){4}, which isn't in this clone/);
    const nobody = { PATH: "/usr/bin:/bin", HOME: clone.path };
    const unknown = await step("Plan", clone, "refs/heads/main", {}, nobody);
    assert.equal(unknown.code, 3);
    assert.match(unknown.out, /nobody knows what is deployed to staging: there is no Pulumi CLI/);
    assert.deepEqual([plan.outputs, unknown.outputs], ["", ""]);
  });

  describe("attacked", () => {
    it("by a deployment record at another commit: refuses, whoever made it", async () => {
      const { clone, second } = deployed();
      const [planned] = plannedBy(await step("Plan", clone, "refs/heads/main"));
      assert.ok(planned);
      const common = {
        environment: "staging",
        task: "releases:staging",
        payload: { versions: {} },
      };
      deployments.push({ id: 1, sha: second, ...common, statuses: [{ state: "success" }] });
      assert.deepEqual(plannedBy(await step("Plan", clone, "refs/heads/main")), [planned]);
      const begin = await step("Begin", clone, "refs/heads/main", valuesOf(planned));
      assert.equal(begin.code, 1);
      assert.match(
        begin.out,
        new RegExp(
          `staging: GitHub's record says that ${second} is deployed, which the state never had`,
        ),
      );
    });

    it("by a reason of somebody outside of the team: it opens nothing", async () => {
      const frozen =
        "breakGlass: { teams: [sre] }, freeze: [{ from: 2000-01-01, until: 2999-01-01, reason: sale }]";
      const environments = REFS.replace("from: testing,", `from: testing, ${frozen},`);
      const clone = cloneOf(shop({ environments }));
      clone.shell("cp -rL charts copy; rm charts; mv copy charts");
      state.add("staging", clone.commit("start"));
      clone.git("branch", "testing");
      clone.shell("echo '# fixed' >> charts/service/1.1.0/values.yaml");
      clone.commit("fix\n\nBreak-glass: it burns");
      const condition = "its reason counts once a member of sre has approved the pull request";
      const plan = await step("Plan", clone, "refs/heads/main");
      assert.equal(plan.code, 0, plan.out);
      for (const name of ["catalog", "orders"]) {
        const pending = `freeze of ${name} isn't known yet: overridden by --break-glass: it burns; `;
        assert.ok(plan.summary.includes(`- ${pending}${condition}\n`), plan.summary);
      }
      const [planned] = plannedBy(plan);
      assert.equal(planned?.asksTeams, true);
      const begin = (): Promise<Run> => step("Begin", clone, "refs/heads/main", valuesOf(planned));
      const why = `staging is frozen: sale; a hotfix passes with --break-glass REASON; ${condition}`;

      const mallory = { id: 2, login: "mallory" };
      const until = "(passes at 2999-01-01T00:00:00.000Z)";
      const refusals = ["catalog", "orders"].map(
        (name) => `staging: freeze refuses ${name}: ${why} ${until}\n`,
      );
      for (const who of [[], [mallory], [{ id: 1, login: "grace" }]]) {
        reviewers = who;
        sre = { grace: { status: 200, body: { state: "active" } } };
        const refused = await begin();
        assert.deepEqual([refused.code, refused.out], [1, refusals.join("")]);
      }
      sre = { mallory: { status: 403 } };
      reviewers = [mallory];
      const unknown = await begin();
      assert.equal(unknown.code, 1);
      const problem = `${why}, which nobody knows: GitHub, asked whether mallory is in the team sre, `;
      assert.ok(unknown.out.startsWith(`staging: freeze refuses catalog: ${problem}`));
      assert.match(unknown.out, /which takes the token of a GitHub App with "members: read"/);
      assert.deepEqual(deployments, []);

      sre = { grace: { status: 200, body: { state: "active" } } };
      reviewers = [mallory, { id: 3, login: "grace" }];
      const begun = await begin();
      assert.equal(begun.outputs, `deployment=1\npolicies=${POLICIES}\n`, begun.out);
    });

    it("by an old run that is run again: ends without jobs, and names the commit that took over", async () => {
      const { clone, first, second } = deployed();
      clone.git("update-ref", "refs/remotes/origin/main", second);
      clone.git("checkout", "--quiet", "--detach", first);
      const plan = await step("Plan", clone, "refs/heads/main");
      assert.equal(plan.code, 0, plan.out);
      assert.deepEqual(plannedBy(plan), []);
      assert.match(plan.summary, new RegExp(`main is at ${second} now, which is deployed instead`));
      const values = { stack: "staging", since: first, fingerprint: "sha256:0" };
      const begin = await step("Begin", clone, "refs/heads/main", valuesOf(values));
      assert.equal(begin.code, 1);
      assert.match(begin.out, new RegExp(`staging: main is at ${second} now`));
    });

    it("by a tag on a commit of no branch: refuses it", async () => {
      const { clone, second } = deployed();
      clone.git("checkout", "--quiet", "--detach", second);
      clone.shell(
        "sed -i 's/replicaCount: 2/replicaCount: 200/' Pulumi.production.yaml; echo >> LICENSE",
      );
      clone.commit("of nobody");
      clone.git("tag", "v9.9.9");
      const plan = await step("Plan", clone, "refs/tags/v9.9.9");
      assert.equal(plan.code, 1, plan.out);
      assert.match(plan.out, /production: v9\.9\.9 isn't a commit of main, where staging is/);
      clone.git("branch", "--force", "main", "HEAD");
      assert.equal((await step("Plan", clone, "refs/tags/v9.9.9")).code, 0);
    });

    it("by staging's config that is broken or gone after the approval: refuses what nobody knows", async () => {
      for (const attack of ["echo '  x: [' >> Pulumi.staging.yaml", "rm Pulumi.staging.yaml"]) {
        const clone = cloneOf(shop({ environments: REFS }));
        const first = clone.commit("start");
        clone.git("tag", "v1.0.0");
        clone.git("branch", "testing");
        state = new PulumiHistory(["testing", "staging", "production"]);
        for (const stack of ["testing", "staging", "production"]) state.add(stack, first);
        const edit = "sed -i 's/catalog: v1.0.0/catalog: v1.1.0/'";
        clone.shell(`${edit} Pulumi.testing.yaml Pulumi.staging.yaml`);
        const second = clone.commit("staging");
        for (const stack of ["testing", "staging"]) state.add(stack, second);
        clone.shell(`${edit} Pulumi.production.yaml`);
        const third = clone.commit("production");
        clone.git("tag", "v1.1.0");
        clone.git("checkout", "--quiet", "--detach", third);
        const plan = await step("Plan", clone, "refs/tags/v1.1.0");
        assert.equal(plan.code, 0, plan.out);
        const [planned] = plannedBy(plan);
        assert.ok(planned);
        clone.git("checkout", "--quiet", "main");
        clone.shell(attack);
        clone.commit("nobody can read it");
        clone.git("checkout", "--quiet", "--detach", third);
        for (const [name, values] of [
          ["Plan", {}],
          ["Begin", valuesOf(planned)],
        ] as const) {
          const run = await step(name, clone, "refs/tags/v1.1.0", values);
          assert.equal(run.code, 1, run.out);
          assert.match(run.out, /production: order refuses catalog: staging: /);
        }
        assert.deepEqual(deployments, []);
      }
    });

    it("by a tag on a commit of no branch, whose own path asks no other one: refuses it", async () => {
      const { clone, first, second } = deployed();
      state.add("production", first);
      clone.git("checkout", "--quiet", "--detach", second);
      clone.shell(
        "sed -i 's/replicaCount: 2/replicaCount: 200/' Pulumi.production.yaml; sed -i 's/from: staging, //' environments.yaml",
      );
      clone.commit("of nobody");
      clone.git("tag", "v9.9.9");
      const plan = await step("Plan", clone, "refs/tags/v9.9.9");
      assert.equal(plan.code, 1, plan.out);
      assert.match(plan.out, /production: v9\.9\.9 isn't a commit of main, where staging is/);
    });

    it("by a path that no longer names where a version was committed and never deployed: asks there", async () => {
      const clone = cloneOf(shop({ environments: REFS }));
      const first = clone.commit("start");
      for (const stack of ["testing", "staging"]) state.add(stack, first);
      clone.shell("sed -i 's/catalog: v1.0.0/catalog: v1.1.0/' Pulumi.testing.yaml");
      clone.commit("testing is never deployed");
      clone.git("branch", "testing");
      clone.shell(
        "sed -i 's/catalog: v1.0.0/catalog: v1.1.0/' Pulumi.staging.yaml; sed -i 's/from: testing, //' environments.yaml",
      );
      clone.commit("on to staging");
      const plan = await step("Plan", clone, "refs/heads/main");
      assert.equal(plan.code, 1, plan.out);
      assert.match(
        plan.out,
        /staging: order refuses catalog: before this change: testing doesn't run v1\.1\.0 yet: no update there has brought it/,
      );
    });

    it("by a mutable tag: it is the truth of no environment", async () => {
      const { clone } = deployed();
      clone.git("tag", "v9.9.9-test");
      const plan = await step("Plan", clone, "refs/tags/v9.9.9-test");
      assert.deepEqual([plan.code, plannedBy(plan)], [0, []]);
    });
  });

  describe("that waits", () => {
    /** A clone whose staging gets two versions: one that runs in testing, and one that soaks there. */
    function waiting(environments: string) {
      const clone = cloneOf(shop({ environments }));
      const first = clone.commit("start", { at: "2026-10-31T00:00:00Z" });
      for (const stack of ["testing", "staging"])
        state.add(stack, first, { at: "2026-11-01T00:00:00Z" });
      clone.shell("sed -i 's/catalog: v1.0.0/catalog: v1.1.0/' Pulumi.testing.yaml");
      const brought = clone.commit("catalog in testing");
      clone.git("branch", "testing");
      const at = new Date(Math.floor(Date.now() / 1000) * 1000);
      state.add("testing", brought, { at: at.toISOString() });
      clone.shell("sed -i 's/catalog: v1.0.0/catalog: v1.1.0/' Pulumi.staging.yaml");
      const commit = clone.commit("catalog in staging");
      return { clone, commit, until: new Date(at.getTime() + 3_600_000).toISOString() };
    }

    const SOAKING = REFS.replace("from: testing,", "from: testing, soak: 1h,");

    it("says on its commit for what, and until when", async () => {
      const { clone, commit, until } = waiting(SOAKING);
      const plan = await step("Plan", clone, "refs/heads/main");
      assert.equal(plan.code, 1, plan.out);
      assert.deepEqual(marks, [
        `${commit} releases/staging pending: waits for soak until ${until}`,
      ]);
    });

    it("waits in GitHub's dialog where an App answers it, and is refused by what doesn't pass", async () => {
      const { clone, commit } = waiting(SOAKING);
      const byApp = { "vars.RELEASES_GATES": "app" };
      const plan = await step("Plan", clone, "refs/heads/main", byApp);
      assert.equal(plan.code, 0, plan.out);
      assert.match(plan.summary, /soak/);
      const [planned] = plannedBy(plan);
      assert.ok(planned);
      assert.deepEqual(marks, [`${commit} releases/staging success: no gate refuses the plan`]);
      const begin = await step("Begin", clone, "refs/heads/main", valuesOf(planned));
      assert.equal(begin.code, 1);
      assert.match(begin.out, /staging: soak refuses catalog/);
      clone.shell("sed -i 's/catalog: v1.1.0/catalog: v1.2.0/' Pulumi.staging.yaml");
      clone.commit("never ran");
      const refused = await step("Plan", clone, "refs/heads/main", byApp);
      assert.equal(refused.code, 1, refused.out);
      assert.match(refused.out, /staging: order refuses catalog/);
      assert.match(marks.at(-1) ?? "", /releases\/staging failure: order refuses catalog$/);
    });

    it("is planned all the same where nobody may leave a status", async () => {
      const { clone } = waiting(REFS);
      marks = undefined;
      const plan = await step("Plan", clone, "refs/heads/main");
      assert.equal(plan.code, 0, plan.out);
      assert.match(
        plan.out,
        /no status is left: GitHub, asked to leave the status releases\/staging/,
      );
    });
  });

  describe("with checks upstream", () => {
    const CHECKED = REFS.replace("from: testing,", "from: testing, checks: [smoke],");

    /** A clone whose staging is about to get what testing got by the second of two commits. */
    async function moved() {
      const clone = cloneOf(shop({ environments: CHECKED }));
      const first = clone.commit("start");
      for (const stack of ["testing", "staging"])
        state.add(stack, first, { at: "2026-11-01T00:00:00Z" });
      clone.shell("sed -i 's/catalog: v1.0.0/catalog: v1.1.0/' Pulumi.testing.yaml");
      const brought = clone.commit("catalog in testing");
      clone.shell("echo '# later' >> environments.yaml");
      const later = clone.commit("later");
      clone.git("branch", "testing");
      state.add("testing", brought);
      clone.shell("sed -i 's/catalog: v1.0.0/catalog: v1.1.0/' Pulumi.staging.yaml");
      clone.commit("catalog in staging");
      const plan = await step("Plan", clone, "refs/heads/main");
      const [planned] = plannedBy(plan);
      assert.ok(planned, plan.out);
      const begin = () => step("Begin", clone, "refs/heads/main", valuesOf(planned));
      return { plan, begin, brought, later };
    }

    it("plans without asking, and begins where they are green on the commit that was deployed last", async () => {
      const { plan, begin, brought, later } = await moved();
      assert.equal(plan.code, 0, plan.out);
      assert.match(plan.summary, /GitHub wasn't asked about smoke; who deploys asks/);
      for (const [found, reason] of [
        [{}, "smoke didn't run"],
        [{ [brought]: "failure", [later]: "success" }, "smoke is failure"],
        [{ [brought]: "skipped" }, "smoke is skipped"],
      ] as const) {
        checks = found;
        const { code, out } = await begin();
        assert.equal(code, 1, out);
        const place = `${brought.slice(0, 12)}, which testing runs`;
        assert.ok(out.includes(`staging: checks refuses catalog: ${reason} on ${place}`), out);
      }
      assert.deepEqual(deployments, []);
      // The same version, deployed once more by another commit: its checks count now.
      checks = { [brought]: "failure", [later]: "success" };
      state.add("testing", later);
      assert.equal((await begin()).code, 0);
      assert.equal(deployments.length, 1);
    });

    it("removed by the change itself: the path before asks as well", async () => {
      const clone = cloneOf(shop({ environments: CHECKED }));
      const first = clone.commit("start");
      for (const stack of ["testing", "staging"])
        state.add(stack, first, { at: "2026-11-01T00:00:00Z" });
      clone.shell("sed -i 's/catalog: v1.0.0/catalog: v1.1.0/' Pulumi.testing.yaml");
      const brought = clone.commit("catalog in testing");
      clone.git("branch", "testing");
      state.add("testing", brought);
      clone.shell(
        "sed -i 's/catalog: v1.0.0/catalog: v1.1.0/' Pulumi.staging.yaml; sed -i 's/checks: .smoke., //' environments.yaml",
      );
      clone.commit("catalog in staging, unchecked");
      const [planned] = plannedBy(await step("Plan", clone, "refs/heads/main"));
      assert.ok(planned);
      const { code, out } = await step("Begin", clone, "refs/heads/main", valuesOf(planned));
      assert.equal(code, 1, out);
      assert.match(out, /checks refuses catalog: before this change: smoke didn't run on/);
    });

    it("let nothing soak that failed to deploy", async () => {
      const clone = cloneOf(
        shop({ environments: REFS.replace("from: testing,", "from: testing, soak: 1h,") }),
      );
      const first = clone.commit("start", { at: "2026-10-31T00:00:00Z" });
      for (const stack of ["testing", "staging"])
        state.add(stack, first, { at: "2026-11-01T00:00:00Z" });
      clone.shell("sed -i 's/catalog: v1.0.0/catalog: v1.1.0/' Pulumi.testing.yaml");
      const brought = clone.commit("catalog in testing", { at: "2026-11-02T00:00:00Z" });
      clone.git("branch", "testing");
      state.add("testing", brought, { at: "2026-11-02T00:10:00Z", result: "failed" });
      clone.shell("sed -i 's/catalog: v1.0.0/catalog: v1.1.0/' Pulumi.staging.yaml");
      clone.commit("catalog in staging");
      const plan = () => step("Plan", clone, "refs/heads/main");
      assert.match(
        (await plan()).out,
        /order refuses catalog: testing doesn't run v1\.1\.0 yet: no update there/,
      );
      // The success counts, however old the commit and the failure are.
      const at = new Date(Date.now() - 600_000).toISOString();
      state.add("testing", brought, { at });
      const { out, code } = await plan();
      assert.equal(code, 1);
      assert.ok(out.includes(`soak refuses catalog: has been running in testing since ${at}`), out);
    });
  });

  it("records a failure, after which the same is deployed again", async () => {
    const clone = cloneOf(shop({ environments: REFS }));
    clone.commit("start");
    clone.git("branch", "testing");
    const [planned] = plannedBy(await step("Plan", clone, "refs/heads/testing"));
    assert.ok(planned);
    const begin = await step("Begin", clone, "refs/heads/testing", valuesOf(planned));
    assert.equal(begin.outputs, `deployment=1\npolicies=${POLICIES}\n`, begin.out);
    const end = await step("End", clone, "refs/heads/testing", {
      "steps.begin.outputs.deployment": "1",
      "steps.up.outcome": "cancelled",
      "vars.ENVIRONMENT_URL": "",
    });
    assert.equal(end.code, 0, end.out);
    assert.equal(deployments[0]?.statuses.at(-1)?.["state"], "failure");
    assert.deepEqual(plannedBy(await step("Plan", clone, "refs/heads/testing")), [planned]);
  });
});
