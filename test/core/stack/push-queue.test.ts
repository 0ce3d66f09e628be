import assert from "node:assert/strict";
import { pushQueueOf } from "../../../src/core/stack/push-queue";
import { registry, service, stackConfig, template } from "../../support/model";

const PLACE = { account: "111111111111", region: "eu-west-1" };
const OWNED = [service("orders", { aliases: ["orders-3.7"] }), template("network")];

const queueOf = (more: object, place: object = PLACE, owned = OWNED) =>
  pushQueueOf(stackConfig({ ...place, registry: registry({ pushes: true, ...more }) }), owned);

describe("pushQueueOf", () => {
  it("is a queue that EventBridge alone may send to, by one rule about the registry's prefix", () => {
    const { policy, pattern, ...names } = queueOf({ prefix: "releases/" }) ?? assert.fail();
    const queueArn = "arn:aws:sqs:eu-west-1:111111111111:releases-pushes";
    const ruleArn = "arn:aws:events:eu-west-1:111111111111:rule/releases-pushes";
    assert.deepEqual(names, {
      name: "releases-pushes",
      url: "https://sqs.eu-west-1.amazonaws.com/111111111111/releases-pushes",
      ...{ queueArn, ruleArn },
    });
    assert.deepEqual(JSON.parse(policy), {
      Version: "2012-10-17",
      Statement: [
        {
          Sid: "Pushes",
          Effect: "Allow",
          Principal: { Service: "events.amazonaws.com" },
          Action: ["sqs:SendMessage"],
          Resource: [queueArn],
          Condition: { ArnEquals: { "aws:SourceArn": ruleArn } },
        },
      ],
    });
    assert.deepEqual(JSON.parse(pattern), {
      source: ["aws.ecr"],
      "detail-type": ["ECR Image Action"],
      detail: {
        "action-type": ["PUSH"],
        result: ["SUCCESS"],
        "repository-name": [{ prefix: "releases/" }],
      },
    });
  });

  it("has a rule about whole names without a prefix, so that it tells of no neighbor", () => {
    const { name, pattern } = queueOf({}) ?? assert.fail();
    assert.equal(name, "image-pushes");
    const { detail } = JSON.parse(pattern) as { detail: Record<string, unknown> };
    assert.deepEqual(detail["repository-name"], ["orders", "orders-3.7"]);
  });

  it("has the addresses of its partition", () => {
    const china = { account: "111111111111", region: "cn-north-1" };
    const queue = queueOf({ prefix: "acme/a__b.c/" }, china) ?? assert.fail();
    assert.equal(
      queue.url,
      "https://sqs.cn-north-1.amazonaws.com.cn/111111111111/acme-a__b-c-pushes",
    );
    assert.match(queue.queueArn, /^arn:aws-cn:sqs:/);
    assert.match(queue.ruleArn, /^arn:aws-cn:events:/);
  });

  it("is nothing unless it is asked for, in a stack that declares repositories", () => {
    assert.equal(queueOf({ pushes: false }), undefined);
    assert.equal(queueOf({}, PLACE, [template("network")]), undefined);
    assert.equal(queueOf({ role: "shared", owner: "staging" }), undefined);
    assert.equal(queueOf({ role: "external", host: "ghcr.io/acme" }), undefined);
    assert.equal(queueOf({}, { account: "111111111111" }), undefined);
  });
});
