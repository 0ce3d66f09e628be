import type { StoredManifest } from "../../src/core/prune";
import { matchesTag } from "./tags";

interface Rule {
  readonly rulePriority: number;
  readonly selection: {
    readonly tagStatus: "tagged" | "untagged" | "any";
    readonly tagPatternList?: readonly string[];
    readonly countType: "imageCountMoreThan" | "sinceImagePushed";
    readonly countNumber: number;
  };
}

/**
 * Returns the digests that a lifecycle policy of ECR expires: each rule takes the images that match it and no rule
 * before it, and of these the oldest above a number, or those above an age in days.
 * https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html
 */
export function expiredBy(
  policy: string,
  manifests: readonly StoredManifest[],
  now: Date,
): Set<string> {
  const { rules } = JSON.parse(policy) as { rules: Rule[] };
  const expired = new Set<string>();
  let open = [...manifests];
  for (const { selection } of rules.sort((a, b) => a.rulePriority - b.rulePriority)) {
    const own = open.filter(({ tags }) => matches(selection, tags));
    const taken = new Set(own);
    open = open.filter((manifest) => !taken.has(manifest));
    own.sort((a, b) => timeOf(b) - timeOf(a));
    const { countType, countNumber } = selection;
    const ends =
      countType === "imageCountMoreThan"
        ? own.slice(countNumber)
        : own.filter((one) => now.getTime() - timeOf(one) > countNumber * 86_400_000);
    for (const { digest } of ends) expired.add(digest);
  }
  return expired;
}

function matches(
  { tagStatus, tagPatternList = [] }: Rule["selection"],
  tags: readonly string[],
): boolean {
  if (tagStatus === "any") return true;
  if (tagStatus === "untagged" || tags.length === 0) {
    return tagStatus === "untagged" && tags.length === 0;
  }
  return tagPatternList.every((pattern) => tags.some((tag) => matchesTag(pattern, tag)));
}

function timeOf({ pushedAt }: StoredManifest): number {
  return pushedAt?.getTime() ?? 0;
}
