import { z } from "zod";
import { day, duration, nonEmpty, strict } from "./input/scalars";

/** The kinds of version that an environment can accept. */
export const STRATEGIES = [
  "release",
  "prerelease",
  "range",
  "branch",
  "commit",
  "preview",
] as const;

const environment = strict({
  ref: nonEmpty(
    "Ref: the branch, or the tag pattern, that describes this environment. Default: the working tree.",
  )
    .optional()
    .meta({ examples: ["main", "v*"] }),
  from: nonEmpty("Upstream: the environment that a version must have run in before.")
    .optional()
    .meta({ examples: ["staging"] }),
  accepts: z.array(z.enum(STRATEGIES, { error: `one of ${STRATEGIES.join(", ")}` })).meta({
    description: "Kinds of version that may run here. range and preview have no effect yet.",
    examples: [["release", "prerelease"]],
  }),
  soak: duration.optional().meta({
    description: "How long a version must have been running in `from`. Default: no time.",
  }),
  digest: z
    .enum(["required", "optional"], { error: `"required" or "optional"` })
    .optional()
    .meta({ description: "Whether pins need a digest.", default: "optional" }),
  verify: z.enum(["required", "optional"], { error: `"required" or "optional"` }).optional().meta({
    description: "Not enforced yet: whether signatures and attestations are checked.",
    default: "optional",
  }),
  freeze: z
    .array(
      strict({
        from: day.meta({ description: "Start: a date (midnight UTC), or a time with its zone." }),
        until: day.meta({
          description: "End: a date (midnight UTC), or a time with its zone.",
          examples: ["2027-01-04"],
        }),
        reason: nonEmpty("Why the environment is frozen.").meta({ examples: ["year end"] }),
      }),
    )
    .optional()
    .meta({ description: "Periods in which no service is promoted here. Rollbacks pass." }),
});

/** environments.yaml: the promotion path. */
export const environments = strict({
  environments: z
    .record(nonEmpty("An environment's name."), environment)
    .meta({ description: "The environments by name, in the order of the path." }),
});

/** The content of environments.yaml. */
export type EnvironmentFile = z.infer<typeof environments>;
