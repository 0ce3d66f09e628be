import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import {
  beginInstall,
  beginUninstall,
  beginUpgrade,
  complete,
  fail,
  mergedMaps,
  revisionsOf,
  takeBack,
} from "./helm";
import { changedPaths, pathTo, plain, Refusal, secret, type Kind, type StandIn } from "./stand-in";
import type { Properties, Thing, World } from "./world";
import { isMapping } from "../../src/core/mapping";

/** Breaks an image in one cluster: its pods never get ready. */
export function breakImage(world: World, context: string, tag: string): void {
  world.put({ key: brokenKey(context, tag), properties: {} });
}

/** Has a cluster never answer, or refuse connections, until the key that is returned is removed. */
export function silence(world: World, context: string, how: "silent" | "down"): string {
  const key = `${context} is ${how}`;
  world.put({ key, properties: {} });
  return key;
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
    checked,
    before: (action, { inputs, scope: { context = "" }, world, key, identity }) => {
      if (action === "delete") return beginUninstall(world, key);
      if (action === "update") return beginUpgrade(world, key, inputs);
      if (world.get(brokenKey(context, tagOf(inputs))) !== undefined) {
        throw new Refusal(
          `release ${String(inputs["name"])} failed, and has been uninstalled due to atomic being set: ` +
            "context deadline exceeded",
        );
      }
      beginInstall(world, key, identity, inputs);
    },
    make: (_action, { world, key }) => complete(world, key),
    takenBack: ({ inputs, scope: { context = "" }, world, key }) => {
      if (world.get(brokenKey(context, tagOf(inputs))) === undefined) return undefined;
      fail(world, key);
      // The outputs are those of the upgrade that failed (fact 98).
      const outputs = outputsOf(inputs, world.get(key));
      takeBack(world, key);
      const { name, namespace } = inputs;
      const full = `${String(namespace)}/${String(name)}`;
      const reason =
        `Helm release "${full}" failed to initialize completely. Use Helm CLI to investigate: ` +
        `failed to become available within allocated timeout. Error: Helm Release ${full}: release ${String(name)} ` +
        "failed, and has been rolled back due to atomic being set: context deadline exceeded";
      return { reason, outputs };
    },
    outputs: (inputs, _scope, thing) => outputsOf(inputs, thing),
    read,
    isSilent: ({ context = "" }, world) => {
      if (world.get(`${context} is down`) !== undefined) {
        throw new Refusal("Kubernetes cluster unreachable: connect: connection refused");
      }
      return world.get(`${context} is silent`) !== undefined;
    },
    diff: threeWayDiff,
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

/**
 * What the provider's Check makes of what isn't given: it reads the inputs into a struct of Go, which has them
 * all (fact 96; pulumi-kubernetes 94977969, helm_release.go: Release, Check).
 */
const DEFAULTS: Properties = {
  ...{ allowNullValues: false, atomic: false, chart: "", cleanupOnFail: false },
  ...{ createNamespace: false, dependencyUpdate: false, description: "", devel: false },
  ...{ disableCRDHooks: false, disableOpenapiValidation: false, disableWebhooks: false },
  ...{ forceUpdate: false, keyring: "", lint: false, name: "", namespace: "default" },
  ...{ postrender: "", recreatePods: false, renderSubchartNotes: false, replace: false },
  ...{ resetValues: false, reuseValues: false, skipAwait: false, skipCrds: false, timeout: 300 },
  ...{ verify: false, version: "", waitForJobs: false },
};

/** Fields that are left out where they aren't given. */
const OPTIONAL = ["maxHistory", "repositoryOpts", "values"];

const REPOSITORY_DEFAULTS: Properties = {
  ...{ caFile: "", certFile: "", keyFile: "", password: "", repo: "", username: "" },
};

/** The inputs that the provider knows of. The SDK sends others, such as `compat` (fact 96). */
export const RELEASE_INPUTS: readonly string[] = [...Object.keys(DEFAULTS), ...OPTIONAL];

/** Returns inputs as Check does: without those that it doesn't know, and with those that aren't given. */
function checked(inputs: Properties): Properties {
  const known = Object.entries(inputs).filter(([name]) => RELEASE_INPUTS.includes(name));
  const given = Object.fromEntries(known) as Properties;
  const { repositoryOpts } = given;
  return {
    ...DEFAULTS,
    ...given,
    ...(isMapping(repositoryOpts) && {
      repositoryOpts: { ...REPOSITORY_DEFAULTS, ...repositoryOpts },
    }),
  };
}

function outputsOf(inputs: Properties, thing: Thing | undefined): Properties {
  return { status: statusOf(thing), __inputs: secret(inputs) };
}

function statusOf(thing: Thing | undefined): Properties {
  const { name, namespace, chart, version } = thing?.properties ?? {};
  const { number: revision, status } = revisionsOf(thing).at(-1) ?? {};
  return { name, namespace, chart: nameOfChart(chart), version, revision, status };
}

/**
 * Returns a chart's own name, which is all that Helm keeps of where it came from. The folder of a default chart has
 * its version.
 */
function nameOfChart(chart: unknown): string {
  const parts = String(chart).replace(/@.*$/, "").split("/");
  const [last = ""] = parts.slice(-1);
  return (/^\d+\.\d+\.\d+/.test(last) ? parts.at(-2) : last) ?? "";
}

/**
 * Reads a release as the provider does: the inputs are the state's own, and what Helm has is in the outputs
 * alone, values on top of those of the state (fact 97). Objects of the release aren't looked at (fact 99).
 */
const read: NonNullable<Kind["read"]> = (thing, { outputs }) => {
  const { name, namespace, chart, version, values = {} } = thing.properties;
  const own = plain(outputs);
  // For an import Helm knows neither where the chart came from nor how it was installed.
  const imported = { ...DEFAULTS, timeout: 0, name, namespace, chart: nameOfChart(chart) };
  const state: Properties = Object.keys(own).length === 0 ? imported : own;
  const found = {
    ...state,
    version,
    values: mergedMaps((state["values"] ?? {}) as Properties, values as Properties),
    status: statusOf(thing),
  };
  const { __inputs, status: _status, ...others } = found as Properties;
  const inputs = (__inputs ?? others) as Properties;
  return { inputs, outputs: { ...found, __inputs: secret(inputs) } };
};

/**
 * Compares the new inputs with the outputs of the state, and takes as deleted what the old inputs have, as the
 * provider does: an extra value that somebody gave Helm is no difference.
 */
const threeWayDiff: NonNullable<Kind["diff"]> = ({ inputs, outputs }, news) => {
  const olds = (plain(outputs["__inputs"]) ?? inputs) as Properties;
  return patched(olds, news, outputs, "");
};

function patched(olds: Properties, news: Properties, live: Properties, path: string): string[] {
  const changed = Object.entries(news).flatMap(([name, value]) => {
    const [old, now, here] = [olds[name], live[name], pathTo(path, name)];
    if (isMapping(value) && isMapping(now))
      return patched(isMapping(old) ? old : {}, value, now, here);
    return changedPaths(now, value, here);
  });
  const gone = Object.keys(olds).filter((name) => !(name in news) && name in live);
  return [...changed, ...gone.map((name) => pathTo(path, name))];
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
