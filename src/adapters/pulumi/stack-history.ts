import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { outsideError } from "../../core/error";
import { findPulumi } from "../find-tool";

/** An update of a stack that succeeded, from a commit as it was. */
export interface Update {
  readonly commit: string;
  /** When it ended. */
  readonly at: Date;
}

/** Updates that are asked for: a soak time and a rollback look back over fewer. */
const PAGE_SIZE = 200;

/** More than the updates of a page, whose configs are in them. */
const MAX_OUTPUT_BYTES = 1 << 28;

/** An update as `pulumi stack history --json` prints it, as far as it is read. */
interface PrintedUpdate {
  readonly kind?: unknown;
  readonly result?: unknown;
  readonly endTime?: unknown;
  readonly environment?: Readonly<Record<string, unknown>>;
}

/**
 * Returns the updates of a stack that succeeded, newest first, none where it was made and never deployed: from `<stack>.json` of a folder of earlier
 * answers of `pulumi stack history --json`, else from the CLI. That takes no passphrase.
 * @param project the folder of the Pulumi project
 * @param kept the folder of earlier answers
 * @throws ReleasesError of kind `outside` where the CLI isn't there, or can't read the state
 */
export function updatesOf(project: string, stack: string, kept?: string): Update[] {
  const file = kept === undefined ? undefined : path.join(kept, `${stack}.json`);
  const isKept = file !== undefined && fs.existsSync(file);
  return updatesIn(isKept ? fs.readFileSync(file, "utf8") : askCli(project, stack), stack);
}

function askCli(project: string, stack: string): string {
  const cli = findPulumi();
  if (cli === undefined) {
    throw outsideError(
      `nobody knows what is deployed to ${stack}: there is no Pulumi CLI in PATH or ~/.pulumi`,
    );
  }
  const args = ["stack", "history", "--json", "--page-size", String(PAGE_SIZE), "--stack", stack];
  const { status, stdout, stderr, error } = spawnSync(cli, [...args, "--non-interactive"], {
    cwd: project,
    env: { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true" },
    encoding: "utf8",
    maxBuffer: MAX_OUTPUT_BYTES,
  });
  if (error !== undefined) throw outsideError(`pulumi can't be run: ${error.message}`);
  if (status === 0) return stdout;
  const reason = stderr.trim().split("\n").at(-1) ?? "";
  throw outsideError(`nobody knows what is deployed to ${stack}: pulumi stack history: ${reason}`);
}

/** An update from a tree with changes that aren't committed ran what no commit has. */
function updatesIn(json: string, stack: string): Update[] {
  const printed = parse(json, stack);
  return printed
    .flatMap(({ kind, result, endTime, environment = {} }): Update[] => {
      const { "git.head": commit, "git.dirty": dirty } = environment;
      const succeeded = kind === "update" && result === "succeeded" && dirty !== "true";
      if (!succeeded || typeof commit !== "string" || typeof endTime !== "string") return [];
      return [{ commit, at: new Date(endTime) }];
    })
    .sort((a, b) => b.at.getTime() - a.at.getTime());
}

function parse(json: string, stack: string): PrintedUpdate[] {
  let printed: unknown;
  try {
    printed = json.trim() === "" ? [] : JSON.parse(json);
  } catch {
    printed = undefined;
  }
  if (Array.isArray(printed)) return printed as PrintedUpdate[];
  throw outsideError(`the history of ${stack} isn't what pulumi stack history --json prints`);
}
