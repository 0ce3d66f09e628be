import assert from "node:assert/strict";
import { EnvironmentReader } from "../../src/app/environments";
import { SILENT } from "../../src/app/reporter";
import { resumeDeployments } from "../../src/ci/resume";
import type { CommitStatus } from "../../src/adapters/github/commit-statuses";
import type { GithubRepositoryApi } from "../../src/adapters/github/repository";
import { outsideError } from "../../src/core/error";
import { shopFiles } from "../support/shop";
import { worldOf } from "../support/world";

const ENVIRONMENTS = `environments:
  testing: { ref: testing, accepts: [release] }
  staging: { ref: main, from: testing, accepts: [release], soak: 1h }
  load: { ref: main, from: testing, accepts: [release], soak: 1h }
  production: { ref: "v*", from: staging, accepts: [release], soak: 24h }
  sandbox: { accepts: [release] }
`;

const NOW = new Date("2026-11-21T12:00:00Z");
const waits = (until: string): CommitStatus => ({
  state: "pending",
  description: `waits for soak until ${until}`,
  at: new Date("2026-11-21T11:00:00Z"),
});
const DUE = waits("2026-11-21T12:00:00.000Z");
const FAILURE: CommitStatus = { state: "failure", description: "order refuses orders", at: NOW };

/** A GitHub that knows statuses by commit and environment, and notes what is done. */
class Github {
  readonly done: string[] = [];
  readonly statuses: Map<string, Map<string, CommitStatus>>;
  runs: string[] = [];
  isDown = false;

  constructor(statuses: Readonly<Record<string, Readonly<Record<string, CommitStatus>>>>) {
    this.statuses = new Map(
      Object.entries(statuses).map(([commit, own]) => [
        commit,
        new Map(Object.entries(own).map(([name, status]) => [`releases/${name}`, status])),
      ]),
    );
  }

  statusesOf: GithubRepositoryApi["statusesOf"] = (commit) =>
    Promise.resolve(this.statuses.get(commit) ?? new Map());

  leaveStatus: GithubRepositoryApi["leaveStatus"] = (commit, { context, ...status }) => {
    this.done.push(`${commit} ${context} ${status.state}: ${status.description}`);
    this.statuses.get(commit)?.set(context, { ...status, at: NOW });
    return Promise.resolve();
  };

  ranSince: GithubRepositoryApi["ranSince"] = ({ commit, since }) => {
    assert.deepEqual(since, DUE.at);
    return Promise.resolve(this.runs.includes(commit));
  };

  startWorkflow: GithubRepositoryApi["startWorkflow"] = (file, ref) => {
    if (this.isDown) return Promise.reject(outsideError("GitHub is down"));
    this.done.push(`start ${file} at ${ref}`);
    return Promise.resolve();
  };
}

function resume(github: Github, now = NOW): Promise<string[]> {
  const world = worldOf({
    files: shopFiles({ environments: ENVIRONMENTS }),
    git: {
      branches: { testing: null, main: "b".repeat(40) },
      tags: { "v*": { "v1.0.0": "c".repeat(40) } },
    },
  });
  return resumeDeployments(new EnvironmentReader(world, SILENT), github, now);
}

const [MAIN, TAG] = ["b".repeat(40), "c".repeat(40)];
const MARK = "was started again at 2026-11-21T12:00:00.000Z";

describe("resumeDeployments", () => {
  it("starts what waited for a time that has come, once, and marks it", async () => {
    const github = new Github({ [MAIN]: { staging: DUE }, [TAG]: { production: DUE } });
    assert.deepEqual(await resume(github), [
      "staging: the deployment of main is started again",
      "production: the deployment of v1.0.0 is started again",
    ]);
    assert.deepEqual(github.done, [
      "start deploy.yml at main",
      `${MAIN} releases/staging pending: ${MARK}`,
      "start deploy.yml at v1.0.0",
      `${TAG} releases/production pending: ${MARK}`,
    ]);
    github.done.length = 0;
    assert.deepEqual(await resume(github), []);
    assert.deepEqual(github.done, []);
  });

  it("waits for the last of the environments of one ref, to the second", async () => {
    const later = waits("2026-11-21T12:00:01.000Z");
    const github = new Github({ [MAIN]: { staging: DUE, load: later } });
    assert.deepEqual(await resume(github), ["staging, load: waits until 2026-11-21T12:00:01.000Z"]);
    assert.deepEqual(github.done, []);
    await resume(github, new Date("2026-11-21T12:00:01Z"));
    assert.equal(github.done[0], "start deploy.yml at main");
    assert.equal(github.done.length, 3);
  });

  it("starts nothing that would be refused again, that doesn't wait, or that is of another commit", async () => {
    const refused = new Github({ [MAIN]: { staging: DUE, load: FAILURE } });
    assert.deepEqual(await resume(refused), ["staging: load is refused at main"]);
    const success: CommitStatus = { ...DUE, state: "success" };
    const others = new Github({ [MAIN]: { staging: success }, ["d".repeat(40)]: { staging: DUE } });
    assert.deepEqual(await resume(others), []);
    assert.deepEqual([...refused.done, ...others.done], []);
  });

  it("starts nothing that was started and not marked, as where it was ended between the two", async () => {
    const github = new Github({ [MAIN]: { staging: DUE } });
    github.runs = [MAIN];
    assert.deepEqual(await resume(github), ["staging: the deployment of main was started already"]);
    assert.deepEqual(github.done, [`${MAIN} releases/staging pending: ${MARK}`]);
  });

  it("marks nothing that couldn't be started, and starts it the next time", async () => {
    const github = new Github({ [MAIN]: { staging: DUE } });
    github.isDown = true;
    await assert.rejects(resume(github), /GitHub is down/);
    assert.deepEqual(github.done, []);
    github.isDown = false;
    assert.equal((await resume(github)).length, 1);
  });
});
