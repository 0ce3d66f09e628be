import { partitionOf } from "../aws";
import type { Service } from "../list/service";
import type { StackConfig } from "./plan";
import { policy, type Policy } from "./policy";
import { declaredLocation, replicationFilters } from "./registry";

/** A queue of SQS that gets what ECR says of pushed images, by a rule of EventBridge. */
export interface PushQueue {
  /** Of the queue, and of its rule. */
  readonly name: string;
  readonly url: string;
  readonly queueArn: string;
  readonly ruleArn: string;
  /** Which events the rule passes on, as JSON. */
  readonly pattern: string;
  /** Who may send to the queue, as JSON: EventBridge, for this rule. */
  readonly policy: string;
}

/**
 * Returns the queue that a stack declares for pushes to its repositories; undefined where it asks for none, or has no
 * repositories.
 * @param owned the services of the list that the stack owns
 */
export function pushQueueOf(config: StackConfig, owned: readonly Service[]): PushQueue | undefined {
  const { registry } = config;
  const location = declaredLocation(config);
  if (registry === undefined || location === undefined || !registry.pushes) return undefined;
  const filters = replicationFilters(registry, owned);
  if (filters.length === 0) return undefined;
  const { account, region } = location;
  const { name: partition, dnsSuffix } = partitionOf(region);
  const name = queueName(registry.prefix);
  const queueArn = `arn:${partition}:sqs:${region}:${account}:${name}`;
  const ruleArn = `arn:${partition}:events:${region}:${account}:rule/${name}`;
  return {
    ...{ name, queueArn, ruleArn },
    url: `https://sqs.${region}.${dnsSuffix}/${account}/${name}`,
    pattern: patternOf(
      registry.prefix === "" ? filters : filters.map((filter) => ({ prefix: filter })),
    ),
    policy: JSON.stringify(sendPolicy(queueArn, ruleArn)),
  };
}

/**
 * Returns the name of the queue of a registry with a prefix. It is the prefix's own, so that lists that share an
 * account don't take each other's. Neither SQS nor EventBridge refuses a name that is taken.
 */
export function queueName(prefix: string): string {
  return prefix === "" ? "image-pushes" : `${prefix.replace(/[^a-z0-9_]/g, "-")}pushes`;
}

/** Names are whole ones, and a prefix is one filter for all names. */
function patternOf(repositories: readonly (string | { readonly prefix: string })[]): string {
  return JSON.stringify({
    source: ["aws.ecr"],
    "detail-type": ["ECR Image Action"],
    detail: {
      "action-type": ["PUSH"],
      result: ["SUCCESS"],
      "repository-name": repositories,
    },
  });
}

function sendPolicy(queue: string, rule: string): Policy {
  return policy([
    {
      Sid: "Pushes",
      Effect: "Allow",
      Principal: { Service: "events.amazonaws.com" },
      Action: ["sqs:SendMessage"],
      Resource: [queue],
      Condition: { ArnEquals: { "aws:SourceArn": rule } },
    },
  ]);
}
