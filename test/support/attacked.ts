import assert from "node:assert/strict";
import { releases } from "./cli";
import type { GitFolder } from "./git";
import { digestOf } from "./model";
import { shop, type Shop } from "./shop";

/** The bytes of nobody. */
export const EVIL_DIGEST = digestOf("e");
/** What an attacker wants production to run: a version that ran nowhere. */
export const EVIL = `v9.9.9@${EVIL_DIGEST}`;
/** What production runs of each service. */
export const RUNS = `v1.0.0@${digestOf("a")}`;
/** A freeze that is on. */
export const FREEZE = "freeze: [{ from: 2020-01-01, until: 2099-01-01, reason: the holidays }]";

/** Returns a time some days ago. */
export function daysAgo(days: number): { at: string } {
  return { at: new Date(Date.now() - days * 24 * 3_600_000).toISOString() };
}

/** Returns a promotion path that soaks for a day and demands digests at its end. */
export function strictPath(
  ends: Partial<Record<"testing" | "staging" | "production", string>> = {},
): string {
  const more = (name: keyof typeof ends): string => (ends[name] ? `, ${ends[name]}` : "");
  return `environments:
  testing: { accepts: [release, prerelease]${more("testing")} }
  staging: { from: testing, accepts: [release]${more("staging")} }
  production: { from: staging, accepts: [release], digest: required, soak: 24h${more("production")} }
`;
}

/** Returns a repository that has run for ten days, the commit of which is the tag `base`. */
export function attacked(values: Shop = {}): GitFolder {
  const folder = shop({
    environments: strictPath(),
    pins: { production: [`catalog: ${RUNS}`, `orders: ${RUNS}`] },
    ...daysAgo(10),
    ...values,
  });
  folder.git("tag", "base");
  return folder;
}

/** Replaces a text of a file, which must be there. */
export function edit(folder: GitFolder, file: string, from: string | RegExp, to: string): void {
  const before = folder.read(file);
  const after = before.replace(from, () => to);
  assert.notEqual(after, before, `${file} doesn't have ${from.toString()}`);
  folder.write(file, after);
}

/** Pins the attacker's version of catalog in a stack's config. */
export function pinEvil(folder: GitFolder, stack = "production"): void {
  edit(folder, `Pulumi.${stack}.yaml`, /catalog: .*/, `catalog: ${EVIL}`);
}

/** A verdict that isn't a plain pass, as `plan --since --json` prints it. */
interface Verdict {
  readonly gate: string;
  readonly service: string;
  readonly reason: string;
}

/** What `plan --since --json` says of a change. */
export interface Judged {
  readonly code: number | null;
  readonly stderr: string;
  readonly path: readonly string[];
  readonly stacks: Readonly<
    Record<
      string,
      {
        readonly moves: readonly { name: string; from: string | null; to: string | null }[];
        readonly changes: readonly { op: string; type: string; name: string }[];
        readonly refused: readonly Verdict[];
        readonly pending: readonly Verdict[];
      }
    >
  >;
}

/**
 * Returns what the gates say of a change, through the command line.
 * @param names of stacks whose plans are made; by default all
 */
export async function judged(
  folder: GitFolder,
  since = "base",
  ...names: readonly string[]
): Promise<Judged> {
  const run = await releases(folder.path, "plan", ...names, "--since", since, "--json");
  assert.notEqual(run.stdout, "", run.stderr);
  const { path, stacks } = JSON.parse(run.stdout) as Pick<Judged, "path" | "stacks">;
  return { code: run.code, stderr: run.stderr, path, stacks };
}

/** A gate, the service that it refuses, and why. */
export type Refusal = readonly [gate: string, service: string, reason: RegExp];

/** Asserts that a change is refused in one stack by exactly these gates, for these reasons. */
export async function assertRefused(
  folder: GitFolder,
  expected: readonly Refusal[],
  { stack = "production", since = "base" } = {},
): Promise<Judged> {
  const found = await judged(folder, since, stack);
  const refused = found.stacks[stack]?.refused ?? [];
  assert.deepEqual(
    refused.map(({ gate, service }) => `${gate} ${service}`),
    expected.map(([gate, service]) => `${gate} ${service}`),
    JSON.stringify(refused, undefined, 2),
  );
  expected.forEach(([, , reason], index) => assert.match(refused[index]?.reason ?? "", reason));
  assert.equal(found.code, 1);
  return found;
}
