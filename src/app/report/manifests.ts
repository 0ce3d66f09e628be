import { createTwoFilesPatch } from "diff";
import { parseAllDocuments, stringify, YAMLError } from "yaml";
import type { ResourceChange } from "../../adapters/pulumi/compare";
import { HELM_RELEASE, SECRET, type PlannedResource } from "../../adapters/pulumi/resource";
import type { HelmRenderer } from "../../adapters/helm/helm";
import { isError, outsideError } from "../../core/error";
import type { World } from "../world";
import { isMapping } from "../../core/mapping";

/** The manifests of one Helm release that changes. */
export interface ManifestChange {
  /** The release's name in Pulumi. */
  readonly name: string;
  /** A unified diff of the manifests, without the contents of Secrets; empty where nothing differs. */
  readonly diff: string;
  /** Why there is no diff; null where there is one. */
  readonly problem: string | null;
  /** Whether Helm refuses the chart or its values, so that `pulumi up` would fail. */
  readonly isRefused: boolean;
  /** Whether the chart renders the pinned digest; absent without one. */
  readonly digest?: "used" | "unused" | "not checked";
}

/** What manifests are rendered with. */
export interface RenderOptions {
  /** Pinned digests, by the names of releases. */
  readonly digests?: ReadonlyMap<string, string>;
  /** The folders that charts of folders are relative to. Default: the project's. */
  readonly folders?: Readonly<Record<"before" | "after", (chart: string) => string>>;
}

const NONE: ReadonlyMap<string, string> = new Map();

function alwaysIn(folder: string): Required<RenderOptions>["folders"] {
  return { before: () => folder, after: () => folder };
}

/** Releases that are rendered at most: nobody reads more of them. */
const MAX_RENDERED = 10;

/** Texts that differ in most of their lines would take hours. */
const DIFF_MILLISECONDS = 2_000;

/**
 * Returns the changes in the manifests of Helm releases that are created, updated or replaced, by name. Without
 * Helm, those alone that have a digest, which isn't checked.
 */
export function manifestChanges(
  world: Pick<World, "helm" | "project">,
  changes: readonly ResourceChange[],
  before: readonly PlannedResource[],
  after: readonly PlannedResource[],
  { digests = NONE, folders = alwaysIn(world.project) }: RenderOptions = {},
): ManifestChange[] {
  const releases = changes.filter(({ type, op }) => type === HELM_RELEASE && op !== "delete");
  const helm = releases.length === 0 ? undefined : world.helm();
  const unchecked = (some: readonly ResourceChange[], problem: string | null): ManifestChange[] =>
    some
      .filter(({ name }) => digests.has(name))
      .map(({ name }) => ({ ...problemOf(name, problem), digest: "not checked" }));
  if (helm === undefined) return unchecked(releases, null);
  const rendered = releases.slice(0, MAX_RENDERED).map(({ urn, name }) => {
    const [old, now] = [before, after].map((resources) =>
      resources.find((resource) => resource.urn === urn),
    );
    return manifestChange(helm, name, old, now, { digests, folders });
  });
  const left = releases.slice(MAX_RENDERED);
  if (left.length === 0) return rendered;
  return [
    ...rendered,
    problemOf("others", `${left.length} more aren't rendered`),
    ...unchecked(left, "it isn't rendered"),
  ];
}

function manifestChange(
  helm: HelmRenderer,
  name: string,
  old: PlannedResource | undefined,
  now: PlannedResource | undefined,
  { digests, folders }: Required<RenderOptions>,
): ManifestChange {
  const pinned = digests.get(name);
  const isPinned = pinned !== undefined;
  let isNow = true;
  try {
    const to = manifestsOf(helm, now, folders.after);
    isNow = false;
    const digest: Digest = isPinned ? { digest: to.includes(pinned) ? "used" : "unused" } : {};
    const from = manifestsOf(helm, old, folders.before);
    if (from === to) return { ...problemOf(name, null), ...digest };
    const options = { context: 2, timeout: DIFF_MILLISECONDS };
    const patch = createTwoFilesPatch(name, name, from, to, undefined, undefined, options);
    // The head of a patch names two files, and there are none.
    if (patch !== undefined) {
      const diff = patch.slice(patch.indexOf("@@")).trimEnd();
      return { ...problemOf(name, null), diff, ...digest };
    }
    return { ...problemOf(name, "they differ too much to be compared"), ...digest };
  } catch (cause) {
    if (!isError(cause)) throw cause;
    const digest: Digest = isPinned ? { digest: "not checked" } : {};
    const isRefused = isNow && isError(cause, "findings");
    return { ...problemOf(name, cause.message), isRefused, ...digest };
  }
}

type Digest = Pick<ManifestChange, "digest">;

function problemOf(name: string, problem: string | null): ManifestChange {
  return { name, diff: "", problem, isRefused: false };
}

function manifestsOf(
  helm: HelmRenderer,
  release: PlannedResource | undefined,
  folderOf: (chart: string) => string,
): string {
  if (release === undefined) return "";
  const { name, namespace, chart, version, repositoryOpts, values } = release.inputs;
  const { repo } = (repositoryOpts ?? {}) as { repo?: string };
  const rendered = helm.render({
    name: String(name),
    namespace: String(namespace),
    chart: String(chart),
    folder: folderOf(String(chart)),
    version: String(version),
    repository: repo,
    values: values ?? {},
  });
  return valuesOf(rendered, String(chart))
    .filter((manifest) => manifest !== null)
    .map((manifest) => stringify(withoutSecrets(manifest), { lineWidth: 0 }))
    .sort()
    .join("---\n");
}

/**
 * Duplicate keys are compared each with each, which takes minutes for a large manifest. A pretty error quotes
 * the line, which may be a Secret's.
 */
const PARSER = { uniqueKeys: false, prettyErrors: false };

/** Returns the documents of YAML. Throws `outside` where Helm's parser takes what ours doesn't. */
function valuesOf(rendered: string, chart: string): unknown[] {
  try {
    return parseAllDocuments(rendered, PARSER).map((document) => {
      const [error] = document.errors;
      if (error !== undefined) throw error;
      return document.toJS() as unknown;
    });
  } catch (cause) {
    // With YAMLParseError, what `yaml` throws for aliases that would expand without end.
    if (!(cause instanceof ReferenceError || cause instanceof YAMLError)) throw cause;
    throw outsideError(`the manifests of ${chart} can't be read: ${cause.message}`);
  }
}

/**
 * Returns a manifest, or a part of one, without the contents of Secrets: alone, in a list of any kind, and in
 * annotations that keep what was applied.
 */
function withoutSecrets(part: unknown, isSecret = false): unknown {
  if (Array.isArray(part)) return part.map((item) => withoutSecrets(item, isSecret));
  if (!isMapping(part)) return part;
  const { kind } = part;
  const hides = isSecret || kind === "Secret";
  return Object.fromEntries(
    Object.entries(part).map(([key, value]) => {
      if (LAST_APPLIED.test(key) || (hides && CONTENTS.has(key))) return [key, masked(value)];
      return [key, withoutSecrets(value, kind === "SecretList" && key === "items")];
    }),
  );
}

/** The keys of a Secret that hold its contents. */
const CONTENTS = new Set(["data", "stringData"]);

/** An annotation that has the manifest once more, such as kubectl.kubernetes.io/last-applied-configuration. */
const LAST_APPLIED = /last-applied/;

function masked(contents: unknown): unknown {
  if (!isMapping(contents)) return SECRET;
  return Object.fromEntries(Object.keys(contents).map((key) => [key, SECRET]));
}
