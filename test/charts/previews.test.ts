import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as path from "node:path";
import { parseAllDocuments, stringify } from "yaml";
import { PROGRAM } from "../../src/app/open";
import type { PlannedResource } from "../../src/adapters/pulumi/resource";
import { findHelm } from "../../src/adapters/find-tool";
import { folderOf } from "../support/folder";
import { DIGEST } from "../support/model";
import { ofType, planOf, TYPES } from "../support/plans";
import { text } from "../support/text";

const helm = findHelm();

type Labels = Readonly<Record<string, string>>;

interface PodTemplate {
  readonly metadata: { readonly labels: Labels };
  readonly spec: { readonly serviceAccountName: string };
}

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly annotations?: Labels };
  readonly spec?: {
    readonly selector?: Labels | { readonly matchLabels: Labels };
    readonly template?: PodTemplate;
    readonly rules?: readonly { readonly host: string }[];
    readonly scaleTargetRef?: { readonly name: string };
  };
}

/** A service of the list whose values set all that a neighbor could take from it. */
const LIST = text`
  - github: orders
    docker: orders
    deploy: { release: v1.2.0, preview: true }
    namespace: shop
    values:
      podLabels: { app: orders }
      replicaCount: 3
      autoscaling: { enabled: true }
      podDisruptionBudget: { enabled: true }
      serviceAccount: { name: orders-account }
      service: { annotations: { external-dns.alpha.kubernetes.io/hostname: "internal.acme.example", a: b } }
      ingress:
        enabled: true
        hosts: [{ host: orders.acme.example }]
        tls: [{ secretName: orders-tls, hosts: [orders.acme.example] }]
        annotations: { nginx.ingress.kubernetes.io/server-alias: "www.orders.acme.example", c: d }
  - { github: orders-0, docker: orders-0, deploy: { release: v1.2.0 }, namespace: shop }
  - { github: web, docker: web, deploy: { preview: true }, namespace: shop, values: { serviceAccount: { name: web } } }
`;

const open = (service: string, branch: string, pullRequest: number): string =>
  `{ service: ${service}, pullRequest: ${pullRequest}, branch: ${branch}, commit: "${"a".repeat(40)}", digest: "${DIGEST}", until: "2026-12-03T09:00:00Z" }`;

/** Returns what Helm makes of a Helm release. */
function rendered({ inputs }: PlannedResource): Manifest[] {
  const { name, namespace, chart, values } = inputs;
  const file = path.join(folderOf({ "values.yaml": stringify(values) }), "values.yaml");
  const args = ["template", String(name), path.join(PROGRAM, String(chart)), "--values", file];
  const out = execFileSync(
    helm ?? "",
    [...args, "--namespace", String(namespace), "--kube-version", "1.30.0"],
    {
      encoding: "utf8",
    },
  );
  return parseAllDocuments(out).map((document) => document.toJS() as Manifest);
}

describe("previews as Helm renders them", function () {
  if (helm === undefined) {
    it("is skipped: there is no Helm in PATH or ~/go/bin", function () {
      this.skip();
    });
    return;
  }

  /** Everything in the namespace, by Helm release. */
  const found = new Map<string, Manifest[]>();
  const all = (kind: string): Manifest[] =>
    [...found.values()].flat().filter((manifest) => manifest.kind === kind);

  before(async () => {
    const copies = [
      open("orders", "feature-x", 12),
      open("orders", "main", 13),
      open("web", "feature-x", 3),
    ];
    const planned = await planOf({
      "service/shop.yaml": LIST,
      "environments.yaml": "environments:\n  testing: { accepts: [release, preview] }\n",
      "Pulumi.testing.yaml": text`
        config:
          pulumi:disable-default-providers: ["*"]
          releases:cluster: { context: acme-testing }
          releases:github: { owner: acme }
          releases:registry: { role: external, host: ghcr.io/acme }
          releases:previews: { domain: acme.example, open: [${copies.join(", ")}] }
      `,
    });
    for (const release of ofType(planned, TYPES.release).values()) {
      found.set(String(release.inputs["name"]), rendered(release));
    }
  });

  it("are Helm releases beside those of the services", () => {
    assert.deepEqual([...found.keys()].sort(), [
      "orders",
      "orders-0",
      "orders-0d6e4079",
      "orders-c791eb83",
      "web-c791eb83",
    ]);
  });

  it("have no object that another Helm release has", () => {
    const names = [...found.values()]
      .flat()
      .map(({ kind, metadata }) => `${kind} ${metadata.name}`)
      .sort();
    assert.deepEqual(names, [...new Set(names)]);
    assert.deepEqual(
      names.filter((name) => name.endsWith("-c791eb83")),
      [
        "Deployment orders-c791eb83",
        "Deployment web-c791eb83",
        "Ingress orders-c791eb83",
        "Ingress web-c791eb83",
        "PodDisruptionBudget orders-c791eb83",
        "Service orders-c791eb83",
        "Service web-c791eb83",
        "ServiceAccount web-c791eb83",
      ],
    );
  });

  it("answer at hosts of their own, and in no annotation at those of their service", () => {
    const hosts = all("Ingress").flatMap(({ spec }) => (spec?.rules ?? []).map(({ host }) => host));
    assert.deepEqual(hosts.sort(), [
      "0d6e4079.orders.testing.acme.example",
      "c791eb83.orders.testing.acme.example",
      "c791eb83.web.testing.acme.example",
      "orders.acme.example",
    ]);
    const annotations = (release: string, kind: string) =>
      found.get(release)?.find((manifest) => manifest.kind === kind)?.metadata.annotations;
    assert.deepEqual(annotations("orders-0d6e4079", "Ingress"), { c: "d" });
    assert.deepEqual(annotations("orders-0d6e4079", "Service"), { a: "b" });
    assert.equal(Object.keys(annotations("orders", "Ingress") ?? {}).length, 2);
    assert.equal(Object.keys(annotations("orders", "Service") ?? {}).length, 2);
  });

  it("select the pods of their own Helm release alone, and are selected by nothing else", () => {
    const pods = [...found].map(([release, manifests]) => {
      const deployments = manifests.filter(({ kind }) => kind === "Deployment");
      assert.equal(deployments.length, 1, release);
      return [release, deployments[0]?.spec?.template?.metadata.labels ?? {}] as const;
    });
    for (const [release, manifests] of found) {
      for (const { kind, metadata, spec } of manifests) {
        const selector = spec?.selector;
        if (selector === undefined) continue;
        const labels = "matchLabels" in selector ? selector.matchLabels : selector;
        const selected = pods.filter(([, own]) =>
          Object.entries(labels).every(([key, value]) => own[key] === value),
        );
        const names = selected.map(([name]) => name);
        assert.deepEqual(names, [release], `${kind} ${metadata.name}`);
      }
    }
    assert.deepEqual(
      all("HorizontalPodAutoscaler").map(({ spec }) => spec?.scaleTargetRef?.name),
      ["orders"],
    );
  });

  it("run under accounts that exist: the service's where it runs, else one of their own", () => {
    const accounts = new Set(all("ServiceAccount").map(({ metadata }) => metadata.name));
    const used = [...found].map(([release, manifests]) => {
      const deployment = manifests.find(({ kind }) => kind === "Deployment");
      return [release, deployment?.spec?.template?.spec.serviceAccountName ?? ""] as const;
    });
    for (const [release, account] of used)
      assert.ok(accounts.has(account), `${release} ${account}`);
    assert.equal(new Map(used).get("orders-0d6e4079"), "orders-account");
    assert.equal(new Map(used).get("web-c791eb83"), "web-c791eb83");
  });
});
