import { spawnSync } from "node:child_process";
import { outsideError } from "../../core/error";
import { findHelm } from "../find-tool";

/** A release as `helm template` takes it. */
export interface Rendering {
  readonly name: string;
  readonly namespace: string;
  /** A folder, an `oci://` reference, or a chart's name in a repository. */
  readonly chart: string;
  readonly version: string;
  readonly repository: string | undefined;
  /** YAML. */
  readonly values: string;
}

/** What charts are told of the cluster, which nobody asks. */
const KUBERNETES = "1.34.0";

/** A chart may have to come from a registry, which may not answer. */
const TIMEOUT_MS = 60_000;

/**
 * Returns the manifests of a release, by Helm, without any cluster.
 * @param folder where charts of folders are
 * @throws Error with Helm's last words where it can't
 */
export function renderChart(
  helm: string,
  folder: string,
  { name, namespace, chart, version, repository, values }: Rendering,
): string {
  const where = repository === undefined ? [] : ["--repo", repository];
  const options = ["--namespace", namespace, "--version", version, "--kube-version", KUBERNETES];
  const args = ["template", name, chart, ...options, ...where, "--values", "-"];
  const { status, stdout, stderr, error } = spawnSync(helm, args, {
    cwd: folder,
    input: values,
    encoding: "utf8",
    timeout: TIMEOUT_MS,
    maxBuffer: 1 << 28,
  });
  if (error !== undefined) throw outsideError(`helm can't render ${chart}: ${error.message}`);
  if (status === 0) return stdout;
  const [, said = stderr.trim()] = /^Error: (.*)$/m.exec(stderr) ?? [];
  throw outsideError(`helm can't render ${chart} ${version}: ${said}`);
}

/** Returns a renderer of charts, by the Helm that is installed; undefined where none is. */
export function helmRenderer(
  folder: string,
): { readonly render: (release: Rendering) => string } | undefined {
  const helm = findHelm();
  if (helm === undefined) return undefined;
  return { render: (release) => renderChart(helm, folder, release) };
}
