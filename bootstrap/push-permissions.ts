import { ownedServices } from "../src/core/stack/deployments";
import { allow, type Statement } from "../src/core/stack/policy";
import { pushQueueOf } from "../src/core/stack/push-queue";
import type { StackPlan } from "../src/core/stack/plan";

/** Returns what a preview needs to read a stack's queue for pushes, and its rule; nothing where it has none. */
export function readPushes(plan: StackPlan): Statement[] {
  const { queue, rule } = resourcesOf(plan);
  return [
    allow("ReadPushes", ["sqs:GetQueueAttributes", "sqs:ListQueueTags"], queue),
    allow(
      "ReadPushRule",
      ["events:DescribeRule", "events:ListTagsForResource", "events:ListTargetsByRule"],
      rule,
    ),
  ];
}

/** Returns what a deployment needs besides to declare them. Messages are the receiver's alone. */
export function writePushes(plan: StackPlan): Statement[] {
  const { queue, rule } = resourcesOf(plan);
  return [
    allow("WritePushes", ["sqs:CreateQueue", "sqs:DeleteQueue", "sqs:SetQueueAttributes"], queue),
    allow(
      "WritePushRule",
      ["events:DeleteRule", "events:PutRule", "events:PutTargets", "events:RemoveTargets"],
      rule,
    ),
  ];
}

function resourcesOf({ config, list }: StackPlan): { queue: string[]; rule: string[] } {
  const pushes = pushQueueOf(config, ownedServices(list, config));
  if (pushes === undefined) return { queue: [], rule: [] };
  return { queue: [pushes.queueArn], rule: [pushes.ruleArn] };
}
