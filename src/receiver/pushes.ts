import type { PushQueue } from "../adapters/aws/push-queue";
import { ecrHintOf, type Intent } from "../core/receive/intent";
import type { ReceiverLog } from "./log";

/** How long to wait after the queue couldn't be asked, in milliseconds. */
const PAUSE = 30_000;

/**
 * Takes what a queue says of pushed images, until the signal. A message is deleted once its intent is kept, or where
 * it says nothing that matters.
 */
export async function takePushes(
  queue: PushQueue,
  accept: (id: string, intent: Intent) => Promise<boolean>,
  log: ReceiverLog,
  {
    signal,
    wait,
  }: { signal: AbortSignal; wait: (ms: number, signal: AbortSignal) => Promise<void> },
): Promise<void> {
  const isOver = (): boolean => signal.aborted;
  while (!isOver()) {
    try {
      const messages = await queue.receive(signal);
      for (const { id, body } of messages) {
        const hint = ecrHintOf(parsed(body));
        if (typeof hint !== "string") await accept(`sqs ${id}`, hint);
        log.info({
          delivery: id,
          event: "image",
          outcome: typeof hint === "string" ? hint : "accepted",
        });
      }
      await queue.remove(messages);
    } catch (error) {
      if (isOver()) return;
      log.error({ outcome: "the queue is asked again", error });
      await wait(PAUSE, signal);
    }
  }
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (cause) {
    if (cause instanceof SyntaxError) return undefined;
    throw cause;
  }
}
