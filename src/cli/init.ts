import * as path from "node:path";
import { Argument, Option, type Command } from "commander";
import { OwnFolder } from "../adapters/disk/own-folder";
import { RepositoryFiles } from "../adapters/disk/repository-files";
import { init, isOwn, upgrade, upgradeOf, type Brought } from "../app/init";
import { openRepository, PROGRAM } from "../app/open";
import { PACKAGE_FOLDER } from "../core/files";
import { starterData } from "../core/init/starter";
import { usageError } from "../core/error";
import { readDefaultCharts } from "../core/read";
import { accepted } from "./accepted";
import { onRepository, withExample, type Context } from "./context";
import { importedFrom, importedStart, withImport } from "./init-import";
import { answered, type InitOptions } from "./init-questions";
import { toolFor } from "./tool";
import { initService, type ServiceInitOptions } from "./init-service";
import { EXIT } from "./io";

/** `init`: exits with 1 when it shows changes that it doesn't write. */
export function addInit(program: Command, context: Context): void {
  const command = program.command("init");
  command
    .description("write a repository for a company, or show what a new version changes of it")
    .addArgument(
      new Argument(
        "[names...]",
        "an empty folder, or one that init wrote; with --service: services",
      ),
    )
    .option(
      "--service <dir>",
      "instead, write what the repository of services in this folder publishes",
    )
    .option("--environments <names>", "in the order in which versions move: testing,production")
    .option("--services <names>", "the first services: api,web")
    .option("--owner <name>", "the organization or user of the services on GitHub")
    .option("--registry <host>", "where the images are: ecr, or a host such as ghcr.io/acme")
    .option("--accounts <numbers>", "with ecr: the AWS account of each environment")
    .option("--region <name>", "with ecr: the AWS region (default: eu-west-1)")
    .option("--clusters", "services run in Kubernetes (default)")
    .option("--no-clusters", "services don't run in Kubernetes")
    .addOption(new Option("--ci <name>", "the pipelines").choices(["github", "none"]))
    .option(
      "--from-kayron <repository>",
      "a repository of Kayron's, whose list it gets: a folder, or an address",
    )
    .option("--yes", "ask nothing, and write");
  onRepository(command);
  withExample(
    command,
    "releases init acme-releases",
    "releases init acme-releases --owner acme --registry ghcr.io/acme --yes",
    "releases init acme-releases --from-kayron acme/releases --owner acme",
    "releases init --service ../orders",
  );
  command.action(async (names: string[], options: InitOptions & ServiceInitOptions) => {
    if (options.service !== undefined) return initService(context, names, options.service, options);
    const [dir, ...others] = names;
    if (dir === undefined || others.length > 0) throw usageError("init takes one folder");
    if (options.path !== undefined) throw usageError("--path is for --service");
    const root = path.resolve(context.io.cwd ?? process.cwd(), dir);
    const folder = new OwnFolder(root);
    const brought = whatItBrings(root);
    if (isOwn(folder)) {
      const repository = openRepository({ files: new RepositoryFiles(root, PROGRAM, root) });
      const found = upgradeOf(folder, repository, brought);
      const isWritten = await accepted(context.io, found, options);
      if (isWritten) upgrade(folder, repository, brought, found);
      context.code = isWritten ? EXIT.fine : EXIT.findings;
      return;
    }
    const imported = importedFrom(context.io, options);
    const { answers, pipelines } = await answered(context.io, withImport(options, imported));
    const [newest] = brought.defaultCharts;
    const chart = path.basename(path.dirname(newest?.file ?? ""));
    const start =
      imported === undefined
        ? { data: starterData(answers, chart), pipelines }
        : { ...importedStart(imported, answers, chart), pipelines };
    const files = init(folder, start, brought);
    for (const line of imported?.report ?? []) context.io.err(line);
    for (const file of files) context.io.out(`wrote ${path.join(dir, file)}`);
    context.io.err(`Next: cd ${dir} && git init && npm install && npx releases plan`);
  });
}

/** Returns what this program brings to a folder, with charts where a project has them as a package. */
function whatItBrings(folder: string): Brought {
  const charts = readDefaultCharts(PROGRAM, PROGRAM);
  return {
    ...toolFor(folder),
    defaultCharts: charts.map(({ file, bytes }) => ({
      file: `${PACKAGE_FOLDER}/${file}`,
      bytes,
    })),
  };
}
