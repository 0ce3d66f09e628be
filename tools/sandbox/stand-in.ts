import { isDeepStrictEqual } from "node:util";
import type { Identity, Scope, Properties, Thing, World } from "./world";
import { isMapping } from "../../src/core/mapping";

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
  /** Returns inputs as the provider's Check returns them, which is how the state has them. Default: as they are. */
  readonly checked?: (inputs: Properties) => Properties;
  /** Returns the outputs of the provider that are not inputs. */
  readonly outputs?: (inputs: Properties, scope: Scope, thing?: Thing) => Properties;
  /** Returns inputs that hold a secret as the service shows them. */
  readonly shown?: (inputs: Properties) => Properties;
  /**
   * Begins a change. Throws a Refusal where the service refuses, such as a thing that needs another one. What
   * it writes is what is left of a change that is killed in the middle.
   */
  readonly before?: (action: Action, change: ThingChange) => void;
  /**
   * Returns why an update failed and was rolled back, and its outputs; undefined for one that succeeded. After a
   * failure the thing is as it was, but the engine gets the new outputs all the same, as from the provider of
   * Kubernetes.
   */
  readonly takenBack?: (change: ThingChange) => { reason: string; outputs: Properties } | undefined;
  /** Makes a change that was begun. Default: the thing has the new inputs, or is removed. */
  readonly make?: (action: Action, change: ThingChange) => void;
  /** Whether the service takes a question and never answers. Throws a Refusal where it can't be reached. */
  readonly isSilent?: (scope: Scope, world: World) => boolean;
  /** Returns what the provider reads of a thing. Default: the thing's properties, as inputs and outputs. */
  readonly read?: (thing: Thing, asked: Asked, scope: Scope) => Found;
  /**
   * Returns the properties that an update would change, as Pulumi writes paths. Default: those on which the old
   * and the new inputs differ.
   */
  readonly diff?: (old: { inputs: Properties; outputs: Properties }, news: Properties) => string[];
}

export type Action = "create" | "update" | "delete";

/** What the engine gives with a request to read: nothing for an import. */
export interface Asked {
  readonly inputs: Properties;
  readonly outputs: Properties;
}

/** What a provider answers to it. */
export type Found = Asked;

/** A change that a service is asked for. */
export interface ThingChange {
  readonly inputs: Properties;
  readonly scope: Scope;
  readonly world: World;
  readonly key: string;
  readonly identity: Identity;
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
const MARK = "1b47061264138c4ac30d75fd1eb44270";

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

/** Returns properties of which one is a secret. */
export function secret(value: unknown): Properties {
  return { [SECRET]: MARK, value };
}

/** Returns the paths on which two properties differ, as Pulumi writes them. */
export function changedPaths(olds: unknown, news: unknown, path = ""): string[] {
  if (isDeepStrictEqual(olds, news)) return [];
  const isBoth = (test: (value: unknown) => boolean): boolean => test(olds) && test(news);
  if (!isBoth(Array.isArray) && !isBoth(isMapping)) return [path];
  const [old, now] = [olds, news] as [Properties, Properties];
  const names = new Set([...Object.keys(old), ...Object.keys(now)]);
  return [...names]
    .filter((name) => !name.startsWith("__"))
    .flatMap((name) => changedPaths(old[name], now[name], pathTo(path, name, Array.isArray(olds))));
}

/** Returns the path of a property in another one, as Pulumi writes it. */
export function pathTo(path: string, name: string, isItem = false): string {
  if (isItem) return `${path}[${name}]`;
  if (/[."[\]]/.test(name)) return `${path}["${name.replaceAll('"', '\\"')}"]`;
  return path === "" ? name : `${path}.${name}`;
}
