import { z } from "zod";
import { day, duration, nonEmpty, strict } from "./input/scalars";

/** The ways a version can come into an environment; `accepts` names those that it takes. */
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
    "A branch, or a tag pattern such as v*, at which this environment's truth stands.",
  ).optional(),
  from: nonEmpty("The environment that a version must have run in before.").optional(),
  accepts: z
    .array(z.enum(STRATEGIES, { error: `one of ${STRATEGIES.join(", ")}` }))
    .meta({ description: "Which kinds of version may come here." }),
  soak: duration.optional().meta({ description: "How long a version must have run in `from`." }),
  digest: z
    .enum(["required", "optional"], { error: `"required" or "optional"` })
    .optional()
    .meta({ description: "Whether pins need a digest. Default: optional." }),
  verify: z
    .enum(["required", "optional"], { error: `"required" or "optional"` })
    .optional()
    .meta({ description: "Whether signatures and attestations are checked. Default: optional." }),
  freeze: z
    .array(strict({ from: day, until: day, reason: nonEmpty("Why nothing moves.") }))
    .optional()
    .meta({ description: "When nothing is promoted here. Rollbacks pass." }),
});

/** environments.yaml: the promotion path. */
export const environments = strict({
  environments: z.record(nonEmpty("An environment's name."), environment),
});

export type EnvironmentFile = z.infer<typeof environments>;
