import { execFile } from "node:child_process";
import * as path from "node:path";
import { parseAllDocuments, stringify } from "yaml";
import { findTool } from "../../src/adapters/find-tool";
import { asMapping, type Mapping } from "../../src/core/mapping";
import { clusterPolicy } from "../../src/app/verify/cluster-policy";
import { SILENT } from "../../src/app/reporter";
import { engineProblems, formatClusterPolicy, type Engine } from "../../src/format/cluster-policy";
import { folderOf } from "./folder";
import { definition, shopFiles } from "./shop";
import type { Way } from "./signing-ways";
import type { TufRepository } from "./tuf";
import { worldOf } from "./world";

const GO_BIN = path.join(process.env["HOME"] ?? "", "go/bin");

/** The command of each engine that judges images without a cluster. */
export const ADMISSION_TOOLS: Readonly<Record<Engine, string>> = {
  kyverno: "kyverno",
  "policy-controller": "policy-tester",
};

/**
 * Returns the policies that are printed for an environment of a company whose images are at a host.
 * @param way how images are signed, and who attests to promotions
 * @param environment Default: production, whose versions come from staging; `testing` is where the path begins
 */
export function printedPolicies(
  engine: Engine,
  host: string,
  { identities, files, key }: Pick<Way, "identities" | "files" | "key">,
  environment: "testing" | "production" = "production",
): string {
  const verify = `verify: { mode: require, ${identities} }`;
  const environments = `environments:
  testing: { accepts: [release], ${verify} }
  staging: { from: testing, accepts: [release] }
  production: { from: staging, ref: main, accepts: [release], ${verify} }
`;
  const stacks = ["testing", "staging", "production"];
  const pins = Object.fromEntries(stacks.map((stack) => [stack, ["orders: v1.0.0"]]));
  const hosts = { [environment]: `${host}/acme` };
  const shop = shopFiles({ list: definition("orders"), environments, pins, hosts });
  const world = worldOf({ files: { ...shop, ...files }, now: new Date().toISOString() });
  const request = { environment, repository: "acme/releases", key };
  const policy = clusterPolicy(world, request, SILENT);
  const problems = [...policy.problems, ...engineProblems(policy, engine)];
  if (problems.length > 0) throw new Error(problems.join("; "));
  return formatClusterPolicy(policy, engine);
}

/** Images of a pod that somebody creates. */
export interface Pod {
  readonly containers: readonly string[];
  readonly initContainers?: readonly string[];
  /** Those that are added while it runs. */
  readonly ephemeralContainers?: readonly string[];
}

/** Returns the names of the policies that refuse each pod, sorted, by the pod's name. */
export type Admission = (
  policies: string,
  pods: ReadonlyMap<string, Pod>,
  tuf: TufRepository,
) => Promise<Map<string, string[]>>;

/** Returns what judges pods as an engine does; undefined where its command isn't installed. */
export function admissionOf(engine: Engine): Admission | undefined {
  const tool = findTool(ADMISSION_TOOLS[engine], [GO_BIN]);
  if (tool === undefined) return undefined;
  return (policies, pods, tuf) => {
    const documents = parseAllDocuments(policies)
      .map((document) => asMapping(document.toJS()))
      .filter(({ kind }) => kind !== undefined);
    return engine === "kyverno"
      ? judgedByKyverno(tool, documents, pods, tuf)
      : judgedByPolicyController(tool, documents, pods, tuf);
  };
}

/** One result of Kyverno, as its reports have it. */
interface Result {
  readonly policy: string;
  readonly result: string;
  readonly resources: readonly { readonly name: string }[];
}

async function judgedByKyverno(
  tool: string,
  policies: readonly Mapping[],
  pods: ReadonlyMap<string, Pod>,
  tuf: TufRepository,
): Promise<Map<string, string[]>> {
  const folder = folderOf({
    "policies.yaml": streamOf(policies.map((policy) => withMirror(policy, tuf))),
    "pods.yaml": streamOf([...pods].map(([name, pod]) => podOf(name, pod))),
  });
  const report = ["--policy-report", "--output-format", "json"];
  const args = ["apply", "policies.yaml", "--resource", "pods.yaml", ...report];
  const { stdout } = await run(tool, args, folder);
  const { results } = JSON.parse(stdout) as { results: readonly Result[] };
  return new Map(
    [...pods.keys()].map((name) => {
      const own = results.filter(({ resources }) => resources.some((one) => one.name === name));
      if (own.length !== policies.length) throw new Error(`${name} has ${own.length} results`);
      const refusing = own.filter(({ result }) => result !== "pass");
      return [name, refusing.map(({ policy }) => policy).sort()];
    }),
  );
}

/** Kyverno asks a TUF repository whatever the trust root is, and Sigstore's own can't be asked here. */
function withMirror(policy: Mapping, tuf: TufRepository): Mapping {
  const spec = asMapping(policy["spec"]);
  const attestors = spec["attestors"] as readonly { readonly cosign: Mapping }[];
  const root = { data: Buffer.from(tuf.initial).toString("base64") };
  const mirrored = attestors.map(({ cosign, ...attestor }) => ({
    ...attestor,
    cosign: "key" in cosign ? cosign : { ...cosign, tuf: { mirror: tuf.address, root } },
  }));
  return { ...policy, spec: { ...spec, attestors: mirrored } };
}

/** Its command takes one trust root, and says which image is refused, not by which policy. */
async function judgedByPolicyController(
  tool: string,
  documents: readonly Mapping[],
  pods: ReadonlyMap<string, Pod>,
  tuf: TufRepository,
): Promise<Map<string, string[]>> {
  const policies = documents.filter(({ kind }) => kind === "ClusterImagePolicy");
  const printed = documents.find(({ kind }) => kind === "TrustRoot");
  const judged = new Map([...pods.keys()].map((name): [string, string[]] => [name, []]));
  for (const policy of policies) {
    const folder = folderOf({
      "root.yaml": streamOf([printed ?? mirrorOf(tuf)]),
      "policy.yaml": streamOf([printed === undefined ? withTrustRoot(policy) : policy]),
    });
    for (const [name, pod] of pods) {
      for (const image of Object.values(pod).flat()) {
        const args = ["--policy", "policy.yaml", "--trustroot", "root.yaml", "--image", image];
        const { stdout, stderr, code } = await run(tool, args, folder);
        // Whatever else ends badly says so otherwise.
        if (code !== 0 && !stdout.includes('{"errors":')) throw new Error(stderr);
        const refusing = judged.get(name) ?? [];
        const own = String(asMapping(policy["metadata"])["name"]);
        if (code !== 0 && !refusing.includes(own)) refusing.push(own);
      }
    }
  }
  return judged;
}

const MIRROR = "mirror";

function mirrorOf(tuf: TufRepository): object {
  const remote = { mirror: tuf.address, root: Buffer.from(tuf.initial).toString("base64") };
  return {
    apiVersion: "policy.sigstore.dev/v1alpha1",
    kind: "TrustRoot",
    metadata: { name: MIRROR },
    spec: { remote: { ...remote, targets: "targets" } },
  };
}

/** In place of Sigstore's own TUF repository, which can't be asked here. */
function withTrustRoot(policy: Mapping): Mapping {
  const spec = asMapping(policy["spec"]);
  const authorities = (spec["authorities"] as readonly Mapping[]).map((authority) =>
    "keyless" in authority
      ? { ...authority, keyless: { ...asMapping(authority["keyless"]), trustRootRef: MIRROR } }
      : authority,
  );
  return { ...policy, spec: { ...spec, authorities } };
}

function podOf(name: string, pod: Pod): object {
  const lists = Object.entries(pod).map(([kind, images]: [string, readonly string[]]) => {
    return [kind, images.map((image, index) => ({ name: `${kind[0] ?? ""}${index}`, image }))];
  });
  const spec: object = Object.fromEntries(lists) as object;
  return { apiVersion: "v1", kind: "Pod", metadata: { name, namespace: "default" }, spec };
}

function streamOf(documents: readonly object[]): string {
  return documents.map((document) => stringify(document)).join("\n---\n");
}

interface Ran {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

/** Runs a tool beside this process, which serves what it asks for. */
function run(tool: string, args: readonly string[], folder: string): Promise<Ran> {
  return new Promise((resolve) => {
    const options = { cwd: folder, env: { ...process.env, HOME: folder }, maxBuffer: 1 << 26 };
    execFile(tool, args, options, (error, stdout, stderr) => {
      resolve({
        stdout,
        stderr,
        code: typeof error?.code === "number" ? error.code : error ? 1 : 0,
      });
    });
  });
}
