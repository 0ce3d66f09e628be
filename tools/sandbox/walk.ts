import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { main } from "../../src/cli/main";
import { Project, type Step } from "./project";

/** The environments in the order of the committed promotion path. */
const STACKS = ["testing", "staging", "production"];
/** The version that is promoted: testing has it, and staging doesn't. */
const [SERVICE, VERSION] = ["inventory", "v1.1.4-rc.1"];

/**
 * Brings up all stacks in a world of its own, promotes one version to staging, and destroys everything again.
 * Prints the result of each step. Returns an exit code.
 */
export async function walk(cli: string): Promise<number> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "releases-walk-"));
  const project = await Project.open(folder, cli);
  try {
    for (const stack of STACKS) {
      project.expect("stack", "init", stack);
      project.up(stack);
      say(`up ${stack}`, `${resourcesOf(project, stack)} resources`);
    }
    for (const stack of STACKS) say(`up ${stack} again`, formatSteps(project.changes(stack)));
    const bump = ["bump", SERVICE, VERSION, "--stack", "staging", "--path", folder];
    await main(bump, { out: () => undefined, err: console.error });
    say(`promote ${SERVICE} ${VERSION} to staging`, "one pin");
    for (const stack of STACKS) say(`preview ${stack}`, formatSteps(project.changes(stack)));
    project.up("staging");
    say("up staging", formatSteps(project.changes("staging")));
    for (const stack of [...STACKS].reverse()) {
      // Production is protected, and so are the images of the other stacks.
      project.expect("state", "unprotect", "--all", "--yes", "--stack", stack);
      project.expect("destroy", "--yes", "--skip-preview", "--stack", stack);
      say(`destroy ${stack}`, `${resourcesOf(project, stack)} resources left`);
    }
    say("what is left in the accounts", String(project.things().length));
    return 0;
  } finally {
    project.dispose();
  }
}

function say(step: string, result: string): void {
  console.log(`${step.padEnd(42)}  ${result}`);
}

function resourcesOf(project: Project, stack: string): number {
  const { deployment } = JSON.parse(project.expect("stack", "export", "--stack", stack)) as {
    deployment: { resources?: unknown[] };
  };
  return deployment.resources?.length ?? 0;
}

function formatSteps(steps: readonly Step[]): string {
  if (steps.length === 0) return "nothing changes";
  return steps.map(({ op, urn }) => `${op} ${typeAndName(urn)}`).join(", ");
}

function typeAndName(urn: string): string {
  const [, , types = "", name = ""] = urn.split("::");
  return `${types.split("$").at(-1) ?? ""} ${name}`;
}
