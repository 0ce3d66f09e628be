import { createTwoFilesPatch } from "diff";
import { parseAllDocuments, stringify } from "yaml";
import type { ResourceChange } from "../adapters/pulumi/compare";
import { SECRET, type PlannedResource } from "../adapters/pulumi/resource";
import type { HelmRenderer } from "../adapters/helm/helm";
import { isError } from "../core/error";
import { PROGRAM } from "./open";
import type { World } from "./world";

/** The manifests of one Helm release that changes. */
export interface ManifestChange {
  /** The release's name in Pulumi. */
  readonly name: string;
  /** A unified diff of the manifests, without the contents of Secrets; empty where nothing differs. */
  readonly diff: string;
  /** Why there is no diff; null where there is one. */
  readonly problem: string | null;
}

/** Releases that are rendered at most: nobody reads more of them. */
const MAX_RENDERED = 10;

const RELEASE = "kubernetes:helm.sh/v3:Release";

/**
 * Returns the changes in the manifests of Helm releases that are created, updated or replaced, by name;
 * none without Helm.
 */
export function manifestChanges(
  world: Pick<World, "helm">,
  changes: readonly ResourceChange[],
  before: readonly PlannedResource[],
  after: readonly PlannedResource[],
): ManifestChange[] {
  const releases = changes.filter(({ type, op }) => type === RELEASE && op !== "delete");
  const helm = releases.length === 0 ? undefined : world.helm();
  if (helm === undefined) return [];
  const rendered = releases.slice(0, MAX_RENDERED).map(({ urn, name }) => {
    const [old, now] = [before, after].map((resources) =>
      resources.find((resource) => resource.urn === urn),
    );
    return manifestChange(helm, name, old, now);
  });
  const left = releases.length - rendered.length;
  if (left === 0) return rendered;
  return [...rendered, { name: "others", diff: "", problem: `${left} more aren't rendered` }];
}

function manifestChange(
  helm: HelmRenderer,
  name: string,
  old: PlannedResource | undefined,
  now: PlannedResource | undefined,
): ManifestChange {
  try {
    const [from, to] = [manifestsOf(helm, old), manifestsOf(helm, now)];
    const patch = createTwoFilesPatch(name, name, from, to, undefined, undefined, { context: 2 });
    // The head of a patch names two files, and there are none.
    const diff = from === to ? "" : patch.slice(patch.indexOf("@@")).trimEnd();
    return { name, diff, problem: null };
  } catch (cause) {
    if (!isError(cause)) throw cause;
    return { name, diff: "", problem: cause.message };
  }
}

function manifestsOf(helm: HelmRenderer, release: PlannedResource | undefined): string {
  if (release === undefined) return "";
  const { name, namespace, chart, version, repositoryOpts, values } = release.inputs;
  const { repo } = (repositoryOpts ?? {}) as { repo?: string };
  const rendered = helm.render({
    name: String(name),
    namespace: String(namespace),
    chart: String(chart),
    folder: PROGRAM,
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

/** The keys of a Secret that hold its contents. */
const CONTENTS = new Set(["data", "stringData"]);

function masked(contents: unknown): unknown {
  return Object.fromEntries(Object.keys(contents ?? {}).map((key) => [key, SECRET]));
}
