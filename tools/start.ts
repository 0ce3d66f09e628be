/** `npm start`: prints the resources of this repository's stacks, and what one version bump would change. */
import { compareResources, type ResourceChange } from "../src/adapters/pulumi/compare";
import { planStacks } from "../src/app/plan-stacks";
import { openRepository, PROGRAM } from "../src/app/open";
import { realWorld } from "../src/app/real-world";
import { EXIT } from "../src/cli/io";
import { TerminalReporter } from "../src/cli/terminal-reporter";
import { isError } from "../src/core/error";
import { formatIssue } from "../src/core/input/issue";
import type { Repository } from "../src/core/repository";
import type { StackValues } from "../src/core/stack/config";
import { Version } from "../src/core/version";
import { formatStack } from "../src/format/plan";
import { count } from "../src/format/text";

const io = { out: console.log, err: console.error };
const report = new TerminalReporter(io);

async function main(): Promise<void> {
  const world = realWorld(PROGRAM);
  const repository = openRepository(world);
  const plans = await planStacks(world, repository, [], report);
  for (const [name, stack] of plans) io.out(`${formatStack(name, stack)}\n`);

  const [first] = plans;
  const values = first && repository.stacks.get(first[0]);
  if (first === undefined || values === undefined) return;
  const [stack, before] = first;
  const service = before.services.find(({ version, held }) => !held && isFinal(version));
  const next = Version.parse(service?.version ?? "")?.nextPatch();
  if (service === undefined || next === undefined) return;

  const pinned = withPin(repository, values, service.name, next.text);
  const after = (await planStacks(world, pinned, [stack], report)).get(stack);
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
  if (!isError(cause, "findings")) throw cause;
  for (const issue of cause.issues) io.err(formatIssue(issue));
  process.exitCode = EXIT.findings;
});
