import { once } from "node:events";
import * as path from "node:path";
import { parentPort, Worker as Thread, workerData } from "node:worker_threads";
import { PROGRAM } from "../../src/app/open";
import { deliverTo, type Delivery } from "../../test/support/receiver-process";

/** Deliveries under way at the same time, as when several services are published at once. */
const AT_ONCE = 4;
/** Requests before what is measured. */
const WARM = 200;

interface Sent {
  readonly address: string;
  readonly deliveries: readonly Delivery[];
}

/**
 * Delivers from a thread of its own, so that nothing else that this process does is a part of the answers' time.
 * Returns how long each took, in milliseconds, the shortest first.
 */
export async function timesOf(address: string, deliveries: readonly Delivery[]): Promise<number[]> {
  const sent: Sent = { address, deliveries };
  const execArgv = ["--require", path.join(PROGRAM, "register.js")];
  const thread = new Thread(__filename, { workerData: sent, execArgv });
  const [times] = (await once(thread, "message")) as [number[]];
  return times.sort((a, b) => a - b);
}

async function send({ address, deliveries }: Sent): Promise<number[]> {
  // The client's own first requests take long.
  for (let count = 0; count < WARM; count++)
    await (await fetch(`${address}/healthz`)).arrayBuffer();
  const times: number[] = [];
  const queue = [...deliveries];
  const next = async (): Promise<void> => {
    for (let one = queue.shift(); one !== undefined; one = queue.shift()) {
      const begin = performance.now();
      const status = await deliverTo(address, one);
      if (status === undefined || status >= 500) throw new Error(`the answer is ${status}`);
      times.push(performance.now() - begin);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, next));
  return times;
}

const port = parentPort;
if (port !== null) void send(workerData as Sent).then((times) => port.postMessage(times));
