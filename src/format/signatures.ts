import type { CheckedSignatures, TakenBack } from "../app/verify/check-signatures";
import type { RefreshedRoot } from "../app/verify/refresh-root";
import { printable } from "../core/printable";
import { code, escaped } from "./markdown";
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

/** Returns the message of a commit that brings newer trust roots: its title, an empty line, and what becomes of evidence. */
export function formatNewerRoot({ files, roots, lost, unknown }: RefreshedRoot): string {
  const renewed = files.size - roots.length;
  return [
    `trust: take the newer ${roots.length === 1 ? "trust root" : "trust roots"}`,
    "",
    `${roots.map(code).join(" and ")} as its TUF repository has it today. ${
      renewed === 0
        ? "No record changes."
        : `${count(renewed, "record")} in evidence/ verified with it, and changed with it.`
    }`,
    ...listed("It lets these signatures count no more, which the trust root of today does:", lost),
    ...listed("What isn't known:", unknown),
  ].join("\n");
}

function listed(title: string, items: readonly string[]): string[] {
  return items.length === 0 ? [] : ["", title, "", ...items.map((item) => `- ${escaped(item)}`)];
}
