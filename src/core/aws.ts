import PARTITIONS from "./aws-partitions.json";

/** A part of AWS with accounts, regions and hosts of its own, such as `aws-cn`. */
export interface Partition {
  /** Second part of its ARNs. */
  readonly name: string;
  /** End of its hosts' names, such as `amazonaws.com.cn`. */
  readonly dnsSuffix: string;
}

const BY_REGION: ReadonlyMap<string, Partition> = new Map(
  Object.entries(PARTITIONS).flatMap(([name, { dnsSuffix, regions }]) =>
    regions.map((region): [string, Partition] => [region, { name, dnsSuffix }]),
  ),
);

/** All regions of all partitions, as the endpoint data of AWS's SDK has them. */
export const AWS_REGIONS: readonly string[] = [...BY_REGION.keys()].sort();

/** Whether AWS has a region of this name. */
export function isRegion(text: string): boolean {
  return BY_REGION.has(text);
}

/**
 * Returns the partition that a region belongs to.
 * @throws Error for a name that isn't a region's, which is a bug: regions are checked where they are read
 */
export function partitionOf(region: string): Partition {
  const partition = BY_REGION.get(region);
  if (partition === undefined) throw new Error(`unchecked region ${region}`);
  return partition;
}

/** Returns the host of an account's ECR registry in a region. */
export function ecrHost(account: string, region: string): string {
  return `${account}.dkr.ecr.${region}.${partitionOf(region).dnsSuffix}`;
}

/** Returns the region of an ECR registry's host; undefined for any other host. */
export function ecrRegion(host: string): string | undefined {
  const [, region = "", suffix] = ECR_HOST.exec(host) ?? [];
  return BY_REGION.get(region)?.dnsSuffix === suffix && isRegion(region) ? region : undefined;
}

const ECR_HOST = /^\d{12}\.dkr\.ecr(?:-fips)?\.([a-z0-9-]+)\.(.+)$/;

/** An object of S3. */
export interface BucketObject {
  readonly bucket: string;
  readonly region: string;
  readonly key: string;
}

/**
 * Returns the region that the host of an address names, such as that of a queue or of a private endpoint; undefined
 * where it names none.
 */
export function regionIn(address: string): string | undefined {
  return URL.canParse(address) ? new URL(address).hostname.split(".").find(isRegion) : undefined;
}

/** Returns the https address of an object in a bucket of a region. */
export function s3Address({ bucket, region, key }: BucketObject): string {
  return `https://${bucket}.s3.${region}.${partitionOf(region).dnsSuffix}/${key}`;
}
