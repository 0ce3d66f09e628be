import { z } from "zod";
import { ecrHost, isRegion } from "../aws";

/**
 * What a delivery hints at: where something may have changed. It decides nothing. Which version a service gets is
 * found by asking GitHub and the registry, so that a delivery that is late, repeated or forged changes nothing else.
 */
export type Intent =
  | Published
  | Image
  | Push
  | PullRequest
  | ProtectionRule
  /** Everything: by the clock, because deliveries are lost. */
  | { readonly kind: "everything" };

/** A release was published, or taken away. */
export interface Published {
  readonly kind: "release";
  /** The full name of the repository on GitHub. */
  readonly repository: string;
  readonly tag: string;
  /** Whether it is there no more. */
  readonly isGone: boolean;
}

/** An image was pushed. */
export interface Image {
  readonly kind: "image";
  /** The image repository, with its host. */
  readonly repository: string;
}

/** A branch moved. */
export interface Push {
  readonly kind: "push";
  readonly repository: string;
  readonly branch: string;
  /** The commit before; null for a new branch, and where nobody says it. */
  readonly before: string | null;
  /** The commit now; null where the branch is deleted. */
  readonly after: string | null;
}

/** A pull request was opened, changed or closed. */
export interface PullRequest {
  readonly kind: "pull-request";
  readonly repository: string;
  readonly number: number;
}

/** A deployment waits for the answer of a protection rule. */
export interface ProtectionRule {
  readonly kind: "protection-rule";
  readonly repository: string;
  readonly environment: string;
  /** The number of the workflow's run. */
  readonly run: number;
  readonly commit: string;
  /** What was reported last about why it waits; undefined for nothing yet, null where nothing is to be reported. */
  readonly said?: string | null;
}

/** What to do about a delivery. */
export type Hint =
  | Intent
  /** Nothing: the event or its action changes no version. */
  | "nothing"
  /** The payload isn't what the event's description says. */
  | "malformed";

/** Returns what a delivery of GitHub hints at. */
export function hintOf(event: string, payload: unknown): Hint {
  const schema = HINTS.get(event);
  if (schema === undefined) return "nothing";
  const { data } = schema.safeParse(payload);
  return data ?? "malformed";
}

/** Returns what an event of ECR hints at, as EventBridge gives it to a queue. */
export function ecrHintOf(event: unknown): Hint {
  return ecrPush.safeParse(event).data ?? "nothing";
}

/** As long as GitHub's longest names of branches and tags, in characters. */
const MAX_NAME = 255;
const name = z.string().min(1).max(MAX_NAME);
const repositoryName = z.string().regex(/^[A-Za-z0-9_.-]{1,100}\/[A-Za-z0-9_.-]{1,100}$/);
const commit = z.string().regex(/^[0-9a-f]{40}$/);
const repository = z.object({ full_name: repositoryName });
const number = z.int().positive();

const HEAD = "refs/heads/";
/** What GitHub names where there is no commit: before a new branch, after a deleted one. */
const NO_COMMIT = "0".repeat(40);

const release = z
  .object({ action: name, release: z.object({ tag_name: name, draft: z.boolean() }), repository })
  .transform(({ action, release: { tag_name: tag, draft }, repository: { full_name } }): Hint => {
    const isGone = action === "deleted" || action === "unpublished";
    if (draft || !(isGone || PUBLISHED.has(action))) return "nothing";
    return { kind: "release", repository: full_name, tag, isGone };
  });

/** Actions after which a release may be another one than before. `published` comes with each `released`. */
const PUBLISHED: ReadonlySet<string> = new Set(["published", "released", "prereleased", "edited"]);

const push = z
  .object({ ref: name, before: commit, after: commit, repository })
  .transform(({ ref, before, after, repository: { full_name } }): Hint => {
    if (!ref.startsWith(HEAD)) return "nothing";
    return {
      kind: "push",
      repository: full_name,
      branch: ref.slice(HEAD.length),
      before: before === NO_COMMIT ? null : before,
      after: after === NO_COMMIT ? null : after,
    };
  });

const pullRequest = z
  .object({ action: name, pull_request: z.object({ number }), repository })
  .transform(({ action, pull_request, repository: { full_name } }): Hint => {
    if (!MOVES_A_PREVIEW.has(action)) return "nothing";
    return { kind: "pull-request", repository: full_name, number: pull_request.number };
  });

const MOVES_A_PREVIEW: ReadonlySet<string> = new Set([
  "opened",
  "reopened",
  "synchronize",
  "closed",
  "edited",
  "labeled",
  "unlabeled",
  "ready_for_review",
  "converted_to_draft",
]);

/** A package, of which an image is a kind. Others may have any address, or an empty one. */
const packaged = z.object({
  package_type: z.string().nullish(),
  name: z.string().nullish(),
  owner: z.object({ login: z.string() }).nullish(),
  package_version: z.object({ package_url: z.string().nullish() }).nullish(),
});

/** Returns where a package of GitHub is, which doesn't say it of each itself; empty where nobody can know. */
function addressOf({ name, owner, package_version: version }: z.output<typeof packaged>): string {
  const { package_url: url } = version ?? {};
  if (url) return url;
  return name && owner ? `ghcr.io/${owner.login}/${name}` : "";
}

const image = name.regex(/^[a-z0-9.-]+(?::[0-9]+)?(?:\/[a-z0-9._-]+)+$/);

const packageHint = z
  .object({ action: name, package: packaged.nullish(), registry_package: packaged.nullish() })
  .transform(({ package: plain, registry_package: own }): Hint => {
    const one = plain ?? own;
    if (one?.package_type?.toLowerCase() !== "container") return "nothing";
    const url = addressOf(one);
    if (url === "") return "nothing";
    // It may end in a colon, where the version has no tag.
    const address = /^(.+?)(?:@.*|:[^/]*)?$/.exec(url.toLowerCase())?.[1];
    const { data } = image.safeParse(address);
    if (data !== undefined) return { kind: "image", repository: data };
    return one.package_version?.package_url ? "malformed" : "nothing";
  });

/** Where a run's protection rule is answered. Of the address only the run counts: a payload names no host. */
const CALLBACK = /\/actions\/runs\/([1-9][0-9]{0,15})\/deployment_protection_rule$/;

const protectionRule = z
  .object({
    action: z.literal("requested"),
    environment: name,
    deployment_callback_url: z.string().regex(CALLBACK),
    deployment: z.object({ sha: commit }),
    repository,
  })
  .transform(
    ({ environment, deployment, deployment_callback_url: url, repository }): ProtectionRule => ({
      kind: "protection-rule",
      repository: repository.full_name,
      environment,
      run: Number(CALLBACK.exec(url)?.[1]),
      commit: deployment.sha,
    }),
  );

const HINTS: ReadonlyMap<string, z.ZodType<Hint>> = new Map<string, z.ZodType<Hint>>([
  ["release", release],
  ["push", push],
  ["pull_request", pullRequest],
  ["package", packageHint],
  ["registry_package", packageHint],
  ["deployment_protection_rule", protectionRule],
]);

const ecrPush = z
  .object({
    "detail-type": z.literal("ECR Image Action"),
    account: z.string().regex(/^[0-9]{12}$/),
    region: z.string().refine(isRegion),
    detail: z.object({
      "action-type": z.literal("PUSH"),
      result: z.literal("SUCCESS"),
      "repository-name": z.string().regex(/^[a-z0-9._/-]+$/),
    }),
  })
  .transform(({ account, region, detail }): Image => {
    return {
      kind: "image",
      repository: `${ecrHost(account, region)}/${detail["repository-name"]}`,
    };
  });
