import * as path from "node:path";
import { createTwoFilesPatch } from "diff";
import { Argument, Option, type Command } from "commander";
import { OwnFolder } from "../adapters/disk/own-folder";
import { RepositoryFiles } from "../adapters/disk/repository-files";
import { readTemplates } from "../adapters/disk/templates";
import { readKayronClone } from "../adapters/kayron-repository";
import {
  init,
  isOwn,
  upgrade,
  upgradeOf,
  type Brought,
  type Start,
  type Upgrade,
} from "../app/init";
import { importKayron, type KayronImport } from "../app/kayron-import";
import { openRepository, PROGRAM } from "../app/open";
import { usageError } from "../core/error";
import { PACKAGE_FOLDER } from "../core/files";
import type { Pipelines } from "../core/init/generated";
import { stackConfigs, starterData, type Answers } from "../core/init/starter";
import { readDefaultCharts } from "../core/read";
import { count } from "../format/text";
import { engines, peerDependencies, version } from "../../package.json";
import { withExample, type Context } from "./context";
import { EXIT, type Io } from "./io";

interface InitOptions {
  readonly environments?: string;
  readonly services?: string;
  readonly owner?: string;
  readonly registry?: string;
  readonly accounts?: string;
  readonly region?: string;
  readonly clusters?: boolean;
  readonly ci?: Pipelines;
  readonly fromKayron?: string;
  readonly yes?: true;
}

/** `init`: exits with 1 when it shows changes that it doesn't write. */
export function addInit(program: Command, context: Context): void {
  const command = program.command("init");
  command
    .description("write a repository for a company, or show what a new version changes of it")
    .addArgument(new Argument("<dir>", "an empty folder, or one that init wrote"))
    .option("--environments <names>", "in the order in which versions move: testing,production")
    .option("--services <names>", "the first services: api,web")
    .option("--owner <name>", "the organization or user of the services on GitHub")
    .option("--registry <host>", "where the images are: ecr, or a host such as ghcr.io/acme")
    .option("--accounts <numbers>", "with ecr: the AWS account of each environment")
    .option("--region <name>", "with ecr: the AWS region (default: eu-west-1)")
    .option("--clusters", "services run in Kubernetes (default)")
    .option("--no-clusters", "services don't run in Kubernetes")
    .addOption(new Option("--ci <name>", "the pipelines").choices(["github", "none"]))
    .option("--from-kayron <dir>", "a clone of a repository of Kayron's, whose list it gets")
    .option("--yes", "ask nothing, and write");
  withExample(
    command,
    "releases init acme-releases",
    "releases init acme-releases --owner acme --registry ghcr.io/acme --yes",
    "releases init acme-releases --from-kayron releases --owner acme",
  );
  command.action(async (dir: string, options: InitOptions) => {
    const root = path.resolve(context.io.cwd ?? process.cwd(), dir);
    const folder = new OwnFolder(root);
    const brought = whatItBrings();
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

/** Returns what a clone of a repository of Kayron's becomes; undefined where none was given. */
function importedFrom({ cwd }: Io, { fromKayron }: InitOptions): KayronImport | undefined {
  if (fromKayron === undefined) return undefined;
  const clone = path.resolve(cwd ?? process.cwd(), fromKayron);
  return importKayron(readKayronClone(clone, PROGRAM));
}

/** Returns options with what an import says: its environments, no starter services, and ECS instead of clusters. */
function withImport(options: InitOptions, imported: KayronImport | undefined): InitOptions {
  if (imported === undefined) return options;
  const [given] = [
    ...(options.environments === undefined ? [] : ["--environments"]),
    ...(options.services === undefined ? [] : ["--services"]),
  ];
  if (given !== undefined) throw usageError(`${given} comes from the repository of --from-kayron`);
  const environments = imported.environments.join(",");
  return { registry: "ecr", clusters: false, ...options, environments, services: NO_SERVICES };
}

/** Takes the place of the starter's services, of which an import has none. */
const NO_SERVICES = "none";

function importedStart(
  { files, templates }: KayronImport,
  answers: Answers,
  chart: string,
): Pick<Start, "data" | "open"> {
  const stacks = stackConfigs({ ...answers, services: [], templates }, chart);
  // What follows a branch or is suspended needs a pin, which nobody but the company knows: the report says so.
  return { data: new Map([...files, ...stacks]), open: ["missing-pin"] };
}

/** Returns what this program brings, with charts where a project has them as a package. */
function whatItBrings(): Brought {
  const charts = readDefaultCharts(PROGRAM, PROGRAM);
  return {
    tool: { version, pulumi: peerDependencies["@pulumi/pulumi"], node: engines.node },
    templates: readTemplates(PROGRAM),
    defaultCharts: charts.map(({ file, bytes }) => ({
      file: `${PACKAGE_FOLDER}/${file}`,
      bytes,
    })),
  };
}

/** Shows what an upgrade changes. Returns whether it is to be written. */
async function accepted(
  { out, err, ask }: Io,
  { from, to, changes, advice }: Upgrade,
  { yes }: InitOptions,
): Promise<boolean> {
  for (const { file, from: old = "", to: now = "", edited } of changes) {
    const whose = edited === undefined ? "" : ` (${WHOSE[edited]}; change it yourself)`;
    const what = old === "" ? "is new" : now === "" ? "is no longer generated" : "changes";
    out(`${file} ${what}${whose}`);
    const patch = createTwoFilesPatch(file, file, old, now, undefined, undefined, { context: 2 });
    out(patch.slice(patch.indexOf("@@")).trimEnd());
  }
  for (const line of advice) err(line);
  const own = changes.filter(({ edited }) => edited === undefined);
  const summary = `${from} -> ${to}: ${count(own.length, "file")} to write, ${count(changes.length - own.length, "file")} of yours`;
  err(summary);
  if (own.length === 0 || yes === true) return true;
  if (ask === undefined) {
    err("--yes writes them");
    return false;
  }
  return /^y/i.test(await ask(`Write ${count(own.length, "file")}?`, "yes"));
}

const WHOSE = {
  changed: "you edited it",
  removed: "you removed it",
  own: "it is your own",
} as const;

/** Returns what was given, asked or defaulted to. */
async function answered(
  { ask }: Io,
  options: InitOptions,
): Promise<{ answers: Answers; pipelines: Pipelines }> {
  const put = async (given: string | undefined, question: string, fallback: string) => {
    if (given !== undefined || ask === undefined || options.yes === true) return given ?? fallback;
    return ask(question, fallback);
  };
  const owner = await put(options.owner, "Owner of the services on GitHub", "");
  if (owner === "") throw usageError("--owner is required");
  const environments = namesOf(
    "--environments",
    await put(
      options.environments,
      "Environments, in the order in which versions move",
      "testing,staging,production",
    ),
  );
  const services = namesOf("--services", await put(options.services, "First services", "api,web"));
  const host = await put(
    options.registry,
    "Registry of the images: ecr, or a host with a path",
    `ghcr.io/${owner.toLowerCase()}`,
  );
  const isEcr = host === "ecr";
  const registry = isEcr
    ? await ecrOf(options, environments.length, put)
    : { host: withoutEcrOptions(options, host) };
  const clusters =
    options.clusters ?? /^y/i.test(await put(undefined, "Do services run in Kubernetes", "yes"));
  const pipelines = await put(options.ci, "Pipelines: github or none", "github");
  if (pipelines !== "github" && pipelines !== "none") {
    throw usageError(`pipelines are "${pipelines}"; give github or none`);
  }
  return { answers: { owner, environments, services, registry, clusters }, pipelines };
}

type Put = (given: string | undefined, question: string, fallback: string) => Promise<string>;

async function ecrOf(options: InitOptions, environments: number, put: Put) {
  const accounts = namesOf(
    "--accounts",
    await put(options.accounts, "AWS accounts, one for each environment", ""),
  );
  if (accounts.length !== environments) {
    throw usageError(
      `--accounts has ${accounts.length} of ${environments}; give one for each environment`,
    );
  }
  return { accounts, region: await put(options.region, "AWS region", "eu-west-1") };
}

function withoutEcrOptions({ accounts, region }: InitOptions, host: string): string {
  const [unused] = [
    ...(accounts === undefined ? [] : ["--accounts"]),
    ...(region === undefined ? [] : ["--region"]),
  ];
  if (unused !== undefined) throw usageError(`${unused} has no effect with --registry ${host}`);
  return host;
}

/** Returns names that are separated by commas. */
function namesOf(option: string, text: string): string[] {
  const names = text
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
  if (names.length === 0) throw usageError(`${option} is required`);
  const twice = names.find((name, index) => option !== "--accounts" && names.indexOf(name) < index);
  if (twice !== undefined) throw usageError(`${option} has "${twice}" twice`);
  return names;
}
