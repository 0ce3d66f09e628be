import type { Git } from "../adapters/git/repository";
import { comparison } from "../core/promotion/proposal";
import type { Pin } from "../core/version";
import type { EnvironmentState } from "./environment-state";

/** Addresses of pages on GitHub, each undefined where there is no such page. */
export interface GithubPages {
  readonly commit: (id: string) => string | undefined;
  readonly pullRequest: (number: number) => string | undefined;
  /** What lies between two versions of a service. */
  readonly comparison: (
    environment: string,
    service: string,
    from: Pin["version"],
    to: Pin["version"],
  ) => string | undefined;
}

/** Returns the pages of the repository, and of the services that environments run. */
export function githubPages(git: Git, states: Iterable<EnvironmentState>): GithubPages {
  const page = git.isRepository() ? git.githubPage() : undefined;
  const under = (path: string): string | undefined => page && `${page}/${path}`;
  const known = new Map(
    [...states].map(({ environment, repository, plans }) => {
      const services = new Map(repository.list.map((service) => [service.name, service]));
      return [environment.name, { services, config: plans[0]?.config }] as const;
    }),
  );
  return {
    commit: (id) => under(`commit/${id}`),
    pullRequest: (number) => under(`pull/${number}`),
    comparison: (environment, name, from, to) => {
      const { services, config } = known.get(environment) ?? {};
      const service = services?.get(name);
      return service && config && comparison(config, service, from, to)[0];
    },
  };
}
