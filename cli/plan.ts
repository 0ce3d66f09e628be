import { formatIssue, hasErrors, sortIssues, type Issue } from "../release/issue";
import { checkRepository, issuesFor, planStack, type Repository } from "../release/repository";
import type { StackValues } from "../release/stack-config";
import type { Deployment } from "../release/types";
import { evaluate, type Evaluation } from "../stacks/embedded";
import {
  count,
  EXIT,
  FindingsError,
  UsageError,
  type ExitCode,
  type Io,
  type Options,
} from "./command";
import { openRepository } from "./repository";
import { table } from "./table";

/** One stack as `plan` shows it. */
export interface PlannedStack extends Evaluation {
  readonly services: readonly PlannedService[];
}

export interface PlannedService {
  readonly name: string;
  readonly version: string;
  readonly digest: string | null;
  readonly chart: string | null;
  readonly chartVersion: string | null;
  readonly held: boolean;
}

/** Shows what stacks would be made of. Without names: all of them. */
export async function plan(
  names: readonly string[],
  { path, json }: Options,
  io: Io,
): Promise<ExitCode> {
  const repository = openRepository(path);
  const stacks = await planStacks(repository, names, io);
  if (json) io.out(JSON.stringify({ stacks: Object.fromEntries(stacks) }, null, 2));
  else io.out([...stacks].map(([name, stack]) => formatStack(name, stack)).join("\n\n"));
  return EXIT.fine;
}

/**
 * Returns the plans of stacks by name, in the order asked for. Warnings go to stderr.
 * @throws FindingsError when one of them can't be declared
 * @throws UsageError for a stack that has no config
 */
export async function planStacks(
  repository: Repository,
  names: readonly string[],
  io: Io,
): Promise<Map<string, PlannedStack>> {
  const { stacks } = repository;
  const issues =
    names.length === 0
      ? checkRepository(repository)
      : sortIssues(names.flatMap((name) => stackIssues(repository, name)));
  if (hasErrors(issues)) throw new FindingsError(issues);
  for (const issue of issues) io.err(formatIssue(issue));
  const chosen = names.length === 0 ? [...stacks.keys()] : names;
  if (chosen.length === 0) throw new UsageError("there is no stack config, Pulumi.<stack>.yaml");
  const planned = new Map<string, PlannedStack>();
  for (const name of chosen) planned.set(name, await planOne(repository, known(repository, name)));
  return planned;
}

/** The issues of the list and of one stack; those of other stacks don't matter to it. */
function stackIssues(repository: Repository, name: string): Issue[] {
  const own = issuesFor(repository, name);
  const values = repository.stacks.get(name);
  if (values === undefined && hasErrors(own)) return own;
  return [...own, ...planStack(repository, known(repository, name)).issues];
}

function known({ stacks }: Repository, name: string): StackValues {
  const values = stacks.get(name);
  if (values !== undefined) return values;
  const names = [...stacks.keys()].join(", ");
  throw new UsageError(`no stack "${name}"; there are ${names === "" ? "none" : names}`);
}

async function planOne(repository: Repository, values: StackValues): Promise<PlannedStack> {
  const { plan } = planStack(repository, values);
  if (plan === undefined) throw new Error(`unchecked stack ${values.stack}`);
  const services = plan.deployments.map(plannedService);
  return { services, ...(await evaluate(repository, values)) };
}

function plannedService({ service, version, digest, chart, held }: Deployment): PlannedService {
  return {
    name: service.name,
    version: version.text,
    digest: digest ?? null,
    chart: chart?.name ?? null,
    chartVersion: chart?.version ?? null,
    held,
  };
}

/** Returns a stack as people read it: its services, and its resources by kind. */
export function formatStack(name: string, { services, resources }: PlannedStack): string {
  const rows = services.map(({ name, version, digest, chart, chartVersion, held }) => [
    name,
    shortVersion(version),
    digest?.slice(0, SHORT_DIGEST) ?? "",
    chart === null ? "" : `${chart} ${chartVersion ?? ""}`,
    held ? "held" : "",
  ]);
  const kinds = new Map<string, number>();
  for (const { type } of resources) kinds.set(type, (kinds.get(type) ?? 0) + 1);
  const counts = [...kinds].sort().map(([type, number]) => [String(number), type]);
  return [
    `${name}: ${count(services.length, "service")}, ${count(resources.length, "resource")}`,
    "",
    table(["SERVICE", "VERSION", "DIGEST", "CHART", ""], rows),
    "",
    table(["", "RESOURCES BY KIND"], counts),
  ].join("\n");
}

const SHORT_DIGEST = "sha256:".length + 12;

/** A whole commit says no more to a reader than its first twelve digits. */
function shortVersion(version: string): string {
  return /^[0-9a-f]{40}$/.test(version) ? version.slice(0, 12) : version;
}
