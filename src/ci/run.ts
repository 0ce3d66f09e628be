/** `npm run deliver -- COMMAND`: what the workflows do beside the CLI's commands and Pulumi's. */
import * as fs from "node:fs";
import { parseArgs } from "node:util";
import {
  EXIT,
  FindingsError,
  OutsideError,
  UsageError,
  type ExitCode,
  type Io,
} from "../cli/command";
import { EnvironmentReader } from "../app/environments";
import { GithubError } from "../adapters/github/errors";
import { Github } from "../adapters/github/github";
import { ReleasesError } from "../core/error";
import { formatIssue } from "../core/input/issue";
import { leaveComments } from "./comments";
import { beginDeployment, endDeployment, planDeployments } from "./deployments";
import { reportDrift } from "./drift";
import { deployedJobs, jobsOf } from "./jobs";
import { FINDINGS, writePlans } from "./plans";
import { openPromotion, type Promoted } from "./promotion";
import { fetchRelease, publishRelease, releaseTag } from "./release";

const USAGE = `Usage: npm run deliver -- COMMAND [--path DIR]

  stacks                                say which stacks are deployed, from which commit, and what
                                        their jobs must know
  plans FOLDER --since REF              write what a change does, a text for each environment
  comments FOLDER                       leave these texts on the pull request of the run that wrote them:
                                        HEAD_OWNER, HEAD_BRANCH, HEAD_COMMIT
  drift FOLDER                          keep one issue about what drifts
  deployments                           plan what GITHUB_REF deploys, since it was deployed last
  begin STACK                           look again at what was approved, and record that it begins:
                                        SINCE, FINGERPRINT
  end DEPLOYMENT OUTCOME                record how it ended: ENVIRONMENT_URL
  promotion FILE                        open the pull request of what \`releases promote --json\` did
  release FOLDER --notes FILE           publish the files of a folder as GITHUB_REF's release
  fetch FOLDER                          download GITHUB_REF's release, and hold it against its checksums
  start WORKFLOW                        start a workflow at GITHUB_REF's release

All but the first two ask GitHub, with GITHUB_TOKEN, about GITHUB_REPOSITORY.`;

const io: Io = { out: console.log, err: console.error };

interface Options {
  readonly path: string;
  readonly since?: string | undefined;
  readonly notes?: string | undefined;
}

/** What a command does with its positional arguments; undefined when they aren't what it takes. */
type Command = (args: readonly string[], options: Options) => Promise<ExitCode | undefined>;

const COMMANDS: Readonly<Record<string, Command>> = {
  stacks: async (args, { path }) => {
    if (args.length > 0) return undefined;
    tell("stacks", JSON.stringify(deployedJobs(readerOf(path))));
    return Promise.resolve(EXIT.fine);
  },

  plans: async ([folder, ...rest], { path, since }) => {
    if (folder === undefined || rest.length > 0 || since === undefined) return undefined;
    const reader = readerOf(path);
    const touched = await writePlans(folder, reader, since, io);
    tell("stacks", JSON.stringify(jobsOf(reader.current, touched)));
    return EXIT.fine;
  },

  comments: async ([folder, ...rest], { path }) => {
    if (folder === undefined || rest.length > 0) return undefined;
    const known = [FINDINGS, ...readerOf(path).environments.keys()];
    const head = {
      owner: variable("HEAD_OWNER"),
      branch: variable("HEAD_BRANCH"),
      commit: variable("HEAD_COMMIT"),
    };
    await leaveComments(folder, known, head, await repository(), io);
    return EXIT.fine;
  },

  drift: async ([folder, ...rest], { path }) => {
    if (folder === undefined || rest.length > 0) return undefined;
    const stacks = deployedJobs(readerOf(path)).map(({ stack }) => stack);
    await reportDrift(folder, stacks, await repository(), io);
    return EXIT.fine;
  },

  deployments: async (args, { path }) => {
    if (args.length > 0) return undefined;
    const ref = variable("GITHUB_REF");
    const plan = await planDeployments(readerOf(path), ref, await repository(), io);
    summarize(plan.text);
    tell("stacks", JSON.stringify(plan.jobs));
    return plan.isRefused ? EXIT.findings : EXIT.fine;
  },

  begin: async ([stack, ...rest], { path }) => {
    if (stack === undefined || rest.length > 0) return undefined;
    const approved = { stack, since: variable("SINCE"), fingerprint: variable("FINGERPRINT") };
    const id = await beginDeployment(readerOf(path), approved, await repository(), io);
    if (id === undefined) return EXIT.findings;
    tell("deployment", String(id));
    return EXIT.fine;
  },

  end: async ([deployment, outcome, ...rest]) => {
    if (deployment === undefined || outcome === undefined || rest.length > 0) return undefined;
    const where = { url: optional("ENVIRONMENT_URL"), log: logOfRun() };
    await endDeployment(Number(deployment), outcome, where, await repository());
    return EXIT.fine;
  },

  promotion: async ([file, ...rest], { path }) => {
    if (file === undefined || rest.length > 0) return undefined;
    const promoted = JSON.parse(fs.readFileSync(file, "utf8")) as Promoted;
    const into = variable("GITHUB_REF").replace("refs/heads/", "");
    await openPromotion(path, promoted, into, await repository(), io);
    return EXIT.fine;
  },

  release: async ([folder, ...rest], { notes }) => {
    if (folder === undefined || rest.length > 0 || notes === undefined) return undefined;
    const release = {
      ref: variable("GITHUB_REF"),
      commit: variable("GITHUB_SHA"),
      notes: fs.readFileSync(notes, "utf8"),
    };
    const isDone = await publishRelease(folder, release, await releases(), io);
    return isDone ? EXIT.fine : EXIT.findings;
  },

  fetch: async ([folder, ...rest]) => {
    if (folder === undefined || rest.length > 0) return undefined;
    const isSound = await fetchRelease(folder, tag(), await releases(), io);
    return isSound ? EXIT.fine : EXIT.findings;
  },

  start: async ([workflow, ...rest]) => {
    if (workflow === undefined || rest.length > 0) return undefined;
    await (await repository()).startWorkflow(workflow, tag());
    return EXIT.fine;
  },
};

async function main(argv: readonly string[]): Promise<ExitCode> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      path: { type: "string", default: "." },
      since: { type: "string" },
      notes: { type: "string" },
    },
  });
  const [name = "", ...args] = positionals;
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  const code = await command?.(args, values);
  if (code === undefined) console.error(USAGE);
  return code ?? EXIT.usage;
}

/** Reads a repository; what can't be declared is the pull request's to say, and a plan's. */
function readerOf(path: string): EnvironmentReader {
  return new EnvironmentReader(path, io, () => false);
}

async function github(): Promise<Github> {
  const connected = await Github.connect();
  if (connected === undefined) throw new GithubError("there is no GITHUB_TOKEN");
  return connected;
}

async function repository() {
  return (await github()).repository(variable("GITHUB_REPOSITORY"));
}

async function releases() {
  return (await github()).releases(variable("GITHUB_REPOSITORY"));
}

/** Returns the tag that GITHUB_REF's release has. */
function tag(): string {
  const ref = variable("GITHUB_REF");
  const found = releaseTag(ref);
  if (found === undefined) throw new UsageError(`${ref} has no release`);
  return found;
}

/** Returns where the log of this run is to be seen; undefined outside of GitHub Actions. */
function logOfRun(): string | undefined {
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: name, GITHUB_RUN_ID: run } = process.env;
  return server === undefined || run === undefined
    ? undefined
    : `${server}/${name ?? ""}/actions/runs/${run}`;
}

function variable(name: string): string {
  const value = optional(name);
  if (value === undefined) throw new UsageError(`there is no ${name}`);
  return value;
}

function optional(name: string): string | undefined {
  const value = process.env[name];
  return value === "" ? undefined : value;
}

/** Gives a value to the workflow's next steps. */
function tell(name: string, value: string): void {
  append("GITHUB_OUTPUT", `${name}=${value}`);
}

/** Shows a text on the run's own page. */
function summarize(text: string): void {
  append("GITHUB_STEP_SUMMARY", text);
}

function append(variable: string, text: string): void {
  const file = optional(variable);
  if (file === undefined) io.out(text);
  else fs.appendFileSync(file, `${text}\n`);
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (cause: unknown) => {
    if (cause instanceof FindingsError) {
      for (const issue of cause.issues) console.error(formatIssue(issue));
      process.exitCode = EXIT.findings;
      return;
    }
    const known = [GithubError, ReleasesError, OutsideError, UsageError];
    if (!(cause instanceof Error) || !known.some((type) => cause instanceof type)) throw cause;
    console.error(`deliver: ${cause.message}`);
    process.exitCode = cause instanceof UsageError ? EXIT.usage : EXIT.outside;
  },
);
