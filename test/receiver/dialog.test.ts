import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { temporaryFolder } from "../support/folder";
import { GitFolder, hasGit } from "../support/git";
import { GithubApi, type Answer, type Asked } from "../support/github-api";
import { findDescription } from "../support/github-description";
import { GithubGit } from "../support/github-git";
import { PulumiHistory } from "../support/pulumi-history";
import { ReceiverProcess } from "../support/receiver-process";

const description = findDescription();
/** How long the freeze lasts from the beginning of the test, in milliseconds. */
const FROZEN = 15_000;

/** Returns a list of one service, in production, which is frozen, and in environments that aren't. */
function filesOf(version: string, until: Date, ...open: readonly string[]): Record<string, string> {
  const stack = `config:
  pulumi:disable-default-providers: ["*"]
  releases:github: { owner: acme }
  releases:versions: { orders: ${version} }
`;
  return {
    "service/shop.yaml":
      "- { name: orders, github: orders, assets: [files.tar.gz], deploy: { release: v1.0.0 } }\n",
    "environments.yaml": `environments:
${open.map((name) => `  ${name}: { ref: main, accepts: [release] }\n`).join("")}  production: { ref: main, accepts: [release],
    freeze: [{ from: 2020-01-01, until: "${until.toISOString().replace(".000", "")}", reason: year end }] }
`,
    ...Object.fromEntries([...open, "production"].map((name) => [`Pulumi.${name}.yaml`, stack])),
  };
}

/** Answers what an App asks of GitHub before anything else. */
function answerToApp({ route }: Asked): Answer | undefined {
  switch (route.replace("/repos/{owner}/{repo}", "")) {
    case "GET /installation":
      return { status: 200, body: { id: 8 } };
    case "POST /app/installations/{installation_id}/access_tokens":
      return {
        status: 201,
        body: { token: "MARKED-token", expires_at: "2099-01-01T00:00:00Z", permissions: {} },
      };
    case "GET /app/hook/deliveries":
      return { status: 200, body: [] };
    default:
      return undefined;
  }
}

/** Returns a receiver that isn't started yet, and is an App. */
function receiverOf(
  kept: string,
  { path: list }: GithubGit,
  { address }: GithubApi,
  { folder }: PulumiHistory,
): Promise<ReceiverProcess> {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return ReceiverProcess.make(kept, `file://${list}`, address, {
    PATH: `${folder}${path.delimiter}${process.env["PATH"] ?? ""}`,
    RELEASES_APP: "Iv1.1234",
    RELEASES_APP_KEY: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  });
}

/** Returns what GitHub sends as a deployment of the run 42 begins to wait. */
function ruleRequested({ address }: GithubApi, environment: string, sha: string) {
  const body = JSON.stringify({
    action: "requested",
    environment,
    deployment_callback_url: `${address}/repos/acme/releases/actions/runs/42/deployment_protection_rule`,
    deployment: { sha },
    repository: { full_name: "acme/releases" },
  });
  return { event: "deployment_protection_rule", body };
}

describe("a deployment that waits in GitHub's dialog", function () {
  if (!hasGit || description === undefined) {
    it("is skipped: it takes git, and GitHub's description of its API in ~/.cache/releases-ci/openapi", function () {
      this.skip();
    });
    return;
  }

  it("goes on by itself when the freeze ends, once, also where the receiver was killed meanwhile", async () => {
    const until = new Date(Math.ceil((Date.now() + FROZEN) / 1000) * 1000);
    const folder = new GitFolder(filesOf("v1.0.0", until));
    const state = new PulumiHistory(["production"]);
    state.add("production", folder.commit("start"));
    for (const [file, text] of Object.entries(filesOf("v1.1.0", until))) folder.write(file, text);
    const commit = folder.commit("orders v1.1.0");
    const github = new GithubGit(folder.path);
    const run = { isWaiting: true };
    const answers: { at: number; body: Asked["body"] }[] = [];
    const answer = (asked: Asked): Answer => {
      const route = asked.route.replace("/repos/{owner}/{repo}", "");
      switch (route) {
        case "GET /actions/workflows/{workflow_id}/runs":
          return { status: 200, body: { total_count: 0, workflow_runs: [] } };
        case "GET /actions/runs/{run_id}/pending_deployments":
          return {
            status: 200,
            body: run.isWaiting ? [{ environment: { name: "production" } }] : [],
          };
        case "GET /actions/runs/{run_id}/approvals":
          return { status: 200, body: [] };
        case "GET /actions/runs/{run_id}":
          return { status: 200, body: { head_sha: commit, path: ".github/workflows/deploy.yml" } };
        case "POST /actions/runs/{run_id}/deployment_protection_rule":
          answers.push({ at: Date.now(), body: asked.body });
          if (asked.body["state"] === "approved") run.isWaiting = false;
          return { status: 204 };
        default:
          return answerToApp(asked) ?? github.answer(asked) ?? { status: 404 };
      }
    };
    const api = await GithubApi.start(description, answer);
    const receiver = await receiverOf(temporaryFolder(), github, api, state);
    try {
      await receiver.start();
      const delivery = { id: "a", ...ruleRequested(api, "production", commit) };
      assert.equal(await receiver.deliver(delivery), 202, receiver.output);
      while (answers.length === 0) await new Promise((resolve) => setTimeout(resolve, 50));
      await receiver.kill();
      await receiver.start();
      while (run.isWaiting) await new Promise((resolve) => setTimeout(resolve, 50));
      // The work of the same hint again changes nothing.
      assert.equal(await receiver.deliver({ ...delivery, id: "b" }), 202);
      await new Promise((resolve) => setTimeout(resolve, 3000));
      // A report whose remembrance the kill took away is made again; an approval never is.
      const states = answers.map((one) => one.body["state"]);
      assert.deepEqual(states.slice(-2), [undefined, "approved"], receiver.output);
      assert.ok(states.length <= 3, states.join());
      const [report] = answers;
      const approval = answers.at(-1);
      assert.match(
        String(report?.body["comment"]),
        /^- production: freeze refuses orders: production is frozen: year end; .* \(passes at /,
      );
      const late = (approval?.at ?? 0) - until.getTime();
      assert.ok(late >= 0, `${-late} ms too early`);
      assert.deepEqual(api.problems, []);
      assert.doesNotMatch(receiver.output, /MARKED|PRIVATE KEY/);
    } finally {
      await receiver.kill();
      api.stop();
    }
  });

  it("is approved once where others review it, killed at the approval and without its folder", async () => {
    const until = new Date(Math.ceil((Date.now() + FROZEN) / 1000) * 1000);
    const files = (version: string) => filesOf(version, until, "testing");
    const folder = new GitFolder(files("v1.0.0"));
    const state = new PulumiHistory(["testing", "production"]);
    const start = folder.commit("start");
    for (const stack of ["testing", "production"]) state.add(stack, start);
    for (const [file, text] of Object.entries(files("v1.1.0"))) folder.write(file, text);
    const commit = folder.commit("orders v1.1.0");
    const github = new GithubGit(folder.path);
    const history: { at: number; name: string; comment: string }[] = [];
    const deployments = ["testing", "production"].map((name) => ({ environment: { name } }));
    const run = { id: 42, head_sha: commit, path: ".github/workflows/deploy.yml", run_attempt: 1 };
    let onFirst = (): void => undefined;
    const answer = (asked: Asked): Answer => {
      switch (asked.route.replace("/repos/{owner}/{repo}", "")) {
        case "GET /actions/workflows/{workflow_id}/runs":
          return { status: 200, body: { total_count: 1, workflow_runs: [run] } };
        // Its reviewers have said nothing yet, so it waits whatever the App says.
        case "GET /actions/runs/{run_id}/pending_deployments":
          return { status: 200, body: deployments };
        case "GET /actions/runs/{run_id}":
          return { status: 200, body: run };
        case "GET /actions/runs/{run_id}/approvals": {
          const approvals = history.map(({ name, comment }) => {
            return { state: "approved", comment, environments: [{ name }], user: { type: "Bot" } };
          });
          return { status: 200, body: approvals };
        }
        case "POST /actions/runs/{run_id}/deployment_protection_rule": {
          const { environment_name: name, state: to, comment } = asked.body;
          if (to !== "approved") return { status: 204 };
          history.push({ at: Date.now(), name: String(name), comment: String(comment) });
          // GitHub has it, and nobody will hear of it.
          if (history.length === 1) onFirst();
          return { status: 204 };
        }
        default:
          return answerToApp(asked) ?? github.answer(asked) ?? { status: 404 };
      }
    };
    const api = await GithubApi.start(description, answer);
    const kept = temporaryFolder();
    const receiver = await receiverOf(kept, github, api, state);
    onFirst = () => void receiver.kill();
    try {
      await receiver.start();
      while (history.length === 0) await new Promise((resolve) => setTimeout(resolve, 50));
      await receiver.kill();
      fs.rmSync(kept, { recursive: true });
      await receiver.start();
      const delivery = { id: "a", ...ruleRequested(api, "testing", commit) };
      assert.equal(await receiver.deliver(delivery), 202);
      while (history.length === 1) await new Promise((resolve) => setTimeout(resolve, 50));
      await new Promise((resolve) => setTimeout(resolve, 3000));
      assert.deepEqual(
        history.map(({ name }) => name),
        ["testing", "production"],
        receiver.output,
      );
      const late = (history[1]?.at ?? 0) - until.getTime();
      // The next look at everything would be ten minutes later.
      assert.ok(late >= 0 && late < 60_000, `${late} ms`);
      assert.deepEqual(api.problems, []);
    } finally {
      await receiver.kill();
      api.stop();
    }
  });
});
