import { createTwoFilesPatch } from "diff";
import { parseAllDocuments, stringify } from "yaml";
import { helmRenderer, type HelmRenderer } from "../adapters/helm/helm";
import type { ResourceChange } from "../adapters/pulumi/compare";
import { SECRET, type PlannedResource } from "../adapters/pulumi/embedded";
import { PROGRAM } from "./open";

/** What Helm makes of a changed release. */
export interface ManifestChange {
  /** The release's name in Pulumi. */
  readonly name: string;
  /** A unified diff of the manifests, without the contents of Secrets; empty where nothing differs. */
  readonly diff: string;
  /** Why there is none. */
  readonly problem: string | null;
}

/** As many releases as are rendered: more of them nobody reads. */
const MAX_RENDERED = 10;

const RELEASE = "kubernetes:helm.sh/v3:Release";

/**
 * Returns what changes in the manifests of Helm releases that are created, updated or replaced, by name.
 * Nothing without Helm.
 */
export function manifestChanges(
  changes: readonly ResourceChange[],
  before: readonly PlannedResource[],
  after: readonly PlannedResource[],
): ManifestChange[] {
  const helm = helmRenderer();
  if (helm === undefined) return [];
  const releases = changes.filter(({ type, op }) => type === RELEASE && op !== "delete");
  const rendered = releases.slice(0, MAX_RENDERED).map(({ urn, name }) => {
    const [old, now] = [before, after].map((resources) =>
      resources.find((resource) => resource.urn === urn),
    );
    try {
      const [from, to] = [manifestsOf(helm, old), manifestsOf(helm, now)];
      const patch = createTwoFilesPatch(name, name, from, to, undefined, undefined, { context: 2 });
      // Its head names two files, which these aren't.
      const diff = from === to ? "" : patch.slice(patch.indexOf("@@")).trimEnd();
      return { name, diff, problem: null };
    } catch (cause) {
      if (!(cause instanceof Error)) throw cause;
      return { name, diff: "", problem: cause.message };
    }
  });
  const left = releases.length - rendered.length;
  const problem = `${left} more aren't rendered`;
  return left === 0 ? rendered : [...rendered, { name: "others", diff: "", problem }];
}

function manifestsOf(helm: HelmRenderer, release: PlannedResource | undefined): string {
  if (release === undefined) return "";
  const { name, namespace, chart, version, repositoryOpts, values } = release.inputs;
  const { repo } = (repositoryOpts ?? {}) as { repo?: string };
  const rendered = helm.render({
    folder: PROGRAM,
    name: String(name),
    namespace: String(namespace),
    chart: String(chart),
    version: String(version),
    repository: repo,
    values: stringify(values),
  });
  return parseAllDocuments(rendered)
    .map((document) => document.toJS() as Manifest | null)
    .filter((manifest) => manifest !== null)
    .map((manifest) => stringify(withoutSecrets(manifest)))
    .sort()
    .join("---\n");
}

type Manifest = Readonly<Record<string, unknown>>;

function withoutSecrets(manifest: Manifest): Manifest {
  if (manifest["kind"] !== "Secret") return manifest;
  return Object.fromEntries(
    Object.entries(manifest).map(([key, value]) => [
      key,
      CONTENTS.has(key) ? masked(value) : value,
    ]),
  );
}

/** Where a Secret has its contents. */
const CONTENTS = new Set(["data", "stringData"]);

function masked(contents: unknown): unknown {
  return Object.fromEntries(Object.keys(contents ?? {}).map((key) => [key, SECRET]));
}
