import { allPages, asking } from "./ask";
import type { GithubRequests } from "./requests";

/** A webhook whose deliveries may be asked for again. */
export type Hook =
  /** Of the App that asks. */
  | { readonly kind: "app" }
  | { readonly kind: "organization"; readonly org: string; readonly hook_id: number }
  | {
      readonly kind: "repository";
      readonly owner: string;
      readonly repo: string;
      readonly hook_id: number;
    };

/** A webhook as the program declares it. */
export interface DeclaredHook {
  readonly place: { readonly org: string } | { readonly owner: string; readonly repo: string };
  /** Where it sends to. */
  readonly url: string;
}

/** One attempt to deliver an event. */
interface Delivery {
  readonly id: number | bigint;
  /** Of the event: every attempt has the same. */
  readonly guid: string;
  readonly delivered_at: Date;
  readonly status: string;
}

/**
 * Asks for every delivery again that failed since a time, and that no later attempt has brought. GitHub itself never
 * tries twice, and takes no question about what is older than three days. Returns how many.
 * @throws ReleasesError of kind `outside` when GitHub can't be asked
 */
export async function redeliver(octokit: GithubRequests, hook: Hook, since: Date): Promise<number> {
  const attempts = new Map<string, Delivery[]>();
  for await (const delivery of deliveriesOf(octokit, hook, since)) {
    attempts.set(delivery.guid, [...(attempts.get(delivery.guid) ?? []), delivery]);
  }
  // GitHub gives the newest first. What a time-out is called isn't said, so all that isn't OK has failed.
  const failed = [...attempts.values()].flatMap((all) =>
    all.some(({ status }) => status === "OK") ? [] : all.slice(0, 1),
  );
  for (const { id } of failed) {
    await asking("to deliver an event again", () => attempt(octokit, hook, id));
  }
  return failed.length;
}

/** Returns the webhooks that there are of a declared one. */
export async function hooksOf(
  octokit: GithubRequests,
  { place, url }: DeclaredHook,
): Promise<Hook[]> {
  if ("org" in place) {
    const hooks = await allPages((page) =>
      octokit.request("GET /orgs/{org}/hooks", { ...place, ...page }),
    );
    return hooks
      .filter(({ config }) => config.url === url)
      .map(({ id }) => ({ kind: "organization", ...place, hook_id: id }));
  }
  const hooks = await allPages((page) =>
    octokit.request("GET /repos/{owner}/{repo}/hooks", { ...place, ...page }),
  );
  return hooks
    .filter(({ config }) => config.url === url)
    .map(({ id }) => ({ kind: "repository", ...place, hook_id: id }));
}

/** As many as GitHub gives at once. */
const per_page = 100;

async function* deliveriesOf(
  octokit: GithubRequests,
  hook: Hook,
  since: Date,
): AsyncGenerator<Delivery> {
  let cursor: string | undefined;
  do {
    const page = { per_page, ...(cursor !== undefined && { cursor }) };
    const { data, headers } = await asking("for deliveries", () => list(octokit, hook, page));
    for (const delivery of data) {
      if (delivery.delivered_at < since) return;
      yield delivery;
    }
    const [, next = ""] = /<([^>]+)>; rel="next"/.exec(headers.link ?? "") ?? [];
    cursor = URL.canParse(next)
      ? (new URL(next).searchParams.get("cursor") ?? undefined)
      : undefined;
  } while (cursor !== undefined);
}

function list(
  octokit: GithubRequests,
  hook: Hook,
  page: { per_page: number; cursor?: string },
): Promise<{ data: Delivery[]; headers: { readonly link?: string } }> {
  switch (hook.kind) {
    case "app":
      return octokit.request("GET /app/hook/deliveries", page);
    case "organization": {
      const { kind: _, ...at } = hook;
      return octokit.request("GET /orgs/{org}/hooks/{hook_id}/deliveries", { ...at, ...page });
    }
    case "repository": {
      const { kind: _, ...at } = hook;
      const route = "GET /repos/{owner}/{repo}/hooks/{hook_id}/deliveries";
      return octokit.request(route, { ...at, ...page });
    }
  }
}

function attempt(octokit: GithubRequests, hook: Hook, id: number | bigint): Promise<unknown> {
  // Octokit's types have no bigint here, which it sends digit for digit.
  const delivery_id = id as number;
  switch (hook.kind) {
    case "app":
      return octokit.request("POST /app/hook/deliveries/{delivery_id}/attempts", { delivery_id });
    case "organization": {
      const { kind: _, ...at } = hook;
      const route = "POST /orgs/{org}/hooks/{hook_id}/deliveries/{delivery_id}/attempts";
      return octokit.request(route, { ...at, delivery_id });
    }
    case "repository": {
      const { kind: _, ...at } = hook;
      const route = "POST /repos/{owner}/{repo}/hooks/{hook_id}/deliveries/{delivery_id}/attempts";
      return octokit.request(route, { ...at, delivery_id });
    }
  }
}
