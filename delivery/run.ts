/** `npm run deliver -- COMMAND`: what the workflows do beside the CLI's commands and Pulumi's. */
import * as fs from "node:fs";
import { parseArgs } from "node:util";
import { EXIT, OutsideError, UsageError, type ExitCode, type Io } from "../cli/command";
import { EnvironmentReader } from "../cli/environments";
import { GithubError } from "../forge/errors";
import { GitError } from "../git/git";
import { leaveComments } from "./comments";
import { reportDrift } from "./drift";
import { FINDINGS, writePlans } from "./plans";

const USAGE = `Usage: npm run deliver -- COMMAND

  plans FOLDER --since REF [--path DIR]   write what a change does, a text for each environment
  comments FOLDER                         leave these texts on the pull request of the run that wrote them:
                                          GITHUB_REPOSITORY, HEAD_OWNER, HEAD_BRANCH, HEAD_COMMIT
  drift FOLDER                            keep one issue of GITHUB_REPOSITORY about what drifts`;

const io: Io = { out: console.log, err: console.error };

async function main(argv: readonly string[]): Promise<ExitCode> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: { since: { type: "string" }, path: { type: "string", default: "." } },
  });
  const [command, folder, ...rest] = positionals;
  const { since, path } = values;
  if (folder !== undefined && rest.length === 0) {
    if (command === "plans" && since !== undefined) {
      tell("stacks", JSON.stringify(await writePlans(folder, path, since, io)));
      return EXIT.fine;
    }
    const reader = new EnvironmentReader(path, io, () => false);
    if (command === "drift" && since === undefined) {
      const stacks = [...reader.current.stacks.keys()];
      await reportDrift(folder, stacks, variable("GITHUB_REPOSITORY"), io);
      return EXIT.fine;
    }
    if (command === "comments" && since === undefined) {
      const known = [FINDINGS, ...reader.environments.keys()];
      const origin = {
        repository: variable("GITHUB_REPOSITORY"),
        owner: variable("HEAD_OWNER"),
        branch: variable("HEAD_BRANCH"),
        commit: variable("HEAD_COMMIT"),
      };
      await leaveComments(folder, known, origin, io);
      return EXIT.fine;
    }
  }
  console.error(USAGE);
  return EXIT.usage;
}

function variable(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === "") throw new GithubError(`there is no ${name}`);
  return value;
}

/** Gives a value to the workflow's next steps. */
function tell(name: string, value: string): void {
  const file = process.env["GITHUB_OUTPUT"];
  if (file === undefined) io.out(`${name}=${value}`);
  else fs.appendFileSync(file, `${name}=${value}\n`);
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (cause: unknown) => {
    const known = [GithubError, GitError, OutsideError, UsageError];
    if (!(cause instanceof Error) || !known.some((type) => cause instanceof type)) throw cause;
    console.error(`deliver: ${cause.message}`);
    process.exitCode = cause instanceof UsageError ? EXIT.usage : EXIT.outside;
  },
);
