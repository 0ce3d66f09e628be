import { partitionOf } from "../../src/core/aws";
import { isMapping } from "../../src/core/mapping";
import { Refusal, type Kind } from "./stand-in";
import type { Scope, World } from "./world";

/**
 * The rules of SQS and EventBridge, from their API models (botocore 1.44, sqs/2012-11-05 and events/2015-10-07) and
 * quotas, and of the Terraform provider.
 */
const QUEUE_NAME = /^[\w-]{1,80}$/;
const RULE_NAME = /^[.\w-]{1,64}$/;
const MAX_PATTERN = 2048;
const MAX_BODY_SECONDS = 1_209_600;

const place = ({ account = "", region = "" }: Scope): string => `${account} ${region}`;
const arn = (service: string, { account = "", region = "" }: Scope, name: string): string =>
  `arn:${partitionOf(region).name}:${service}:${region}:${account}:${name}`;

function urlOf({ account = "", region = "" }: Scope, name: string): string {
  return `https://sqs.${region}.${partitionOf(region).dnsSuffix}/${account}/${name}`;
}

const queueKey = (scope: Scope, name: string): string => `${place(scope)} queue ${name}`;
const ruleKey = (scope: Scope, name: string): string => `${place(scope)} rule ${name}`;

/** Refuses what is about a queue or a rule that doesn't exist. */
function needs(world: World, key: string): void {
  if (world.get(key) === undefined) throw new Refusal(`ResourceNotFoundException: ${key}`);
}

const queue: Kind = {
  check: ({ name, messageRetentionSeconds: seconds = 345_600 }) => [
    ...(QUEUE_NAME.test(String(name)) ? [] : [`invalid queue name: ${String(name)}`]),
    ...(Number(seconds) >= 60 && Number(seconds) <= MAX_BODY_SECONDS
      ? []
      : ["expected messageRetentionSeconds to be in the range (60 - 1209600)"]),
  ],
  key: ({ name }, scope) => queueKey(scope, String(name)),
  id: ({ name }, scope) => urlOf(scope, String(name)),
  taken: "QueueAlreadyExists",
  outputs: ({ name }, scope) => ({
    arn: arn("sqs", scope, String(name)),
    url: urlOf(scope, String(name)),
  }),
};

const queuePolicy: Kind = {
  check: ({ policy }) => {
    const { Version, Statement } = JSON.parse(String(policy)) as Record<string, unknown>;
    const isWhole = Version === "2012-10-17" && Array.isArray(Statement);
    return isWhole ? [] : ["InvalidAttributeValue: Invalid value for the parameter Policy"];
  },
  key: ({ queueUrl }) => `policy of ${String(queueUrl)}`,
  id: ({ queueUrl }) => String(queueUrl),
  before: (action, { inputs, scope, world }) => {
    if (action === "delete") return;
    const name = String(inputs["queueUrl"]).split("/").at(-1) ?? "";
    if (urlOf(scope, name) !== inputs["queueUrl"]) throw new Refusal("QueueDoesNotExist");
    needs(world, queueKey(scope, name));
  },
};

const rule: Kind = {
  check: ({ name, eventPattern }) => {
    const text = String(eventPattern);
    return [
      ...(RULE_NAME.test(String(name)) ? [] : [`ValidationException: '${String(name)}'`]),
      ...(text.length <= MAX_PATTERN ? [] : ["LimitExceededException: the pattern is too long"]),
      ...(isPattern(JSON.parse(text)) ? [] : ["InvalidEventPatternException"]),
    ];
  },
  key: ({ name }, scope) => ruleKey(scope, String(name)),
  id: ({ name }) => String(name),
  outputs: ({ name }, scope) => ({ arn: arn("events", scope, `rule/${String(name)}`) }),
  before: (action, { key, world }) => {
    if (action !== "delete") return;
    if (world.keys().some((other) => other.startsWith(`${key} target `))) {
      throw new Refusal("ValidationException: Rule can't be deleted since it has targets.");
    }
  },
};

const target: Kind = {
  check: ({ targetId }) =>
    RULE_NAME.test(String(targetId)) ? [] : [`ValidationException: '${String(targetId)}'`],
  key: (inputs, scope) =>
    `${ruleKey(scope, String(inputs["rule"]))} target ${String(inputs["targetId"])}`,
  id: (inputs) => `${String(inputs["rule"])}-${String(inputs["targetId"])}`,
  before: (action, { inputs, scope, world }) => {
    if (action !== "delete") needs(world, ruleKey(scope, String(inputs["rule"])));
  },
};

/** Whether EventBridge takes a pattern: maps of maps, which end in lists that aren't empty. */
function isPattern(value: unknown): boolean {
  return isMapping(value)
    ? Object.values(value).every((part) =>
        Array.isArray(part) ? part.length > 0 : isPattern(part),
      )
    : false;
}

/** What the stand-in of AWS has of queues and events. */
export const EVENTS: Readonly<Record<string, Kind>> = {
  "aws:cloudwatch/eventRule:EventRule": rule,
  "aws:cloudwatch/eventTarget:EventTarget": target,
  "aws:sqs/queue:Queue": queue,
  "aws:sqs/queuePolicy:QueuePolicy": queuePolicy,
};
