import type { GithubRepositoryApi } from "../adapters/github/repository";
import type { EnvironmentReader } from "../app/environments";
import { tagName } from "../core/tag-pattern";
import { Version } from "../core/version";
import { escaped } from "../format/markdown";

/** A release on GitHub. */
export interface ReleaseName {
  /** The full name of its repository. */
  readonly repository: string;
  readonly tag: string;
}

/** A stack that is declared to run something. */
interface Declared {
  readonly stack: string;
  readonly service: string;
  readonly version: string;
}

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

/** Returns which stacks are declared to run a release, in the order of the promotion path. */
function stacksWith(reader: EnvironmentReader, { repository, tag }: ReleaseName): Declared[] {
  const [owner, name] = repository.toLowerCase().split("/");
  return [...reader.environments.values()].flatMap((environment) =>
    reader.declared(environment).plans.flatMap(({ config, deployments }) =>
      deployments.flatMap(({ service, version }): Declared[] => {
        const isOf =
          config.githubOwner?.toLowerCase() === owner && service.github.toLowerCase() === name;
        if (!isOf || !(version instanceof Version)) return [];
        if (tagName(service.tags.github, version.text) !== tag) return [];
        return [{ stack: config.stack, service: service.name, version: version.text }];
      }),
    ),
  );
}
