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
    "The branch, or the tag pattern such as v*, that describes this environment.",
  ).optional(),
  from: nonEmpty("The upstream environment, which a version must have run in before.").optional(),
  accepts: z
    .array(z.enum(STRATEGIES, { error: `one of ${STRATEGIES.join(", ")}` }))
    .meta({ description: "Which kinds of version may run here." }),
  soak: duration.optional().meta({ description: "How long a version must have run in `from`." }),
  digest: z
    .enum(["required", "optional"], { error: `"required" or "optional"` })
    .optional()
    .meta({ description: "Whether pins need a digest. Default: optional." }),
  verify: z.enum(["required", "optional"], { error: `"required" or "optional"` }).optional().meta({
    description:
      "Not enforced yet: whether signatures and attestations are checked. Default: optional.",
  }),
  freeze: z
    .array(strict({ from: day, until: day, reason: nonEmpty("Why the environment is frozen.") }))
    .optional()
    .meta({ description: "When no service is promoted here. Rollbacks pass." }),
});

/** environments.yaml: the promotion path. */
export const environments = strict({
  environments: z.record(nonEmpty("An environment's name."), environment),
});

/** The content of environments.yaml. */
export type EnvironmentFile = z.infer<typeof environments>;
