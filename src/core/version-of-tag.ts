import { Version } from "./version";

/**
 * Returns the version of a tag by the pattern that it matches: v1.2.0 of `inventory-v1.2.0` and `inventory-v*`;
 * undefined where what stands for the last `*`, with a "v" and digits in front of it, isn't one. Only behind a
 * prefix may the "v" be missing.
 */
export function versionOfTag(tag: string, pattern: string): Version | undefined {
  const star = pattern.lastIndexOf("*");
  const start = /(?<![A-Za-z0-9])v?[\d.]*$/.exec(pattern.slice(0, star))?.index ?? star;
  const [before, after] = [pattern.slice(0, start), pattern.slice(star + 1)].map(expressionOf);
  const text = new RegExp(`^${before}(.*)${after}$`).exec(tag)?.[1];
  if (text === undefined) return undefined;
  return Version.parse(text.startsWith("v") || start === 0 ? text : `v${text}`);
}

/** Returns the tag of another version: `inventory-v1.2.1` of `inventory-v1.2.0`, v1.2.0 and v1.2.1. */
export function tagOfVersion(tag: string, version: Version, other: Version): string {
  const [text, next] = [version, other].map(({ text }) => text.slice(1));
  const at = tag.lastIndexOf(text ?? "");
  return tag.slice(0, at) + next + tag.slice(at + (text ?? "").length);
}

function expressionOf(pattern: string): string {
  return pattern.replaceAll(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll("*", "[^/]*");
}

/**
 * Returns the version of a tag by a definition's pattern: v1.2.0 of `inventory-v1.2.0` and `inventory-v{version}`;
 * undefined where the tag is spelled in another way.
 */
export function versionInTag(tag: string, pattern: string): Version | undefined {
  const [before = "", after = ""] = pattern.split("{version}");
  if (!tag.startsWith(before) || !tag.endsWith(after)) return undefined;
  const text = tag.slice(before.length, tag.length - after.length);
  return text.startsWith("v") ? undefined : Version.parse(`v${text}`);
}
