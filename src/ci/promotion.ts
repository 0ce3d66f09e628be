import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { OutsideError, type Io } from "../cli/command";
import type { ProposedRef } from "../app/ref-change";
import type { GithubRepository } from "../adapters/github/repository";
import { commitOf } from "../adapters/git/refs";
import type { Proposal } from "../core/promotion/proposal";
import { stackOf } from "../core/stack/config";

/** What `releases promote --json` printed. */
export type Promoted = Proposal & { readonly ref?: ProposedRef };

/**
 * Opens the pull request of a promotion that the working tree has, or brings it up to date. Where a merge
 * makes the promotion, it is the merge's; a tag can only be made by hand, and how is said.
 * @param into the branch that the working tree is of
 */
export async function openPromotion(
  folder: string,
  promoted: Promoted,
  into: string,
  github: GithubRepository,
  io: Io,
): Promise<void> {
  const { moves, edits, message, ref } = promoted;
  const [title = "", ...rest] = message.split("\n");
  const body = rest.join("\n").trim();
  if (moves.length === 0) {
    io.out("Nothing to promote.");
  } else if (ref?.action === "tag") {
    io.out(`This promotion is a tag, which is made by hand:\n\n${ref.commands.join("\n")}`);
  } else if (ref?.action === "merge") {
    const merge = { branch: ref.from, into: ref.name, title, body };
    io.out(await github.proposeChange(merge));
  } else {
    const head = commitOf(folder, "HEAD");
    if (head === undefined) throw new OutsideError(`${folder} is no git repository`);
    const files = [...new Set(edits.map(({ file }) => file))];
    const branch = branchOf(promoted);
    await github.putBranch({
      ...{ name: branch, on: head, message },
      files: new Map(files.map((file) => [file, fs.readFileSync(path.join(folder, file), "utf8")])),
    });
    io.out(await github.proposeChange({ branch, into, title, body }));
  }
}

/** Returns the branch of a promotion: the same for the same services of the same file. */
function branchOf({ edits, moves }: Promoted): string {
  const [stack = ""] = edits.flatMap(({ file }) => stackOf(file) ?? []);
  const names = moves.map(({ name }) => name).sort();
  const what =
    names.length === 1
      ? names[0]
      : createHash("sha256").update(names.join(" ")).digest("hex").slice(0, SHORT_HASH);
  return `promote/${stack}/${what ?? ""}`;
}

/** As many digits as tell promotions apart that are open at the same time. */
const SHORT_HASH = 8;
