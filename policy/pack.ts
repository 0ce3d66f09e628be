/**
 * The policy pack: rules for resources, independent of the program that declares them.
 * `pulumi preview --policy-pack policy` evaluates them in Pulumi's engine, with any backend.
 */
import { PolicyPack, type ResourceValidationPolicy } from "@pulumi/policy";
import { RULES, type Settings } from "./rules";

const names = (description: string, defaults: string[]) => ({
  type: "array" as const,
  items: { type: "string" as const },
  description,
  default: defaults,
});

/** Every policy takes the same settings. */
const configSchema = {
  properties: {
    production: names("Stacks in which nothing may be deleted or replaced by accident.", [
      "production",
    ]),
    byDigest: names("Stacks in which images run by digest.", ["production"]),
    mayGo: names("Releases of production that may be deleted or replaced.", []),
  },
};

new PolicyPack("releases", {
  enforcementLevel: "mandatory",
  policies: RULES.map(({ name, description, types, violations }): ResourceValidationPolicy => ({
    name,
    description,
    configSchema,
    validateResource: (args, reportViolation) => {
      if (types?.includes(args.type) === false) return;
      const resource = {
        type: args.type,
        name: args.name,
        stack: args.urn.split("::")[0]?.replace("urn:pulumi:", "") ?? "",
        inputs: args.props as Readonly<Record<string, unknown>>,
        protect: args.opts.protect,
        provider: args.provider?.name,
      };
      for (const found of violations(resource, args.getConfig<Settings>())) reportViolation(found);
    },
  })),
});
