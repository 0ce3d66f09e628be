import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { parse } from "yaml";
import { outsideError, ReleasesError } from "../../core/error";
import { asMapping } from "../../core/mapping";
import { spelled } from "../../core/printable";
import type { ChartContents } from "../../core/verify/chart-image";
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
  readonly values: unknown;
}

/** Renders Helm releases and reads charts, as use cases ask for it. */
export interface HelmRenderer {
  /**
   * Returns the manifests of a release, as YAML. No cluster is asked.
   * @throws ReleasesError with Helm's last words: of kind `findings` where it refuses the chart or its values, of
   *   kind `outside` where it has no chart
   */
  render(release: Rendering): string;

  /**
   * Returns what a chart of an OCI registry says by itself. Its bytes have the digest: Helm checks that.
   * @param name `ghcr.io/acme/charts/orders`
   * @throws ReleasesError of kind `outside` with Helm's last words where it can't be had or read
   */
  contents(name: string, digest: string): ChartContents;

  /**
   * Returns what a packaged chart says by itself.
   * @param name as messages name it
   * @throws ReleasesError of kind `outside` with Helm's last words where it can't be read
   */
  packaged(name: string, bytes: Uint8Array): ChartContents;
}

/** The cluster's version that charts are rendered for: no cluster is asked for its own. */
const KUBERNETES = "1.34.0";

/** A chart may come from a registry, which may not answer. */
const TIMEOUT_MILLISECONDS = 60_000;

/** Etcd holds a release of this size at most, with its chart. */
const MAX_MEBIBYTES = 1;

/** Of its addresses. Helm needs 1 GiB, of which it uses little; one call in a chart may ask for all there is. */
const MAX_KIBIBYTES_OF_MEMORY = 4 * 1024 * 1024;

/** Runs a command under that limit, where the system knows it. */
const LIMITED = 'ulimit -v "$0" 2>/dev/null; exec "$@"';

/** What Helm and the runtime of Go write before their errors. Helm's has lines, Go's is followed by a trace. */
const ERROR = /^(?:Error: ([^]*)|(?:runtime: |fatal error: )(.*)$)/m;

/** As much of an error as people read. */
const MAX_REASON = 2000;

/** Returns a renderer by the Helm that is installed; undefined where none is. */
export function helmRenderer(): HelmRenderer | undefined {
  const helm = findHelm();
  if (helm === undefined) return undefined;
  return {
    render: (release) => render(helm, release),
    contents: (name, digest) => {
      const plain = isLoopback(name) ? ["--plain-http"] : [];
      return contentsOf(helm, `${name}@${digest}`, [`oci://${name}@${digest}`, ...plain]);
    },
    packaged: (name, bytes) => {
      const folder = fs.mkdtempSync(path.join(os.tmpdir(), "releases-chart-"));
      try {
        const file = path.join(folder, "chart.tgz");
        fs.writeFileSync(file, bytes);
        return contentsOf(helm, name, [file]);
      } finally {
        fs.rmSync(folder, { recursive: true, force: true });
      }
    },
  };
}

/** @param source the chart as `helm show` takes it */
function contentsOf(helm: string, name: string, source: readonly string[]): ChartContents {
  const [chart, values] = ["chart", "values"].map((what) => {
    const args = ["show", what, ...source];
    const { status, stdout, stderr, error } = spawnSync(helm, args, {
      encoding: "utf8",
      timeout: TIMEOUT_MILLISECONDS,
      killSignal: "SIGKILL",
      maxBuffer: MAX_MEBIBYTES * 1024 * 1024,
    });
    if (status === 0 && error === undefined) return parsed(stdout, name);
    const why = error === undefined ? lastWords(stderr) : reasonOf(error);
    throw outsideError(`helm can't show the chart ${name}: ${why}`);
  });
  const { annotations: given, appVersion, name: own, version } = asMapping(chart);
  const annotations = Object.entries(asMapping(given));
  return {
    values,
    ...(typeof own === "string" && { name: own }),
    ...(typeof version === "string" && { version }),
    ...(["string", "number"].includes(typeof appVersion) && {
      appVersion: `${appVersion as string}`,
    }),
    annotations: Object.fromEntries(annotations.map(([key, text]) => [key, String(text)])),
  };
}

/** Parses YAML as far as digests need it: a text of a digest is the same to every reader. */
function parsed(text: string, name: string): unknown {
  try {
    return parse(text, { merge: true });
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause;
    throw outsideError(`the chart ${name} can't be read: ${cause.message.split("\n")[0] ?? ""}`);
  }
}

/** Whether a registry is on this machine: it speaks without TLS, as it does for other clients. */
export function isLoopback(name: string): boolean {
  return /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?\//.test(name);
}

function render(helm: string, release: Rendering): string {
  const { name, namespace, chart, folder, version, repository, values } = release;
  const source = repository === undefined ? [] : ["--repo", repository];
  const options = ["--namespace", namespace, "--version", version, "--kube-version", KUBERNETES];
  const args = ["template", name, chart, ...options, ...source, "--values", "-"];
  const limited = ["-c", LIMITED, String(MAX_KIBIBYTES_OF_MEMORY), helm, ...args];
  const { status, stdout, stderr, error } = spawnSync("sh", limited, {
    cwd: folder,
    input: formatValues(values),
    encoding: "utf8",
    timeout: TIMEOUT_MILLISECONDS,
    killSignal: "SIGKILL",
    maxBuffer: MAX_MEBIBYTES * 1024 * 1024,
  });
  if (status === 0 && error === undefined) return stdout;
  const why = error === undefined ? lastWords(stderr) : reasonOf(error);
  const message = `helm can't render ${chart} ${version}: ${why}`;
  if (error === undefined && hasChart(helm, release)) throw new ReleasesError("findings", message);
  throw outsideError(message);
}

/** Returns what Helm says at its end, in one line. */
export function lastWords(stderr: string): string {
  const [, words, first = stderr] = ERROR.exec(stderr) ?? [];
  return (words ?? first)
    .trim()
    .replaceAll(/\s*\n\s*/g, " ")
    .slice(0, MAX_REASON);
}

/** Whether Helm finds the chart: then it is the chart, or the values, that it refuses. */
function hasChart(helm: string, { chart, folder, version, repository }: Rendering): boolean {
  const source = repository === undefined ? [] : ["--repo", repository];
  const args = ["show", "chart", chart, "--version", version, ...source];
  const { status } = spawnSync(helm, args, {
    cwd: folder,
    stdio: "ignore",
    timeout: TIMEOUT_MILLISECONDS,
  });
  return status === 0;
}

function reasonOf(error: NodeJS.ErrnoException): string {
  if (error.code === "ENOBUFS") return `its manifests have more than ${MAX_MEBIBYTES} MiB`;
  if (error.code === "ETIMEDOUT")
    return `it takes more than ${TIMEOUT_MILLISECONDS / 1000} seconds`;
  return error.message;
}

/**
 * Returns values as JSON, which means the same to every reader of YAML: `yes` and `1_000` stay texts. What YAML
 * takes for line ends, or not at all, is spelled out.
 */
function formatValues(values: unknown): string {
  return JSON.stringify(values).replaceAll(
    /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g,
    spelled,
  );
}
