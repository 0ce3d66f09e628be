import { execFile } from "node:child_process";
import * as path from "node:path";
import { parseAllDocuments, stringify } from "yaml";
import { findTool } from "../../src/adapters/find-tool";
import { asMapping, type Mapping } from "../../src/core/mapping";
import type { Engine } from "../../src/format/cluster-policy";
import { folderOf } from "./folder";
import type { TufRepository } from "./tuf";

const GO_BIN = path.join(process.env["HOME"] ?? "", "go/bin");

/** The command of each engine that judges images without a cluster, where it is installed. */
const TOOLS: Readonly<Record<Engine, string | undefined>> = {
  kyverno: findTool("kyverno", [GO_BIN]),
  "policy-controller": findTool("policy-tester", [GO_BIN]),
};

/** A pod that somebody creates: its images, by kind of container. */
export interface Pod {
  readonly containers: readonly string[];
  readonly initContainers?: readonly string[];
}

/** Returns why each pod isn't admitted, by its name; undefined of one that is. */
export type Admission = (
  policies: string,
  pods: ReadonlyMap<string, Pod>,
) => Promise<Map<string, string | undefined>>;

/** Returns what judges pods as an engine does; undefined where the engine isn't installed. */
export function admissionOf(engine: Engine, tuf: TufRepository): Admission | undefined {
  const tool = TOOLS[engine];
  if (tool === undefined) return undefined;
  return engine === "kyverno" ? judgedByKyverno(tool, tuf) : judgedByPolicyController(tool);
}

/** One result of Kyverno, as its reports have it. */
interface Result {
  readonly result: string;
  readonly message?: string;
  readonly resources: readonly { readonly name: string }[];
}

function judgedByKyverno(tool: string, tuf: TufRepository): Admission {
  return async (policies, pods) => {
    const documents = documentsOf(policies).map((policy) => withMirror(policy, tuf));
    const resources = [...pods].map(([name, pod]) => podOf(name, pod));
    const folder = folderOf({
      "policies.yaml": streamOf(documents),
      "pods.yaml": streamOf(resources),
    });
    const args = ["apply", "policies.yaml", "--resource", "pods.yaml", "--remove-color"];
    const { stdout } = await run(
      tool,
      [...args, "--policy-report", "--output-format", "json"],
      folder,
    );
    const { results } = JSON.parse(stdout) as { results: readonly Result[] };
    return new Map(
      [...pods.keys()].map((name) => {
        const own = results.filter(({ resources }) => resources.some((one) => one.name === name));
        const bad = own.filter(({ result }) => result !== "pass");
        const problems = bad.map(({ result, message }) => `${result}: ${message ?? ""}`);
        if (own.length !== documents.length) problems.push(`${own.length} of its policies judged`);
        return [name, problems.length === 0 ? undefined : problems.sort().join("; ")];
      }),
    );
  };
}

/** Kyverno asks a TUF repository whatever the trust root is, and Sigstore's own can't be asked here. */
function withMirror(policy: Mapping, tuf: TufRepository): Mapping {
  const spec = asMapping(policy["spec"]);
  const attestors = spec["attestors"] as readonly { cosign: Mapping }[];
  const root = { data: Buffer.from(tuf.initial).toString("base64") };
  return {
    ...policy,
    spec: {
      ...spec,
      attestors: attestors.map((attestor) =>
        "key" in attestor.cosign
          ? attestor
          : { ...attestor, cosign: { ...attestor.cosign, tuf: { mirror: tuf.address, root } } },
      ),
    },
  };
}

function judgedByPolicyController(tool: string): Admission {
  return async (policies, pods) => {
    const documents = documentsOf(policies);
    const [roots, own] = ["TrustRoot", "ClusterImagePolicy"].map((kind) =>
      documents.filter((document) => document["kind"] === kind),
    );
    const folder = folderOf({
      "roots.yaml": streamOf(roots ?? []),
      "policies.yaml": streamOf(own ?? []),
    });
    const judged = new Map<string, string | undefined>();
    for (const [name, { containers, initContainers = [] }] of pods) {
      const problems: string[] = [];
      for (const image of [...containers, ...initContainers]) {
        const args = [
          "--policy",
          "policies.yaml",
          "--trustroot",
          "roots.yaml",
          "--log-level",
          "error",
        ];
        const { stdout, stderr, failed } = await run(tool, [...args, "--image", image], folder);
        if (failed) problems.push(`${stdout}${stderr}`);
      }
      judged.set(name, problems.length === 0 ? undefined : problems.join("; "));
    }
    return judged;
  };
}

function podOf(name: string, { containers, initContainers = [] }: Pod): object {
  const named = (kind: string, images: readonly string[]) =>
    images.map((image, index) => ({ name: `${kind}${index}`, image }));
  const spec = { containers: named("c", containers), initContainers: named("i", initContainers) };
  return { apiVersion: "v1", kind: "Pod", metadata: { name, namespace: "default" }, spec };
}

function documentsOf(text: string): Mapping[] {
  return parseAllDocuments(text)
    .map((document) => document.toJS() as unknown)
    .filter((value) => value !== null)
    .map(asMapping);
}

function streamOf(documents: readonly object[]): string {
  return documents.map((document) => stringify(document)).join("---\n");
}

interface Ran {
  readonly stdout: string;
  readonly stderr: string;
  readonly failed: boolean;
}

/** Runs a tool beside this process, which serves what it asks for. */
function run(tool: string, args: readonly string[], folder: string): Promise<Ran> {
  return new Promise((resolve) => {
    const options = { cwd: folder, env: { ...process.env, HOME: folder }, maxBuffer: 1 << 26 };
    execFile(tool, args, options, (error, stdout, stderr) => {
      resolve({ stdout, stderr, failed: error !== null });
    });
  });
}
