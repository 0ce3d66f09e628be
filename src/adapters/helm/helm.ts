import { spawnSync } from "node:child_process";
import { outsideError } from "../../core/error";
import { findHelm } from "../find-tool";

/** A release as `helm template` takes it. */
export interface Rendering {
  readonly name: string;
  readonly namespace: string;
  /** A folder, an `oci://` reference, or a chart's name in a repository. */
  readonly chart: string;
  /** The folder that charts of folders are relative to. */
  readonly folder: string;
  readonly version: string;
  /** The address of the chart repository; undefined for a folder and an `oci://` reference. */
  readonly repository: string | undefined;
  /** YAML. */
  readonly values: string;
}

/** Renders Helm releases, as use cases ask for it. */
export interface HelmRenderer {
  /**
   * Returns the manifests of a release, as YAML. No cluster is asked.
   * @throws ReleasesError of kind `outside`, with Helm's last words, when Helm fails
   */
  render(release: Rendering): string;
}

/** The cluster's version that charts are rendered for: no cluster is asked for its own. */
const KUBERNETES = "1.34.0";

/** A chart may come from a registry, which may not answer. */
const TIMEOUT_MILLISECONDS = 60_000;

/** More than any chart renders. */
const MAX_OUTPUT_BYTES = 1 << 28;

/** What Helm 3 writes before its error. */
const ERROR = /^Error: (.*)$/m;

/** Returns a renderer by the Helm that is installed; undefined where none is. */
export function helmRenderer(): HelmRenderer | undefined {
  const helm = findHelm();
  return helm === undefined ? undefined : { render: (release) => render(helm, release) };
}

function render(helm: string, release: Rendering): string {
  const { name, namespace, chart, folder, version, repository, values } = release;
  const source = repository === undefined ? [] : ["--repo", repository];
  const options = ["--namespace", namespace, "--version", version, "--kube-version", KUBERNETES];
  const args = ["template", name, chart, ...options, ...source, "--values", "-"];
  const { status, stdout, stderr, error } = spawnSync(helm, args, {
    cwd: folder,
    input: values,
    encoding: "utf8",
    timeout: TIMEOUT_MILLISECONDS,
    maxBuffer: MAX_OUTPUT_BYTES,
  });
  if (error !== undefined) throw outsideError(`helm can't render ${chart}: ${error.message}`);
  if (status === 0) return stdout;
  const [, reason = stderr.trim()] = ERROR.exec(stderr) ?? [];
  throw outsideError(`helm can't render ${chart} ${version}: ${reason}`);
}
