import { regionIn } from "../../core/aws";
import { outsideError } from "../../core/error";

/** A message of a queue. */
export interface QueueMessage {
  /** The same each time that it is given. */
  readonly id: string;
  readonly body: string;
  /** What deletes it, this time. */
  readonly receipt: string;
}

/** A queue of SQS, which has what EventBridge says of images that were pushed to ECR. */
export interface PushQueue {
  /** Waits for messages. Returns none after twenty seconds without any. */
  readonly receive: (signal: AbortSignal) => Promise<QueueMessage[]>;
  /** Deletes messages, which are else given again. */
  readonly remove: (messages: readonly QueueMessage[]) => Promise<void>;
}

/** The longest wait, and the most messages, that SQS takes. */
const [WAIT_SECONDS, MOST] = [20, 10];

/**
 * Connects to a queue, with the credentials that AWS's SDK finds.
 * @param url such as `https://sqs.eu-central-1.amazonaws.com/111111111111/releases-pushes`
 */
export async function pushQueue(url: string): Promise<PushQueue> {
  const { DeleteMessageBatchCommand, ReceiveMessageCommand, SQSClient } =
    await import("@aws-sdk/client-sqs");
  const region = regionIn(url);
  const client = new SQSClient(region === undefined ? {} : { region });
  const asking = async <Answer>(ask: () => Promise<Answer>): Promise<Answer> => {
    try {
      return await ask();
    } catch (cause) {
      if (!(cause instanceof Error)) throw cause;
      throw outsideError(
        `the queue ${url}: ${cause.message}; check its address and the role's rights`,
      );
    }
  };
  return {
    receive: async (signal) => {
      const command = new ReceiveMessageCommand({
        QueueUrl: url,
        WaitTimeSeconds: WAIT_SECONDS,
        MaxNumberOfMessages: MOST,
      });
      const { Messages: messages = [] } = await asking(() =>
        client.send(command, { abortSignal: signal }),
      );
      return messages.flatMap(({ MessageId: id, Body: body, ReceiptHandle: receipt }) => {
        return id === undefined || body === undefined || receipt === undefined
          ? []
          : { id, body, receipt };
      });
    },
    remove: async (messages) => {
      if (messages.length === 0) return;
      const entries = messages.map(({ receipt }, index) => {
        return { Id: String(index), ReceiptHandle: receipt };
      });
      const command = new DeleteMessageBatchCommand({ QueueUrl: url, Entries: entries });
      await asking(() => client.send(command));
    },
  };
}
