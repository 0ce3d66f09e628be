import { tagName } from "../core/tag-pattern";
import { Version } from "../core/version";
import type { EnvironmentReader } from "./environments";

/** A release on GitHub. */
export interface ReleaseName {
  /** The full name of its repository. */
  readonly repository: string;
  readonly tag: string;
}

/** A stack that is declared to run something. */
export interface Declared {
  readonly stack: string;
  readonly service: string;
  readonly version: string;
}

/** Returns which stacks are declared to run a release, in the order of the promotion path. */
export function stacksWith(
  reader: EnvironmentReader,
  { repository, tag }: ReleaseName,
): Declared[] {
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
