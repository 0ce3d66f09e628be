import { isDeepStrictEqual } from "node:util";
import type { Place, Properties, World } from "./world";

/** What a real service answers when it refuses. */
export class Refusal extends Error {
  override readonly name = "Refusal";
}

/** One type of resource of a real provider, as far as the program can tell the difference. */
export interface Kind {
  /** Returns what is wrong with inputs, before unrestrictedEnvironment is done; nothing for what is fine. */
  readonly check?: (inputs: Properties) => string[];
  /** Where the thing is and what it is called. A second one of the same key is refused. */
  readonly key: (inputs: Properties, place: Place) => string;
  /** The provider's id, by which `pulumi import` finds it. */
  readonly id: (inputs: Properties, place: Place) => string;
  /** What the service answers to a second one of the same key. Absent: it is overwritten, as singletons are. */
  readonly taken?: string;
  /** What the provider knows of it beside the inputs. */
  readonly outputs?: (inputs: Properties, place: Place) => Properties;
  /** What the service shows of inputs that hold a secret. */
  readonly shown?: (inputs: Properties) => Properties;
  /** Refuses what the service refuses, such as a thing that another one must be there for. */
  readonly before?: (action: "create" | "update" | "delete", change: ThingChange) => void;
  /**
   * Returns why an update failed and was taken back, if it was: nothing changes then, but the provider
   * tells the engine of the new inputs, as Kubernetes' does.
   */
  readonly takenBack?: (change: ThingChange) => string | undefined;
}

/** What a service looks at before it does something. */
export interface ThingChange {
  readonly inputs: Properties;
  readonly place: Place;
  readonly world: World;
  readonly key: string;
}

/** A provider that stands in for a real one. */
export interface StandIn {
  readonly name: string;
  /** By Pulumi's own token, `aws:ecr/repository:Repository`. */
  readonly kinds: Readonly<Record<string, Kind>>;
  /**
   * Returns where a provider acts.
   * @throws Refusal as the real one does when it configures, such as for another account than allowed
   */
  readonly configure: (config: Properties) => Place;
}

/** Marks a secret among properties (Pulumi's wire format); its value stands beside it. */
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

/** Returns properties without secrets: nothing of them is kept outside of the engine's own state. */
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
