/** One image repository of a service, as registries have it. */
export interface ImageFacts {
  /** Where the environment that a promotion comes from pulls: a repository without a tag. */
  readonly source: string;
  readonly sourceTag: string;
  /** Where the environment that it goes to pulls. */
  readonly target: string;
  readonly targetTag: string;
  /** What runs upstream; absent where nothing says. */
  readonly digest?: string;
  readonly inSource: boolean;
  readonly inTarget: boolean;
  /** What the target's tag means already. */
  readonly tagged?: string;
}

/** What a promotion does with one image. */
export interface Artifact {
  readonly service: string;
  /** `tag`: the target has the bytes and gets the tag. `copy`: it gets both, from the source. */
  readonly action: "none" | "tag" | "copy";
  /** By digest. */
  readonly source: string;
  /** By tag. */
  readonly target: string;
  readonly digest: string;
}

/** What is to be done with an image, or why it can't be. */
export type ImageEvidence = Artifact | { readonly problem: string };

/** Returns what a promotion must do so that the target has the source's bytes under its tag. */
export function artifactOf(service: string, facts: ImageFacts): ImageEvidence {
  const { source, sourceTag, target, targetTag, digest, inSource, inTarget, tagged } = facts;
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
  };
}
