import { changedCharts } from "../../ci/charts";
import { leaveComments } from "../../ci/comments";
import { deployedJobs, jobsAt, jobsOf } from "../../ci/jobs";
import { writePlans } from "../../ci/plans";
import { printable } from "../../core/printable";
import type { RepositoryOptions } from "../context";
import { EXIT } from "../io";
import { type Steps, readerOf, refOf, repositoryOn } from "./step";

/** Adds the steps of a change, for what a pull request shows. */
export function addChanges({ step, context, actions }: Steps): void {
  const { io, report } = context;

  step("stacks", "output the stacks as they are deployed, and what their jobs must know")
    .option(
      "--at-ref",
      "instead, those of the working tree that a deployment of GITHUB_REF asks about",
    )
    .action((options: RepositoryOptions & { atRef?: true }) => {
      const world = context.world(options);
      const reader = readerOf(context, world);
      const jobs = options.atRef ? jobsAt(reader, refOf(actions)) : deployedJobs(world, reader);
      actions.output("stacks", JSON.stringify(jobs));
    });

  step("plans", "write the report of a change, a text for each environment; output its stacks")
    .argument("<folder>")
    .requiredOption("--since <ref>", "the commit that the change starts from")
    .action(async (folder: string, options: RepositoryOptions & { since: string }) => {
      const world = context.world(options);
      const reader = readerOf(context, world);
      const changed = await writePlans(world, folder, reader, options.since, report);
      actions.output("stacks", JSON.stringify(jobsOf(reader.current, changed)));
    });

  step(
    "comments",
    "leave these texts on the pull request of HEAD_OWNER, HEAD_BRANCH, HEAD_COMMIT (RUN_URL)",
  )
    .argument("<folder>")
    .action(async (folder: string, options: RepositoryOptions) => {
      const world = context.world(options);
      const known = [...readerOf(context, world).environments.keys()];
      const head = {
        owner: actions.variable("HEAD_OWNER"),
        branch: actions.variable("HEAD_BRANCH"),
        commit: actions.variable("HEAD_COMMIT"),
      };
      const url = actions.variable("RUN_URL");
      const github = await repositoryOn(world, actions);
      for (const line of await leaveComments(folder, known, { head, url }, github))
        io.out(printable(line));
    });

  step("charts", "refuse charts of the repository that changed under the same version")
    .requiredOption("--since <ref>", "the commit that the change starts from")
    .action((options: RepositoryOptions & { since: string }) => {
      const world = context.world(options);
      const refusals = changedCharts(world, readerOf(context, world).current, options.since);
      for (const refusal of refusals) io.err(printable(refusal));
      context.code = refusals.length > 0 ? EXIT.findings : EXIT.fine;
    });
}
