import assert from "node:assert/strict";
import { Github } from "../../src/adapters/github/github";
import { EnvironmentReader } from "../../src/app/environments";
import { SILENT } from "../../src/app/reporter";
import { recordArtifacts } from "../../src/ci/artifact-records";
import { setEnvironment } from "../support/environment";
import { GithubApi, type Asked } from "../support/github-api";
import { findDescription } from "../support/github-description";
import { digestOf } from "../support/model";
import { shopFiles } from "../support/shop";
import { worldOf } from "../support/world";

const description = findDescription();

describe("recordArtifacts", function () {
  if (description === undefined) {
    it("is skipped: it takes GitHub's description of its API in ~/.cache/releases-ci/openapi", function () {
      this.skip();
    });
    return;
  }

  let api: GithubApi;
  let asked: Asked[];
  let status: number;
  let restore: () => void;

  before(async () => {
    api = await GithubApi.start(description, (one) => {
      asked.push(one);
      return { status };
    });
    restore = setEnvironment({ GITHUB_API_URL: api.address, GITHUB_TOKEN: "token" });
  });
  beforeEach(() => {
    [asked, status] = [[], 200];
  });
  after(() => {
    restore();
    api.stop();
  });

  async function record(): Promise<string[]> {
    const pins = { production: [`orders: "v1.0.0@${digestOf("a")}"`, "catalog: v1.0.0"] };
    const reader = new EnvironmentReader(worldOf({ files: shopFiles({ pins }) }), SILENT);
    const github = await Github.connect();
    assert.ok(github);
    return recordArtifacts(reader, "production", github.repository("acme/releases"));
  }

  it("records each digest that runs, as GitHub's description has it", async () => {
    assert.deepEqual(await record(), [`recorded ghcr.io/acme/orders@${digestOf("a")}`]);
    assert.deepEqual(api.problems, []);
    assert.deepEqual(
      asked.map(({ route, parameters, body }) => ({ route, org: parameters["org"], body })),
      [
        {
          route: "POST /orgs/{org}/artifacts/metadata/deployment-record",
          org: "acme",
          body: {
            name: "ghcr.io/acme/orders",
            digest: digestOf("a"),
            version: "v1.0.0",
            status: "deployed",
            logical_environment: "production",
            cluster: "production",
            deployment_name: "production-orders",
            github_repository: "orders",
            return_records: false,
          },
        },
      ],
    );
  });

  it("says what GitHub doesn't take, and fails nothing", async () => {
    status = 403;
    const [line, ...more] = await record();
    assert.deepEqual(more, []);
    assert.match(
      line ?? "",
      /^not recorded: GitHub, asked to record that ghcr\.io\/acme\/orders is deployed: /,
    );
  });
});
