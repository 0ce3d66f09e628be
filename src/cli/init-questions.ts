import { usageError } from "../core/error";
import type { Pipelines } from "../core/init/generated";
import type { Answers } from "../core/init/starter";
import type { Io } from "./io";

/** The options of `init`, each of which is a question where it isn't given. */
export interface InitOptions {
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

/** Returns what was given, asked or defaulted to. */
export async function answered(
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
