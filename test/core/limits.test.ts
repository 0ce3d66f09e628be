import assert from "node:assert/strict";
import * as names from "../../src/core/limits";

function table(
  accepts: (text: string) => boolean,
  valid: readonly string[],
  invalid: readonly string[],
): void {
  const short = (text: string): string => JSON.stringify(text.slice(0, 40));
  for (const text of valid) it(`takes ${short(text)}`, () => assert.equal(accepts(text), true));
  for (const text of invalid) {
    it(`refuses ${short(text)}`, () => assert.equal(accepts(text), false));
  }
}

describe("IMAGE_REPOSITORY", () => {
  table(
    (text) => names.IMAGE_REPOSITORY.test(text),
    [
      "repo",
      "a",
      "7",
      "library/ubuntu",
      "my-org/my_app",
      "a/b-c_d.e",
      "a__b",
      "a---b",
      "a.b.c",
      "a/b/c/d/e/f",
    ],
    [
      "",
      "UPPER/CASE",
      "Repo",
      "/leading",
      "trailing/",
      "double//slash",
      "has:colon",
      "has@at",
      "has space",
      "dot..dot",
      "seg-.-bad",
      "a___b",
      "a._b",
      "-leading",
      "trailing-",
      ".leading",
      "trailing.",
      "_leading",
      "a/-b",
      "a-/b",
      "ünïcode",
      "repo\n",
    ],
  );
});

describe("REPOSITORY_PREFIX", () => {
  table(
    (text) => names.REPOSITORY_PREFIX.test(text),
    ["releases/", "acme/releases/", "a-b_c.d/"],
    ["", "/", "releases", "/releases/", "releases//", "Releases/", "a/b", "a/ "],
  );
});

describe("isGithubName", () => {
  table(
    names.isGithubName,
    ["orders", "Orders_2.0", "-", "_", "a.b", "a.gitx", "git", "x".repeat(100), "0"],
    [
      "",
      ".",
      "..",
      ".github",
      "orders.git",
      "orders.GIT",
      "x".repeat(101),
      "örders",
      "orders!",
      "acme/orders",
      "a b",
      "orders\n",
    ],
  );
});

describe("SERVICE_NAME", () => {
  table(
    (text) => names.SERVICE_NAME.test(text),
    ["a", "A1", "library/alloy", "a.b_c-d", "Orders"],
    ["", "-a", "a-", "/a", "a/", ".a", "_a", "a b", "a:b", "a@b", "ä", "__proto__", "a\n"],
  );
});

describe("isReservedName", () => {
  table(
    names.isReservedName,
    ["constructor", "__proto__", "toString", "hasOwnProperty", "valueOf"],
    ["", "name", "orders", "Constructor", "prototype", "then"],
  );
});

describe("MUTABLE_TAG", () => {
  table(
    (text) => names.MUTABLE_TAG.test(text),
    ["latest", "*", "*-daily", "v1.2_x", "a".repeat(128)],
    ["", "a b", "a/b", "a:b", "a?", "a".repeat(129), "ä", "latest\n"],
  );
});

describe("DNS_LABEL", () => {
  table(
    (text) => names.DNS_LABEL.test(text),
    ["a", "shop", "a-b", "0", "a".repeat(63)],
    ["", "-a", "a-", "Shop", "a.b", "a_b", "a".repeat(64), "shop\n"],
  );
});

describe("AWS_ACCOUNT", () => {
  table(
    (text) => names.AWS_ACCOUNT.test(text),
    ["000000000000", "012345678901", "999999999999"],
    ["", "12345678901", "0123456789012", "01234567890a", "0123-4567-8901", "123456789012\n"],
  );
});

describe("GITHUB_OWNER", () => {
  table(
    (text) => names.GITHUB_OWNER.test(text),
    ["acme", "A-1", "octocat_acme", "a-b_c", "x".repeat(39), "0"],
    [
      "",
      "-acme",
      "acme-",
      "ac--me",
      "_acme",
      "acme_",
      "a_b_c",
      "acme/x",
      "https://github.com/acme",
      "a.b",
      "acme corp",
      "@acme",
      "acme\n",
      "äcme",
      "x".repeat(40),
      "x".repeat(60),
    ],
  );
});

describe("isRoleArn", () => {
  table(
    names.isRoleArn,
    [
      "arn:aws:iam::111111111111:role/reader",
      "arn:aws-cn:iam::111111111111:role/reader",
      "arn:aws-us-gov:iam::111111111111:role/team/ci/reader+writer=,.@-_",
      `arn:aws:iam::111111111111:role/${"x".repeat(64)}`,
    ],
    [
      "",
      "reader",
      "arn:aws:iam::role/reader",
      "arn:aws:iam::1111:role/reader",
      "arn:aws:iam::111111111111:user/reader",
      "arn:aws:sts::111111111111:assumed-role/reader/session",
      "arn:aws:iam::111111111111:role/",
      "arn:aws:iam::111111111111:role/a//b",
      "arn:aws:iam::111111111111:role/reader\n",
      "arn:aws:iam::111111111111:role/*",
      " arn:aws:iam::111111111111:role/reader",
      "arn:AWS:iam::111111111111:role/reader",
      `arn:aws:iam::111111111111:role/${"x".repeat(65)}`,
    ],
  );
});

describe("isBucketName", () => {
  table(
    names.isBucketName,
    [
      "abc",
      "a".repeat(63),
      "acme.templates-1",
      "a-.b",
      "1.2.3",
      "an",
      "plan",
      "acme-111122223333-us-west-2-an",
    ].filter((name) => name.length > 2),
    [
      "",
      "ab",
      "a".repeat(64),
      "acme..templates",
      ".acme",
      "acme.",
      "-acme",
      "acme-",
      "Acme",
      "acme_templates",
      "acme templates",
      "192.168.1.10",
      "xn--acme",
      "sthree-acme",
      "sthree-configurator",
      "amzn-s3-demo-acme",
      "acme-s3alias",
      "acme--ol-s3",
      "acme.mrap",
      "acme--usw2-az1--x-s3",
      "acme--table-s3",
      "acme-an",
      "s3://acme",
      "acme/templates",
      "acmé",
      "acme\n",
    ],
  );
});

describe("isAwsTag", () => {
  const value = (text: string): boolean => names.isAwsTag("team", text);
  table(
    (key) => names.isAwsTag(key, "x"),
    ["team", "k".repeat(128), "größe", "a b", "a_.:/=+-@", "AWSteam", "aws"],
    ["", "k".repeat(129), "aws:team", "AWS:team", "a*b", "a#b", "a\nb", "a,b"],
  );
  table(value, ["x", "v".repeat(256), "aws:x", "Größe 3"], ["", "v".repeat(257), "a*", "a\tb"]);
});
