import { s3Address, type BucketObject } from "../../core/aws";
import { outsideError } from "../../core/error";

/**
 * Whether an object is in its bucket, as S3 says with the credentials that AWS's SDK finds.
 * @throws ReleasesError of kind `outside` where S3 doesn't tell: without s3:ListBucket it refuses to say what isn't there
 */
export async function hasObject(object: BucketObject): Promise<boolean> {
  const { HeadObjectCommand, NotFound, S3Client, S3ServiceException } =
    await import("@aws-sdk/client-s3");
  const { bucket: Bucket, key: Key, region } = object;
  const client = new S3Client({ region });
  try {
    await client.send(new HeadObjectCommand({ Bucket, Key }));
    return true;
  } catch (cause) {
    if (cause instanceof NotFound) return false;
    if (!(cause instanceof Error)) throw cause;
    // The answer to this question has a status and no text.
    const status = cause instanceof S3ServiceException ? cause.$metadata.httpStatusCode : undefined;
    const said = status === undefined ? cause.message : `it is ${status}`;
    const rights = "give the role s3:GetObject and s3:ListBucket of the bucket";
    throw outsideError(`S3, asked for ${s3Address(object)}: ${said}; ${rights}`);
  } finally {
    client.destroy();
  }
}
