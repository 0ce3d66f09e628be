import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { parseAllDocuments, stringify } from "yaml";
import { planStacks } from "../../src/app/plan-stacks";
import { realWorld } from "../../src/app/real-world";
import { SILENT } from "../../src/app/reporter";
import { openRepository, PROGRAM } from "../../src/app/open";
import { ACME } from "../support/acme";
import { folderOf } from "../support/folder";
import { ofType, TYPES } from "../support/plans";
import { findHelm } from "../../src/adapters/find-tool";
import { DIGEST } from "../support/model";

const CHART = path.join(PROGRAM, "charts/service");
const IMAGE = { repository: "registry.example/api", tag: "v1.2.3" };

const helm = findHelm();

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: Record<string, unknown>;
}

interface Container {
  readonly image: string;
  readonly securityContext: unknown;
  readonly resources: unknown;
}

function run(...args: string[]) {
  return spawnSync(helm ?? "helm", args, { encoding: "utf8" });
}

/** Renders the chart with values; a Kubernetes version stands in for the cluster's. */
function render(values: object): { manifests: Manifest[]; stderr: string; code: number | null } {
  const file = path.join(folderOf({ "values.yaml": stringify(values) }), "values.yaml");
  const args = ["template", "api", CHART, "--kube-version", "1.30.0", "--values", file];
  const { status, stdout, stderr } = run(...args);
  const manifests = parseAllDocuments(stdout).map((document) => document.toJS() as Manifest);
  return { manifests, stderr, code: status };
}

function deployment(values: object): { spec: Record<string, unknown>; container: Container } {
  const { manifests, stderr } = render(values);
  const found = manifests.find(({ kind }) => kind === "Deployment");
  assert.ok(found, stderr);
  const { template } = found.spec as {
    template: { spec: { containers: [Container] } & Record<string, unknown> };
  };
  return { spec: found.spec, container: template.spec.containers[0] };
}

describe("charts/service", function () {
  this.timeout(60_000);
  if (helm === undefined) {
    it("is skipped: there is no helm in PATH or ~/go/bin", function () {
      this.skip();
    });
    return;
  }

  it("is clean under helm lint", () => {
    const { status, stdout } = run("lint", "--strict", CHART);
    assert.match(stdout, /1 chart\(s\) linted, 0 chart\(s\) failed/);
    assert.equal(status, 0);
  });

  it("runs the image by digest where one is given", () => {
    assert.equal(deployment({ image: IMAGE }).container.image, "registry.example/api:v1.2.3");
    assert.equal(
      deployment({ image: { ...IMAGE, digest: DIGEST } }).container.image,
      `registry.example/api:v1.2.3@${DIGEST}`,
    );
  });

  it("is as restricted as Kubernetes' pod security standard asks", () => {
    const { spec, container } = deployment({ image: IMAGE });
    assert.deepEqual(container.securityContext, {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ["ALL"] },
      readOnlyRootFilesystem: true,
      runAsNonRoot: true,
      seccompProfile: { type: "RuntimeDefault" },
    });
    const { template } = spec as { template: { spec: Record<string, unknown> } };
    assert.equal(template.spec["automountServiceAccountToken"], false);
  });

  it("leaves the number of replicas to the autoscaler", () => {
    assert.equal(deployment({ image: IMAGE, replicaCount: 3 }).spec["replicas"], 3);
    const scaled = { image: IMAGE, autoscaling: { enabled: true, minReplicas: 2, maxReplicas: 4 } };
    assert.ok(!("replicas" in deployment(scaled).spec));
    const kinds = render(scaled).manifests.map(({ kind }) => kind);
    assert.ok(kinds.includes("HorizontalPodAutoscaler"));
    assert.ok(!kinds.includes("Ingress"));
  });

  it("refuses what it doesn't know, and an image without a tag", () => {
    for (const [values, message] of [
      [{ image: IMAGE, replicas: 2 }, /additional properties 'replicas' not allowed/],
      [{ image: { ...IMAGE, digest: "sha256:12" } }, /\/image\/digest/],
      [{ image: { repository: "registry.example/api" } }, /image\.tag and image\.digest/],
    ] as const) {
      const { code, stderr } = render(values);
      assert.notEqual(code, 0);
      assert.match(stderr, message);
    }
  });

  it("renders every release of several stacks with the image that the plan says", async () => {
    const world = realWorld(ACME);
    const plans = await planStacks(world, openRepository(world), [], SILENT);
    let rendered = 0;
    for (const plan of plans.values()) {
      for (const { inputs } of ofType(plan, TYPES.release).values()) {
        if (inputs["chart"] !== "./charts/service") continue;
        const values = inputs["values"] as {
          image: { repository: string; tag: string; digest?: string };
        };
        const { repository, tag, digest } = values.image;
        const image = `${repository}:${tag}${digest === undefined ? "" : `@${digest}`}`;
        assert.equal(deployment(values).container.image, image);
        rendered++;
      }
    }
    assert.ok(rendered > 20, `${rendered} rendered`);
  });

  it("has the version that the program deploys it with", () => {
    const { version } = parseAllDocuments(
      fs.readFileSync(path.join(CHART, "Chart.yaml"), "utf8"),
    )[0]?.toJS() as { version: string };
    assert.equal(openRepository(realWorld(PROGRAM)).defaultChart.version, version);
  });
});
