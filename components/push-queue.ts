import * as pulumi from "@pulumi/pulumi";
import { EventRule } from "@pulumi/aws/cloudwatch/eventRule";
import { EventTarget } from "@pulumi/aws/cloudwatch/eventTarget";
import { Queue } from "@pulumi/aws/sqs/queue";
import { QueuePolicy } from "@pulumi/aws/sqs/queuePolicy";
import { omitUndefinedInputs } from "./omit-undefined-inputs";

/** What a queue of pushes has. All of it is plain data, as a name that is known gives addresses that are. */
export interface PushQueueArgs {
  /** Of the queue, and of its rule. */
  readonly name: string;
  readonly url: string;
  readonly queueArn: string;
  /** Which events the rule passes on, as JSON. */
  readonly pattern: string;
  /** Who may send to the queue, as JSON. */
  readonly policy: string;
}

/**
 * How long a message stays that nobody takes, in seconds: a day. A receiver that was away for longer looks at
 * everything at its start. So nothing is kept that couldn't be worked on, as a queue of dead letters would.
 */
const RETENTION_SECONDS = 86_400;

/** A queue of SQS, and the rule of EventBridge that puts into it what ECR says of pushed images. */
export class PushQueue extends pulumi.ComponentResource {
  constructor(name: string, args: PushQueueArgs, opts?: pulumi.ComponentResourceOptions) {
    const whole = pulumi.mergeOptions(opts, { transformations: [omitUndefinedInputs] });
    super("releases:registry:PushQueue", name, {}, whole);
    const child = { parent: this };
    const queue = new Queue(
      name,
      {
        name: args.name,
        messageRetentionSeconds: RETENTION_SECONDS,
        // The queue's own key: EventBridge may use no key of an account's without a policy of that key.
        sqsManagedSseEnabled: true,
      },
      child,
    );
    const policy = new QueuePolicy(
      name,
      { queueUrl: args.url, policy: args.policy },
      { ...child, dependsOn: [queue] },
    );
    const rule = new EventRule(
      name,
      {
        name: args.name,
        description: "Images that were pushed, for releases receive",
        eventPattern: args.pattern,
      },
      child,
    );
    new EventTarget(
      name,
      { rule: args.name, targetId: args.name, arn: args.queueArn },
      // Before that nobody may send to the queue.
      { ...child, dependsOn: [rule, policy] },
    );
    this.registerOutputs({});
  }
}
