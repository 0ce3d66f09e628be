import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { Refusal, type Kind, type StandIn } from "./stand-in";
import type { Properties, World } from "./world";

/** Breaks an image in one cluster: its pods never get ready. */
export function breakImage(world: World, context: string, tag: string): void {
  world.put({ key: brokenKey(context, tag), properties: {} });
}

/** Leaves a release as Helm does when it is killed: locked until the release is rolled back. */
export function stopMidway(world: World, release: string): void {
  world.put({ key: pendingKey(release), properties: {} });
}

/** Unlocks a release, as `helm rollback` does. */
export function rollBack(world: World, release: string): void {
  world.remove(pendingKey(release));
}

function pendingKey(release: string): string {
  return `${release} pending-upgrade`;
}

function brokenKey(context: string, tag: string): string {
  return `${context} broken ${tag}`;
}

function tagOf({ values }: Properties): string {
  const { image } = (values ?? {}) as { image?: { tag?: unknown } };
  return typeof image?.tag === "string" ? image.tag : "";
}

/**
 * Returns the stand-in of Kubernetes and Helm.
 * @param program the folder that charts of folders are relative to
 */
export function kubernetes(program: string): StandIn {
  const release: Kind = {
    check: (inputs) => {
      const { name, chart, version, repositoryOpts } = inputs;
      const found: string[] = [];
      if (!/^[a-z0-9](?:[a-z0-9-]{0,51}[a-z0-9])?$/.test(String(name))) {
        found.push(`'${String(name)}' is not a release name`);
      }
      if (!hasChart(program, String(chart), version, repositoryOpts)) {
        const what = [chart, version].filter((part) => typeof part === "string").join(" ");
        found.push(`chart ${what} not found; check the chart name and repository configuration`);
      }
      return found;
    },
    key: ({ namespace = "default", name }, { context = "" }) =>
      `${context} helm ${String(namespace)}/${String(name)}`,
    id: ({ namespace = "default", name }) => `${String(namespace)}/${String(name)}`,
    taken: "cannot re-use a name that is still in use",
    before: (_action, { world, key }) => {
      if (world.get(pendingKey(key)) === undefined) return;
      throw new Refusal("another operation (install/upgrade/rollback) is in progress");
    },
    takenBack: ({ inputs, scope: { context = "" }, world }) => {
      if (world.get(brokenKey(context, tagOf(inputs))) === undefined) return undefined;
      const { name, namespace } = inputs;
      const full = `${String(namespace)}/${String(name)}`;
      return (
        `Helm release "${full}" failed to initialize completely. Use Helm CLI to investigate: ` +
        `failed to become available within allocated timeout. Error: Helm Release ${full}: release ${String(name)} ` +
        "failed, and has been rolled back due to atomic being set: context deadline exceeded"
      );
    },
    outputs: ({ name, namespace, chart, version }) => ({
      status: { name, namespace, chart, version, revision: 1, status: "deployed" },
    }),
  };
  return {
    name: "kubernetes",
    kinds: { "kubernetes:helm.sh/v3:Release": release },
    configure: ({ context }) => {
      if (typeof context !== "string")
        throw new Refusal("no context: the ambient one would be used");
      return { context };
    },
  };
}

/** Whether a chart exists: a folder at its own version, or a reference that a registry could have. */
function hasChart(
  program: string,
  chart: string,
  version: unknown,
  repositoryOpts: unknown,
): boolean {
  if (chart.startsWith("./")) {
    const file = path.join(program, chart, "Chart.yaml");
    if (!fs.existsSync(file)) return false;
    const own = (parse(fs.readFileSync(file, "utf8")) as { version?: unknown }).version;
    return version === undefined || version === own;
  }
  const { repo } = (repositoryOpts ?? {}) as { repo?: unknown };
  const exact = typeof version === "string" && /^\d+\.\d+\.\d+/.test(version);
  if (chart.startsWith("oci://")) return exact || /@sha256:[0-9a-f]{64}$/.test(chart);
  return exact && typeof repo === "string" && repo.startsWith("https://");
}
