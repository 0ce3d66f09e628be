import assert from "node:assert/strict";
import { spawnSync, type SpawnSyncReturns } from "node:child_process";
import * as path from "node:path";
import { findHelm } from "../../src/adapters/find-tool";
import { PROGRAM } from "../../src/app/open";
import { CHART } from "../support/chart";
import { issuesOf } from "../support/repository";

/** Values that Kubernetes takes, the oddest of each kind. */
const TAKEN: readonly object[] = [
  { resources: { requests: { cpu: 1, memory: 1024 }, limits: { cpu: "0.5", memory: "1.5Gi" } } },
  { resources: { requests: { cpu: "100m", memory: "1e3", "ephemeral-storage": "2E3" } } },
  {
    resources: { limits: { cpu: ".5", memory: "1.", "hugepages-2Mi": "4Mi", "nvidia.com/gpu": 1 } },
  },
  { resources: { requests: { cpu: "100n", memory: "1E" }, limits: { memory: "1Ei" } } },
  { tmp: { sizeLimit: "64Mi" } },
  { replicaCount: 0 },
  { port: 65535, service: { port: 1 } },
  { env: { A: "x", "b-c.d": 1, _E: true, ".f": "" } },
  {
    ingress: { enabled: true, hosts: [{ host: "*.shop.example" }], tls: [{ secretName: "a.b-c" }] },
  },
  { podAnnotations: { "prometheus.io/scrape": "true", plain: "ä\n" } },
  { podLabels: { "acme.example/team": "", tier: "a".repeat(63) }, nodeSelector: { disk: "ssd" } },
  { podDisruptionBudget: { enabled: true, maxUnavailable: "100%", minAvailable: "" } },
  { probes: { readiness: { successThreshold: 3 }, liveness: { successThreshold: 1 } } },
  { serviceAccount: { name: "a.b" }, imagePullSecrets: [{ name: "registry.acme" }] },
];

/** Values that Kubernetes refuses, each at one place. */
const REFUSED: readonly object[] = [
  ...["100q", "-1", "1 Gi", "1gi", "", "1Kim", "1e", "0x1", "1,5", "100mm", "NaN"].map((cpu) => ({
    resources: { requests: { cpu } },
  })),
  { resources: { requests: { cpu: -1 } } },
  { resources: { limits: { memory: true } } },
  { resources: { limits: { CPU: 1 } } },
  { resources: { limits: { gpu: 1 } } },
  { tmp: { sizeLimit: "64MB" } },
  { replicaCount: -1 },
  { replicaCount: 1.5 },
  { replicaCount: 2147483648 },
  { port: 0 },
  { port: 65536 },
  { service: { port: "80" } },
  { env: { "1A": "x" } },
  { env: { "..": "x" } },
  { env: { "..A": "x" } },
  { env: { ".": "x" } },
  { env: { "A=B": "x" } },
  { ingress: { hosts: [{ host: "https://shop.example" }] } },
  { ingress: { hosts: [{ host: "Shop.example" }] } },
  { ingress: { hosts: [{ host: "a.*.example" }] } },
  { ingress: { hosts: [{ host: "shop.example", paths: [{ path: "api" }] }] } },
  { ingress: { tls: [{ secretName: "Shop_TLS" }] } },
  { ingress: { className: "Nginx Public" } },
  { podAnnotations: { "a/b/c": "x" } },
  { podAnnotations: { a: 1 } },
  { podLabels: { team: "a".repeat(64) } },
  { podLabels: { team: "-a" } },
  { podLabels: { "-team": "a" } },
  { nodeSelector: { disk: "s s d" } },
  { podDisruptionBudget: { maxUnavailable: "101%" } },
  { podDisruptionBudget: { maxUnavailable: "1.5%" } },
  { podDisruptionBudget: { minAvailable: 0 } },
  { autoscaling: { minReplicas: 0 } },
  { autoscaling: { maxReplicas: 2147483648 } },
  { probes: { liveness: { successThreshold: 2 } } },
  { probes: { startup: { periodSeconds: 0 } } },
  { probes: { readiness: { terminationGracePeriodSeconds: 5 } } },
  { serviceAccount: { name: "a_b" } },
  { imagePullSecrets: [{ name: "" }] },
  { terminationGracePeriodSeconds: -1 },
];

const helm = findHelm();

function lintAccepts(values: object): boolean {
  const definition = { github: "a", docker: "a", deploy: { release: "v1" }, values };
  const codes = issuesOf({ "service/a.yaml": JSON.stringify([definition]) }).map(
    ({ code }) => code,
  );
  assert.ok(
    codes.every((code) => code === "chart-refuses-values"),
    codes.join(),
  );
  return codes.length === 0;
}

describe("values.schema.json of charts/service", () => {
  for (const [what, all, accepts] of [
    ["takes", TAKEN, true],
    ["refuses", REFUSED, false],
  ] as const) {
    for (const values of all) {
      it(`${what} ${JSON.stringify(values).slice(0, 90)}`, () => {
        assert.equal(lintAccepts(values), accepts);
      });
    }
  }

  it("is read by Helm as lint reads it", function () {
    if (helm === undefined) this.skip();
    const chart = path.join(PROGRAM, CHART);
    const image = { repository: "registry.example/a", tag: "v1" };
    for (const [all, accepts] of [
      [TAKEN, true],
      [REFUSED, false],
    ] as const) {
      for (const values of all) {
        const args: string[] = [
          "template",
          "a",
          chart,
          "--kube-version",
          "1.34.0",
          "--values",
          "-",
        ];
        const input: string = JSON.stringify({ ...values, image });
        const rendered: SpawnSyncReturns<string> = spawnSync(helm, args, {
          input,
          encoding: "utf8",
        });
        const { status, stderr } = rendered;
        assert.equal(status === 0, accepts, `${input}\n${stderr}`);
        if (!accepts) assert.match(stderr, /don't meet the specifications of the schema/);
      }
    }
  });
});
