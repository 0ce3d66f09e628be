import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import * as path from "node:path";
import { promisify } from "node:util";
import { parseAllDocuments, stringify } from "yaml";
import { planStacks } from "../../src/app/plan-stacks";
import { realWorld } from "../../src/app/real-world";
import { SILENT } from "../../src/app/reporter";
import { openRepository, PROGRAM } from "../../src/app/open";
import { ACME } from "../support/acme";
import { folderOf } from "../support/folder";
import { ofType, TYPES } from "../support/plans";
import { findHelm } from "../../src/adapters/find-tool";
import { CHART as OWN } from "../support/chart";
import { DIGEST } from "../support/model";

const CHART = path.join(PROGRAM, OWN);
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

/** Renders the chart on a cluster where it runs already, with so many replicas; or doesn't run. */
async function renderedOn(replicas: number | undefined, values: object): Promise<string> {
  const groups = { "/api": { versions: ["v1"] }, "/apis": { groups: [APPS] } };
  const answers: Readonly<Record<string, unknown>> = {
    ...groups,
    "/version": { major: "1", minor: "34", gitVersion: "v1.34.0" },
    "/api/v1": { groupVersion: "v1", resources: [] },
    "/apis/apps/v1": { groupVersion: "apps/v1", resources: [DEPLOYMENTS] },
    ...(replicas !== undefined && {
      "/apis/apps/v1/namespaces/default/deployments/api": {
        ...{ apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "api" } },
        spec: { replicas },
      },
    }),
  };
  const server = http.createServer(({ url = "" }, response) => {
    const answer = answers[url.replace(/\?.*/, "")];
    const missing = { kind: "Status", apiVersion: "v1", status: "Failure", reason: "NotFound" };
    response.writeHead(answer === undefined ? 404 : 200, { "content-type": "application/json" });
    response.end(JSON.stringify(answer ?? { ...missing, code: 404 }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const file = path.join(folderOf({ "values.json": JSON.stringify(values) }), "values.json");
  const address = `http://127.0.0.1:${port}`;
  const cluster = ["--dry-run=server", "--kube-version", "1.34.0", "--kube-apiserver", address];
  const args = ["template", "api", CHART, "--namespace", "default", "--values", file, ...cluster];
  try {
    const { stdout } = await promisify(execFile)(helm ?? "helm", args);
    return stdout;
  } finally {
    server.close();
  }
}

const APPS = { name: "apps", versions: [{ groupVersion: "apps/v1", version: "v1" }] };
const DEPLOYMENTS = { name: "deployments", kind: "Deployment", namespaced: true, verbs: ["get"] };

describe("charts/service", function () {
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

  it("keeps what runs when autoscaling is turned on, and at least the least", async () => {
    assert.equal(deployment({ image: IMAGE, replicaCount: 3 }).spec["replicas"], 3);
    const scaled = { image: IMAGE, autoscaling: { enabled: true, minReplicas: 2, maxReplicas: 9 } };
    // Without a number, Kubernetes goes down to one.
    assert.equal(deployment(scaled).spec["replicas"], 2);
    for (const [live, expected] of [
      [5, 5],
      [1, 2],
      [undefined, 2],
    ] as const) {
      assert.match(await renderedOn(live, scaled), new RegExp(`\\n  replicas: ${expected}\\n`));
    }
  });

  it("leaves the number of replicas to the autoscaler", () => {
    const scaled = { image: IMAGE, autoscaling: { enabled: true, minReplicas: 2, maxReplicas: 4 } };
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
        if (inputs["chart"] !== OWN) continue;
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
    assert.equal(openRepository(realWorld(PROGRAM)).defaultCharts[0].version, version);
  });
});
