import * as pulumi from "@pulumi/pulumi";
import {
  RegisterResourceResponse,
  type RegisterResourceRequest,
} from "@pulumi/pulumi/proto/resource_pb";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks";
import type { Repository } from "../../core/repository";
import { NO_PROJECT } from "../../core/stack/project";
import { ENCRYPTED, type StackValues } from "../../core/stack/config";
import { runProgram } from "../../../stacks/program";
import type { FolderOf } from "../../../stacks/chart-content";
import { keepTraces, tracesOff } from "../../../stacks/traces";
import { SECRET, type Evaluation, type PlannedResource } from "./resource";

/**
 * Evaluates the program for one stack in this process, as a preview, on Pulumi's own mocks: no engine,
 * account, cluster, token or passphrase. Encrypted values are secrets of unknown content.
 *
 * The program's runtime is global to the process, so evaluations run one after the other.
 * @param folderOf returns the folder of a chart whose name starts with `./`
 * @throws Error for a bug in the program, with its trace; check the stack for findings first
 */
export async function evaluate(
  repository: Repository,
  values: StackValues,
  folderOf: FolderOf,
): Promise<Evaluation> {
  const tracesOn = tracesOff();
  try {
    return await run(repository, values, folderOf);
  } catch {
    // Only a bug fails here, and a bug prints its trace: run once more, with traces.
    tracesOn();
    keepTraces();
    return await run(repository, values, folderOf);
  } finally {
    tracesOn();
  }
}

async function run(
  repository: Repository,
  values: StackValues,
  folderOf: FolderOf,
): Promise<Evaluation> {
  setConfig(values);
  const { project } = repository;
  const declare = () => runProgram(repository, folderOf);
  const { result, resources } = await record(values.stack, declare, project.name);
  return { resources, outputs: result };
}

/**
 * Runs a function that declares resources, as a preview of a stack. Returns its result and every resource,
 * once all registrations have settled.
 * @throws Error for a resource that the real engine would refuse, such as a duplicate
 */
export async function record<T>(
  stack: string,
  declare: () => T,
  project = NO_PROJECT.name,
): Promise<{ result: T; resources: readonly PlannedResource[] }> {
  const recorder = new Recorder();
  pulumi.runtime.setMockOptions(recorder, project, stack, true);
  let result: { value: T } | undefined;
  await pulumi.runtime.runInPulumiStack(() => {
    result = { value: declare() };
    return Promise.resolve({});
  });
  await pulumi.runtime.disconnect();
  const [refused] = recorder.refused;
  if (refused !== undefined) throw refused;
  if (result === undefined) throw new Error("the program ended before it began");
  return { result: result.value, resources: recorder.planned };
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

type Reply = (error: unknown, response?: unknown) => void;

/**
 * Pulumi's mock monitor, which records each registration as a whole: mocks themselves get neither parents nor
 * options. It answers every registration with the inputs that it got.
 */
class Recorder extends MockMonitor {
  readonly #planned = new Map<string, PlannedResource>();

  /** Errors for what the engine, or a rule of the program, would refuse. Mocks alone accept both. */
  readonly refused: Error[] = [];

  constructor() {
    const refuse = (token: string): never => {
      const error = new Error(`the program called ${token}; it declares from plain data alone`);
      this.refused.push(error);
      throw error;
    };
    super({ newResource: ({ type }) => refuse(type), call: ({ token }) => refuse(token) });
  }

  override registerResource(request: RegisterResourceRequest, reply: Reply): Promise<void> {
    const urn = qualifiedUrn(request.getParent(), request.getType(), request.getName());
    if (this.resources.has(urn)) {
      this.refused.push(new Error(`Duplicate resource URN '${urn}'`));
    }
    this.resources.set(urn, { urn, id: request.getName(), state: {} });
    if (request.getType() !== pulumi.runtime.rootPulumiStackTypeName) {
      this.#planned.set(urn, planned(urn, request));
    }
    const response = new RegisterResourceResponse();
    response.setUrn(urn);
    response.setId(request.getName());
    response.setObject(request.getObject());
    reply(null, response);
    return Promise.resolve();
  }

  /** The registered resources, sorted by URN. */
  get planned(): PlannedResource[] {
    return [...this.#planned.values()].sort((a, b) => (a.urn < b.urn ? -1 : 1));
  }
}

function planned(urn: string, request: RegisterResourceRequest): PlannedResource {
  return {
    type: request.getType(),
    name: request.getName(),
    urn,
    parent: request.getParent() || null,
    provider: providerUrn(request.getProvider()),
    options: {
      protect: request.getProtect() ?? false,
      deleteBeforeReplace: request.getDeletebeforereplace(),
      retainOnDelete: request.getRetainondelete() ?? false,
      dependsOn: request.getDependenciesList().sort(),
      ignoreChanges: request.getIgnorechangesList(),
    },
    inputs: masked(request.getObject()?.toJavaScript() ?? {}) as Record<string, unknown>,
  };
}

/**
 * Returns the URN that the real engine gives a resource: the types of its parents joined, without the root.
 */
function qualifiedUrn(parent: string, type: string, name: string): string {
  const above = parent.split("::")[2] ?? pulumi.runtime.rootPulumiStackTypeName;
  const qualified = above === pulumi.runtime.rootPulumiStackTypeName ? type : `${above}$${type}`;
  return `urn:pulumi:${pulumi.getStack()}::${pulumi.getProject()}::${qualified}::${name}`;
}

/** Returns the URN in a reference to a provider, which is the URN, `::` and an id. */
function providerUrn(reference: string): string | null {
  return reference === "" ? null : reference.split("::").slice(0, -1).join("::");
}

// How the protocol marks a secret, https://github.com/pulumi/pulumi/blob/master/sdk/nodejs/runtime/rpc.ts
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
