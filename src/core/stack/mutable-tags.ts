import { isMutableTagPattern } from "../limits";
import type { Service } from "../list/service";
import { asMapping } from "../mapping";
import { MUTABLE_TAGS } from "../tag-pattern";
import { Commit, type Pin } from "../version";
import { imageTag } from "./helm-values";
import type { StackConfig } from "./plan";

/** Returns the first pattern that a tag, or a pattern of tags, matches; undefined for a tag that never moves. */
export function mutablePattern(
  tag: string,
  patterns: readonly string[] = MUTABLE_TAGS,
): string | undefined {
  return patterns.find((pattern) => expressionOf(pattern).test(tag));
}

/** ECR's wildcard: `*` is any text. */
function expressionOf(pattern: string): RegExp {
  const parts = pattern.split("*").map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`);
}

/**
 * Returns the patterns of tags that may move in a registry of some stacks, each once: a name that moves in one is
 * trusted in none. They are those that stack configs say, and the default ones where none says any.
 */
export function mutableTagsOf(
  stacks: Iterable<{ readonly values: Readonly<Record<string, unknown>> }>,
): readonly string[] {
  const said = [...stacks].flatMap(({ values }) => {
    const { mutableTags } = asMapping(values["registry"]);
    return Array.isArray(mutableTags) ? [mutableTags as readonly unknown[]] : [];
  });
  if (said.length === 0) return MUTABLE_TAGS;
  return [...new Set(said.flat().filter(isPattern))];
}

/** Returns a stack's config with the tags that may move; its registry has them where its file says none. */
export function withMutableTags(
  config: StackConfig,
  { values }: { readonly values: Readonly<Record<string, unknown>> },
  mutableTags: readonly string[],
): StackConfig {
  const { registry } = config;
  const says = asMapping(values["registry"])["mutableTags"] !== undefined;
  if (registry === undefined || registry.role === "shared" || says)
    return { ...config, mutableTags };
  return { ...config, mutableTags, registry: { ...registry, mutableTags } };
}

function isPattern(value: unknown): value is string {
  return typeof value === "string" && isMutableTagPattern(value);
}

/** Returns the endings of mutable tags that begin as they like, such as `-test` of `*-test`: what GitHub's rules take. */
export function mutableEndings(patterns: readonly string[] = MUTABLE_TAGS): string[] {
  return patterns.flatMap((pattern) => /^\*([^*]+)$/.exec(pattern)?.[1] ?? []);
}

/** A tag that may move, and the pattern that says so. */
export interface MutableTag {
  readonly tag: string;
  readonly pattern: string;
}

/**
 * Returns the tag of a service's version that may move, that of its image or that of its release; undefined where
 * neither does. A commit names what it names.
 */
export function mutableTagOf(
  service: Service,
  version: Pin["version"],
  { mutableTags }: Pick<StackConfig, "mutableTags">,
): MutableTag | undefined {
  if (version instanceof Commit) return undefined;
  const image = service.docker === undefined ? [] : [imageTag(service, version)];
  for (const tag of [version.text, ...image]) {
    const pattern = mutablePattern(tag, mutableTags);
    if (pattern !== undefined) return { tag, pattern };
  }
  return undefined;
}
