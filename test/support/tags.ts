/** Whether a mutable tag pattern, in which `*` matches any text, matches one given tag. */
export function matchesTag(mutable: string, tag: string): boolean {
  const parts = mutable.split("*").map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`).test(tag);
}
