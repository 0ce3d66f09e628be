import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { Findings, type Located } from "../src/core/input/findings";
import type { Issue } from "../src/core/input/issue";
import { isGithubName } from "../src/core/limits";
import { nonEmpty, strict, text } from "../src/core/input/scalars";
import { checkShape } from "../src/core/input/validate";
import { parseValue } from "../stacks/config";

const NAMESPACE = "foundation:";

/** The branch of jobs that nobody starts, and of those that are started by hand, where a config names none. */
export const DEFAULT_BRANCH = "main";

const repository = text(
  { code: "invalid-github", expected: `an owner and a repository, such as "acme/releases"` },
  (value) => {
    const [owner = "", name = "", ...rest] = value.split("/");
    return (
      /^[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?$/.test(owner) &&
      isGithubName(name) &&
      rest.length === 0
    );
  },
);

const id = z.int().min(1, { error: "a number of GitHub's, above 0" });

const reviewers = z.record(
  nonEmpty("An environment of environments.yaml."),
  strict({ teams: z.array(id).optional(), users: z.array(id).optional() }),
);

const defaultBranch = text(
  { code: "invalid-value", expected: `a branch's name, such as "${DEFAULT_BRANCH}"` },
  (value) => /^[A-Za-z0-9._/-]+$/.test(value),
);

/** Of the stack that holds what GitHub is told. */
const github = strict({
  repository,
  defaultBranch: defaultBranch.optional(),
  reviewers: reviewers.optional(),
  previewReviewers: reviewers.optional(),
});

/** Of a stack that holds the roles of one account. */
const account = strict({
  repository,
  ids: strict({ owner: id, repository: id }).optional(),
  defaultBranch: defaultBranch.optional(),
  stateBucket: text({ code: "invalid-bucket", expected: "an S3 bucket's name" }, (value) =>
    /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(value),
  ),
  stateKey: text(
    { code: "invalid-value", expected: "a KMS key's ARN; an alias's grants nothing" },
    (value) => /^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key\/[A-Za-z0-9-]+$/.test(value),
  ).optional(),
  oidcProvider: z.literal("existing", { error: `"existing", or nothing` }).optional(),
  templatePolicies: z
    .array(
      text({ code: "invalid-value", expected: "a managed policy's ARN" }, (value) =>
        /^arn:aws[a-z-]*:iam::(?:aws|\d{12}):policy\/[\w+=,.@/-]+$/.test(value),
      ),
    )
    .optional(),
});

/** Whom GitHub asks, by number: it knows no names here. */
export type Reviewers = z.infer<typeof reviewers>[string];

export type GithubConfig = z.infer<typeof github>;
export type AccountConfig = z.infer<typeof account>;

/** A config as far as it could be understood, and everything that is wrong with it. */
export interface Checked<Config> {
  readonly config: Config | undefined;
  readonly issues: Issue[];
}

/** Reads the config of the stack that holds what GitHub is told. */
export function readGithubConfig(): Checked<GithubConfig> {
  return read(github);
}

/** Reads the config of a stack that holds the roles of one account. */
export function readAccountConfig(): Checked<AccountConfig> {
  return read(account);
}

/** Where a finding of this program's own config stands. */
export function configFile(stack: string): string {
  return `bootstrap/Pulumi.${stack}.yaml`;
}

/** Checks all that the engine has below `foundation:`. The only reader of Pulumi's configuration here. */
function read<Schema extends z.ZodType>(schema: Schema): Checked<z.infer<Schema>> {
  const values = Object.entries(pulumi.runtime.allConfig())
    .filter(([key]) => key.startsWith(NAMESPACE))
    .map(([key, raw]): [string, unknown] => [key.slice(NAMESPACE.length), parseValue(raw)]);
  const findings = new Findings(nowhere(configFile(pulumi.getStack())));
  const config = checkShape(schema, Object.fromEntries(values), findings);
  return { config, issues: findings.issues };
}

/** What the engine has may not stand in the file, so that a finding names the file and the key alone. */
function nowhere(file: string): Located {
  return { file, locate: () => ({ line: 1, column: 1 }), written: () => undefined };
}
