import type { Octokit } from "@octokit/core";
import { z } from "zod";
import { printable } from "../../core/printable";
import { ANSWERS, type GithubRoute } from "./answers";

type Read<Route extends GithubRoute> = z.output<(typeof ANSWERS)[Route]>;

/** What GitHub answers to a question. */
export interface GithubAnswer<Route extends GithubRoute> {
  readonly data: Read<Route>;
  readonly headers: { readonly link?: string };
}

declare const _octokit: Octokit;
/** What a question takes, as GitHub describes it. */
type Asked<Route extends GithubRoute> = NonNullable<Parameters<typeof _octokit.request<Route>>[1]>;

/** Questions to GitHub. What comes back is read by `ANSWERS`, or for GraphQL by a schema that is given. */
export class GithubRequests {
  readonly #octokit: Octokit;

  constructor(octokit: Octokit) {
    this.#octokit = octokit;
  }

  /** @throws an error with a status for what GitHub refuses, and for an answer that isn't GitHub's */
  async request<Route extends GithubRoute>(
    route: Route,
    asked: Asked<Route>,
  ): Promise<GithubAnswer<Route>> {
    const { data, headers } = await this.#octokit.request(route, asked);
    return { data: read(ANSWERS[route] as z.ZodType<Read<Route>>, data), headers };
  }

  /** @throws an error called GraphqlResponseError for what GitHub refuses, and others as `request` does */
  async graphql<Schema extends z.ZodType>(
    query: string,
    variables: Readonly<Record<string, string>>,
    answer: Schema,
  ): Promise<z.output<Schema>> {
    return read(answer, await this.#octokit.graphql(query, variables));
  }

  /** Returns the token that questions have. */
  async token(): Promise<string> {
    return read(tokenAnswer, await this.#octokit.auth({ type: "installation" })).token;
  }

  /** Sends bytes to an address that GitHub gave. */
  async upload(url: string, bytes: Uint8Array): Promise<void> {
    await this.#octokit.request({
      method: "POST",
      url,
      // Octokit sends `data` as it is.
      data: Buffer.from(bytes),
      headers: { "content-type": "application/octet-stream", "content-length": bytes.length },
    });
  }
}

/** As GitHub's own gateway says that there was no answer. */
export const NO_ANSWER = 502;
/** As many characters of what an answer says as an error repeats. */
const MAX_REPEATED = 200;
const tokenAnswer = z.object({ token: z.string().min(1) });
const message = z.object({ message: z.string() });

function read<Schema extends z.ZodType>(schema: Schema, data: unknown): z.output<Schema> {
  const result = schema.safeParse(data);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const where = issue?.path.map(String).join(".") ?? "";
  const what = issue?.message.replace(/^Invalid input: /, "") ?? "";
  const wrong = where === "" ? what : `"${where}" ${what}`;
  // Nothing else of it is repeated: nobody knows what it is.
  const said = message.safeParse(data).data?.message.slice(0, MAX_REPEATED);
  const saying = said === undefined ? "" : `, and says: ${printable(said)}`;
  const error = new Error(`what came back isn't what GitHub answers: ${wrong}${saying}`);
  throw Object.assign(error, { status: NO_ANSWER });
}
