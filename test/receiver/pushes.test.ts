import assert from "node:assert/strict";
import type { PushQueue, QueueMessage } from "../../src/adapters/aws/push-queue";
import { outsideError } from "../../src/core/error";
import { receiverLog } from "../../src/receiver/log";
import { takePushes } from "../../src/receiver/pushes";

const PUSH = JSON.stringify({
  "detail-type": "ECR Image Action",
  account: "111111111111",
  region: "eu-central-1",
  detail: { "action-type": "PUSH", result: "SUCCESS", "repository-name": "inventory" },
});
const IMAGE = {
  kind: "image",
  repository: "111111111111.dkr.ecr.eu-central-1.amazonaws.com/inventory",
};

describe("pushes of images from a queue", () => {
  /** Takes rounds of messages, or failures, to the end. Returns what happened, in order. */
  async function take(
    rounds: (readonly QueueMessage[] | Error)[],
    accept?: () => Promise<boolean>,
  ) {
    const steps: unknown[] = [];
    const stop = new AbortController();
    const queue: PushQueue = {
      receive: () => {
        const round = rounds.shift();
        if (round === undefined) stop.abort();
        if (round instanceof Error) return Promise.reject(round);
        return Promise.resolve([...(round ?? [])]);
      },
      remove: (messages) => {
        if (messages.length > 0) steps.push(`remove ${messages.map(({ id }) => id).join(" ")}`);
        return Promise.resolve();
      },
    };
    const wait = (milliseconds: number) => {
      steps.push(`wait ${milliseconds}`);
      return Promise.resolve();
    };
    const keep = (id: string, intent: unknown) => {
      steps.push([id, intent]);
      return Promise.resolve(true);
    };
    const log = receiverLog(
      () => undefined,
      () => new Date(0),
    );
    await takePushes(queue, accept ?? keep, log, { signal: stop.signal, wait });
    return steps;
  }

  const message = (id: string, body: string): QueueMessage => ({ id, body, receipt: `r${id}` });

  it("are kept before their messages are deleted", async () => {
    const steps = await take([[message("a", PUSH)], [message("b", PUSH)]]);
    assert.deepEqual(steps, [["sqs a", IMAGE], "remove a", ["sqs b", IMAGE], "remove b"]);
  });

  it("are deleted where they say nothing that matters", async () => {
    assert.deepEqual(await take([[message("a", "no JSON"), message("b", "{}")]]), ["remove a b"]);
  });

  it("stay in the queue where they can't be kept, and are asked for again after a while", async () => {
    const rejects = () => Promise.reject(new Error("the disk is full"));
    assert.deepEqual(await take([[message("a", PUSH)]], rejects), ["wait 30000"]);
  });

  it("are asked for again after a failure", async () => {
    const steps = await take([outsideError("no network"), [message("a", PUSH)]]);
    assert.deepEqual(steps, ["wait 30000", ["sqs a", IMAGE], "remove a"]);
  });
});
