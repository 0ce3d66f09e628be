import assert from "node:assert/strict";
import * as fs from "node:fs";
import { EcrServer, manyTags } from "../../tools/bench/ecr-server";
import { GitFolder, hasGit } from "../support/git";
import { definition } from "../support/shop";
import { linkProgram, runStep, type Run } from "../support/workflows";

const NAME = "shop/orders";

describe("the prune workflow", function () {
  if (!hasGit) {
    it("is skipped: there is no git in PATH", function () {
      this.skip();
    });
    return;
  }

  let folder: GitFolder;
  let ecr: EcrServer;
  before(() => {
    folder = new GitFolder();
    linkProgram(folder.path);
    folder.shell("rm -r service infrastructure Pulumi.*.yaml");
    folder.write("service/shop.yaml", definition("orders"));
    folder.write(
      "environments.yaml",
      "environments:\n  testing: { ref: main, accepts: [release] }\n",
    );
    folder.write(
      "Pulumi.testing.yaml",
      `config:
  pulumi:disable-default-providers: ["*"]
  aws:region: eu-west-1
  releases:account: "111111111111"
  releases:cluster: { context: testing }
  releases:github: { owner: acme }
  releases:registry: { role: source, prefix: shop/ }
  releases:versions: { orders: v1.1.0 }
`,
    );
    folder.commit("start");
  });
  beforeEach(async () => {
    ecr = await EcrServer.start(new Map([[NAME, manyTags(4)]]));
  });
  afterEach(() => ecr.stop());

  const images = (): number => ecr.repositories.get(NAME)?.length ?? 0;
  const step = (name: string): Promise<Run> =>
    runStep(
      "prune.yml",
      name,
      folder.path,
      { "matrix.stack": "testing", "github.token": "" },
      {
        ...{ AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test", GITHUB_TOKEN: "" },
        AWS_ENDPOINT_URL_ECR: ecr.address,
      },
    );

  it("shows what would go on the page of the run, and deletes nothing", async () => {
    const { code, out, summary } = await step("Plan");
    assert.equal(code, 0, out);
    const lines = summary.split("\n");
    assert.equal(lines[0], "```text");
    assert.equal(
      lines[1],
      "111111111111.dkr.ecr.eu-west-1.amazonaws.com/shop/orders: 8 of 16 go, up to 200.0 MB",
    );
    assert.deepEqual(lines.slice(-4), [
      "8 manifests go, up to 200.0 MB: images may share layers.",
      "Nothing was deleted; --yes deletes it.",
      "```",
      "",
    ]);
    // A token of the workflow reads no releases of the services.
    assert.doesNotMatch(summary, /GitHub/);
    assert.equal(images(), 16);
  });

  it("deletes what goes, once it is approved", async () => {
    const { code, out } = await step("Delete");
    assert.equal(code, 0, out);
    assert.match(out, /8 of 8 manifests deleted/);
    assert.equal(images(), 8);
  });

  it("fails where it isn't known what runs, and shows no plan", async () => {
    const before = fs.readFileSync(`${folder.path}/Pulumi.testing.yaml`, "utf8");
    folder.write("Pulumi.testing.yaml", before.replace("v1.1.0", "nothing"));
    const { code, summary } = await step("Plan");
    folder.write("Pulumi.testing.yaml", before);
    assert.notEqual(code, 0);
    assert.equal(summary, "");
    assert.equal(images(), 16);
  });
});
