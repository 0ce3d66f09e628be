import * as path from "node:path";
import { LocalWorkspace, type EngineEvent } from "@pulumi/pulumi/automation";
import { outsideError } from "../../core/error";
import { findPulumi } from "../find-tool";
import { SECRET } from "./resource";

/** What the Pulumi CLI, 3.265, writes before each error. */
const ERROR_PREFIX = /^.*?error: /;

/** A cluster that takes connections and doesn't answer would hold a refresh for ever. */
const LIMIT_MINUTES = 10;

/** As long the engine waits for a provider that was asked to stop; a second interrupt ends it. */
const GRACE_MILLISECONDS = 5_000;

/** One resource as the state has it, and as its provider finds it; secrets are `[secret]`. */
export interface Refreshed {
  readonly urn: string;
  readonly type: string;
  readonly state: Seen;
  /** What the provider finds; undefined where the resource no longer exists. */
  readonly found: Seen | undefined;
  /** Properties that the engine finds changed, as Pulumi writes paths; empty where it finds none. */
  readonly changed: readonly string[];
}

/**
 * The properties of a resource. A provider may leave the inputs as the state has them, and put what it finds
 * into the outputs alone.
 */
export interface Seen {
  readonly inputs: Inputs;
  readonly outputs: Inputs;
}

export interface RefreshOptions {
  readonly context?: string;
  /** Default: 10. */
  readonly limitMinutes?: number;
}

export type Inputs = Readonly<Record<string, unknown>>;

/**
 * Returns what a refresh of a stack would find, by the Pulumi CLI. Nothing is changed, the state included, and
 * no program is run. Components and providers are left out.
 * @param project the folder of the Pulumi project. It may name plugins, which are run, so it is never that of
 *   a list that nobody reviewed
 * @param configFile the stack's config, which may be of another folder
 * @param asked the context of the stack's cluster, which messages name, and how many minutes providers may take
 * @throws ReleasesError of kind `outside`, with the error and its resource, when there is no CLI, when it
 *   fails, and when the limit is over
 */
export async function previewRefresh(
  project: string,
  configFile: string,
  stackName: string,
  { context = "CONTEXT", limitMinutes = LIMIT_MINUTES }: RefreshOptions = {},
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
  const progress = new Progress(context);
  const limit = new Interrupts(limitMinutes * 60_000);
  try {
    const stack = await LocalWorkspace.selectStack({ stackName, workDir: project });
    const onEvent = (event: EngineEvent): void => progress.add(event);
    const { signal } = limit;
    await stack.previewRefresh({ configFile, onEvent, suppressProgress: true, signal });
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause;
    const why = limit.signal.aborted
      ? progress.waiting(limitMinutes)
      : (progress.failure ?? lastError(cause));
    throw outsideError(`pulumi refresh of ${stackName} failed: ${why}`);
  } finally {
    limit.clear();
  }
  return [...progress.found.values()];
}

/** Interrupts the engine twice once a time is over, as one would on a terminal. */
class Interrupts {
  readonly #controller = new AbortController();
  readonly #timers: readonly NodeJS.Timeout[];

  constructor(milliseconds: number) {
    const interrupt = (): boolean => this.signal.dispatchEvent(new Event("abort"));
    this.#timers = [
      setTimeout(() => this.#controller.abort(), milliseconds),
      // The library interrupts for each event.
      setTimeout(interrupt, milliseconds + GRACE_MILLISECONDS),
    ];
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  clear(): void {
    for (const timer of this.#timers) clearTimeout(timer);
  }
}

/** What the engine has said so far. */
class Progress {
  readonly found = new Map<string, Refreshed>();
  /** The first error that names a resource. */
  failure: string | undefined;
  readonly #asked = new Set<string>();
  readonly #context: string;

  constructor(context: string) {
    this.#context = context;
  }

  add(event: EngineEvent): void {
    const refreshed = refreshedIn(event);
    if (refreshed !== undefined) this.found.set(refreshed.urn, refreshed);
    const { resourcePreEvent, resOutputsEvent, resOpFailedEvent, diagnosticEvent } = event;
    if (resourcePreEvent !== undefined) this.#asked.add(resourcePreEvent.metadata.urn);
    this.#asked.delete((resOutputsEvent ?? resOpFailedEvent)?.metadata.urn ?? "");
    const { severity, urn, message } = diagnosticEvent ?? {};
    if (severity !== "error" || urn === undefined || message === undefined) return;
    this.failure ??= `${label(urn)}: ${plainText(message)}${advice([urn], this.#context)}`;
  }

  /** Returns what nobody answered for. */
  waiting(minutes: number): string {
    const urns = [...this.#asked].filter((urn) => !/^(?:pulumi|releases):/.test(typeIn(urn)));
    const named = urns.map(label).sort().slice(0, 3);
    const more = urns.length - named.length;
    const list = more > 0 ? [...named, `${more} more`] : named;
    const what = list.length === 0 ? "" : ` for ${list.join(", ")}`;
    return `no answer${what} within ${minutes} minutes${advice(urns, this.#context)}`;
  }
}

/** Returns what to look at, by the providers of resources. */
function advice(urns: readonly string[], context: string): string {
  const providers = new Set(urns.map((urn) => typeIn(urn).split(":")[0] ?? ""));
  const checks = [...providers].sort().flatMap((provider) => CHECKS[provider]?.(context) ?? []);
  return checks.length === 0 ? "" : `; check ${checks.join(", and ")}`;
}

const CHECKS: Readonly<Record<string, (context: string) => string>> = {
  aws: () => "the credentials for AWS (aws sts get-caller-identity)",
  github: () => "GitHub and its token (gh auth status)",
  kubernetes: (context) => `that the cluster answers (kubectl --context ${context} get namespaces)`,
};

function typeIn(urn: string): string {
  return urn.split("::")[2]?.split("$").at(-1) ?? "";
}

function label(urn: string): string {
  return `${typeIn(urn)} ${urn.split("::").at(-1) ?? ""}`;
}

/** Returns a message of the engine without its markup of colors, in one line. */
function plainText(message: string): string {
  return message
    .replaceAll(/<\{%[^%]*%\}>/g, "")
    .replace(/^error: /, "")
    .trim()
    .replaceAll(/\s*\n\s*/g, " ");
}

/** A resource's last event has what its provider found. */
function refreshedIn({ resOutputsEvent, resourcePreEvent }: EngineEvent): Refreshed | undefined {
  const { metadata } = resOutputsEvent ?? resourcePreEvent ?? {};
  if (metadata?.old === undefined || !/^[^:]+:[^:]+:[^:]+$/.test(metadata.type)) return undefined;
  if (/^(?:pulumi|releases):/.test(metadata.type)) return undefined;
  const { urn, type, old, op, diffs, detailedDiff } = metadata;
  const gone = op === "delete" || metadata.new === undefined;
  const detailed = Object.keys(detailedDiff ?? {});
  return {
    urn,
    type,
    state: seenIn(old),
    found: gone ? undefined : seenIn(metadata.new),
    changed: detailed.length > 0 ? detailed : (diffs ?? []),
  };
}

function seenIn(state: unknown): Seen {
  const { inputs = {}, outputs = {} } = (state ?? {}) as Partial<Seen>;
  return { inputs: masked(inputs) as Inputs, outputs: masked(outputs) as Inputs };
}

/** How the engine writes a secret in an event. */
const SIGNATURE = "4dabf18193072939515e22adb298388d";

function masked(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(masked);
  if (typeof value !== "object" || value === null) return value;
  if (SIGNATURE in value) return SECRET;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, masked(part)]));
}

/** Returns the CLI's last error: the library's message repeats all of the CLI's output. */
function lastError({ message }: Error): string {
  const lines = message.split("\n").filter((line) => ERROR_PREFIX.test(line));
  const causes = lines.filter((line) => !/error: (?:preview|refresh) failed\s*$/.test(line));
  return (causes.at(-1) ?? lines.at(-1) ?? message).replace(ERROR_PREFIX, "").trim();
}
