import * as fs from "node:fs";
import type { World } from "../../app/world";
import type { Actions } from "../../ci/actions";
import { fetchRelease, publishRelease, releaseTag } from "../../ci/release";
import { usageError } from "../../core/error";
import { printable } from "../../core/printable";
import { mutableTagsIn } from "../../core/repository";
import type { RepositoryOptions } from "../context";
import { EXIT } from "../io";
import { type Steps, connected, readerOf, refOf, repositoryOn } from "./step";

/** Adds the steps of a release of the list. */
export function addRelease({ step, context, actions }: Steps): void {
  const { io } = context;

  step("release", "publish the files of a folder as the release of GITHUB_REF")
    .argument("<folder>")
    .requiredOption("--notes <file>", "the notes of the release, in Markdown")
    .action(async (folder: string, options: RepositoryOptions & { notes: string }) => {
      const release = {
        ref: refOf(actions),
        commit: actions.variable("GITHUB_SHA"),
        notes: fs.readFileSync(options.notes, "utf8"),
      };
      const world = context.world(options);
      const { environments, current } = readerOf(context, world);
      const rules = { environments, mutableTags: mutableTagsIn(current) };
      const releases = await releasesOn(world, actions);
      const published = await publishRelease(folder, release, rules, releases);
      if ("address" in published) return io.out(published.address);
      io.err(published.refusal);
      context.code = EXIT.findings;
    });

  step("fetch", "download the release of GITHUB_REF, and compare it with its checksums")
    .argument("<folder>")
    .action(async (folder: string, options: RepositoryOptions) => {
      const releases = await releasesOn(context.world(options), actions);
      const wrong = await fetchRelease(folder, tagOf(actions), releases);
      for (const line of wrong) io.err(printable(line));
      context.code = wrong.length > 0 ? EXIT.findings : EXIT.fine;
    });

  step("start", "start a workflow at the release of GITHUB_REF")
    .argument("<workflow>", "its file, such as deploy.yml")
    .action(async (workflow: string, options: RepositoryOptions) => {
      const github = await repositoryOn(context.world(options), actions);
      await github.startWorkflow(workflow, tagOf(actions));
    });
}

async function releasesOn(world: World, actions: Actions) {
  return (await connected(world)).releases(actions.variable("GITHUB_REPOSITORY"));
}

/** Returns the tag of the release of GITHUB_REF. */
function tagOf(actions: Actions): string {
  const ref = refOf(actions);
  const tag = releaseTag(ref);
  if (tag === undefined) throw usageError(`${ref.name} has no release`);
  return tag;
}
