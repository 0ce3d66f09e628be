import type { GithubRepositoryApi } from "../adapters/github/repository";
import type { EnvironmentReader } from "../app/environments";
import { stacksWith, type ReleaseName } from "../app/withdrawn";
import { escaped } from "../format/markdown";

/**
 * Keeps one issue about a release that was deleted or unpublished while a stack is declared to run it, and closes it
 * once none does. Nothing is moved: what to run instead is for people to say. Returns whether one still does.
 */
export async function reportWithdrawn(
  reader: EnvironmentReader,
  release: ReleaseName,
  github: Pick<GithubRepositoryApi, "issue">,
): Promise<boolean> {
  const name = `${release.repository} ${release.tag}`;
  const found = stacksWith(reader, release);
  const lines = found.map(
    ({ stack, service, version }) => `- ${escaped(stack)} runs ${escaped(service)} ${version}`,
  );
  const text = [
    `${escaped(name)} isn't published any more, and still runs:`,
    "",
    ...lines,
    "",
    "Publish it again, or move these services to another version.",
  ].join("\n");
  await github.issue(
    `withdrawn ${name}`,
    `${name} was withdrawn`,
    lines.length > 0 ? text : undefined,
  );
  return lines.length > 0;
}
