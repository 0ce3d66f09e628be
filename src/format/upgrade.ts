import { createTwoFilesPatch } from "diff";
import type { Upgrade } from "../app/init";
import type { FileChange } from "../core/init/upgrade";
import { count } from "./text";

const WHOSE: Readonly<Record<NonNullable<FileChange["edited"]>, string>> = {
  changed: "you edited it",
  removed: "you removed it",
  own: "it is your own",
};

/** Returns what an upgrade changes of generated files, as diffs. */
export function formatUpgrade({ changes }: Upgrade): string[] {
  return changes.flatMap(({ file, from = "", to = "", edited }) => {
    const whose = edited === undefined ? "" : ` (${WHOSE[edited]}; change it yourself)`;
    const what = from === "" ? "is new" : to === "" ? "is no longer generated" : "changes";
    const patch = createTwoFilesPatch(file, file, from, to, undefined, undefined, { context: 2 });
    return [`${file} ${what}${whose}`, patch.slice(patch.indexOf("@@")).trimEnd()];
  });
}

/** Returns how many files an upgrade writes, and how many it leaves alone. */
export function formatUpgradeSummary({ from, to, changes }: Upgrade): string {
  const own = changes.filter(({ edited }) => edited !== undefined).length;
  return `${from} -> ${to}: ${count(changes.length - own, "file")} to write, ${count(own, "file")} of yours`;
}
