import { z } from "zod";
import { isZone, parseWeekly } from "./freeze";
import {
  day,
  duration,
  nonEmpty,
  parsed,
  refuse,
  serviceName,
  strict,
  text,
} from "./input/scalars";
import { isReservedName, MAX_ENVIRONMENT_NAME } from "./limits";
import { verify } from "./verify/schema";
import { parsePin, type Pin } from "./version";
import { expectedPin } from "./version-advice";

/** The kinds of version that an environment can accept. */
export const STRATEGIES = [
  "release",
  "prerelease",
  "range",
  "branch",
  "commit",
  "tag",
  "preview",
] as const;

/** Names that files of ours have, where each environment has one, too: `findings.md`. */
const TAKEN_NAMES: ReadonlySet<string> = new Set(["findings"]);

/** The name of a GitHub environment, of files, and of stacks. */
const ENVIRONMENT_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

const environmentName = z
  .string()
  .superRefine((value, context) => {
    if (isReservedName(value) || TAKEN_NAMES.has(value)) {
      refuse(context, { code: "reserved-name", expected: `another name: "${value}" is taken` });
    } else if (!ENVIRONMENT_NAME.test(value) || value.length > MAX_ENVIRONMENT_NAME) {
      const expected = `at most ${MAX_ENVIRONMENT_NAME} letters, digits, ".", "_" and "-", with a letter or a digit in front`;
      refuse(context, { code: "invalid-name", expected });
    }
  })
  .meta({ pattern: ENVIRONMENT_NAME.source, description: "An environment's name." });

const upstream = nonEmpty("Upstream: an environment that a version must have run in before.");

const environment = strict({
  ref: nonEmpty(
    "Ref: the branch, or the tag pattern, that describes this environment. Default: the working tree.",
  )
    .optional()
    .meta({ examples: ["main", "v*"] }),
  from: z
    .union([upstream, z.array(upstream).min(1)], {
      error: "the name of an environment, or a sequence of them",
    })
    .optional()
    .meta({
      description:
        "Upstream: the environment that a version must have run in before, or several of them.",
      examples: ["staging"],
    }),
  enters: z
    .array(serviceName)
    .optional()
    .meta({
      description: "Services that need not have run in `from`. Every other gate judges them.",
      examples: [["license-server"]],
    }),
  unreleased: z
    .array(serviceName)
    .optional()
    .meta({
      description:
        "Services that have no releases on GitHub, such as images of others: gate release passes them.",
      examples: [["pihole"]],
    }),
  protected: z
    .boolean()
    .optional()
    .meta({
      description:
        "Whether resources with data can't be deleted. Default: true where the path ends.",
      examples: [true],
    }),
  accepts: z.array(z.enum(STRATEGIES, { error: `one of ${STRATEGIES.join(", ")}` })).meta({
    description:
      "Kinds of version that may run here; with range, releases resolve follows ranges; with preview, pull requests get copies.",
    examples: [["release", "prerelease"]],
  }),
  minimumAge: duration.optional().meta({
    description:
      "How old a version must be before `releases resolve` chooses it: since it was published or pushed, or since a commit pinned it first. Default: no time.",
    examples: ["3d"],
  }),
  soak: duration.optional().meta({
    description: "How long a version must have been running in `from`. Default: no time.",
  }),
  checks: z
    .array(nonEmpty("A check's name at GitHub."))
    .min(1)
    .optional()
    .meta({
      description:
        "Checks at GitHub that must be green on the commit that is deployed in `from`: of Actions, other Apps, or commit statuses. Default: none.",
      examples: [["smoke"]],
    }),
  digest: z
    .enum(["required", "optional"], { error: `"required" or "optional"` })
    .optional()
    .meta({ description: "Whether pins need a digest.", default: "optional" }),
  verify: verify.optional().meta({
    description: "Whose signatures and attestations what runs here must have. Default: nobody's.",
  }),
  freeze: z
    .array(
      strict({
        from: day
          .meta({ description: "Start: a date (midnight UTC), or a time with its zone." })
          .optional(),
        until: day
          .meta({
            description: "End: a date (midnight UTC), or a time with its zone.",
            examples: ["2027-01-04"],
          })
          .optional(),
        every: parsed(
          {
            code: "invalid-date",
            expected: `a period of each week, such as "Fri 16:00 - Mon 08:00"`,
          },
          parseWeekly,
          {
            description: "In place of from and until: a period of each week, in `zone`.",
            examples: ["Fri 16:00 - Mon 08:00"],
          },
        ).optional(),
        zone: text(
          {
            code: "invalid-date",
            expected: "a time zone of the IANA database, such as Europe/Berlin",
          },
          isZone,
          {
            description: "Time zone of `every`, by whose clocks it starts and ends.",
            default: "UTC",
            examples: ["Europe/Berlin"],
          },
        ).optional(),
        reason: nonEmpty("Why the environment is frozen.").meta({ examples: ["year end"] }),
      }),
    )
    .optional()
    .meta({ description: "Periods in which nothing changes here. Rollbacks pass." }),
  breakGlass: strict({
    teams: z
      .array(nonEmpty("A team of the GitHub organization, by its slug."))
      .min(1)
      .meta({
        description: "Teams of which a member must have approved the pull request with the reason.",
        examples: [["sre"]],
      }),
  })
    .optional()
    .meta({
      description: "Whose reason overrides soak, checks and freeze. Default: whoever may merge.",
    }),
});

const rejection = strict({
  version: parsed(
    (text) => {
      const problem = parsePin(text);
      if (typeof problem !== "string") throw new Error(`${text} is a pin`);
      return { code: problem, expected: expectedPin(text, problem) };
    },
    pinOrNothing,
    { description: "The version, all of it or the one of a digest.", examples: ["v1.1.4"] },
  ),
  reason: nonEmpty("Why it must not run.").meta({ examples: ["loses reservations"] }),
});

function pinOrNothing(text: string): Pin | undefined {
  const pin = parsePin(text);
  return typeof pin === "string" ? undefined : pin;
}

/** environments.yaml: the promotion path. */
export const environments = strict({
  environments: z
    .record(environmentName, environment)
    .meta({ description: "The environments by name, in the order of the path." }),
  rejected: z
    .record(
      serviceName,
      z.array(rejection).meta({ description: "Versions of this service, each with a reason." }),
    )
    .optional()
    .meta({ description: "Versions that never run anywhere again, by service." }),
  compatibility: z.enum(["kayron"], { error: `"kayron"` }).optional().meta({
    description:
      "kayron: what Kayron takes in a list is a warning where it would be an error. Default: an error.",
  }),
});

/** The content of environments.yaml. */
export type EnvironmentFile = z.infer<typeof environments>;
