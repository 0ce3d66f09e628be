import assert from "node:assert/strict";
import * as fs from "node:fs";
import {
  AWS_REGIONS,
  ecrHost,
  ecrRegion,
  isRegion,
  partitionOf,
  regionIn,
  s3Address,
} from "../../src/core/aws";
import { PARTITIONS_FILE, partitionsOfSdk } from "../../tools/partitions";

/** A region of every partition, with the names that AWS gives to both. */
const PARTITIONS = [
  ["eu-west-1", "aws", "amazonaws.com"],
  ["cn-north-1", "aws-cn", "amazonaws.com.cn"],
  ["us-gov-west-1", "aws-us-gov", "amazonaws.com"],
  ["us-iso-east-1", "aws-iso", "c2s.ic.gov"],
  ["us-isob-east-1", "aws-iso-b", "sc2s.sgov.gov"],
  ["eu-isoe-west-1", "aws-iso-e", "cloud.adc-e.uk"],
  ["us-isof-south-1", "aws-iso-f", "csp.hci.ic.gov"],
  ["eusc-de-east-1", "aws-eusc", "amazonaws.eu"],
] as const;

describe("partitionOf", () => {
  for (const [region, name, dnsSuffix] of PARTITIONS) {
    it(`finds ${name} and its hosts' ending of ${region}`, () => {
      assert.deepEqual(partitionOf(region), { name, dnsSuffix });
    });
  }

  it("has the partitions of AWS's SDK, and no others; npm run partitions", () => {
    assert.deepEqual(JSON.parse(fs.readFileSync(PARTITIONS_FILE, "utf8")), partitionsOfSdk());
    const names = new Set(AWS_REGIONS.map((region) => partitionOf(region).name));
    assert.deepEqual([...names].sort(), PARTITIONS.map(([, name]) => name).sort());
  });

  it("takes a name that isn't a region's for a bug", () => {
    assert.throws(() => partitionOf("eu-wset-1"), /unchecked region/);
  });
});

describe("isRegion", () => {
  it("knows the regions of AWS, and neither typos nor names of services without regions", () => {
    assert.ok(AWS_REGIONS.length > 40);
    assert.ok(AWS_REGIONS.every(isRegion));
    const others = [
      "",
      "eu-west",
      "eu-west-1a",
      "EU-WEST-1",
      "eu-wset-1",
      "aws-global",
      "eu-west-1\n",
    ];
    for (const text of [...others, "constructor", "cn-north"])
      assert.equal(isRegion(text), false, text);
  });
});

describe("ecrHost and ecrRegion", () => {
  for (const [region, , dnsSuffix] of PARTITIONS) {
    it(`name a registry of ${region}, and find the region again`, () => {
      const host = ecrHost("012345678901", region);
      assert.equal(host, `012345678901.dkr.ecr.${region}.${dnsSuffix}`);
      assert.equal(ecrRegion(host), region);
    });
  }

  it("find no region in other hosts", () => {
    const host = ecrHost("012345678901", "eu-west-1");
    assert.equal(ecrRegion("012345678901.dkr.ecr-fips.us-east-1.amazonaws.com"), "us-east-1");
    const others = ["ghcr.io", `${host}.evil.example`, `x.${host}`, `${host}.cn`];
    others.push(
      "012345678901.dkr.ecr.cn-north-1.amazonaws.com",
      "012345678901.dkr.ecr.x.amazonaws.com",
    );
    for (const other of others) assert.equal(ecrRegion(other), undefined, other);
  });
});

describe("s3Address", () => {
  it("names an object of a bucket in every partition", () => {
    for (const [region, , dnsSuffix] of PARTITIONS) {
      assert.equal(
        s3Address({ bucket: "b", region, key: "k/v" }),
        `https://b.s3.${region}.${dnsSuffix}/k/v`,
      );
    }
  });
});

describe("regionIn", () => {
  for (const [address, region] of [
    ["https://sqs.eu-west-1.amazonaws.com/111111111111/a", "eu-west-1"],
    ["https://sqs.cn-north-1.amazonaws.com.cn/111111111111/a", "cn-north-1"],
    ["https://vpce-0a1-b2.sqs.us-gov-west-1.vpce.amazonaws.com/1/a", "us-gov-west-1"],
    ["https://ap-south-1.queue.amazonaws.com/1/a", "ap-south-1"],
    ["https://queue.amazonaws.com/1/eu-west-1", undefined],
    ["http://127.0.0.1:4566/1/a", undefined],
    ["eu-west-1", undefined],
  ] as const) {
    it(`finds ${region ?? "none"} in ${address}`, () => assert.equal(regionIn(address), region));
  }
});
