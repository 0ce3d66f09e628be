import { isDeepStrictEqual } from "node:util";
import type { Scope, Properties, World } from "./world";

/** The answer of a real service that refuses. */
export class Refusal extends Error {
  override readonly name = "Refusal";
}

/** One type of resource, which acts as that of the real provider does wherever the program can tell. */
export interface Kind {
  /** Returns what the service finds wrong with inputs, before any change; empty for valid ones. */
  readonly check?: (inputs: Properties) => string[];
  /** Returns the location and name of the thing. A second one of the same key is refused. */
  readonly key: (inputs: Properties, scope: Scope) => string;
  /** Returns the provider's id, by which `pulumi import` finds the thing. */
  readonly id: (inputs: Properties, scope: Scope) => string;
  /** The answer of the service to a second one of the same key. Absent: a singleton, which is overwritten. */
  readonly taken?: string;
  /** Returns the outputs of the provider that are not inputs. */
  readonly outputs?: (inputs: Properties, scope: Scope) => Properties;
  /** Returns inputs that hold a secret as the service shows them. */
  readonly shown?: (inputs: Properties) => Properties;
  /** Throws a Refusal where the service refuses, such as a thing that needs another one. */
  readonly before?: (action: "create" | "update" | "delete", change: ThingChange) => void;
  /**
   * Returns why an update failed and was rolled back; undefined for one that succeeded. After a failure
   * nothing has changed, but the engine gets the new inputs all the same, as from the provider of Kubernetes.
   */
  readonly takenBack?: (change: ThingChange) => string | undefined;
}

/** A change that a service is asked for. */
export interface ThingChange {
  readonly inputs: Properties;
  readonly scope: Scope;
  readonly world: World;
  readonly key: string;
}

/** A stand-in of a real provider. */
export interface StandIn {
  readonly name: string;
  /** By Pulumi's own token, `aws:ecr/repository:Repository`. */
  readonly kinds: Readonly<Record<string, Kind>>;
  /**
   * Returns the scope of a provider.
   * @throws Refusal where the real provider refuses its configuration, such as for a wrong account
   */
  readonly configure: (config: Properties) => Scope;
}

/** Key of the mark of a secret among properties (Pulumi's wire format); the value is next to it. */
const SECRET = "4dabf18193072939515e22adb298388d";

/** Returns properties without the wrappers of secrets. */
export function plain<Value>(value: Value): Value {
  if (Array.isArray(value)) return value.map(plain) as Value;
  if (typeof value !== "object" || value === null) return value;
  if (SECRET in value) return plain((value as { value?: unknown }).value) as Value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, plain(item)]),
  ) as Value;
}

/** Returns properties without secrets, which are kept in the engine's own state alone. */
export function withoutSecrets(properties: Properties): Properties {
  return Object.fromEntries(Object.entries(properties).filter(([, value]) => !holdsSecret(value)));
}

function holdsSecret(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return SECRET in value || Object.values(value).some(holdsSecret);
}

/** Returns the names of inputs that differ. */
export function changedInputs(olds: Properties, news: Properties): string[] {
  const names = new Set([...Object.keys(olds), ...Object.keys(news)]);
  return [...names].filter(
    (name) => !name.startsWith("__") && !isDeepStrictEqual(olds[name], news[name]),
  );
}
