import type { PruneResult, ReleasesPlan, RepositoryPlan } from "../app/prune/prune";
import { goingBytes } from "../app/prune/prune";
import { bytesOf, goingOf, type StayKind, type StoredManifest } from "../core/prune";
import { shortDigest, table } from "./table";
import { count } from "./text";

/** Why manifests stay, in the order in which they are shown. */
const STAYS: Readonly<Record<StayKind, string>> = {
  runs: "runs, or ran of late",
  belongs: "belongs to what stays",
  young: "too young",
  "unknown-age": "of unknown age; --unknown-age takes it",
  channel: "the newest of a channel",
  "other-tag": "has a tag that the list doesn't spell",
  "other-subject": "refers to what isn't here",
};

/** Examples of a reason. */
const SHOWN = 3;

/** Returns a plan as people read it: of each repository what goes, what stays and why, and how much that is. */
export function prunePage(result: PruneResult): string {
  const { repositories, releases, missing, others } = result;
  const left = [
    ...missing.map((name) => `${name} doesn't exist yet.`),
    ...others.map((name) => `${name} is in the registry of no stack, so nothing of it goes.`),
  ];
  const outdated =
    releases === undefined
      ? ["GitHub wasn't asked, for want of GITHUB_TOKEN: releases of mutable channels stay."]
      : releases.map(releasesLine);
  const going = repositories.flatMap(({ plan }) => goingOf(plan));
  const total = `${count(going.length, "manifest")} ${going.length === 1 ? "goes" : "go"}, up to ${formatBytes(goingBytes(result))}: images may share layers.`;
  return [...repositories.map(repositoryPart), ...left, ...outdated, total].join("\n");
}

function releasesLine({ name, going }: ReleasesPlan): string {
  const tags = going.map(
    ({ tag, publishedAt }) => `${tag} (${publishedAt.toISOString().slice(0, 10)})`,
  );
  return `${name} on GitHub: ${count(going.length, "release")} of a mutable channel ${going.length === 1 ? "goes" : "go"}: ${tags.join(", ")}`;
}

function repositoryPart({ name, plan }: RepositoryPlan): string {
  const going = goingOf(plan);
  const rows = going.map((manifest) => [
    manifest.tags.join(" ") || "(no tag)",
    shortDigest(manifest.digest),
    manifest.pushedAt?.toISOString().slice(0, 10) ?? "",
    formatBytes(manifest.bytes),
  ]);
  const stays = Object.entries(STAYS).flatMap(([kind, text]) => {
    const found = plan.staying.filter((staying) => staying.kind === kind);
    const examples = found
      .slice(0, SHOWN)
      .map(({ manifest, reason }) => `${nameOf(manifest)} ${reason}`)
      .join("; ");
    return found.length === 0 ? [] : [[text, String(found.length), examples]];
  });
  return [
    `${name}: ${going.length} of ${going.length + plan.staying.length} go, up to ${formatBytes(bytesOf(going))}`,
    ...(rows.length === 0 ? [] : [table(["GOES", "DIGEST", "PUSHED", "SIZE"], rows)]),
    ...(stays.length === 0 ? [] : [table(["STAYS", "NUMBER", "SUCH AS"], stays)]),
    "",
  ].join("\n");
}

function nameOf({ tags, digest }: StoredManifest): string {
  return tags[0] ?? shortDigest(digest);
}

const UNITS = ["B", "kB", "MB", "GB", "TB"];

/** Returns a size in decimal units: `1.5 GB`. */
export function formatBytes(bytes: number): string {
  const power = Math.min(UNITS.length - 1, Math.max(0, Math.floor(Math.log10(bytes || 1) / 3)));
  const number = bytes / 1000 ** power;
  return `${power === 0 ? number : number.toFixed(1)} ${UNITS[power] ?? ""}`;
}
