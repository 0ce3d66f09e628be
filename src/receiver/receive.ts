import * as path from "node:path";
import { setTimeout } from "node:timers/promises";
import { IntentStore } from "../adapters/intents/intent-store";
import { pushQueue } from "../adapters/aws/push-queue";
import { signatureVerifier } from "../adapters/github/webhook-signature";
import { workflowIdentities } from "../adapters/github/workflow-identity";
import { receiverLog } from "./log";
import { Metrics } from "./metrics";
import { takePushes } from "./pushes";
import { serverOf } from "./server";
import { threadWork } from "./work-thread";
import type { WorkPlace } from "./work";
import { Worker, type Clock } from "./worker";

/** How a receiver runs. */
export interface ReceiverSettings extends WorkPlace {
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  /** The secret of the webhooks, and while it is rotated the one before. */
  readonly secrets: readonly string[];
  /** The address that tokens of workflows are for; undefined where no workflow may send one. */
  readonly audience: string | undefined;
  /** The address of a queue with pushes to ECR; undefined for none. */
  readonly queue: string | undefined;
  /** How often it looks at everything, in milliseconds. */
  readonly every: number;
}

/**
 * Receives until the signal: answers deliveries, and works on what they hint at.
 * @param write takes the lines of the log
 * @throws ReleasesError of kind `outside` where the port or the folder is another process's
 */
export async function receive(
  settings: ReceiverSettings,
  write: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const { folder, repository, address, host, port, secrets, audience, queue, every } = settings;
  const log = receiverLog(write, () => new Date());
  const metrics = new Metrics();
  const store = await IntentStore.open(path.join(folder, "intents"));
  const work = threadWork({ folder, repository, address });
  const worker = new Worker(store, work, { clock: CLOCK, metrics, log });
  const [owner = ""] = repository.toLowerCase().split("/");
  const server = serverOf({
    isSigned: await signatureVerifier(secrets),
    identityOf:
      audience === undefined ? undefined : await workflowIdentities(audience, new Set([owner])),
    accept: (id, intent) => worker.accept(id, intent),
    unready: () => worker.unready(),
    metrics,
    log,
  });
  try {
    const at = await server.listen({ host, port });
    log.info({ outcome: "listens", at, repository });
    const pushes =
      queue === undefined
        ? Promise.resolve()
        : takePushes(await pushQueue(queue), (id, intent) => worker.accept(id, intent), log, {
            signal,
            wait: CLOCK.wait,
          });
    signal.addEventListener("abort", () => worker.stop());
    await worker.run(every);
    await pushes;
  } finally {
    await server.close();
    await store.close();
  }
}

const CLOCK: Clock = {
  now: () => Date.now(),
  wait: async (milliseconds, signal) => {
    try {
      await setTimeout(milliseconds, undefined, { signal });
    } catch (cause) {
      if (!signal.aborted) throw cause;
    }
  },
};
