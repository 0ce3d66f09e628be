/**
 * The policy pack: rules for resources, independent of the program that declares them.
 * `pulumi preview --policy-pack policy` evaluates them in Pulumi's engine, with any backend.
 */
import * as path from "node:path";
import { PolicyPack, type ResourceValidationPolicy } from "@pulumi/policy";
import { demandsOn } from "./demands";
import { RULES } from "./rules";

/** Every policy takes the same settings. */
const configSchema = {
  properties: {
    mayGo: {
      type: "array" as const,
      items: { type: "string" as const },
      description: "Releases of a protected environment that may be deleted or replaced.",
      default: [],
    },
  },
};

const { RELEASES_LIST: list = path.join(__dirname, "..") } = process.env;
const demands = demandsOn(list);

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
        inputs: args.props as Readonly<Record<string, unknown>>,
        protect: args.opts.protect,
        provider: args.provider?.name,
      };
      const { mayGo } = args.getConfig<{ mayGo: string[] }>();
      for (const found of violations(resource, { ...demands, mayGo })) reportViolation(found);
    },
  })),
});
