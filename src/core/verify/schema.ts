import { z } from "zod";
import { parsed, refuse, serviceName, strict, text } from "../input/scalars";
import { nobodys } from "./nobodys";
import { parseTextRule, type TextRule } from "./text-rule";

/** How much an environment demands of signatures. */
export const MODES = ["off", "warn", "require"] as const;

const mode = z.enum(MODES, { error: `one of ${MODES.join(", ")}` });

/** A path of the repository, from its top: no other place has the owners and the history of this one. */
const path = (description: string, example: string): z.ZodString =>
  text(
    { code: "invalid-path", expected: `a file of this repository by its path, such as ${example}` },
    (value) => /^(?!\/)(?!.*(?:^|\/)\.{1,2}(?:\/|$))[^\\:]+[^\\:/]$/.test(value),
    { description, examples: [example] },
  );

/** A rule about a text of the certificate, which some certificate may have there. */
const rule = (part: keyof typeof nobodys, description: string, example: string) =>
  parsed(refusalOf, ruleOrNothing, { description, examples: [example] }).superRefine(
    (found, context) => {
      const expected = nobodys[part](found.text);
      if (expected !== undefined) refuse(context, { code: "invalid-identity", expected });
    },
  );

function ruleOrNothing(value: string): TextRule | undefined {
  const found = parseTextRule(value);
  return "problem" in found ? undefined : found;
}

function refusalOf(value: string) {
  const found = parseTextRule(value);
  if (!("problem" in found)) throw new Error(`${value} is a rule`);
  return {
    code: "invalid-identity" as const,
    expected: `an exact text, or an anchored pattern; this is ${found.problem}`,
  };
}

const identity = strict({
  issuer: rule(
    "issuer",
    "Issuer of the identity, as the certificate names it.",
    "https://token.actions.githubusercontent.com",
  ).optional(),
  repository: rule(
    "repository",
    "Source repository, as `owner/name`. Default: the service's `github`, of two the source, of the stack's owner.",
    "acme/orders",
  ).optional(),
  workflow: rule(
    "workflow",
    "Workflow file that signed: a path of `repository`, or `owner/name/path` of another's. Default: any of `repository`.",
    ".github/workflows/release.yml",
  ).optional(),
  ref: rule(
    "ref",
    "Ref that was built. Default: any.",
    String.raw`^refs/tags/v[0-9].*$`,
  ).optional(),
  subject: rule(
    "subject",
    "In place of repository, workflow and ref: the name that the certificate is for.",
    "release@acme.example",
  ).optional(),
  key: path("In place of all others: a public key in PEM.", "trust/orders.pub").optional(),
}).superRefine(({ issuer, repository, workflow, ref, subject, key }, context) => {
  const ofGithub = { repository, workflow, ref };
  const given = Object.entries({ issuer, ...ofGithub, subject }).flatMap(([name, value]) =>
    value === undefined ? [] : [name],
  );
  if (key !== undefined) {
    if (given.length === 0) return;
    const expected = `a key or an identity, not both; remove ${given.join(", ")}`;
    refuse(context, { code: "invalid-identity", expected });
  } else if (issuer === undefined) {
    const expected = "an issuer, or a key: without it anybody's certificate would count";
    refuse(context, { code: "invalid-identity", expected });
  } else if (subject !== undefined && given.length > 2) {
    const others = given.filter((name) => name !== "issuer" && name !== "subject").join(", ");
    const expected = `a subject, or what GitHub says of a workflow, not both; remove ${others}`;
    refuse(context, { code: "invalid-identity", expected });
  }
});

const identities = z.array(identity).min(1, "at least one identity").meta({
  description:
    "Who may sign: one of them must have. Default: GitHub Actions in the service's repository.",
});

const predicates = z
  .array(
    text(
      { code: "invalid-value", expected: "a predicate type, which is an address" },
      (value) => /^https?:\/\/[^\s]+$/.test(value),
      {
        description: "Predicate type.",
        examples: ["https://slsa.dev/provenance/v1"],
      },
    ),
  )
  .min(1, "at least one predicate type")
  .meta({
    description:
      "Attestations that there must be, by predicate type: all of them. Default: a signature, or provenance of the build.",
  });

/** `verify` of an environment. */
export const verify = z.strictObject(
  {
    mode: mode.meta({ description: "off: nothing is checked; warn: told; require: refused." }),
    root: path(
      "The trust root: trusted_root.json of Sigstore, or several by `gh attestation trusted-root`.",
      "trust/root.jsonl",
    )
      .optional()
      .meta({ default: "trust/root.jsonl" }),
    identities: identities.optional(),
    predicates: predicates.optional(),
    services: z
      .record(
        serviceName,
        strict({
          mode: mode.optional().meta({ description: "Default: the environment's." }),
          identities: identities.optional().meta({ description: "Default: the environment's." }),
          predicates: predicates.optional().meta({ description: "Default: the environment's." }),
        }),
      )
      .optional()
      .meta({ description: "What is different for a service." }),
  },
  { error: "a mapping, such as { mode: require }" },
);

/** What an environment demands, as environments.yaml has it. */
export type Verify = z.infer<typeof verify>;

/** One that may sign. */
export type Identity = z.infer<typeof identity>;
