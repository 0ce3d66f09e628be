import assert from "node:assert/strict";
import { CreateBucketCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { hasObject } from "../../../src/adapters/aws/bucket";
import { Moto, moto } from "../../support/moto";

const REGION = "eu-west-1";
const OBJECT = {
  bucket: "acme-templates",
  region: REGION,
  key: "infrastructure/v1.0.0/index.yaml",
};

describe("an object in a bucket", function () {
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
    const client = new S3Client({ region: REGION });
    const { bucket: Bucket, key: Key } = OBJECT;
    const CreateBucketConfiguration = { LocationConstraint: REGION } as const;
    await client.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration }));
    await client.send(new PutObjectCommand({ Bucket, Key, Body: "{}" }));
    client.destroy();
  });
  after(async () => {
    restore();
    await server.stop();
  });

  it("is there, or isn't", async () => {
    assert.equal(await hasObject(OBJECT), true);
    assert.equal(await hasObject({ ...OBJECT, key: "infrastructure/v1.0.1/index.yaml" }), false);
  });

  it("is unknown without the right to list the bucket, and without an answer", async () => {
    await fetch(`${server.endpoint}/moto-api/reset-auth`, { method: "POST", body: "0" });
    try {
      await assert.rejects(hasObject(OBJECT), {
        kind: "outside",
        message:
          "S3, asked for https://acme-templates.s3.eu-west-1.amazonaws.com/infrastructure/v1.0.0/index.yaml: it is 403; give the role s3:GetObject and s3:ListBucket of the bucket",
      });
    } finally {
      await fetch(`${server.endpoint}/moto-api/reset-auth`, { method: "POST", body: "1000000" });
    }
  });
});
