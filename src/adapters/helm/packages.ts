import { spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { outsideError, ReleasesError } from "../../core/error";
import { isDigest } from "../../core/version";
import { findHelm } from "../find-tool";
import { isLoopback, lastWords } from "./helm";

/** A chart as it is to be packaged. */
export interface NewChart {
  /** Its folder on the disk, which stays as it is. */
  readonly folder: string;
  /** Files of the folder that get another text in the package. */
  readonly texts: ReadonlyMap<string, string>;
  readonly version: string;
  readonly appVersion: string;
}

/** A packaged chart. */
export interface ChartPackage {
  /** Of its file: `orders-1.4.1.tgz`. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Packages charts and pushes them, as use cases ask for it. */
export interface ChartPackages {
  /**
   * Returns a chart as one file. What it depends on, and has no copy of, is fetched as its Chart.lock says.
   * @throws ReleasesError of kind `findings` with Helm's last words where it refuses the chart
   */
  pack(chart: NewChart): Promise<ChartPackage>;

  /**
   * Pushes a packaged chart under the tag of its version, which then names it. Returns its digest.
   * @param repository without the chart's name: `ghcr.io/acme/charts`
   * @throws ReleasesError of kind `outside` with Helm's last words where the registry can't be reached or refuses
   */
  push(chart: ChartPackage, repository: string): Promise<string>;

  /**
   * Returns the bytes of the packaged chart of a digest.
   * @param name `ghcr.io/acme/charts/orders`
   * @throws ReleasesError of kind `outside` with Helm's last words where it can't be had
   */
  pull(name: string, digest: string): Promise<Uint8Array>;
}

/** Charts and what they depend on come from registries, which may not answer. */
const TIMEOUT_MILLISECONDS = 120_000;

/** Returns what packages charts by the Helm that is installed; undefined where none is. */
export function chartPackages(): ChartPackages | undefined {
  const helm = findHelm();
  if (helm === undefined) return undefined;
  return {
    pack: (chart) => inFolder((folder) => pack(helm, chart, folder)),
    push: (chart, repository) => inFolder((folder) => push(helm, chart, repository, folder)),
    pull: (name, digest) => inFolder((folder) => pull(helm, name, digest, folder)),
  };
}

async function pack(helm: string, chart: NewChart, folder: string): Promise<ChartPackage> {
  const copy = path.join(folder, path.basename(path.resolve(chart.folder)));
  fs.cpSync(chart.folder, copy, { recursive: true });
  for (const [file, text] of chart.texts) fs.writeFileSync(path.join(copy, file), text);
  const made = path.join(folder, "made");
  fs.mkdirSync(made);
  const versions = ["--version", chart.version, "--app-version", chart.appVersion];
  if (fs.existsSync(path.join(copy, "Chart.lock"))) {
    await expectDone(helm, ["dependency", "build", copy], `${chart.folder} can't be completed`);
  }
  const args = ["package", copy, "--destination", made, ...versions];
  const { code, stderr } = await run(helm, args);
  if (code !== 0) {
    const why = lastWords(stderr).replaceAll(copy, chart.folder);
    throw new ReleasesError("findings", `helm can't package ${chart.folder}: ${why}`);
  }
  return packageIn(made);
}

async function push(
  helm: string,
  { name, bytes }: ChartPackage,
  repository: string,
  folder: string,
): Promise<string> {
  const file = path.join(folder, name);
  fs.writeFileSync(file, bytes);
  const args = ["push", file, `oci://${repository}`, ...plain(repository)];
  const { stdout, stderr } = await expectDone(helm, args, `helm can't push ${name}`);
  const [, digest = ""] = /^Digest: (\S+)$/m.exec(stderr + stdout) ?? [];
  if (isDigest(digest)) return digest;
  throw outsideError(`helm doesn't tell the digest of ${name}; use Helm 3.8 or newer`);
}

async function pull(
  helm: string,
  name: string,
  digest: string,
  folder: string,
): Promise<Uint8Array> {
  const args = ["pull", `oci://${name}@${digest}`, "--destination", folder, ...plain(name)];
  await expectDone(helm, args, `helm can't pull ${name}@${digest}`);
  return packageIn(folder).bytes;
}

function packageIn(folder: string): ChartPackage {
  const [name] = fs.readdirSync(folder).filter((file) => file.endsWith(".tgz"));
  if (name === undefined) throw outsideError("helm leaves no chart; use Helm 3.8 or newer");
  return { name, bytes: fs.readFileSync(path.join(folder, name)) };
}

function plain(name: string): string[] {
  return isLoopback(`${name}/`) ? ["--plain-http"] : [];
}

async function inFolder<Result>(act: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "releases-chart-"));
  try {
    return await act(folder);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

interface Output {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

async function expectDone(helm: string, args: readonly string[], failed: string): Promise<Output> {
  const output = await run(helm, args);
  if (output.code === 0) return output;
  throw outsideError(`${failed}: ${lastWords(output.stderr)}; check the network and its login`);
}

async function run(helm: string, args: readonly string[]): Promise<Output> {
  const child = spawn(helm, args, {
    stdio: ["ignore", "pipe", "pipe"],
    timeout: TIMEOUT_MILLISECONDS,
    killSignal: "SIGKILL",
  });
  const [out, err]: [string[], string[]] = [[], []];
  child.stdout.setEncoding("utf8").on("data", (text: string) => out.push(text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => err.push(text));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, stdout: out.join(""), stderr: err.join("") };
}
