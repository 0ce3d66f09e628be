import type { Command } from "commander";
import { Actions } from "../../ci/actions";
import { type Context, onRepository } from "../context";
import { addChanges } from "./changes";
import { addDeployment } from "./deployment";
import { addProposals } from "./proposals";
import { addPublishing } from "./publishing";
import { addRelease } from "./release";
import type { Steps } from "./step";
import { addWatch } from "./watch";

const ENVIRONMENT = `
Reads GitHub Actions' own variables, and GITHUB_TOKEN where it asks GitHub about GITHUB_REPOSITORY.
Outputs go to GITHUB_OUTPUT and GITHUB_STEP_SUMMARY, or to stdout where these aren't set.`;

/** `ci COMMAND`: the steps of pipelines, one command each. */
export function addCi(program: Command, context: Context): void {
  const ci = program.command("ci").description("run a step of a pipeline");
  ci.addHelpText("after", ENVIRONMENT);
  const steps: Steps = {
    step: (name, description) => onRepository(ci.command(name).description(description)),
    context,
    actions: new Actions(process.env, context.io.out),
  };
  addChanges(steps);
  addWatch(steps);
  addDeployment(steps);
  addProposals(steps);
  addRelease(steps);
  addPublishing(steps);
}
