import assert from "node:assert/strict";
import { pushQueue } from "../../../src/adapters/aws/push-queue";
import { ReleasesError } from "../../../src/core/error";
import { ecrHintOf } from "../../../src/core/receive/intent";
import { planOf, theOne, TYPES } from "../../support/plans";
import { Moto, moto } from "../../support/moto";
import { serviceYaml, stackConfigYaml } from "../../support/yaml";

const [ACCOUNT, REGION] = ["123456789012", "eu-west-1"];

describe("the queue of pushes to ECR", function () {
  if (moto === undefined) {
    it("is skipped: there is no moto_server in PATH", function () {
      this.skip();
    });
    return;
  }

  let server: Moto;
  let restore: () => void;

  before(async () => {
    server = await Moto.start();
    restore = server.use(REGION);
  });
  after(async () => {
    restore();
    await server.stop();
  });

  /** Asks moto, as AWS's own clients do. */
  async function ask(service: "events" | "sqs", target: string, body: object): Promise<unknown> {
    const scope = `test/20261126/${REGION}/${service}/aws4_request`;
    const answer = await fetch(server.endpoint, {
      method: "POST",
      headers: {
        "content-type": `application/x-amz-json-1.${service === "sqs" ? "0" : "1"}`,
        "x-amz-target": target,
        authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0`,
      },
      body: JSON.stringify(body),
    });
    const text = await answer.text();
    assert.equal(answer.status, 200, text);
    return text === "" ? {} : JSON.parse(text);
  }

  /** Makes in moto what a stack declares, as its provider does. Returns the queue's address as the stack says it. */
  async function declared(registry: string): Promise<string> {
    const planned = await planOf({
      "service/a.yaml": serviceYaml("orders") + serviceYaml("catalog"),
      "Pulumi.testing.yaml": stackConfigYaml("", registry).replace("111111111111", ACCOUNT),
    });
    const inputs = (type: string) => theOne(planned, type, "pushes").inputs;
    const queue = inputs(TYPES.queue);
    const { queueUrl, policy } = inputs(TYPES.queuePolicy);
    const Attributes = {
      MessageRetentionPeriod: String(queue["messageRetentionSeconds"]),
      SqsManagedSseEnabled: String(queue["sqsManagedSseEnabled"]),
    };
    await ask("sqs", "AmazonSQS.CreateQueue", { QueueName: queue["name"], Attributes });
    const Policy = { QueueUrl: queueUrl, Attributes: { Policy: policy } };
    await ask("sqs", "AmazonSQS.SetQueueAttributes", Policy);
    const rule = inputs(TYPES.eventRule);
    const { name: Name, description: Description, eventPattern: EventPattern } = rule;
    await ask("events", "AWSEvents.PutRule", { Name, Description, EventPattern });
    const { rule: Rule, targetId: Id, arn: Arn } = inputs(TYPES.eventTarget);
    await ask("events", "AWSEvents.PutTargets", { Rule, Targets: [{ Id, Arn }] });
    return planned.outputs.pushQueue ?? assert.fail();
  }

  /** Has ECR say what happened to an image. */
  async function say(detail: object, type = "ECR Image Action"): Promise<void> {
    const Detail = JSON.stringify({
      "action-type": "PUSH",
      result: "SUCCESS",
      "repository-name": "releases/orders",
      "image-tag": "v1.1.0",
      ...detail,
    });
    const Entries = [{ Source: "aws.ecr", DetailType: type, Detail }];
    await ask("events", "AWSEvents.PutEvents", { Entries });
  }

  /** Returns which repositories the messages of a queue hint at, and deletes the messages. */
  async function hints(address: string): Promise<unknown[]> {
    const queue = await pushQueue(address.replace(/^https:\/\/[^/]+/, server.endpoint));
    const messages = await queue.receive(AbortSignal.timeout(30_000));
    await queue.remove(messages);
    return (
      messages
        // moto leaves out the account, which EventBridge itself always says.
        .map(({ body }) => ecrHintOf({ account: ACCOUNT, ...(JSON.parse(body) as object) }))
        .map((hint) => (typeof hint === "object" && hint.kind === "image" ? hint.repository : hint))
    );
  }

  const host = `${ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com`;

  it("gets what was pushed below the prefix, and nothing else that ECR says", async () => {
    const address = await declared("{ role: source, prefix: releases/, pushes: true }");
    assert.equal(address, `https://sqs.${REGION}.amazonaws.com/${ACCOUNT}/releases-pushes`);
    await say({ "repository-name": "other/orders" });
    await say({ "repository-name": "releases" });
    await say({ "action-type": "DELETE" });
    await say({ result: "FAILURE" });
    await say({}, "ECR Image Scan");
    await say({});
    await say({ "repository-name": "releases/a/b" });
    assert.deepEqual(await hints(address), [`${host}/releases/orders`, `${host}/releases/a/b`]);
  });

  it("gets what was pushed under the very names of the list where there is no prefix", async () => {
    const address = await declared("{ role: source, pushes: true }");
    await say({ "repository-name": "orders-internal" });
    await say({ "repository-name": "orders" });
    assert.deepEqual(await hints(address), [`${host}/orders`]);
  });

  it("gives a message again that wasn't deleted, and none that was", async () => {
    const address = await declared("{ role: source, prefix: again/, pushes: true }");
    await say({ "repository-name": "again/orders" });
    const queue = await pushQueue(address.replace(/^https:\/\/[^/]+/, server.endpoint));
    const [first] = await queue.receive(AbortSignal.timeout(30_000));
    const visible = { QueueUrl: address, ReceiptHandle: first?.receipt, VisibilityTimeout: 0 };
    await ask("sqs", "AmazonSQS.ChangeMessageVisibility", visible);
    const again = await queue.receive(AbortSignal.timeout(30_000));
    assert.deepEqual(
      again.map(({ id }) => id),
      [first?.id],
    );
    await queue.remove(again);
    const { Attributes } = (await ask("sqs", "AmazonSQS.GetQueueAttributes", {
      QueueUrl: address,
      AttributeNames: ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
    })) as { Attributes: Record<string, string> };
    assert.deepEqual(Object.values(Attributes), ["0", "0"]);
  });

  it("says which queue it was, where there is none", async () => {
    const queue = await pushQueue(`${server.endpoint}/${ACCOUNT}/nobodys`);
    await assert.rejects(queue.receive(AbortSignal.timeout(30_000)), (cause: unknown) => {
      assert.ok(cause instanceof ReleasesError);
      assert.match(
        cause.message,
        /^the queue \S+\/nobodys: .*; check its address and the role's rights$/,
      );
      return true;
    });
  });
});
