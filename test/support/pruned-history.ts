import type { HistoryEntry } from "../../src/adapters/git/history";
import type { StoredManifest } from "../../src/core/prune";
import type { Dice } from "./random-history";
import { definition, shopFiles } from "./shop";
import { changeAt } from "./world";

const HOUR = 3_600_000;
const STACKS = ["testing", "staging", "production"] as const;
const SERVICES = ["catalog", "orders"] as const;

/** A pin as the simulation means it: the bytes that a stack ran. */
export interface Ran {
  readonly service: string;
  readonly stack: string;
  /** As it is pinned. */
  readonly text: string;
  /** The index that a tag of this version was of, when it was pinned. */
  readonly digest: string;
}

/** A repository that has run for a while: its files, its history, and its images. */
export interface Simulated {
  readonly files: Record<string, string>;
  readonly histories: Record<string, HistoryEntry[]>;
  /** By service. */
  readonly images: ReadonlyMap<string, readonly StoredManifest[]>;
  /** What each stack ran of each service, oldest first; the last one runs now. */
  readonly ran: ReadonlyMap<string, readonly Ran[]>;
  readonly now: Date;
}

interface Image {
  readonly tag: string;
  readonly digest: string;
}

/**
 * Returns what some months of pushes, bumps, promotions and rollbacks leave behind. Every image is an index of two
 * platforms, some of them shared and some in an index of their own; some are signed, by a referrer or by a tag, and
 * some signatures as well. Mutable tags move.
 */
export function simulated(dice: Dice): Simulated {
  let time = Date.UTC(2026, 0, 1);
  let number = 0;
  const digest = (): string => {
    return `sha256:${dice.below(1 << 30).toString(16)}${(++number).toString(16).padStart(16, "0")}`.padEnd(
      71,
      "0",
    );
  };
  const images = new Map<string, StoredManifest[]>(SERVICES.map((name) => [name, []]));
  const pushed = new Map<string, Image[]>(SERVICES.map((name) => [name, []]));
  const ran = new Map<string, Ran[]>();
  const histories: Record<string, HistoryEntry[]> = { testing: [], staging: [], production: [] };
  const push = (service: string): void => {
    const own = images.get(service) ?? [];
    const before = pushed.get(service) ?? [];
    const version = `v1.${before.length}.0`;
    const commit = dice
      .below(1 << 30)
      .toString(16)
      .padEnd(40, "e");
    const tag = dice.one([
      version,
      version,
      version,
      commit,
      `${version}-rc.1`,
      `v1.${dice.below(3)}.0-daily`,
    ]);
    const pushedAt = new Date(time);
    const add = (more: Partial<StoredManifest>): StoredManifest => {
      const manifest = { digest: digest(), tags: [], bytes: 1, pushedAt, children: [], ...more };
      own.push(manifest);
      return manifest;
    };
    const old = own.find(({ tags }) => tags.includes(tag));
    if (old !== undefined)
      own[own.indexOf(old)] = { ...old, tags: old.tags.filter((one) => one !== tag) };
    const shared = dice.once(4)
      ? own.find(({ children }) => children.length > 0)?.children[0]
      : undefined;
    const children = [shared ?? add({}).digest, add({}).digest];
    const tags = dice.once(6) ? [tag, `${version}-daily`] : [tag];
    const isNested = dice.once(5);
    const parts = isNested ? [add({ children }).digest] : children;
    const index = add({ tags, children: parts, ...(isNested && { indexes: parts }) });
    before.push({ tag, digest: index.digest });
    const signed = dice.one([index.digest, children[1] ?? index.digest]);
    if (dice.once(2)) {
      const signature = add({ subject: signed });
      if (dice.once(4)) add({ subject: signature.digest });
    }
    if (dice.once(3)) add({ tags: [`${signed.replace(":", "-")}.sig`] });
  };
  const pin = (stack: string, service: string, image: Image): void => {
    const key = `${stack} ${service}`;
    const past = ran.get(key) ?? [];
    // What may move is pinned with its digest, as the rules demand.
    const needsDigest = !/^v1\.\d+\.0(?:-rc\.1)?$/.test(image.tag);
    const text = needsDigest || dice.once(2) ? `${image.tag}@${image.digest}` : image.tag;
    const last = past.at(-1)?.text;
    if (last === text) return;
    past.push({ service, stack, text, digest: image.digest });
    ran.set(key, past);
    const at = new Date(time).toISOString();
    histories[stack]?.unshift(changeAt(at, stack, service, [last ?? null, text]));
  };
  for (const service of SERVICES) {
    push(service);
    const [first] = pushed.get(service) ?? [];
    if (first !== undefined) for (const stack of STACKS) pin(stack, service, first);
  }
  const steps = 20 + dice.below(120);
  for (let step = 0; step < steps; step++) {
    time += dice.below(72) * HOUR;
    const service = dice.one(SERVICES);
    const all = pushed.get(service) ?? [];
    if (dice.once(2)) push(service);
    const stack = dice.one(STACKS);
    // Mostly the newest, sometimes back to any that was there.
    if (!dice.once(3))
      pin(stack, service, dice.once(5) ? dice.one(all) : (all.at(-1) ?? dice.one(all)));
  }
  return {
    files: filesOf(ran),
    histories,
    images,
    ran,
    now: new Date(time + dice.below(90 * 24) * HOUR),
  };
}

function filesOf(ran: ReadonlyMap<string, readonly Ran[]>): Record<string, string> {
  const pins = Object.fromEntries(
    STACKS.map((stack) => [
      stack,
      SERVICES.map(
        (service) => `${service}: "${ran.get(`${stack} ${service}`)?.at(-1)?.text ?? ""}"`,
      ),
    ]),
  );
  const kinds = "[release, prerelease, commit, tag]";
  const environments = `environments:
  testing: { accepts: ${kinds} }
  staging: { from: testing, accepts: ${kinds} }
  production: { from: staging, accepts: ${kinds} }
`;
  return shopFiles({ list: SERVICES.map((name) => definition(name)).join(""), pins, environments });
}

/**
 * Returns what Kayron's own clean-up leaves of a repository, after so many runs of one an hour: for each kind of tag,
 * commits and versions, of the images with exactly one tag all but the ten newest go, five in a run, the parts of an
 * index first (pkg/worker/handler/image of Kayron 0.5.3). It knows nothing of what runs.
 */
export function cleanedByKayron(
  manifests: readonly StoredManifest[],
  runs: number,
): StoredManifest[] {
  let left = [...manifests];
  let before: number | undefined;
  for (let run = 0; run < runs && left.length !== before; run++) {
    before = left.length;
    for (const kind of [/^[0-9a-f]{40}$/, /^v/]) {
      const own = left.filter(({ tags }) => tags.length === 1 && kind.test(tags[0] ?? ""));
      own.sort((a, b) => (b.pushedAt?.getTime() ?? 0) - (a.pushedAt?.getTime() ?? 0));
      const gone = own.slice(10).slice(-5);
      const digests = new Set(gone.flatMap(({ digest, children }) => [...children, digest]));
      left = left.filter(({ digest }) => !digests.has(digest));
    }
  }
  return left;
}
