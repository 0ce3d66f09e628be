/** `npm run gates`: writes the table of gates into docs/promotion.md. */
import * as fs from "node:fs";
import * as path from "node:path";
import { PROGRAM } from "../src/app/open";
import type { Gate, GateName, Intent } from "../src/core/promotion/gate";
import { GATES } from "../src/core/promotion/gates";
import { tableOf, withSection } from "./section";

/** The document that holds the table. */
export const GATES_DOCUMENT = path.join(PROGRAM, "docs/promotion.md");

/** What each gate refuses, as readers of the document see it. */
const REFUSES: Readonly<Record<GateName, string>> = {
  path: "a change that takes environments.yaml away, or starts from one that can't be read",
  rejected: "a version that `rejected` of environments.yaml names",
  accepted:
    "a release, a commit or an image's own tag that the environment's `accepts` doesn't have",
  prerelease: "a pre-release, where `accepts` doesn't have `prerelease`",
  digest: "a pin without a digest, where `digest: required`",
  requires:
    "a service whose `requires` the versions there don't satisfy, once the whole set has moved",
  "required-by": "a version that a service there refuses by its `requires`",
  hold: "a service that is held, or suspended by its definition",
  order: "a version that didn't run in each environment of `from`, or nobody knows whether it did",
  soak: "a version that has been running upstream for less than `soak`",
  checks: "a version that runs upstream at a commit on which not all `checks` are green",
  freeze: "every change during a `freeze`; a rollback passes",
  downgrade:
    "a lower version than the one that runs; without an order, one that was replaced there",
  "same-digest": "other bytes than those upstream, or other bytes under the version that runs",
  artifact:
    "an image that neither registry has, or whose tag has other bytes in the target; a chart that isn't there, or has other bytes",
  release: "a version without a GitHub release, or one without its files",
  verified: "what isn't signed as `verify` demands, where its mode is `require`",
};

/** The commands that gates judge, each by the intent of its candidates. */
const COMMANDS: Readonly<Record<string, (gate: Gate) => boolean>> = {
  lint: judges("inspection"),
  bump: judges("bump"),
  status: (gate) => judges("promotion")(gate) && gate.needs !== "network",
  promote: judges("promotion"),
  rollback: judges("rollback"),
};

/** Returns the document with a table of all gates, in the order in which their verdicts are printed. */
export function withGates(document: string): string {
  const rows = GATES.map((gate) => [
    `\`${gate.name}\``,
    REFUSES[gate.name],
    gate.needs,
    ...Object.values(COMMANDS).map((isJudgedBy) => (isJudgedBy(gate) ? "yes" : "")),
  ]);
  const header = ["gate", "refuses", "needs", ...Object.keys(COMMANDS)];
  return withSection(document, "gates", "gates", tableOf([header, ...rows]).join("\n"));
}

function judges(intent: Intent): (gate: Gate) => boolean {
  return ({ intents }) => intents.includes(intent);
}

if (require.main === module) {
  fs.writeFileSync(GATES_DOCUMENT, withGates(fs.readFileSync(GATES_DOCUMENT, "utf8")));
}
