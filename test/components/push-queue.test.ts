import assert from "node:assert/strict";
import { Provider } from "@pulumi/aws/provider";
import { PushQueue } from "../../components/push-queue";
import { record } from "../../src/adapters/pulumi/embedded";
import { theOne, TYPES } from "../support/plans";

const ARGS = {
  name: "releases-pushes",
  url: "https://sqs.eu-west-1.amazonaws.com/111111111111/releases-pushes",
  queueArn: "arn:aws:sqs:eu-west-1:111111111111:releases-pushes",
  pattern: '{"source":["aws.ecr"]}',
  policy: '{"Version":"2012-10-17"}',
};

describe("PushQueue", () => {
  const declared = () =>
    record("testing", () => {
      const aws = new Provider("aws", { region: "eu-west-1" });
      return new PushQueue("pushes", ARGS, { providers: [aws] });
    });

  it("declares a queue that is encrypted with its own key, its policy, a rule and the rule's target", async () => {
    const planned = await declared();
    assert.deepEqual(theOne(planned, TYPES.queue, "pushes").inputs, {
      name: "releases-pushes",
      messageRetentionSeconds: 86_400,
      sqsManagedSseEnabled: true,
    });
    assert.deepEqual(theOne(planned, TYPES.queuePolicy, "pushes").inputs, {
      queueUrl: ARGS.url,
      policy: ARGS.policy,
    });
    assert.deepEqual(theOne(planned, TYPES.eventRule, "pushes").inputs, {
      name: "releases-pushes",
      description: "Images that were pushed, for releases receive",
      eventPattern: ARGS.pattern,
    });
    assert.deepEqual(theOne(planned, TYPES.eventTarget, "pushes").inputs, {
      rule: "releases-pushes",
      targetId: "releases-pushes",
      arn: ARGS.queueArn,
    });
  });

  it("declares nothing else, all of it by one provider and below itself", async () => {
    const { resources } = await declared();
    assert.deepEqual(
      resources.map(({ type }) => type),
      [
        "pulumi:providers:aws",
        TYPES.eventRule,
        TYPES.eventTarget,
        TYPES.queue,
        TYPES.queuePolicy,
        "releases:registry:PushQueue",
      ],
    );
    const parts = resources.filter(({ type }) => type.startsWith("aws:"));
    for (const { parent, provider, options } of parts) {
      assert.equal(parent, "urn:pulumi:testing::releases::releases:registry:PushQueue::pushes");
      assert.equal(provider, "urn:pulumi:testing::releases::pulumi:providers:aws::aws");
      assert.equal(options.protect, false);
    }
  });

  it("passes nothing on before the queue takes it", async () => {
    const planned = await declared();
    const urn = (type: string): string => theOne(planned, type, "pushes").urn;
    assert.deepEqual(theOne(planned, TYPES.queuePolicy, "pushes").options.dependsOn, [
      urn(TYPES.queue),
    ]);
    assert.deepEqual([...theOne(planned, TYPES.eventTarget, "pushes").options.dependsOn].sort(), [
      urn(TYPES.eventRule),
      urn(TYPES.queuePolicy),
    ]);
  });
});
