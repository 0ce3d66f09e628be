/** `npm start`: prints the resources of this repository's stacks, and what one version bump would change. */
import { compareResources, type ResourceChange } from "../src/adapters/pulumi/compare";
import { count, EXIT, FindingsError, type Io } from "../src/cli/command";
import { formatStack } from "../src/cli/plan";
import { planStacks } from "../src/app/plan-stacks";
import { openRepository, PROGRAM } from "../src/app/open";
import { formatIssue } from "../src/core/input/issue";
import type { Repository } from "../src/core/repository";
import type { StackValues } from "../src/core/stack/config";
import { Version } from "../src/core/version";

const io: Io = { out: console.log, err: console.error };

async function main(): Promise<void> {
  const repository = openRepository(PROGRAM);
  const plans = await planStacks(repository, [], io);
  for (const [name, stack] of plans) io.out(`${formatStack(name, stack)}\n`);

  const [first] = plans;
  const values = first && repository.stacks.get(first[0]);
  if (first === undefined || values === undefined) return;
  const [stack, before] = first;
  const service = before.services.find(({ version, held }) => !held && isFinal(version));
  const next = Version.parse(service?.version ?? "")?.nextPatch();
  if (service === undefined || next === undefined) return;

  const pinned = withPin(repository, values, service.name, next.text);
  const after = (await planStacks(pinned, [stack], io)).get(stack);
  const changes = compareResources(before.resources, after?.resources ?? []);
  const unchanged = before.resources.length - changes.length;
  io.out(`With one more pin in Pulumi.${stack}.yaml,\n`);
  io.out(`  releases:versions:\n    ${service.name}: ${next.text}\n`);
  io.out(
    `${stack} would change in ${count(changes.length, "resource")} of ${before.resources.length}:\n`,
  );
  for (const change of changes) io.out(formatChange(change));
  io.out(`\n${count(unchanged, "resource")} would stay as they are.`);
}

function isFinal(version: string): boolean {
  return Version.parse(version)?.isPrerelease === false;
}

function withPin(
  repository: Repository,
  values: StackValues,
  name: string,
  pin: string,
): Repository {
  const versions = { ...(values.values["versions"] as object | undefined), [name]: pin };
  const pinned = { ...values, values: { ...values.values, versions } };
  return { ...repository, stacks: new Map([[values.stack, pinned]]) };
}

function formatChange({ op, type, name, properties }: ResourceChange): string {
  const lines = properties.map(
    ({ path, from, to }) => `      ${path}: ${JSON.stringify(from)} -> ${JSON.stringify(to)}`,
  );
  return [`  ${op} ${type} ${name}`, ...lines].join("\n");
}

main().catch((cause: unknown) => {
  if (!(cause instanceof FindingsError)) throw cause;
  for (const issue of cause.issues) io.err(formatIssue(issue));
  process.exitCode = EXIT.findings;
});
