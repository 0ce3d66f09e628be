import { createHash } from "node:crypto";
import { plain, Refusal, secret, type Kind, type StandIn } from "./stand-in";
import type { Scope, Properties } from "./world";
import { isMapping } from "../../src/core/mapping";

interface Hook {
  readonly url?: unknown;
  readonly contentType?: unknown;
}

/** Returns what GitHub finds wrong with the settings of a webhook. */
function checkHook({ configuration, events }: Properties): string[] {
  const { url, contentType } = (configuration ?? {}) as Hook;
  const found: string[] = [];
  if (typeof url !== "string" || !URL.canParse(url)) found.push("422 url is not a URL");
  if (!["json", "form"].includes(String(contentType)))
    found.push("422 content_type is json or form");
  if (!Array.isArray(events) || events.length === 0) found.push("422 events is empty");
  return found;
}

function urlOf({ configuration }: Properties): string {
  const { url } = (configuration ?? {}) as Hook;
  return typeof url === "string" ? url : "";
}

/** GitHub numbers its webhooks; here the number is a hash of the address. */
function hookNumber(inputs: Properties): number {
  return parseInt(createHash("sha256").update(urlOf(inputs)).digest("hex").slice(0, 7), 16);
}

const shown = ({ configuration }: Properties): Properties => ({
  configuration: { ...(configuration as Hook), secret: "********" },
});

/** The provider takes the address for as sensitive as the secret, so both are secrets (fact 102). */
const sensitive = ({ configuration, ...inputs }: Properties): Properties => {
  const entries: [string, unknown][] = Object.entries(
    isMapping(configuration) ? plain(configuration) : {},
  );
  const marked = entries.map(([key, value]) => [
    key,
    key === "url" || key === "secret" ? secret(value) : value,
  ]);
  return { ...inputs, configuration: Object.fromEntries(marked) as Properties };
};

/** Reads a webhook. GitHub shows all of it but the secret, which stays that of the state. */
const read: NonNullable<Kind["read"]> = ({ properties, shown: seen }, { inputs, outputs }) => {
  const kept = (plain(inputs)["configuration"] ?? {}) as Properties;
  const configuration = {
    ...kept,
    ...(seen?.["configuration"] as Properties),
    ...(kept["secret"] !== undefined && { secret: kept["secret"] }),
  };
  const found = sensitive({ ...inputs, ...properties, configuration });
  return { inputs: found, outputs: { ...outputs, ...found } };
};

const TAKEN = "422 Validation Failed [Hook already exists on this repository]";

const repositoryWebhook: Kind = {
  check: checkHook,
  checked: sensitive,
  read,
  key: (inputs, { owner = "" }) => `${owner} hook ${String(inputs["repository"])} ${urlOf(inputs)}`,
  id: (inputs) => `${String(inputs["repository"])}/${hookNumber(inputs)}`,
  shown,
  taken: TAKEN,
  outputs: (inputs, { owner = "" }) => ({
    url: `https://api.github.com/repos/${owner}/${String(inputs["repository"])}/hooks/${hookNumber(inputs)}`,
  }),
};

const organizationWebhook: Kind = {
  check: checkHook,
  checked: sensitive,
  read,
  key: (inputs, { owner = "" }) => `${owner} hook ${urlOf(inputs)}`,
  id: (inputs) => String(hookNumber(inputs)),
  shown,
  taken: TAKEN,
};

const environmentKey = ({ repository, environment }: Properties, { owner = "" }: Scope): string =>
  `${owner} environment ${String(repository)} ${String(environment)}`;

interface Reviewers {
  readonly teams?: readonly unknown[];
  readonly users?: readonly unknown[];
}

interface BranchPolicy {
  readonly protectedBranches: boolean;
  readonly customBranchPolicies: boolean;
}

const environment: Kind = {
  check: ({ reviewers, deploymentBranchPolicy }) => {
    const [{ teams = [], users = [] } = {}] = (reviewers ?? []) as readonly Reviewers[];
    const policy = deploymentBranchPolicy as BranchPolicy | undefined;
    return [
      ...(teams.length + users.length <= 6 ? [] : ["422 an environment has at most 6 reviewers"]),
      ...(policy !== undefined && policy.protectedBranches === policy.customBranchPolicies
        ? ["422 protected_branches and custom_branch_policies cannot have the same value"]
        : []),
    ];
  },
  key: environmentKey,
  id: (inputs) => `${String(inputs["repository"])}:${String(inputs["environment"])}`,
};

const deploymentPolicy: Kind = {
  check: ({ branchPattern, tagPattern }) =>
    (branchPattern === undefined) === (tagPattern === undefined)
      ? ["422 a policy has a branch or a tag pattern"]
      : [],
  key: (inputs, scope) =>
    `${environmentKey(inputs, scope)} at ${String(inputs["branchPattern"] ?? inputs["tagPattern"])}`,
  id: (inputs) => `${String(inputs["repository"])}:${String(inputs["environment"])}:1`,
  before: (action, { inputs, scope, world }) => {
    if (action === "delete") return;
    const found = world.get(environmentKey(inputs, scope))?.properties["deploymentBranchPolicy"];
    if ((found as BranchPolicy | undefined)?.customBranchPolicies === true) return;
    throw new Refusal("404 the environment has no custom branch policies");
  },
};

const ruleset: Kind = {
  check: ({ target, conditions, enforcement }) => {
    const { refName } = conditions as { refName: { includes: readonly string[] } };
    return [
      ...(["branch", "tag", "push"].includes(String(target)) ? [] : ["422 target"]),
      ...(["active", "disabled", "evaluate"].includes(String(enforcement))
        ? []
        : ["422 enforcement"]),
      ...(refName.includes.every((ref) => ref.startsWith("refs/") || ref.startsWith("~"))
        ? []
        : ["422 a ref is whole, such as refs/tags/v*"]),
    ];
  },
  key: (inputs, { owner = "" }) =>
    `${owner} ruleset ${String(inputs["repository"])} ${String(inputs["name"])}`,
  id: (inputs) => String(inputs["name"]),
  taken: "422 Name must be unique",
};

/** Returns the stand-in of GitHub. */
export function github(): StandIn {
  return {
    name: "github",
    kinds: {
      "github:index/repositoryWebhook:RepositoryWebhook": repositoryWebhook,
      "github:index/organizationWebhook:OrganizationWebhook": organizationWebhook,
      "github:index/repositoryEnvironment:RepositoryEnvironment": environment,
      "github:index/repositoryEnvironmentDeploymentPolicy:RepositoryEnvironmentDeploymentPolicy":
        deploymentPolicy,
      "github:index/repositoryRuleset:RepositoryRuleset": ruleset,
    },
    configure: ({ owner }) => {
      if (typeof owner !== "string") throw new Refusal("no owner: the token's user would be used");
      return { owner };
    },
  };
}
