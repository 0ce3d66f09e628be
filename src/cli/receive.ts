import * as path from "node:path";
import type { Command } from "commander";
import ms, { type StringValue } from "ms";
import { usageError } from "../core/error";
import { cloneAddress } from "../core/init/clone-address";
import { receive } from "../receiver/receive";
import { withExample, type Context } from "./context";

interface ReceiveOptions {
  readonly repository: string;
  readonly state: string;
  readonly host: string;
  readonly port: string;
  readonly every: string;
  readonly clone?: string;
  readonly audience?: string;
  readonly queue?: string;
}

const ENVIRONMENT = `
Reads the webhooks' secret from RELEASES_WEBHOOK_SECRET, and while it is rotated the one before from
RELEASES_WEBHOOK_SECRET_BEFORE. Acts as the GitHub App of RELEASES_APP and RELEASES_APP_KEY, or with GITHUB_TOKEN.`;

/** The longest and the shortest time between two looks at everything. */
const [SHORTEST, LONGEST] = [60_000, 24 * 3_600_000];

/** `receive`: runs until SIGTERM or SIGINT. */
export function addReceive(program: Command, context: Context): void {
  const command = program.command("receive");
  command
    .description("take webhooks of GitHub, and propose what they bring by pull request")
    .requiredOption("--repository <name>", "the repository with the list, as acme/releases")
    .requiredOption("--state <dir>", "a folder of its own, for intents and a clone")
    .option("--host <host>", "where it listens", "127.0.0.1")
    .option("--port <port>", "where it listens", "8080")
    .option("--every <time>", "how often it looks at everything", "10m")
    .option("--clone <address>", "where to clone from (default: github.com)")
    .option("--audience <url>", "take tokens of workflows that are for this address")
    .option("--queue <url>", "a queue of SQS with pushes to ECR")
    .addHelpText("after", ENVIRONMENT);
  withExample(command, "releases receive --repository acme/releases --state /var/lib/releases");
  command.action(async (options: ReceiveOptions) => {
    const stop = new AbortController();
    for (const name of ["SIGTERM", "SIGINT"] as const) process.once(name, () => stop.abort());
    await receive(settingsOf(options, context), context.io.out, stop.signal);
  });
}

function settingsOf(options: ReceiveOptions, { io }: Context) {
  const { repository, host, audience, queue } = options;
  const [secret, before] = [
    secretOf("RELEASES_WEBHOOK_SECRET"),
    secretOf("RELEASES_WEBHOOK_SECRET_BEFORE"),
  ];
  if (!/^[\w.-]+\/[\w.-]+$/.test(repository)) {
    throw usageError(
      `--repository is "${repository}"; expected an owner and a name, as acme/releases`,
    );
  }
  if (secret === "") throw usageError("set RELEASES_WEBHOOK_SECRET to the secret of the webhooks");
  const address = cloneAddress(options.clone ?? repository, "--clone");
  if (address === undefined) {
    throw usageError("--clone is a folder; give its address, as file:///srv/releases.git");
  }
  return {
    folder: path.resolve(io.cwd ?? process.cwd(), options.state),
    secrets: before === "" ? [secret] : [secret, before],
    port: portOf(options.port),
    every: timeOf(options.every),
    ...{ repository, address, host, audience, queue },
  };
}

/** Returns a secret of the environment, without the line break that it has where it comes from a file. */
function secretOf(variable: string): string {
  return (process.env[variable] ?? "").replace(/\r?\n$/, "");
}

function portOf(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : NaN;
  if (port <= 65_535) return port;
  throw usageError(`--port is "${text}"; expected a number up to 65535`);
}

function timeOf(text: string): number {
  const time = /^[1-9]\d{0,4}[mh]$/.test(text) ? ms(text as StringValue) : NaN;
  if (time >= SHORTEST && time <= LONGEST) return time;
  throw usageError(`--every is "${text}"; expected minutes or hours up to a day, as "10m"`);
}
