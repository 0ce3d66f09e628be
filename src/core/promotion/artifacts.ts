import type { RegistryAccess } from "../stack/plan";

/** One image repository of a service, and what registries know of it. */
export interface ImageFacts {
  /** The repository that the upstream environment pulls from, without a tag. */
  readonly source: string;
  readonly sourceTag: string;
  /** The repository that the environment itself pulls from, without a tag. */
  readonly target: string;
  readonly targetTag: string;
  /** The digest that runs upstream; absent where neither a pin nor a registry has it. */
  readonly digest?: string;
  readonly inSource: boolean;
  readonly inTarget: boolean;
  /** The digest that the target's tag already has. */
  readonly tagged?: string;
  /** Roles to assume: to read the source, and to write the target. */
  readonly assume?: RegistryAccess;
}

/** One image of a promotion, and the action that brings it to the target. */
export interface Artifact {
  readonly service: string;
  /** `tag`: the target has the bytes and gets the tag. `copy`: it gets both, from the source. */
  readonly action: "none" | "tag" | "copy";
  /** By digest. */
  readonly source: string;
  /** By tag. */
  readonly target: string;
  readonly digest: string;
  /** Roles to assume: to read the source, and to write the target. Absent where neither end names one. */
  readonly assume?: RegistryAccess;
}

/** The action for an image, or the problem that prevents it. */
export type ImageEvidence = Artifact | { readonly problem: string };

/** Returns the action after which the target has the source's bytes under its tag. */
export function artifactOf(service: string, facts: ImageFacts): ImageEvidence {
  const { source, sourceTag, target, targetTag, digest, inSource, inTarget, tagged, assume } =
    facts;
  if (digest === undefined) {
    return { problem: `${source} has no tag ${sourceTag}; push the image, or pin a digest` };
  }
  if (!inTarget && !inSource) {
    return { problem: `neither ${source} nor ${target} has ${digest}; push the image again` };
  }
  if (tagged !== undefined && tagged !== digest) {
    const problem = `${target}:${targetTag} is ${tagged} already, and this is ${digest}; release it under another version`;
    return { problem };
  }
  const action = !inTarget ? "copy" : tagged === undefined ? "tag" : "none";
  return {
    service,
    action,
    source: `${source}@${digest}`,
    target: `${target}:${targetTag}`,
    digest,
    ...(assume && { assume }),
  };
}
