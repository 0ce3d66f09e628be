import assert from "node:assert/strict";
import { prune, removePlanned } from "../../../src/app/prune/prune";
import { subjectOfTag, type StoredManifest } from "../../../src/core/prune";
import { cleanedByKayron, simulated, type Ran, type Simulated } from "../../support/pruned-history";
import { Dice } from "../../support/random-history";
import { listener, worldOf } from "../../support/world";

const SEED = Number(process.env["SEED"] ?? Date.now() % 1_000_000_007);
const HISTORIES = Number(process.env["HISTORIES"] ?? 1000);
const DAY = 86_400_000;
const DEPTH = 3;
const MINIMUM_AGE = 30 * DAY;

const nameOf = (service: string): string => `ghcr.io/acme/${service}`;

/** What has to be there: what runs, and of what ran the last different ones. Imports nothing of the program. */
function needed({ ran }: Simulated): { runs: Ran[]; recent: Ran[] } {
  const [runs, recent]: [Ran[], Ran[]] = [[], []];
  for (const past of ran.values()) {
    const seen: string[] = [];
    for (const one of [...past].reverse()) {
      if (seen.length === 0) runs.push(one);
      if (!seen.includes(one.text)) seen.push(one.text);
      if (seen.length > DEPTH + 1) break;
      recent.push(one);
    }
  }
  return { runs, recent };
}

/** Returns what of a pinned image is gone: it, its parts, or what signs one of them. */
function lostOf(
  { digest, text }: Ran,
  before: readonly StoredManifest[],
  after: readonly StoredManifest[],
): string[] {
  const left = new Map(after.map((manifest) => [manifest.digest, manifest]));
  const index = before.find((manifest) => manifest.digest === digest);
  assert.ok(index);
  const all = new Map(before.map((manifest) => [manifest.digest, manifest]));
  const referring = before.filter(
    ({ tags, subject }) => subject !== undefined || tags.some((tag) => subjectOfTag(tag)),
  );
  const parts = new Set([digest]);
  for (const one of parts) {
    for (const child of all.get(one)?.children ?? []) parts.add(child);
    for (const { tags, subject, digest: other } of referring) {
      if (subject === one || tags.some((tag) => subjectOfTag(tag) === one)) parts.add(other);
    }
  }
  const gone = [...parts].filter((one) => !left.has(one));
  const [tag = ""] = text.split("@");
  const hadTag = index.tags.includes(tag);
  return hadTag && left.get(digest)?.tags.includes(tag) !== true ? [...gone, tag] : gone;
}

describe(`prune, on ${HISTORIES} generated histories (SEED=${SEED})`, function () {
  it("deletes nothing that a stack runs or may go back to, where Kayron's clean-up does", async () => {
    let [deleted, broken, lost] = [0, 0, 0];
    for (let index = 0; index < HISTORIES; index++) {
      const seed = SEED + index;
      const one = simulated(new Dice(seed));
      const { files, histories, images, now } = one;
      const stored = Object.fromEntries([...images].map(([name, own]) => [nameOf(name), own]));
      // Each fourth in a registry that lists what has a tag alone, and tells no times.
      const listsTagged = index % 4 === 3;
      const world = worldOf({
        files,
        git: { histories },
        stored,
        listsTagged,
        github: null,
        now: now.toISOString(),
      });
      const request = {
        services: [],
        minimumAge: MINIMUM_AGE,
        depth: DEPTH,
        takesUnknownAge: listsTagged,
      };
      const plan = await prune(world, request, listener());
      const pruned = await removePlanned(world, plan, listener());
      assert.equal(pruned.stopped, undefined, `seed ${seed}`);
      deleted += pruned.deleted.length;
      const { runs, recent } = needed(one);
      for (const pin of recent) {
        const before = images.get(pin.service) ?? [];
        const after = world.stored.get(nameOf(pin.service)) ?? [];
        assert.deepEqual(lostOf(pin, before, after), [], `seed ${seed}: ${pin.stack} ${pin.text}`);
      }
      for (const { repository, manifest } of pruned.deleted) {
        if (listsTagged) continue;
        const age = now.getTime() - (manifest.pushedAt?.getTime() ?? 0);
        assert.ok(age >= MINIMUM_AGE, `seed ${seed}: ${repository} ${manifest.tags.join(" ")}`);
      }
      const cleaned = new Map(
        [...images].map(([service, own]) => [service, cleanedByKayron(own, 24 * 30)]),
      );
      const losses = runs.filter((pin) => {
        const before = images.get(pin.service) ?? [];
        return lostOf(pin, before, cleaned.get(pin.service) ?? []).length > 0;
      });
      lost += losses.length;
      if (losses.length > 0) broken++;
    }
    console.log(
      `      ${deleted} manifests went; Kayron's clean-up takes ${lost} images that run, in ${broken} of ${HISTORIES} histories`,
    );
    assert.ok(deleted > HISTORIES, `${deleted} deleted`);
    assert.ok(broken > 0, "Kayron's clean-up deletes something that runs");
  });
});
