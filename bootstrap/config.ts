import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { Findings, type Located } from "../src/core/input/findings";
import type { Issue } from "../src/core/input/issue";
import { EXPECTED_BUCKET, GITHUB_OWNER, isBucketName, isGithubName } from "../src/core/limits";
import { nonEmpty, strict, text } from "../src/core/input/scalars";
import { checkShape } from "../src/core/input/validate";
import { parseValue } from "../stacks/config";

const NAMESPACE = "bootstrap:";

/** The branch of scheduled jobs and of jobs that are started by hand, unless a config names another. */
export const DEFAULT_BRANCH = "main";

const repository = text(
  { code: "invalid-github", expected: `an owner and a repository, such as "acme/releases"` },
  (value) => {
    const [owner = "", name = "", ...rest] = value.split("/");
    return GITHUB_OWNER.test(owner) && isGithubName(name) && rest.length === 0;
  },
);

const id = z.int().min(1, { error: "an id on GitHub, above 0" });

const people = { teams: z.array(id).optional(), users: z.array(id).optional() };
const reviewers = z.record(nonEmpty("An environment of environments.yaml."), strict(people));
const releaseManagers = strict({ ...people, apps: z.array(id).optional() });

const defaultBranch = text(
  { code: "invalid-value", expected: `a branch's name, such as "${DEFAULT_BRANCH}"` },
  (value) => /^[A-Za-z0-9._/-]+$/.test(value),
);

/** Config of the stack of GitHub. */
const github = strict({
  repository,
  defaultBranch: defaultBranch.optional(),
  reviewers: reviewers.optional(),
  previewReviewers: reviewers.optional(),
  releaseManagers: releaseManagers.optional(),
});

/** Config of a stack with the roles of one account. */
const account = strict({
  repository,
  ids: strict({ owner: id, repository: id.optional() }).optional(),
  defaultBranch: defaultBranch.optional(),
  stateBucket: text({ code: "invalid-bucket", expected: EXPECTED_BUCKET }, isBucketName),
  stateKey: text(
    { code: "invalid-value", expected: "the ARN of a KMS key; that of an alias grants nothing" },
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

/** Who approves the jobs of an environment, by GitHub's ids: its API takes no names here. */
export type Reviewers = z.infer<typeof reviewers>[string];

/** Who makes the tags that are deployed, by GitHub's ids; `apps` are GitHub Apps. */
export type ReleaseManagers = z.infer<typeof releaseManagers>;

/** Config of the stack of GitHub. */
export type GithubConfig = z.infer<typeof github>;
/** Config of a stack with the roles of one account. */
export type AccountConfig = z.infer<typeof account>;

/** A config, undefined where it has errors, and its findings. */
export interface Checked<Config> {
  readonly config: Config | undefined;
  readonly issues: Issue[];
}

/** Returns the config of the running stack, as the stack of GitHub has it. */
export function readGithubConfig(): Checked<GithubConfig> {
  return read(github);
}

/** Returns the config of the running stack, as a stack with the roles of one account has it. */
export function readAccountConfig(): Checked<AccountConfig> {
  return read(account);
}

/** Returns the file that findings of a stack's config name. */
export function configFile(stack: string): string {
  return `bootstrap/Pulumi.${stack}.yaml`;
}

/** Checks all config of the namespace. The only reader of Pulumi's configuration in this project. */
function read<Schema extends z.ZodType>(schema: Schema): Checked<z.infer<Schema>> {
  const values = Object.entries(pulumi.runtime.allConfig())
    .filter(([key]) => key.startsWith(NAMESPACE))
    .map(([key, raw]): [string, unknown] => [key.slice(NAMESPACE.length), parseValue(raw)]);
  const findings = new Findings(unlocated(configFile(pulumi.getStack())));
  const config = checkShape(schema, Object.fromEntries(values), findings);
  return { config, issues: findings.issues };
}

/** The engine has values without their positions, so a finding names the file and the key alone. */
function unlocated(file: string): Located {
  return {
    file,
    locate: () => ({ line: 1, column: 1 }),
    written: () => undefined,
    otherReadings: () => [],
  };
}
