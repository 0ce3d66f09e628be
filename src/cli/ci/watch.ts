import { GITHUB_MIRROR, PUBLIC_MIRROR } from "../../adapters/sigstore/tuf";
import { drift } from "../../app/drift";
import { reportDrift, writeDrift } from "../../ci/drift";
import { deployedJobs } from "../../ci/jobs";
import { proposeNewerRoot } from "../../ci/newer-root";
import { verifyAgain, writeSignatures } from "../../ci/signatures";
import { printable } from "../../core/printable";
import type { RepositoryOptions } from "../context";
import { type Steps, branchOf, connected, readerOf, repositoryOn } from "./step";

/** Adds the steps that look again at what runs: whether it drifted, and whether its signatures still count. */
export function addWatch({ step, context, actions }: Steps): void {
  const { io, report } = context;

  step("check-drift", "write the drift of a stack into a folder")
    .argument("<stack>")
    .argument("<folder>")
    .action(async (stack: string, folder: string, options: RepositoryOptions) => {
      writeDrift(folder, stack, await drift(context.world(options), stack, report));
    });

  step("report-drift", "keep one issue about the drift in a folder")
    .argument("<folder>")
    .action(async (folder: string, options: RepositoryOptions) => {
      const world = context.world(options);
      const stacks = deployedJobs(world, readerOf(context, world)).map(({ stack }) => stack);
      io.out(await reportDrift(folder, stacks, await repositoryOn(world, actions)));
    });

  step("check-signatures", "write which signatures of a stack don't count into a folder")
    .argument("<stack>")
    .argument("<folder>")
    .action(async (stack: string, folder: string, options: RepositoryOptions) => {
      const world = context.world(options);
      // Without it nobody knows which attestations GitHub has.
      await connected(world);
      await writeSignatures(world, readerOf(context, world), folder, stack, report);
    });

  step(
    "verify",
    "keep one issue about signatures that don't count, and propose to take their evidence back",
  )
    .argument("[folder]", "what check-signatures wrote of each stack (default: ask about all)")
    .action(async (folder: string | undefined, options: RepositoryOptions) => {
      const world = context.world(options);
      const at = { github: await repositoryOn(world, actions), into: branchOf(actions) };
      const lines = await verifyAgain(world, readerOf(context, world), folder, at, report);
      for (const line of lines) io.out(printable(line));
    });

  step(
    "refresh-root",
    "propose a newer trust root into GITHUB_REF, with the records that it verifies",
  )
    .option(
      "--tuf <url...>",
      "TUF repositories to ask; the root to begin with is <host>.json beside the trust root",
      [PUBLIC_MIRROR, GITHUB_MIRROR],
    )
    .action(async (options: RepositoryOptions & { tuf: string[] }) => {
      const world = context.world(options);
      const at = { github: await repositoryOn(world, actions), into: branchOf(actions) };
      const reader = readerOf(context, world);
      for (const line of await proposeNewerRoot(world, reader, options.tuf, at, report))
        io.out(printable(line));
    });
}
