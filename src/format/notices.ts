import type { Notice, Progress } from "../app/reporter";
import { Ref } from "../core/ref";
import { formatIssue } from "../core/input/issue";
import { printable } from "../core/printable";
import { count } from "./text";

/** Returns a notice in one line. */
export function formatNotice(notice: Notice): string {
  return printable(textOf(notice));
}

/** Tags that a notice names. */
const MOST_TAGS = 5;

function textOf(notice: Notice): string {
  switch (notice.kind) {
    case "finding":
      return formatIssue(notice.issue);
    case "missing-ref": {
      const { environment, ref } = notice;
      const what = Ref.ofEnvironment(ref).isPattern ? `tag matches ${ref}` : `branch ${ref} exists`;
      return `${environment}: no ${what}; the working tree is used`;
    }
    case "tree-differs": {
      const { environment, ref, changes } = notice;
      const list = changes.map(({ service, from, to, stack }) => {
        return `${service} ${from} -> ${to}${stack === undefined ? "" : ` (${stack})`}`;
      });
      return `${environment}: the working tree differs from ${ref}, which is what runs: ${list.join(", ")}`;
    }
    case "passed-tags": {
      const { environment, pattern, tags } = notice;
      const shown = tags.slice(0, MOST_TAGS).join(", ");
      const more = tags.length > MOST_TAGS ? ` and ${tags.length - MOST_TAGS} more` : "";
      return `${environment}: tags that match ${pattern} and aren't versions of commits are passed over: ${shown}${more}`;
    }
    case "shallow-clone":
      return "this clone is shallow, so its history is incomplete; run git fetch --unshallow";
    case "left-out":
      return `${notice.service} stays as it is: ${notice.reason}`;
    case "already-there":
      return `${notice.stack} has ${notice.services.join(", ")} already; the others follow now`;
    case "stacks-differ": {
      const { environment, service, versions } = notice;
      const list = versions.map(({ stack, version }) => `${stack} ${version}`);
      return `${environment}: ${service} differs: ${list.join(", ")}`;
    }
    case "unchecked-tag": {
      const { service, from, to } = notice;
      return `${service}: --offline doesn't check for an image tagged ${to}; without it the image of ${from} gets the tag`;
    }
    case "unresolved-digest": {
      const { service, reason } = notice;
      return `${service} is pinned without a digest, which the next environment requires: ${reason}`;
    }
    case "not-asked":
      return `${notice.stack}: ${notice.service}: ${notice.reason}`;
    case "not-composed":
      return `${notice.service}: ${notice.reason}`;
    case "unverified":
      return `${notice.service} in ${notice.stack} isn't verified: ${notice.reason}`;
    case "previewed": {
      const { stack, service, pullRequest, digest } = notice;
      return `${stack}: the preview of ${service} for pull request ${pullRequest} runs ${digest}, and previews aren't listed`;
    }
    case "unasked-checks":
      return `${notice.environment}: GitHub isn't asked about ${notice.checks.join(", ")}; who deploys asks`;
    case "no-github-token":
      return `GitHub isn't asked about ${notice.about}: there is no GITHUB_TOKEN`;
    case "undeclarable-before":
      return `${notice.stack}: it couldn't be declared before, so all of it counts as new`;
    case "higher-tag": {
      const { environment, tag, pattern } = notice;
      return `${environment}: its ref is ${tag}, the highest tag that matches ${pattern}`;
    }
    case "lands": {
      const { environment, branch, tag } = notice;
      const then = tag === undefined ? "" : `, then make the tag ${tag} there`;
      return `${environment}: commit this to ${branch}${then}`;
    }
    case "unknown-updates": {
      const { stack, reason } = notice;
      return `${stack}: what is committed there counts as deployed, as its updates aren't known: ${reason}`;
    }
  }
}

/** Returns how far something is, in one line. */
export function formatProgress({ activity, done, total }: Progress): string {
  return activity === "bringing images"
    ? `brought ${done} of ${count(total, "image")}`
    : `asked about ${done} of ${count(total, "service")}`;
}
