import * as fs from "node:fs";
import * as path from "node:path";
import { z } from "zod";
import { parseJson } from "../adapters/sigstore/json-lines";
import type { GithubRepositoryApi } from "../adapters/github/repository";
import {
  checkSignatures,
  takenBack,
  type CheckedSignatures,
  type TakenBack,
} from "../app/verify/check-signatures";
import type { EnvironmentState } from "../app/environment-state";
import type { EnvironmentReader } from "../app/environments";
import { trustIssues } from "../app/verify/lint-evidence";
import type { Reporter } from "../app/reporter";
import type { World } from "../app/world";
import { isError, usageError } from "../core/error";
import { formatIssue, hasErrors, type Issue } from "../core/input/issue";
import { block } from "../format/markdown";
import { formatLost, formatTakenBack } from "../format/signatures";
import { proposeFiles, withdraw, type ProposedInto } from "./proposed-files";
import { keepIssueOf, leaveText, section, sectionOf } from "./stack-texts";

/** What jobs left of the stacks that they checked. */
const left = z.strictObject({ bundles: z.record(z.string(), z.array(z.string())) });

/**
 * Checks the signatures of a stack, and writes what was found into a folder, for `verifyAgain`: `<stack>.txt`, empty
 * where everything is signed as it is demanded, and `<stack>.json`, the bundles that count.
 * @throws ReleasesError of kind `usage` for a stack that isn't declared, of kind `outside` where it can't be checked
 */
export async function writeSignatures(
  world: World,
  reader: EnvironmentReader,
  folder: string,
  stack: string,
  report: Reporter,
): Promise<void> {
  const state = statesIn(reader).find(({ stacks }) => stacks.includes(stack))?.state;
  if (state === undefined) throw usageError(`no environment declares a stack "${stack}"`);
  const { bundles, lost } = await checkSignatures(world, reader, state, stack, report);
  leaveText(folder, stack, formatLost({ lost }));
  fs.writeFileSync(path.join(folder, `${stack}.json`), JSON.stringify({ bundles }));
}

/**
 * Keeps one issue about what is pinned and not signed as it is demanded, and proposes by pull request to take back the
 * evidence that holds no more. An open pull request is closed, with a comment, once there is nothing to take back.
 * Nothing is taken back while something couldn't be checked, or the trust root can't be
 * read: another stack, or another run, may still count it. Returns what was done, a line each.
 * @param folder what `writeSignatures` wrote of each stack; without one every stack is asked about here
 */
export async function verifyAgain(
  world: World,
  reader: EnvironmentReader,
  folder: string | undefined,
  { github, into }: ProposedInto,
  report: Reporter,
): Promise<string[]> {
  const { sections, checked, isWhole } = await checkedStacks(world, reader, folder, report);
  const issue = await keepIssueOf(SIGNATURES, sections, github);
  const taken = takenBack(world, checked);
  if (taken.length === 0) {
    // While something couldn't be checked, what was proposed may still be true.
    if (!isWhole) return [issue];
    const why = "The signatures count again: there is no evidence to take back.";
    return [issue, ...(await withdraw({ branch: TAKEN_BACK, into }, why, github))];
  }
  if (!isWhole) return [issue, "no evidence is taken back until every stack can be checked"];
  const hidden = await hiddenOf(world, taken);
  if (hidden.length > 0) {
    return [issue, `no evidence is taken back: the token may not see ${hidden.join(", ")}`];
  }
  return [issue, await propose(world, taken, into, github)];
}

/** The branch of the pull request that takes evidence back. */
const TAKEN_BACK = "evidence/taken-back";

/** What is known of all stacks. */
interface Checked {
  /** Of the issue. */
  readonly sections: readonly string[];
  readonly checked: readonly Pick<CheckedSignatures, "bundles">[];
  /** Whether everything is known that decides what counts. */
  readonly isWhole: boolean;
}

async function checkedStacks(
  world: World,
  reader: EnvironmentReader,
  folder: string | undefined,
  report: Reporter,
): Promise<Checked> {
  // Without a trust root nothing would count.
  const untrusted = trustIssues(world, reader.current).filter((issue) => hasErrors([issue]));
  const sections = issueSection("Trust", untrusted);
  const checked: Pick<CheckedSignatures, "bundles">[] = [];
  let isWhole = untrusted.length === 0;
  for (const { state, stacks } of statesIn(reader)) {
    if (state.unreadable.length > 0) isWhole = false;
    sections.push(...issueSection(state.environment.name, state.unreadable));
    for (const stack of stacks) {
      const { lines, bundles } =
        folder === undefined
          ? await checkHere(world, reader, state, stack, report)
          : readLeft(folder, stack);
      sections.push(...lines);
      if (bundles === undefined) isWhole = false;
      else checked.push({ bundles });
    }
  }
  return { sections, checked, isWhole };
}

function issueSection(title: string, issues: readonly Issue[]): string[] {
  return issues.length === 0
    ? []
    : section(title, block("text", issues.map(formatIssue).join("\n")));
}

/** Returns the repositories on GitHub whose attestations are gone because the token may not see them. */
async function hiddenOf(world: World, taken: readonly TakenBack[]): Promise<string[]> {
  const client = await world.github();
  const hidden: string[] = [];
  for (const name of new Set(taken.flatMap(({ repositories }) => repositories))) {
    if ((await client?.attestations(name).isVisible()) !== true) hidden.push(name);
  }
  return hidden;
}

const SIGNATURES = {
  kind: "signatures",
  title: "Signatures",
  says: ["some signatures don't count", "all signatures count that are demanded"],
} as const;

/** What is known of one stack: lines for the issue, and the bundles that count, unless it couldn't be checked. */
interface Found {
  readonly lines: readonly string[];
  readonly bundles: CheckedSignatures["bundles"] | undefined;
}

async function checkHere(
  world: World,
  reader: EnvironmentReader,
  state: EnvironmentState,
  stack: string,
  report: Reporter,
): Promise<Found> {
  try {
    const { lost, bundles } = await checkSignatures(world, reader, state, stack, report);
    const text = formatLost({ lost });
    return { bundles, lines: text === "" ? [] : section(stack, block("text", text)) };
  } catch (cause) {
    if (!isError(cause, "outside")) throw cause;
    const lines = ["It couldn't be checked.", "", ...block("text", cause.message)];
    return { bundles: undefined, lines: section(stack, lines) };
  }
}

function readLeft(folder: string, stack: string): Found {
  const lines = sectionOf(folder, stack);
  const file = path.join(folder, `${stack}.json`);
  if (!fs.existsSync(file)) return { lines, bundles: undefined };
  const { data } = left.safeParse(parseJson(fs.readFileSync(file, "utf8")));
  return { lines, bundles: data?.bundles };
}

/** Returns the environments that were ever declared, and their stacks. */
function statesIn(reader: EnvironmentReader): { state: EnvironmentState; stacks: string[] }[] {
  return [...reader.environments.values()].flatMap((environment) => {
    const state = reader.declared(environment);
    // One whose ref doesn't exist was never deployed.
    if (environment.ref !== undefined && state.ref === undefined) return [];
    return [{ state, stacks: state.plans.map(({ config }) => config.stack) }];
  });
}

function propose(
  world: World,
  taken: readonly TakenBack[],
  into: string,
  github: GithubRepositoryApi,
): Promise<string> {
  const files = new Map(taken.map(({ file, text }) => [file, text]));
  const message = formatTakenBack(taken);
  return proposeFiles(world, { branch: TAKEN_BACK, into, message, files }, github);
}
