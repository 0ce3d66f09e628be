import type { Findings } from "../input/findings";
import type { GateName } from "../promotion/gate";
import { evaluateStaticGates, refusals } from "../promotion/gates";
import type { IssueCode } from "../input/issue-codes";
import { MAX_CLOUDFORMATION_STACK_NAME, MAX_TAG_LENGTH, MAX_TEMPLATE_PARAMETERS } from "../limits";
import { imageTag } from "./helm-values";
import { isPackaged } from "../files";
import { mutableTagOf } from "./mutable-tags";
import * as names from "./names";
import { PREVIEW_RULES } from "./preview-rules";
import { previewedServices } from "./previews";
import { REGISTRY_RULES } from "./registry-rules";
import { runAt, staticInput } from "../promotion/gate-input";
import { kubernetesServiceRefusal } from "../list/rules";
import type { Service } from "../list/service";
import type { StackPlan, StackRule } from "./plan";
import { configKey } from "./schema";
import { matchesReleaseTag } from "../tag-pattern";
import { Commit, Tag } from "../version";

const RULES: readonly StackRule[] = [
  function environmentExists({ config, environments }, findings) {
    if (environments === undefined || environments.has(config.environment)) return;
    const known = [...environments.keys()].join(", ");
    findings.refuse(
      "unknown-environment",
      `"${config.environment}" isn't in environments.yaml; known are ${known}`,
      ["environment"],
    );
  },
  function nameIsOfNoOtherEnvironment({ config, environments }, findings) {
    const { stack, environment } = config;
    if (stack === environment || environments?.has(stack) !== true) return;
    if (!environments.has(environment)) return;
    const found = `the stack ${stack} is one of ${environment}, and environments.yaml has an environment of its name, which --to ${stack} means; rename the stack`;
    findings.refuse("stack-named-like-environment", found, ["environment"], "value");
  },
  function placesAreGiven({ config, deployments, list }, findings) {
    const images =
      deployments.some(({ service }) => service.docker !== undefined) ||
      previewedServices(list, config).length > 0;
    const templates = deployments.some(({ service }) => service.provider !== undefined);
    const { registry } = config;
    if (images && registry === undefined) {
      findings.miss("missing-key", `"registry" is missing; give the registry of the images`, [
        "registry",
      ]);
    }
    const aws = templates || (registry !== undefined && registry.role !== "external");
    if (aws && config.account === undefined) {
      findings.miss(
        "missing-key",
        `"account" is missing; give the AWS account that this stack may touch`,
        ["account"],
      );
    }
    if (aws && config.region === undefined) {
      findings.miss("missing-key", `"aws:region" is missing; give the AWS region of this stack`, [
        "aws:region",
      ]);
    }
    if (templates && config.templates === undefined) {
      findings.miss(
        "missing-key",
        `"templates" is missing; services with provider: cloudformation need a bucket`,
        ["templates"],
      );
    }
  },
  function defaultChartIsPinned({ deployments }, findings) {
    const unpinned = deployments.filter(({ chart }) => {
      return chart?.isPinned === false && isPackaged(chart.name);
    });
    const [first] = unpinned;
    if (first?.chart === undefined) return;
    const [names, version] = [unpinned.map(({ service }) => service.name), first.chart.version];
    const listed = names.length > 3 ? [...names.slice(0, 3), `${names.length - 3} more`] : names;
    findings.warn(
      "unpinned-chart",
      `"charts" pins no version of the default chart for ${listed.join(", ")}, so an upgrade of the package may change it; set charts.${first.service.name} to "${version}"`,
      ["charts"],
    );
  },
  function webhookIsWhole({ config, hasWebhookSecret }, findings) {
    if (config.webhook === undefined) {
      if (hasWebhookSecret) {
        findings.warn(
          "key-without-effect",
          `"webhookSecret" has no effect without "webhook.url"; remove it`,
          ["webhookSecret"],
        );
      }
      return;
    }
    if (!hasWebhookSecret) {
      findings.miss(
        "missing-webhook-secret",
        `"webhook" has no secret; pulumi config set --secret ${configKey("webhookSecret")}`,
        ["webhook"],
      );
    }
    if (config.githubOwner === undefined) {
      findings.miss("missing-key", `"github" is missing; give the owner of the repositories`, [
        "github",
      ]);
    }
  },
  function templatesHaveNames({ config, deployments }, findings) {
    const entries = deployments.filter(({ service }) => service.provider !== undefined);
    const stacks = new Map<string, Service>();
    for (const { service } of entries) {
      const name = names.cloudformationStackName(service.name);
      const first = stacks.get(name);
      if (!names.isCloudformationStackName(name)) {
        const found = `"${service.name}" can't be a CloudFormation stack's name: a letter, then letters, digits and dashes, at most ${MAX_CLOUDFORMATION_STACK_NAME}; give it another "name"`;
        findings.refuse("invalid-name", found, ["templates"]);
      } else if (first !== undefined && first.name !== service.name) {
        const found = `"${service.name}" and "${first.name}" would both be the CloudFormation stack "${name}"; rename one`;
        findings.refuse("shared-cloudformation-stack", found, ["templates"]);
      }
      stacks.set(name, service);
    }
    if (config.templates === undefined || entries.length === 0) return;
    const versioned = config.templates.versions === "all" ? deployments : entries;
    const given = new Set(Object.keys(config.templates.parameters));
    const all = new Set([
      ...given,
      ...versioned.map(({ service }) => names.versionParameter(service.name)),
    ]);
    const most = config.templates.versions === "all" ? all.size : given.size + 1;
    if (most > MAX_TEMPLATE_PARAMETERS) {
      const found = `a template would get ${most} parameters; CloudFormation takes ${MAX_TEMPLATE_PARAMETERS}`;
      findings.refuse("invalid-parameter", found, ["templates"]);
    }
    const parameters = new Map<string, Service>();
    for (const { service } of versioned) {
      const parameter = names.versionParameter(service.name);
      const first = parameters.get(parameter) ?? service;
      parameters.set(parameter, first);
      if (first.name !== service.name && config.templates.versions === "all") {
        findings.refuse(
          "parameter-taken",
          `"${parameter}" would be the version of "${first.name}" and of "${service.name}"; rename one`,
          ["templates", "versions"],
        );
      }
      if (!Object.hasOwn(config.templates.parameters, parameter)) continue;
      const found = `"${parameter}" is the version of "${service.name}", which its pin decides; remove it`;
      findings.refuse("parameter-taken", found, ["templates", "parameters", parameter]);
    }
  },
  function kubernetesServicesBeginWithALetter({ deployments }, findings) {
    for (const { service, chart, values } of deployments) {
      if (chart === undefined) continue;
      const found = kubernetesServiceRefusal(service, values);
      const isDefined = kubernetesServiceRefusal(service, service.values) !== undefined;
      if (found === undefined || isDefined) continue;
      findings.refuse("invalid-name", found, ["values", service.name]);
    }
  },
  function pinsFitTheirServices({ config, deployments }, findings) {
    for (const { service } of deployments) {
      const { name, deploy, docker, provider } = service;
      const pin = config.versions.get(name);
      if (pin === undefined) continue;
      const { version, digest } = pin;
      const refuse = (code: IssueCode, message: string): void => {
        findings.refuse(code, `"versions.${name}" ${message}`, ["versions", name], "value");
      };
      if (docker === undefined && digest !== undefined && !(version instanceof Tag)) {
        refuse("invalid-pin", `has a digest, and "${name}" has no image; leave it out`);
      }
      if (docker !== undefined && digest === undefined && version instanceof Commit) {
        refuse(
          "commit-without-digest",
          `is a commit without a digest, which says no image; pin ${version.text}@sha256:...`,
        );
      }
      const { length } = imageTag(service, version);
      if (docker !== undefined && length > MAX_TAG_LENGTH) {
        refuse(
          "tag-too-long",
          `gives the image's tag ${length} characters, and a registry takes ${MAX_TAG_LENGTH}; shorten the version or "tags.image"`,
        );
      }
      if (version instanceof Tag && (docker === undefined || provider !== undefined)) {
        const what = provider === undefined ? "no image" : "a template";
        refuse("invalid-pin", `is an image's own tag, and "${name}" has ${what}; pin a release`);
      }
      if (deploy.strategy === "range" && !version.satisfies(deploy.range)) {
        const why =
          version instanceof Tag
            ? "which has no order; follow the range *"
            : "which isn't in it; pin another version, or widen the range";
        refuse(
          "outside-range",
          `is ${version.text}, and its definition follows ${deploy.range}, ${why}`,
        );
      }
    }
  },
  function mutableTagsHaveDigests({ config, deployments }, findings) {
    for (const { service, version, digest } of deployments) {
      const moves = mutableTagOf(service, version, config);
      if (service.docker === undefined || digest !== undefined || moves === undefined) continue;
      // Such a pattern is a finding of its own.
      if (matchesReleaseTag(moves.pattern, service.tags.image)) continue;
      const pin = `versions.${service.name}`;
      const found = `"${pin}" is a mutable tag (${moves.pattern}) without a digest, which says no image; pin ${version.text}@sha256:...`;
      findings.refuse("mutable-tag-without-digest", found, ["versions", service.name], "value");
    }
  },
  function gatesPass(plan, findings) {
    if (plan.environments?.has(plan.config.environment) !== true) return;
    const input = staticInput(runAt(plan, []));
    for (const running of input.running.values()) {
      const candidate = { ...running, intent: "inspection" } as const;
      for (const { gate, service, reason } of refusals(evaluateStaticGates(candidate, input))) {
        const code = GATE_CODES[gate];
        if (code === undefined) throw new Error(`the gate ${gate} has no code for lint`);
        findings.refuse(code, `"${service}": ${reason}`, ["versions", service]);
      }
    }
  },
  ...PREVIEW_RULES,
  ...REGISTRY_RULES,
];

/** The finding for each gate of an inspection. */
const GATE_CODES: Readonly<Partial<Record<GateName, IssueCode>>> = {
  accepted: "not-accepted",
  prerelease: "prerelease-not-accepted",
  digest: "digest-required",
  requires: "requirement-not-met",
};

/** Finds every issue of one stack config against the list and the promotion path. */
export function checkStack(plan: StackPlan, findings: Findings): void {
  for (const rule of RULES) rule(plan, findings);
}
