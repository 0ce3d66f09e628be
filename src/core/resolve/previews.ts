import ms, { type StringValue } from "ms";
import { compareText } from "../compare-text";
import { isOneLine } from "../input/scalars";
import type { OpenPreview, Previews, StackPlan } from "../stack/plan";
import { previewedServices, previewHash } from "../stack/previews";
import { found, pending, type Found } from "./finding";

/** An open pull request of a service's repository. */
export interface OpenPull {
  readonly number: number;
  /** Its branch; of a fork with the owner, `mallory:main`. */
  readonly branch: string;
  /** Where it comes from. */
  readonly source: { readonly repository: string; readonly branch: string };
  readonly commit: string;
  readonly isFork: boolean;
  readonly isBot: boolean;
  readonly createdAt: Date;
  /** Not before the last push: comments move it as well. */
  readonly updatedAt: Date;
}

/** A pull request, and what was asked about its head where its copy isn't there already. */
export interface KnownPull extends OpenPull {
  /** When its branch got the commit. */
  readonly pushedAt?: Date;
  /** Of the commit's image; null where there is none yet. */
  readonly digest?: string | null;
}

/** The open pull requests of a service; `no repository`: there is none, or nobody may see it. */
export type KnownPulls = readonly KnownPull[] | "no repository";

/** What a stack gets: its copies, and what stops others. */
export interface ResolvedPreviews {
  readonly open: readonly OpenPreview[];
  readonly findings: readonly (Found & { readonly service: string })[];
}

/**
 * Returns the pull requests that may have a copy: of several of one branch the oldest, and of several branches whose
 * hash is the same, which would be one Helm release.
 */
export function copiedPulls<Pull extends OpenPull>(
  pulls: readonly Pull[],
  { allow }: Previews,
): Pull[] {
  const taken = new Map<string, Pull>();
  for (const pull of [...pulls].sort((a, b) => a.number - b.number)) {
    const isRefused =
      (pull.isFork && !allow.includes("forks")) || (pull.isBot && !allow.includes("bots"));
    const hash = previewHash(pull.branch);
    if (!isRefused && !taken.has(hash)) taken.set(hash, pull);
  }
  return [...taken.values()];
}

/** Returns the copy of a pull request that is there already and needs no question; undefined where there is none. */
export function settledCopy(
  service: string,
  pull: OpenPull,
  { open }: Previews,
  now: Date,
): OpenPreview | undefined {
  const copy = copyOn(service, pull, open);
  return copy?.commit === pull.commit && isRunning(copy, now) ? copy : undefined;
}

/** Whether the time to live of a pull request has passed, whenever its last push was. */
export function isPast({ updatedAt }: OpenPull, { ttl }: Previews, now: Date): boolean {
  return updatedAt.getTime() + ms(ttl as StringValue) <= now.getTime();
}

/**
 * Returns the copies that a stack gets. Those that were pushed last have a place; a closed pull request has none, and none
 * has a service that isn't asked about any more.
 * @param asked what is known of services. Copies of a service that has previews and isn't among them stay
 */
export function resolvePreviews(
  plan: StackPlan,
  asked: ReadonlyMap<string, KnownPulls>,
  now: Date,
): ResolvedPreviews {
  const { config, list } = plan;
  const { previews } = config;
  if (previews === undefined) return { open: [], findings: [] };
  const findings: (Found & { service: string })[] = [];
  const copied = new Set(previewedServices(list, config).map(({ name }) => name));
  const wanted = previews.open.filter(({ service }) => copied.has(service) && !asked.has(service));
  for (const [service, pulls] of asked) {
    if (pulls === "no repository") {
      const message = `GitHub shows no repository with its pull requests; check "github", or give a GITHUB_TOKEN that may read it`;
      findings.push({ service, ...found("no-repository", message) });
      wanted.push(...previews.open.filter((one) => one.service === service && isRunning(one, now)));
      continue;
    }
    for (const pull of copiedPulls(pulls, previews)) {
      // An entry that lint refuses would keep all of the stack as it is.
      if (!isOneLine(pull.branch)) {
        findings.push({ service, ...pending("unwritable-branch", unwritable(pull)) });
        continue;
      }
      const { copy, finding } = copyOf(service, pull, previews, now);
      if (copy !== undefined) wanted.push(copy);
      if (finding !== undefined) findings.push({ service, ...finding });
    }
  }
  const open = withinLimits(wanted, previews, findings);
  return { open, findings };
}

function unwritable({ number }: OpenPull): string {
  return `pull request ${number} gets no preview, as the name of its branch has control characters; rename the branch`;
}

function copyOf(
  service: string,
  pull: KnownPull,
  previews: Previews,
  now: Date,
): { copy?: OpenPreview; finding?: Found } {
  const { number: pullRequest, branch, commit, digest, createdAt } = pull;
  const settled = settledCopy(service, pull, previews, now);
  if (settled !== undefined) return { copy: { ...settled, pullRequest } };
  const { pushedAt = createdAt } = pull;
  const until = new Date(pushedAt.getTime() + ms(previews.ttl as StringValue));
  if (digest === undefined || until <= now) return {};
  if (digest !== null) {
    const end = until.toISOString().replace(/\.\d+Z$/, "Z");
    return { copy: { service, pullRequest, branch, commit, digest, until: end } };
  }
  const message = `the head ${commit} of pull request ${pullRequest} has no image yet; its preview follows once it is pushed`;
  const before = copyOn(service, pull, previews.open);
  const runs = before !== undefined && isRunning(before, now);
  return {
    ...(runs && { copy: { ...before, pullRequest } }),
    finding: pending("no-image", message),
  };
}

/** Returns the copies for which there is a place, in the order of the file, new ones last. */
function withinLimits(
  wanted: readonly OpenPreview[],
  { max, maxPerService, open }: Previews,
  findings: (Found & { service: string })[],
): OpenPreview[] {
  const newest = [...wanted].sort(
    (a, b) =>
      Date.parse(b.until) - Date.parse(a.until) ||
      compareText(a.service, b.service) ||
      b.pullRequest - a.pullRequest,
  );
  const kept: OpenPreview[] = [];
  for (const copy of newest) {
    const { service, pullRequest } = copy;
    const own = kept.filter((other) => other.service === service).length;
    const limit = own >= maxPerService ? `maxPerService: ${maxPerService}` : `max: ${max}`;
    if (own < maxPerService && kept.length < max) {
      kept.push(copy);
      continue;
    }
    const message = `pull request ${pullRequest} gets no preview, as others were pushed later (previews.${limit})`;
    findings.push({ service, ...pending("too-many", message) });
  }
  const place = ({ service, branch }: OpenPreview): number => {
    const at = open.findIndex((one) => one.service === service && one.branch === branch);
    return at === -1 ? open.length : at;
  };
  return kept.sort(
    (a, b) =>
      place(a) - place(b) || compareText(a.service, b.service) || a.pullRequest - b.pullRequest,
  );
}

function copyOn(
  service: string,
  { branch }: OpenPull,
  open: readonly OpenPreview[],
): OpenPreview | undefined {
  return open.find((one) => one.service === service && one.branch === branch);
}

function isRunning({ until }: OpenPreview, now: Date): boolean {
  return Date.parse(until) > now.getTime();
}
