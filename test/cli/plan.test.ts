import assert from "node:assert/strict";
import { CHART } from "../support/chart";
import { ACME } from "../support/acme";
import { releases } from "../support/cli";
import { setEnvironment } from "../support/environment";
import { folderOf } from "../support/folder";
import { planOf } from "../support/plans";
import { serviceYaml, stackConfigYaml } from "../support/yaml";

describe("plan", () => {
  it("gives the same plan whatever the environment variables say", async () => {
    const ambient = {
      GITHUB_TOKEN: "MARKED-token",
      KUBECONFIG: "/MARKED/kubeconfig",
      AWS_REGION: "MARKED-region",
      PULUMI_K8S_DELETE_UNREACHABLE: "true",
    };
    const json = ["plan", "testing", "--json"];
    const plain = await releases(ACME, ...json);
    assert.equal(plain.code, 0, plain.stderr);
    const restore = setEnvironment(ambient);
    try {
      assert.deepEqual(await releases(ACME, ...json), plain);
      for (const [key, value] of Object.entries(ambient)) assert.equal(process.env[key], value);
    } finally {
      restore();
    }
  });

  it("plans stacks in the order of the promotion path", async () => {
    const { stdout } = await releases(ACME, "plan", "--json");
    const { stacks } = JSON.parse(stdout) as { stacks: object };
    assert.deepEqual(Object.keys(stacks), ["testing", "staging", "production"]);
  });

  it("leaves stack traces on when it is done", async () => {
    await planOf({
      "service/a.yaml": serviceYaml("api"),
      "Pulumi.testing.yaml": stackConfigYaml(),
    });
    assert.match(new Error("a bug").stack ?? "", /plan\.test\.ts/);
  });

  it("plans a plain Kayron list with stack configs beside it", async () => {
    const planned = await planOf({
      "infrastructure/infrastructure.yaml": `- github: "network"
  provider: "cloudformation"
  deploy:
    release: "v0.5.8"
`,
      "service/service.yaml": `- docker: "collector"
  github: "collector"
  deploy:
    release: "v1.12.2-ce60d74"

- docker: "web-lite"
  github: "web-lite"
  deploy:
    release: "v0.2.3"
    preview: true
`,
      "Pulumi.testing.yaml": stackConfigYaml("  releases:templates: { bucket: templates }\n"),
    });
    assert.deepEqual(
      planned.services.map(({ name, version, chart }) => [name, version, chart]),
      [
        ["collector", "v1.12.2-ce60d74", CHART],
        ["network", "v0.5.8", null],
        ["web-lite", "v0.2.3", CHART],
      ],
    );
  });

  it("doesn't mind another stack's broken config, and refuses its own", async () => {
    const files = {
      "service/a.yaml": serviceYaml("api"),
      "Pulumi.testing.yaml": stackConfigYaml(),
      "Pulumi.production.yaml": stackConfigYaml("  releases:versions: { nothing: v1.0.0 }\n"),
    };
    assert.equal((await planOf(files)).services.length, 1);
    const folder = folderOf(files);
    for (const names of [["production"], []]) {
      const { code, stdout, stderr } = await releases(folder, "plan", ...names);
      assert.deepEqual([code, stdout], [1, ""]);
      assert.match(stderr, /^Pulumi\.production\.yaml:\d+:\d+ unknown-service /);
    }
  });
});
