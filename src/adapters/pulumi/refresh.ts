import * as path from "node:path";
import { LocalWorkspace, type EngineEvent } from "@pulumi/pulumi/automation";
import { findPulumi } from "../find-tool";

/** The Pulumi CLI isn't there, or failed. Its message is the CLI's own. */
export class EngineError extends Error {
  override readonly name = "EngineError";
}

/** One resource as the state has it, and as its provider finds it; secrets are `[secret]`. */
export interface Refreshed {
  readonly urn: string;
  readonly type: string;
  /** Inputs of the state. */
  readonly state: Inputs;
  /** Inputs that the provider finds; undefined where the thing has gone. */
  readonly found: Inputs | undefined;
}

export type Inputs = Readonly<Record<string, unknown>>;

/**
 * Asks the engine what a refresh would find, and changes nothing: neither the state nor anything else.
 * Components and providers are left out.
 * @param folder where the Pulumi project is
 * @throws EngineError when there is no CLI, or when it fails
 */
export async function previewRefresh(folder: string, stackName: string): Promise<Refreshed[]> {
  const cli = findPulumi();
  if (cli === undefined) {
    throw new EngineError(
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
    const stack = await LocalWorkspace.selectStack({ stackName, workDir: path.resolve(folder) });
    await stack.previewRefresh({ onEvent, suppressProgress: true });
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause;
    throw new EngineError(`pulumi refresh of ${stackName} failed: ${said(cause)}`);
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

/** Returns what the CLI said last; the library's message repeats all of its output. */
function said({ message }: Error): string {
  const lines = message.split("\n").filter((line) => /error: /.test(line));
  return (lines.at(-1) ?? message).replace(/^.*?error: /, "").trim();
}
