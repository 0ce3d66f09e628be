import * as fs from "node:fs";
import { usageError } from "../core/error";

/** A summary of 1 MiB is an error of the step, and not shown; a cut character may add two bytes. */
const MAX_SUMMARY_BYTES = 2 ** 20 - 8;

/** The run of a workflow on GitHub Actions: what a step is told, and what it tells the next ones. */
export class Actions {
  readonly #variables: NodeJS.ProcessEnv;
  readonly #print: (text: string) => void;

  /** @param print takes what is told outside of GitHub Actions, as by hand */
  constructor(variables: NodeJS.ProcessEnv, print: (text: string) => void) {
    this.#variables = variables;
    this.#print = print;
  }

  /**
   * Returns an environment variable.
   * @throws ReleasesError of kind `usage` where it is missing or empty
   */
  variable(name: string): string {
    const value = this.optional(name);
    if (value === undefined) throw usageError(`the environment variable ${name} is required`);
    return value;
  }

  /** Returns an environment variable; undefined where it is missing or empty. */
  optional(name: string): string | undefined {
    const value = this.#variables[name];
    return value === "" ? undefined : value;
  }

  /** Returns where the log of the run can be read; undefined outside of GitHub Actions. */
  get log(): string | undefined {
    const [server, repository, run] = ["SERVER_URL", "REPOSITORY", "RUN_ID"].map((name) =>
      this.optional(`GITHUB_${name}`),
    );
    if (server === undefined || run === undefined) return undefined;
    return `${server}/${repository ?? ""}/actions/runs/${run}`;
  }

  /** Gives an output, of one line, to the next steps: another line would be another output. */
  output(name: string, value: string): void {
    if (/[\r\n]/.test(value)) throw new Error(`the output ${name} has more than one line`);
    this.#append("GITHUB_OUTPUT", `${name}=${value}`);
  }

  /** Shows Markdown on the page of the run, as much of it as GitHub takes. */
  summarize(text: string): void {
    const bytes = Buffer.from(text);
    const fits = bytes.length < MAX_SUMMARY_BYTES;
    this.#append("GITHUB_STEP_SUMMARY", fits ? text : bytes.toString("utf8", 0, MAX_SUMMARY_BYTES));
  }

  #append(variable: string, text: string): void {
    const file = this.optional(variable);
    if (file === undefined) this.#print(text);
    else fs.appendFileSync(file, `${text}\n`);
  }
}
