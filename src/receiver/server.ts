import fastify, { type FastifyInstance, type FastifyReply } from "fastify";
import type { IdentityOf, WorkflowIdentity } from "../adapters/github/workflow-identity";
import type { IsSigned } from "../adapters/github/webhook-signature";
import { isError } from "../core/error";
import { hintOf, type Hint, type Intent } from "../core/receive/intent";
import type { ReceiverLog } from "./log";
import type { Metrics } from "./metrics";

/** What the server needs of the rest. */
export interface Receiver {
  readonly isSigned: IsSigned;
  /** Undefined where no workflow may send a token. */
  readonly identityOf: IdentityOf | undefined;
  /**
   * Keeps an intent, so that it outlives the process. Returns false where a delivery of this id is done.
   * @param id of the delivery
   */
  readonly accept: (id: string, intent: Intent) => Promise<boolean>;
  /** Returns why nothing can be worked on yet; undefined where it can. */
  readonly unready: () => string | undefined;
  readonly metrics: Metrics;
  readonly log: ReceiverLog;
}

/** As much as a delivery may have, in bytes. Those of releases have about 8 kB; the largest pushes, 25 MB, are left to the sweep. */
export const MAX_BODY_BYTES = 1 << 20;
/**
 * How long a client may take to send its request, in milliseconds. GitHub itself waits 10 s for the answer. Node.js takes
 * the longer one of the times for the head and for the whole, and looks at its connections every 30 s by itself.
 */
const REQUEST_TIMEOUT = 10_000;
const LOOKS_AT_CONNECTIONS = 1_000;

/**
 * Returns the server, which doesn't listen yet:
 *
 * - `POST /github`: a delivery of a webhook. 401 without a valid signature, 413 above 1 MiB, 202 once its intent is
 *   kept, 200 where there is nothing to do;
 * - `POST /published`: a workflow says that it has published what it runs for, by its token of GitHub Actions;
 * - `GET /healthz`, `GET /readyz`, `GET /metrics`.
 */
export function serverOf(receiver: Receiver): FastifyInstance {
  const { metrics, log } = receiver;
  const server = fastify({
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: REQUEST_TIMEOUT,
    http: {
      headersTimeout: REQUEST_TIMEOUT,
      connectionsCheckingInterval: LOOKS_AT_CONNECTIONS,
    },
    logger: false,
  });
  // The signature is about the bytes, so no parser may touch them before.
  server.removeAllContentTypeParsers();
  server.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) =>
    done(null, body),
  );

  server.post("/github", async (request, reply) => {
    const { headers } = request;
    const end = metrics.answering();
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    const [event, id] = [
      headerOf(headers, "x-github-event"),
      headerOf(headers, "x-github-delivery"),
    ];
    const told = async (status: number, outcome: string): Promise<FastifyReply> => {
      metrics.delivered(outcome);
      log.info({ delivery: printed(id), event: printed(event), outcome });
      end();
      return reply.code(status).send({ outcome });
    };
    if (!(await receiver.isSigned(body, headerOf(headers, "x-hub-signature-256") ?? ""))) {
      return told(401, "no valid signature");
    }
    if (event === undefined || id === undefined) return told(400, "no event or delivery is named");
    const hint = hintIn(event, body);
    if (hint === "malformed") return told(400, malformedBy(headers));
    if (hint === "nothing") return told(200, "nothing to do");
    // A delivery has the same id for every webhook that gets it.
    const hook = headerOf(headers, "x-github-hook-id") ?? "";
    const isNew = await receiver.accept(`${id} ${hook}`, hint);
    return isNew ? told(202, "accepted") : told(200, "done already");
  });

  server.post("/published", async (request, reply) => {
    const { identityOf } = receiver;
    const [, token] = /^Bearer ([\w.-]+)$/.exec(request.headers.authorization ?? "") ?? [];
    const identity = token === undefined ? undefined : await identityOf?.(token);
    if (identity === undefined) return reply.code(401).send({ outcome: "no valid token" });
    const intent = intentOf(identity);
    if (intent === undefined) return reply.code(200).send({ outcome: "nothing to do" });
    const isNew = await receiver.accept(`token ${identity.id}`, intent);
    log.info({ delivery: identity.id, event: "published", outcome: "accepted" });
    return reply.code(isNew ? 202 : 200).send({ outcome: isNew ? "accepted" : "done already" });
  });

  for (const path of ["/github", "/published"]) {
    server.route({
      method: ["GET", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"],
      url: path,
      handler: (_request, reply) => {
        return reply.code(405).header("allow", "POST").send({ outcome: "the method is POST" });
      },
    });
  }

  server.get("/healthz", () => ({ outcome: "alive" }));
  server.get("/readyz", (_request, reply) => {
    const reason = receiver.unready();
    return reply.code(reason === undefined ? 200 : 503).send({ outcome: reason ?? "ready" });
  });
  server.get("/metrics", async (_request, reply) => {
    return reply.type(metrics.contentType).send(await metrics.text());
  });

  server.setErrorHandler((cause: Error & { readonly statusCode?: number }, request, reply) => {
    const status = isError(cause, "outside") ? 503 : (cause.statusCode ?? 500);
    const outcome = status === 413 ? `more than ${MAX_BODY_BYTES} bytes` : "it can't be taken";
    metrics.delivered(status === 413 ? "too large" : "failed");
    // What a client sent wrong is its own matter; all else is told with what happened.
    if (status >= 500) log.error({ path: request.url, outcome, error: cause });
    else log.info({ path: request.url, outcome });
    return reply.code(status).send({ outcome });
  });
  return server;
}

function hintIn(event: string, body: Buffer): Hint {
  try {
    return hintOf(event, JSON.parse(body.toString("utf8")));
  } catch (cause) {
    if (cause instanceof SyntaxError) return "malformed";
    throw cause;
  }
}

/** Returns what is wrong with a delivery that can't be read. */
function malformedBy(headers: Headers): string {
  const isForm = headerOf(headers, "content-type")?.startsWith("application/x-www-form") === true;
  return isForm ? "set the webhook's content type to application/json" : "malformed";
}

/** Returns what a workflow has published: a release by its tag, an image by the commit of its branch. */
function intentOf({ repository, ref, commit }: WorkflowIdentity): Intent | undefined {
  const [, kind, name] = /^refs\/(tags|heads)\/(.+)$/.exec(ref) ?? [];
  if (name === undefined) return undefined;
  if (kind === "tags") return { kind: "release", repository, tag: name, isGone: false };
  return { kind: "push", repository, branch: name, before: null, after: commit };
}

type Headers = Readonly<Record<string, string | string[] | undefined>>;

function headerOf(headers: Headers, name: string): string | undefined {
  const value = headers[name];
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** As many characters of what a stranger sent as a line of the log repeats. */
const MAX_PRINTED = 100;

function printed(text: string | undefined): string {
  return (text ?? "").slice(0, MAX_PRINTED);
}
