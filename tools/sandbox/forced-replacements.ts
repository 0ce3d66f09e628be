import * as fs from "node:fs";
import * as path from "node:path";

/** What a provider does where it can't change a resource in scope. */
export interface ForcedReplacement {
  /** Where the provider's source says so. */
  readonly source: string;
  /** Names of the inputs that can't be changed in scope. */
  readonly inputs: readonly string[];
  /** Whether the provider has the old resource deleted before the new one is made. Default: after it. */
  readonly deleteBeforeReplace?: boolean;
}

/** The providers' own sources, copied by hand: never what this repository predicts with. */
const FILE = path.join(__dirname, "../../test/fixtures/forced-replacements.json");

/** What forces the replacement of a resource, by Pulumi's type token. */
export const FORCED_REPLACEMENTS = (
  JSON.parse(fs.readFileSync(FILE, "utf8")) as {
    types: Readonly<Record<string, ForcedReplacement>>;
  }
).types;
