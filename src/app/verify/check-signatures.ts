import type { StackPlan } from "../../core/stack/plan";
import { formatPin } from "../../core/version";
import { formatPolicy, type Policy } from "../../core/verify/policy";
import { parseRecord, recordFile, recordWithout, formatRecord } from "../../core/verify/record";
import type { EnvironmentState } from "../environment-state";
import type { EnvironmentReader } from "../environments";
import type { Reporter } from "../reporter";
import { judgedBySides, type Side } from "./sides";
import { attestingRepository } from "./signatures";
import { readerOf } from "./trust";
import type { World } from "../world";

/** What a stack pins that isn't signed as it is demanded. */
export interface LostSignature {
  readonly service: string;
  readonly version: string;
  readonly mode: Policy["mode"];
  /** The tree whose policy and trust root refuse it: a ref, or `the working tree`. */
  readonly by: string;
  readonly reason: string;
  /** What is demanded, in words. */
  readonly demands: string;
}

/** What the signatures of a stack prove today. */
export interface CheckedSignatures {
  readonly stack: string;
  readonly lost: readonly LostSignature[];
  /** By each digest that was asked about, the bundles that count by the policy and trust root of the working tree. */
  readonly bundles: Readonly<Record<string, readonly string[]>>;
}

/** A file of evidence that holds no more, wholly or in part. */
export interface TakenBack {
  readonly file: string;
  /** What it is a record of. */
  readonly name: string;
  readonly digest: string;
  /** Bundles that don't count any more. */
  readonly bundles: readonly string[];
  /** Repositories on GitHub that had some of them. */
  readonly repositories: readonly string[];
  /** The text without these; undefined where nothing is left. */
  readonly text: string | undefined;
}

const TREE = "the working tree";

/**
 * Asks for the signatures of what a stack runs, as declared at its environment's ref and in the working tree, whatever
 * was recorded. They have to be as both trees demand, with the trust root of each.
 * @throws ReleasesError of kind `outside` when a registry or GitHub can't be asked
 */
export async function checkSignatures(
  world: World,
  reader: EnvironmentReader,
  state: EnvironmentState,
  stack: string,
  report: Reporter,
): Promise<CheckedSignatures> {
  const declared = state.plans.find(({ config }) => config.stack === stack);
  const tree = reader
    .inWorkingTree(state.environment)
    .plans.find(({ config }) => config.stack === stack);
  const ref = state.ref?.ref.name ?? TREE;
  const lost = new Map<string, LostSignature>();
  const bundles = new Map<string, Set<string>>();
  for (const plan of new Set([declared, tree])) {
    if (plan === undefined) continue;
    const today = sideIn(world, reader, plan, tree);
    const there = state.ref === undefined ? today : sideAt(world, state.ref.commit, plan, declared);
    const running = { ...plan, list: reader.current.list };
    const found = await judgedBySides(world, running, [today, there], report);
    for (const { side, deployment, policy, pass, reason, subjects } of found) {
      if (!pass) {
        const [by, version] = [side === today ? TREE : ref, formatPin(deployment)];
        const { name: service } = deployment.service;
        const { mode } = policy;
        const one = { service, version, mode, by, reason, demands: formatPolicy(policy) };
        lost.set(JSON.stringify(one), one);
      }
      if (side !== today) continue;
      for (const { subject, counted } of subjects) {
        const known = bundles.get(subject.digest) ?? new Set();
        bundles.set(subject.digest, known);
        for (const { bundle } of counted) known.add(bundle);
      }
    }
  }
  return {
    stack,
    lost: [...lost.values()],
    bundles: Object.fromEntries([...bundles].map(([digest, known]) => [digest, [...known].sort()])),
  };
}

/** Returns what the working tree says of the signatures of a plan, of whichever tree that is. */
function sideIn(
  { files }: World,
  { current, environments }: EnvironmentReader,
  { config }: StackPlan,
  tree: StackPlan | undefined,
): Side {
  return {
    environments,
    environment: config.environment,
    owner: (tree?.config ?? config).githubOwner,
    list: tree?.list ?? current.list,
    read: readerOf(files),
  };
}

/** Returns the same of the tree at a ref. */
function sideAt(
  { git }: World,
  commit: string,
  { config }: StackPlan,
  declared: StackPlan | undefined,
): Side {
  return {
    environments: declared?.environments,
    environment: config.environment,
    owner: (declared?.config ?? config).githubOwner,
    list: declared?.list ?? [],
    read: (file) => git.textAt(commit, file),
  };
}

/**
 * Returns what the working tree has recorded that doesn't count any more for any of the stacks that were asked about.
 * A record of what no stack runs stays as it is: nobody asked about it.
 */
export function takenBack(
  { files }: Pick<World, "files">,
  checked: readonly Pick<CheckedSignatures, "bundles">[],
): TakenBack[] {
  const counted = new Map<string, Set<string>>();
  for (const [digest, bundles] of checked.flatMap((one) => Object.entries(one.bundles))) {
    counted.set(digest, new Set([...(counted.get(digest) ?? []), ...bundles]));
  }
  const read = readerOf(files);
  return [...counted].sort().flatMap(([digest, bundles]) => {
    const file = recordFile(digest);
    const record = parseRecord(read(file) ?? "", digest);
    if (record === undefined) return [];
    const gone = record.proofs.filter(({ bundle }) => !bundles.has(bundle));
    if (gone.length === 0) return [];
    const left = recordWithout(record, (bundle) => bundles.has(bundle));
    const text = left && formatRecord(left);
    const { name } = record;
    const lost = [...new Set(gone.map(({ bundle }) => bundle))].sort();
    const repositories = gone.flatMap(({ place }) => attestingRepository(place) ?? []);
    return { file, name, digest, bundles: lost, repositories: [...new Set(repositories)], text };
  });
}
