import * as pulumi from "@pulumi/pulumi";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks";
import type { Repository } from "../release/repository";
import { ENCRYPTED, type StackValues } from "../release/stack-config";
import type { Outputs } from "./environment";
import { runProgram } from "./program";
import { withoutTraces } from "./traces";

/** One resource as the engine would receive it. Secrets are masked, keys and lists sorted. */
export interface PlannedResource {
  /** Pulumi's type token, such as `aws:ecr/repository:Repository`. */
  readonly type: string;
  readonly name: string;
  readonly urn: string;
  /** URN of the parent. */
  readonly parent: string | null;
  /** URN of the explicit provider; null for components and providers. */
  readonly provider: string | null;
  readonly options: {
    readonly protect: boolean;
    readonly deleteBeforeReplace: boolean;
    readonly retainOnDelete: boolean;
    /** URNs, sorted. */
    readonly dependsOn: readonly string[];
    readonly ignoreChanges: readonly string[];
  };
  readonly inputs: Readonly<Record<string, unknown>>;
}

/** What a stack is made of, by the embedded engine. */
export interface Evaluation {
  /** Sorted by URN. The root stack is left out. */
  readonly resources: readonly PlannedResource[];
  readonly outputs: Outputs;
}

/** What stands in a plan for the content of a secret. */
export const SECRET = "[secret]";

/** The project's name in Pulumi.yaml, which every URN holds. */
const PROJECT = "releases";

/**
 * Evaluates the program for one stack in this process, as a preview, on Pulumi's own mocks: no engine,
 * account, cluster, token or passphrase. Encrypted values are secrets of unknown content.
 *
 * The program's runtime is global to the process, so evaluations run one after the other.
 * @throws Error for a bug in the program, with its trace; check the stack for findings first
 */
export async function evaluate(repository: Repository, values: StackValues): Promise<Evaluation> {
  try {
    return await withoutTraces(() => run(repository, values));
  } catch {
    // What can go wrong here is a bug, and a bug prints its trace: once more, with traces.
    return run(repository, values);
  }
}

async function run(repository: Repository, values: StackValues): Promise<Evaluation> {
  setConfig(values);
  const recorder = new Recorder();
  pulumi.runtime.setMockOptions(recorder, PROJECT, values.stack, true);
  const outputs = (await pulumi.runtime.runInPulumiStack(() =>
    Promise.resolve(runProgram(repository)),
  )) as Outputs;
  await pulumi.runtime.disconnect();
  return { resources: recorder.planned(), outputs };
}

function setConfig({ values, region, hasWebhookSecret, secretParameters }: StackValues): void {
  const config: Record<string, string> = {};
  const secretKeys: string[] = [];
  for (const [key, value] of Object.entries(values)) {
    config[`releases:${key}`] = typeof value === "string" ? value : JSON.stringify(value);
  }
  if (typeof region === "string") config["aws:region"] = region;
  if (secretParameters.size > 0) secretKeys.push("releases:templates");
  if (hasWebhookSecret) {
    config["releases:webhookSecret"] = ENCRYPTED;
    secretKeys.push("releases:webhookSecret");
  }
  pulumi.runtime.setAllConfig(config, secretKeys);
}

/** The part of a registration that a plan shows: `RegisterResourceRequest` of Pulumi's protocol. */
interface Registration {
  getType(): string;
  getName(): string;
  getParent(): string;
  getProvider(): string;
  getProtect(): boolean;
  getDeletebeforereplace(): boolean;
  getRetainondelete(): boolean;
  getDependenciesList(): string[];
  getIgnorechangesList(): string[];
  getObject(): { toJavaScript(): Record<string, unknown> } | undefined;
}

type Reply = (error: unknown, response?: unknown) => void;

/**
 * Pulumi's mock monitor, seeing each registration whole: the mocks themselves are told neither
 * parents nor options. This class and the tests' providers are all that knows Pulumi's protocol.
 */
class Recorder extends MockMonitor {
  readonly #registrations = new Map<string, { request: Registration; inputs: unknown }>();

  // Mocks accept a second resource of one URN; the engine would not.
  readonly #duplicates: string[] = [];

  constructor() {
    super({
      newResource: ({ name, inputs }) => ({ id: name, state: inputs as object }),
      call: ({ token }) => {
        throw new Error(`the program called ${token}; it declares from plain data alone`);
      },
    });
    // Pulumi's own numbering leaves out grandparents, so two resources could meet in one URN.
    Object.assign(this, { newUrn: qualifiedUrn });
  }

  override async registerResource(request: Registration, reply: Reply): Promise<void> {
    const urn = qualifiedUrn(request.getParent(), request.getType(), request.getName());
    if (this.#registrations.has(urn)) this.#duplicates.push(urn);
    this.#registrations.set(urn, { request, inputs: request.getObject()?.toJavaScript() });
    await super.registerResource(request, reply);
  }

  planned(): PlannedResource[] {
    if (this.#duplicates.length > 0) {
      throw new Error(`Duplicate resource URN '${this.#duplicates.join("', '")}'`);
    }
    return [...this.#registrations]
      .filter(([, { request }]) => request.getType() !== pulumi.runtime.rootPulumiStackTypeName)
      .map(([urn, { request, inputs }]) => ({
        type: request.getType(),
        name: request.getName(),
        urn,
        parent: request.getParent() || null,
        provider: providerUrn(request.getProvider()),
        options: {
          protect: request.getProtect(),
          deleteBeforeReplace: request.getDeletebeforereplace(),
          retainOnDelete: request.getRetainondelete(),
          dependsOn: request.getDependenciesList().sort(),
          ignoreChanges: request.getIgnorechangesList(),
        },
        inputs: masked(inputs ?? {}) as Record<string, unknown>,
      }))
      .sort((a, b) => (a.urn < b.urn ? -1 : 1));
  }
}

/** Returns the URN that the real engine gives a resource: its parents' types joined, the root's left out. */
function qualifiedUrn(parent: string, type: string, name: string): string {
  const above = parent.split("::")[2] ?? pulumi.runtime.rootPulumiStackTypeName;
  const qualified = above === pulumi.runtime.rootPulumiStackTypeName ? type : `${above}$${type}`;
  return `urn:pulumi:${pulumi.getStack()}::${pulumi.getProject()}::${qualified}::${name}`;
}

/** A reference is a provider's URN, `::` and its id. */
function providerUrn(reference: string): string | null {
  return reference === "" ? null : reference.split("::").slice(0, -1).join("::");
}

// How a secret stands in the protocol, https://github.com/pulumi/pulumi/blob/master/sdk/nodejs/runtime/rpc.ts
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270";

function masked(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(masked);
  if (typeof value !== "object" || value === null) return value;
  if ((value as Record<string, unknown>)[SIGNATURE] === SECRET_SIGNATURE) return SECRET;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, part]: [string, unknown]) => [key, masked(part)]),
  );
}
