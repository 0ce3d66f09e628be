import type { CheckedSignatures, TakenBack } from "../app/check-signatures";
import { printable } from "../core/printable";
import { code } from "./markdown";
import { count } from "./text";

/** Returns what isn't signed as it is demanded, two lines each; an empty text where everything is. */
export function formatLost({ lost }: Pick<CheckedSignatures, "lost">): string {
  return lost
    .flatMap(({ service, version, mode, by, reason, demands }) => [
      `${service} ${version} (${mode}): ${reason}`,
      `  ${by} demands ${demands}`,
    ])
    .map(printable)
    .join("\n");
}

/** Returns the message of a commit that takes evidence back: its title, an empty line, and a list in Markdown. */
export function formatTakenBack(taken: readonly TakenBack[]): string {
  const items = taken.map(({ name, digest, bundles, text }) => {
    const what = text === undefined ? "the whole record" : count(bundles.length, "proof");
    return `- ${code(name)} ${code(digest)}: ${what}`;
  });
  return [
    `evidence: take back what ${count(taken.length, "record")} said`,
    "",
    "The registries and GitHub were asked again. These signatures are gone, or the trust root and the policy of today don't let them count:",
    "",
    ...items,
  ].join("\n");
}
