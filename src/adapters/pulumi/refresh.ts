import * as path from "node:path";
import { LocalWorkspace, type EngineEvent } from "@pulumi/pulumi/automation";
import { outsideError } from "../../core/error";
import { findPulumi } from "../find-tool";

/** What the Pulumi CLI, 3.265, writes before each error. */
const ERROR_PREFIX = /^.*?error: /;

/** One resource as the state has it, and as its provider finds it; secrets are `[secret]`. */
export interface Refreshed {
  readonly urn: string;
  readonly type: string;
  /** Inputs in the state. */
  readonly state: Inputs;
  /** Inputs that the provider finds; undefined where the resource no longer exists. */
  readonly found: Inputs | undefined;
}

export type Inputs = Readonly<Record<string, unknown>>;

/**
 * Returns what a refresh of a stack would find, by the Pulumi CLI. Nothing is changed, the state included, and
 * no program is run. Components and providers are left out.
 * @param project the folder of the Pulumi project. It may name plugins, which are run, so it is never that of
 *   a list that nobody reviewed
 * @param configFile the stack's config, which may be of another folder
 * @throws ReleasesError of kind `outside`, with the CLI's last error, when there is no CLI or it fails
 */
export async function previewRefresh(
  project: string,
  configFile: string,
  stackName: string,
): Promise<Refreshed[]> {
  const cli = findPulumi();
  if (cli === undefined) {
    throw outsideError(
      "there is no Pulumi CLI in PATH or ~/.pulumi; npx pulumi version downloads one",
    );
  }
  // Pulumi's library takes the CLI from PATH, and the CLI takes Node.js from there.
  const tools = [path.dirname(cli), path.dirname(process.execPath), process.env["PATH"]];
  process.env["PATH"] = tools.join(path.delimiter);
  const found = new Map<string, Refreshed>();
  const onEvent = (event: EngineEvent): void => {
    const resource = refreshedIn(event);
    if (resource !== undefined) found.set(resource.urn, resource);
  };
  try {
    const stack = await LocalWorkspace.selectStack({ stackName, workDir: project });
    await stack.previewRefresh({ configFile, onEvent, suppressProgress: true });
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause;
    throw outsideError(`pulumi refresh of ${stackName} failed: ${lastError(cause)}`);
  }
  return [...found.values()];
}

/** A resource's last event has what its provider found. */
function refreshedIn({ resOutputsEvent, resourcePreEvent }: EngineEvent): Refreshed | undefined {
  const { metadata } = resOutputsEvent ?? resourcePreEvent ?? {};
  if (metadata?.old === undefined || !/^[^:]+:[^:]+:[^:]+$/.test(metadata.type)) return undefined;
  if (/^(?:pulumi|releases):/.test(metadata.type)) return undefined;
  const { urn, type, old } = metadata;
  const gone = metadata.op === "delete" || metadata.new === undefined;
  return { urn, type, state: inputsOf(old), found: gone ? undefined : inputsOf(metadata.new) };
}

function inputsOf(state: unknown): Inputs {
  return ((state ?? {}) as { inputs?: Inputs }).inputs ?? {};
}

/** Returns the CLI's last error: the library's message repeats all of the CLI's output. */
function lastError({ message }: Error): string {
  const lines = message.split("\n").filter((line) => ERROR_PREFIX.test(line));
  return (lines.at(-1) ?? message).replace(ERROR_PREFIX, "").trim();
}
