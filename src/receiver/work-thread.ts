import { once } from "node:events";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { Worker as Thread, isMainThread, parentPort, workerData } from "node:worker_threads";
import type { Pending } from "../adapters/intents/intent-store";
import { PROGRAM } from "../app/open";
import { isError, outsideError } from "../core/error";
import { workOn, type WorkPlace } from "./work";
import type { Again, Work } from "./worker";

/** What the thread is asked. */
interface Question {
  readonly due: readonly Pending[];
  readonly others: readonly Pending[];
}

/** What it answers. */
type Answer =
  | { readonly again: ReadonlyMap<string, Again> }
  | { readonly message: string; readonly isBug: boolean };

/**
 * Returns work that is done in a thread of its own: git and the engine block the thread that asks them, and deliveries
 * are answered meanwhile. A thread that ended is started anew.
 */
export function threadWork(place: WorkPlace): Work {
  let thread: Thread | undefined;
  return async (due, others) => {
    thread ??= startThread(place, () => {
      thread = undefined;
    });
    const running = thread;
    const ended = new AbortController();
    const onExit = (): void => ended.abort();
    running.once("exit", onExit);
    running.postMessage({ due, others } satisfies Question);
    try {
      const [answer] = (await once(running, "message", { signal: ended.signal })) as [Answer];
      if ("again" in answer) return answer.again;
      throw answer.isBug ? new Error(answer.message) : outsideError(answer.message);
    } finally {
      running.off("exit", onExit);
    }
  };
}

function startThread(place: WorkPlace, onEnd: () => void): Thread {
  // Sources are translated as they are loaded; the package has none.
  const execArgv = __filename.endsWith(".ts") ? ["--require", `${PROGRAM}/register.js`] : [];
  const thread = new Thread(__filename, { workerData: place, execArgv });
  // An error ends the thread; who waits for its answer is told by its end.
  thread.on("error", onEnd);
  thread.on("exit", onEnd);
  // The thread alone keeps no process alive.
  thread.unref();
  return thread;
}

async function answer({ due, others }: Question): Promise<Answer> {
  try {
    return { again: await workOn(due, others, workerData as WorkPlace) };
  } catch (cause) {
    if (!(cause instanceof Error)) return { message: String(cause), isBug: true };
    if (isError(cause)) return { message: cause.message, isBug: false };
    return { message: cause.stack ?? cause.message, isBug: true };
  }
}

/** Has this thread, and what it starts, wait for who answers deliveries. Linux alone has priorities of threads. */
function letAnswersFirst(): void {
  if (process.platform !== "linux") return;
  const thread = path.basename(fs.readlinkSync("/proc/thread-self"));
  os.setPriority(Number(thread), os.constants.priority.PRIORITY_BELOW_NORMAL);
}

if (!isMainThread && parentPort !== null) {
  letAnswersFirst();
  const port = parentPort;
  port.on("message", (question: Question) => {
    void answer(question).then((result) => port.postMessage(result));
  });
}
