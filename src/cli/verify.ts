import type { Command } from "commander";
import { verify } from "../app/verify/verify";
import { formatVerified } from "../format/verify";
import { onRepository, withExample, type Context, type RepositoryOptions } from "./context";
import { EXIT } from "./io";

interface VerifyOptions extends RepositoryOptions {
  readonly stack?: readonly string[];
  readonly again?: true;
  readonly record: boolean;
  readonly json?: true;
}

/** `verify`: exits with 1 where a signature is missing that an environment requires. */
export function addVerify(program: Command, context: Context): void {
  const command = program.command("verify");
  command
    .description("verify who signed what is pinned, and record it in evidence/")
    .argument("[service...]", "services (default: all)")
    .option("--stack <name...>", "stacks or environments (default: all)")
    .option("--again", "ask for what is recorded as well")
    .option("--no-record", "record nothing")
    .option("--json", "print the result as JSON");
  onRepository(command);
  withExample(command, "releases verify orders --stack production", "releases verify --again");
  command.action(async (services: string[], options: VerifyOptions) => {
    const { stack: stacks = [], again = false, record } = options;
    const result = await verify(
      context.world(options),
      { services, stacks, again, record },
      context.report,
    );
    if (options.json) context.printJson(result);
    else context.io.out(formatVerified(result, context.io.style));
    const isRefused = result.services.some(({ mode, pass }) => mode === "require" && !pass);
    context.code = isRefused ? EXIT.findings : EXIT.fine;
  });
}
