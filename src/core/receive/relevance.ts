import type { Service } from "../list/service";
import type { StackPlan } from "../stack/plan";
import { imagePrefix, imageRepositories } from "../stack/registry";
import type { Intent } from "./intent";

/**
 * Whether what an intent is about may move something: of these stacks, or of the list itself. An organization's webhook
 * tells of every repository that it has.
 * @param list the full name of the repository with the list
 */
export function isRelevant(intent: Intent, list: string, plans: readonly StackPlan[]): boolean {
  switch (intent.kind) {
    case "everything":
      return true;
    case "protection-rule":
      return isSame(intent.repository, list);
    case "image":
      return plans.some(({ config, list }) => {
        const names = list.flatMap(imageRepositories).map((name) => imagePrefix(config) + name);
        return names.some((name) => isSame(name, intent.repository));
      });
    case "release":
      return some(plans, intent.repository, "github", () => true);
    case "pull-request":
      return some(plans, intent.repository, "githubSource", ({ preview }) => preview);
    case "push": {
      const { repository, branch } = intent;
      const follows = ({ deploy }: Service): boolean =>
        deploy.strategy === "branch" && deploy.branch === branch;
      return isSame(repository, list) || some(plans, repository, "githubSource", follows);
    }
  }
}

/** Whether a stack has a service of a repository on GitHub, of its releases or its source, for which something is so. */
function some(
  plans: readonly StackPlan[],
  repository: string,
  which: "github" | "githubSource",
  is: (service: Service) => boolean,
): boolean {
  return plans.some(({ config: { githubOwner = "" }, list }) =>
    list.some((service) => isSame(`${githubOwner}/${service[which]}`, repository) && is(service)),
  );
}

/** GitHub's names, and those of images, are the same whatever the case of their letters. */
function isSame(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
