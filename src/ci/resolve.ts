import type { GithubRepositoryApi } from "../adapters/github/repository";
import { resolve } from "../app/resolve";
import type { Reporter } from "../app/reporter";
import type { World } from "../app/world";
import type { ResolveFinding } from "../core/resolve/finding";
import type { ReportedHead } from "../core/resolve/head";

/** STUB until the real one lands. */
export async function proposeResolved(
  world: World,
  request: { readonly stack: string; readonly heads: readonly ReportedHead[] },
  github: GithubRepositoryApi,
  report: Reporter,
): Promise<{ done: string; findings: readonly ResolveFinding[] }> {
  const { stack, heads } = request;
  const result = await resolve(
    world,
    { stack, services: "all", heads, dryRun: true },
    report,
  );
  const { findings, proposal } = result;
  if (proposal.edits.length === 0) return { done: "nothing moves", findings };
  const files = new Map(result.files.map(({ file, text }) => [file, text]));
  const on = world.git.commitOf("HEAD") ?? "";
  const name = `resolve/${stack}`;
  await github.putBranch({ name, on, message: proposal.message, files });
  const [title = "", ...rest] = proposal.message.split("\n");
  const done = await github.proposeChange({ branch: name, into: "main", title, body: rest.join("\n") });
  return { done, findings };
}
