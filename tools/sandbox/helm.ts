import { Refusal } from "./stand-in";
import type { Identity, Properties, Thing, World } from "./world";
import { isMapping } from "../../src/core/mapping";

/** The status of a revision. While an operation runs, and after it was killed, the last one is pending. */
export type Status =
  | "deployed"
  | "failed"
  | "superseded"
  | "uninstalling"
  | "pending-install"
  | "pending-upgrade"
  | "pending-rollback";

/** One revision of a release, as Helm keeps it in the cluster. */
export interface Revision {
  readonly number: number;
  readonly status: Status;
  readonly inputs: Properties;
}

/** Begins a first install. Killed from here on, it leaves `pending-install` (fact 100). */
export function beginInstall(
  world: World,
  key: string,
  identity: Identity,
  inputs: Properties,
): void {
  put(world, key, [{ number: 1, status: "pending-install", inputs }], identity);
}

/**
 * Begins an upgrade. Killed from here on, it leaves `pending-upgrade` (fact 100).
 * @throws Refusal for a release that isn't there (fact 101), and for one that an operation was killed at
 */
export function beginUpgrade(world: World, key: string, inputs: Properties): void {
  const revisions = revisionsOf(world.get(key));
  const last = revisions.at(-1);
  if (last === undefined) throw new Refusal(`"${nameIn(key)}" has no deployed releases`);
  if (isPending(last)) {
    throw new Refusal("another operation (install/upgrade/rollback) is in progress");
  }
  put(world, key, [...revisions, { number: last.number + 1, status: "pending-upgrade", inputs }]);
}

/** Completes what was begun. */
export function complete(world: World, key: string): void {
  const revisions = revisionsOf(world.get(key));
  put(world, key, deployed(revisions));
}

/** Fails an upgrade that was begun. */
export function fail(world: World, key: string): void {
  const failed = revisionsOf(world.get(key)).map((revision) =>
    isPending(revision) ? { ...revision, status: "failed" as const } : revision,
  );
  put(world, key, failed);
}

/** Rolls an upgrade back that failed, as `atomic` does, which makes one revision more. */
export function takeBack(world: World, key: string): void {
  const revisions = revisionsOf(world.get(key));
  rollBack(world, key, revisions.find(({ status }) => status === "deployed")?.number);
}

/**
 * Does what `helm rollback` does, which ends a pending operation.
 * @param to a revision; by default the one before the last
 * @throws Refusal for a revision that isn't there, such as before the first install (fact 100)
 */
export function rollBack(world: World, key: string, to?: number): void {
  const revisions = revisionsOf(world.get(key));
  const last = revisions.at(-1);
  if (last === undefined) throw new Refusal("release: not found");
  const wanted = to ?? last.number - 1;
  const found = revisions.find(({ number }) => number === wanted);
  if (found === undefined) throw new Refusal(`release has no ${wanted} version`);
  put(world, key, deployed([...revisions, { ...found, number: last.number + 1 }]));
}

/** Does what `helm upgrade --reuse-values --set` does. */
export function setByHand(world: World, key: string, values: Properties): void {
  const inputs: Properties = revisionsOf(world.get(key)).at(-1)?.inputs ?? {};
  beginUpgrade(world, key, {
    ...inputs,
    values: mergedMaps((inputs["values"] ?? {}) as Properties, values),
  });
  complete(world, key);
}

/** Begins to uninstall. Throws a Refusal for a release that isn't there (fact 101). */
export function beginUninstall(world: World, key: string): void {
  const revisions = revisionsOf(world.get(key));
  const last = revisions.at(-1);
  const name = nameIn(key);
  if (last === undefined) {
    throw new Refusal(`uninstall: Release not loaded: ${name}: release: not found`);
  }
  put(world, key, [...revisions.slice(0, -1), { ...last, status: "uninstalling" }]);
}

/** Whether an operation on a release runs or was killed, so that Helm refuses every upgrade. */
export function isPending({ status }: Pick<Revision, "status">): boolean {
  return status.startsWith("pending-");
}

/** Returns the revisions of a release, oldest first; none for one that isn't there. */
export function revisionsOf(thing: Thing | undefined): readonly Revision[] {
  return (thing?.revisions ?? []) as readonly Revision[];
}

/** Merges values as Helm and the provider do: the second ones win, and nothing goes. */
export function mergedMaps(first: Properties, second: Properties): Properties {
  const merged: Record<string, unknown> = { ...first };
  for (const [key, value] of Object.entries(second)) {
    const old = merged[key];
    merged[key] = isMapping(old) && isMapping(value) ? mergedMaps(old, value) : value;
  }
  return merged;
}

function deployed(revisions: readonly Revision[]): Revision[] {
  return revisions.map((revision, index) => {
    if (index === revisions.length - 1) return { ...revision, status: "deployed" };
    const ends = revision.status === "deployed" || isPending(revision);
    return ends ? { ...revision, status: "superseded" } : revision;
  });
}

function put(world: World, key: string, revisions: readonly Revision[], identity?: Identity): void {
  const { inputs: properties = {} } = revisions.at(-1) ?? {};
  world.put({ ...world.get(key), key, properties, revisions, ...(identity && { identity }) });
}

function nameIn(key: string): string {
  return key.split("/").at(-1) ?? key;
}
