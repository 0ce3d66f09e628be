import { Option, type Command } from "commander";
import { clusterPolicy } from "../app/verify/cluster-policy";
import { printable } from "../core/printable";
import {
  engineProblems,
  ENGINES,
  formatClusterPolicy,
  type Engine,
} from "../format/cluster-policy";
import { onRepository, withExample, type Context, type RepositoryOptions } from "./context";
import { EXIT } from "./io";

interface PolicyOptions extends RepositoryOptions {
  readonly format: Engine | "all";
  readonly repository?: string;
  readonly key?: string;
}

/** `policy`: exits with 1, and prints no policy, where an engine would admit more than the environment does. */
export function addPolicy(program: Command, context: Context): void {
  const command = program.command("policy");
  command
    .description("print what a cluster needs to admit nothing but what an environment admits")
    .argument("<environment>", "environment")
    .addOption(
      new Option("--format <engine>", "for which engine")
        .choices([...ENGINES, "all"])
        .default("all"),
    )
    .option("--repository <owner/name>", "the repository that deploys (default: git's origin)")
    .option("--key <file>", "the public key of who attests, in place of the workflow that deploys");
  onRepository(command);
  withExample(
    command,
    "releases policy production --format kyverno | kubectl apply --server-side -f -",
  );
  command.action((environment: string, options: PolicyOptions) => {
    const { format, repository, key } = options;
    const policy = clusterPolicy(
      context.world(options),
      { environment, repository, key },
      context.report,
    );
    const engines = format === "all" ? ENGINES : [format];
    const printed = engines.map((engine) => ({
      text: formatClusterPolicy(policy, engine),
      problems: [...policy.problems, ...engineProblems(policy, engine)],
    }));
    const problems = [...new Set(printed.flatMap((one) => one.problems))];
    for (const problem of problems) context.io.err(printable(problem));
    const whole = printed.filter((one) => one.problems.length === 0);
    if (whole.length > 0) context.io.out(whole.map(({ text }) => text).join("\n---\n"));
    context.code = problems.length > 0 ? EXIT.findings : EXIT.fine;
  });
}
