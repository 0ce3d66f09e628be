/**
 * Importing this leaves out the pauses that Octokit makes between writes, a second and more each: GitHub asks
 * for them, and what stands in for GitHub here doesn't.
 */
import { createRequire } from "node:module";

interface Limiter {
  readonly _store: { readonly storeOptions: { minTime: number } };
}

type LimiterOf = (this: unknown, name: string) => Limiter;

interface Limiters {
  readonly Group: { readonly prototype: { key: LimiterOf } };
}

const { prototype } = (createRequire(__filename)("bottleneck/light") as Limiters).Group;
const { key } = prototype;

prototype.key = function withoutPauses(name) {
  const limiter = key.call(this, name);
  limiter._store.storeOptions.minTime = 0;
  return limiter;
};
