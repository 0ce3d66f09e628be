import { ask } from "./git";

/** Returns the tree that a merge of one commit into another would have; undefined when they conflict. */
export function mergedTree(folder: string, into: string, from: string): string | undefined {
  return ask(folder, ["merge-tree", "--write-tree", into, from])?.[0];
}
