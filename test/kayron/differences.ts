import type { Issue } from "../../src/core/input/issue";
import type { IssueCode } from "../../src/core/input/issue-codes";
import type { ListFiles } from "./lists";

/** A difference from Kayron that docs/kayron.md has: an example of it, and how it is known. */
export interface Difference {
  readonly files: ListFiles;
  /** Who refuses it. `warning`: both take it, and here it is a warning. */
  readonly refusedBy: "releases" | "kayron" | "warning";
  /** The findings of `releases lint --kayron` that are of this difference. */
  readonly codes: readonly IssueCode[];
  /** What the messages of these say, where a code has other meanings. */
  readonly says?: RegExp;
  /** What Kayron says where it refuses. */
  readonly kayronSays?: RegExp;
}

function orders(parts = "", deploy = "release: v1.2.3"): string {
  return `- github: orders\n  docker: orders\n  deploy: { ${deploy} }\n${parts}`;
}

/** By the id that docs/kayron.md has. */
export const DIFFERENCES: Readonly<Record<string, Difference>> = {
  "keys-of-ours": {
    files: { "service/a.yaml": orders("", "release: v1.2.3, range: newest") },
    refusedBy: "releases",
    codes: [
      ...([
        "invalid-range",
        "several-strategies",
        "preview-not-possible",
        "unknown-requirement",
      ] as const),
      ...([
        "invalid-type",
        "invalid-value",
        "invalid-name",
        "empty-value",
        "duplicate-name",
      ] as const),
      ...(["shared-image-repository", "reserved-name"] as const),
    ],
    says: /: (?:"(?:name|team|values|environments|requires|deploy\.range)" is|requires "|"deploy.*\brange)/,
  },
  "other-number": {
    files: { "service/a.yaml": "- github: 0x1F\n  docker: orders\n  deploy: { branch: 1.10 }\n" },
    refusedBy: "releases",
    codes: ["invalid-type"],
    says: /^definition \d+(?: \(.*\))?: "(?:github|docker|deploy\.branch)" is the (?:number|boolean) .*; quote it: /,
  },
  "same-name": {
    files: {
      "service/a.yaml": `${orders()}- github: orders\n  provider: cloudformation\n  deploy: { release: v1 }\n`,
    },
    refusedBy: "releases",
    codes: ["duplicate-name"],
  },
  "helm-name": {
    files: { "service/a.yaml": orders().replace("docker: orders", `docker: ${"d".repeat(54)}`) },
    refusedBy: "releases",
    codes: ["name-too-long", "shared-helm-release"],
  },
  "digit-first": {
    files: { "service/a.yaml": orders().replace("docker: orders", "docker: 3scale") },
    refusedBy: "releases",
    codes: ["invalid-name"],
    says: /begin with a digit/,
  },
  "host-in-docker": {
    files: { "service/a.yaml": orders().replace("docker: orders", "docker: ghcr.io/acme/orders") },
    refusedBy: "releases",
    codes: ["invalid-docker"],
    says: /the host comes from the registry/,
  },
  "blank-branch": {
    files: { "service/a.yaml": orders("", "branch: ' '") },
    refusedBy: "releases",
    codes: ["empty-value", "invalid-value"],
    says: /"deploy\.branch"/,
  },
  "reserved-name": {
    files: { "service/a.yaml": orders().replace("docker: orders", "docker: constructor") },
    refusedBy: "releases",
    codes: ["reserved-name"],
  },
  "large-file": {
    files: { "service/a.yaml": `${orders()}#${" ".repeat(2 ** 20)}\n` },
    refusedBy: "releases",
    codes: ["file-too-large", "too-large", "alias-bomb"],
  },
  "short-suffix": {
    files: { "service/a.yaml": orders("", "release: v1.2-rc") },
    refusedBy: "kayron",
    codes: [],
    kayronSays: /"value": "v\d+(?:\.\d+)?-[^"]*"[^]*release tag does not comply/,
  },
  "two-repositories": {
    files: {
      "service/a.yaml": orders().replace(
        "github: orders",
        "github: { source: orders, releases: orders-releases }",
      ),
    },
    refusedBy: "kayron",
    codes: [],
    kayronSays: /cannot unmarshal/,
  },
  "merge-over": {
    files: {
      "service/a.yaml":
        "- &a\n  github: a\n  docker: a\n  deploy: { release: v1 }\n- <<: *a\n  docker: b\n",
    },
    refusedBy: "kayron",
    codes: [],
    kayronSays: /duplicate key \\"/,
  },
  "key-of-no-text": {
    files: { "service/a.yaml": orders("  1: a\n").replace("  deploy", "  null: a\n  deploy") },
    refusedBy: "kayron",
    codes: ["unknown-key"],
    kayronSays: /requires a (?:deployment strategy|github repository|docker repository|provider)/,
  },
  "files-at-the-top": {
    files: { "service/a.yaml": orders(), "environments.yaml": "environments: {}\n" },
    refusedBy: "kayron",
    codes: [],
    kayronSays: /mapping was used where sequence is expected/,
  },
  "unknown-key": {
    files: { "service/a.yaml": orders("  owner: shop\n", "release: v1.2.3, canary: true") },
    refusedBy: "warning",
    codes: ["unknown-key"],
  },
  "same-image": {
    files: { "service/a.yaml": orders(), "service/b.yaml": orders("", "branch: main") },
    refusedBy: "warning",
    codes: ["duplicate-name"],
  },
  "second-document": {
    files: { "service/a.yaml": `${orders()}---\n${orders("", "branch: main")}` },
    refusedBy: "warning",
    codes: ["several-documents"],
  },
  "other-files": {
    files: {
      "services/a.yaml": orders(),
      "more.yaml": orders().replaceAll("orders", "more"),
      "service/.b.yaml": orders().replaceAll("orders", "hidden"),
    },
    refusedBy: "warning",
    codes: ["ignored-file"],
  },
  "empty-file": {
    files: {
      "service/a.yaml": orders(),
      "service/b.yaml": "# Nothing.\n",
      "service/c.yaml": "[]\n",
    },
    refusedBy: "warning",
    codes: ["empty-file", "empty-list"],
  },
};

/** Returns the difference that a finding is of; undefined where no document has one. */
export function differenceOf(
  { code, message }: Issue,
  refusedBy: Difference["refusedBy"],
): string | undefined {
  const known = Object.entries(DIFFERENCES).find(
    ([, one]) =>
      one.refusedBy === refusedBy &&
      one.codes.includes(code) &&
      (one.says === undefined || one.says.test(message)),
  );
  return known?.[0];
}

/** Returns the difference that Kayron's refusal is of; undefined where no document has one. */
export function differenceOfKayron(said: string): string | undefined {
  const known = Object.entries(DIFFERENCES).find(([, one]) => one.kayronSays?.test(said) === true);
  return known?.[0];
}
