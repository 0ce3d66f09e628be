/**
 * One small repository for every finding that there is, and what is said about it. The tests hold the
 * program to it, and docs/release-list.md is written from it.
 */
import type { IssueCode } from "../../release/issue-codes";
import type { Severity } from "../../release/issue";
import { folder, link, type Files } from "../support/repository";
import { text } from "../support/text";

/** One expected finding. */
export interface Finding {
  readonly code: IssueCode;
  /** `file:line:column`. */
  readonly at: string;
  /** The whole message. */
  readonly says: string;
  /** Default: `error`. */
  readonly severity?: Severity;
}

/** A repository that isn't right, and the finding that it is here for. */
export interface BadInput extends Finding {
  /** What a reader should see in it, when the code has several entries. */
  readonly shows?: string;
  /** The repository's files; a function makes those that are too large to be written down. */
  readonly files: Files | (() => Files);
  /** Findings that nobody can have the first one without. */
  readonly also?: readonly Finding[];
}

/** A list with nothing wrong in it. */
const ORDERS = text`
  - github: orders
    docker: orders
    deploy: { release: v1.2.0 }
`;

/** Two entries without an image. */
const TEMPLATES = text`
  - github: network
    provider: cloudformation
    deploy: { release: v0.5.8 }
  - github: dns
    provider: cloudformation
    deploy: { release: v0.3.0 }
`;

/** What every stack config here starts with. */
const STACK = text`
  config:
    pulumi:disable-default-providers: ["*"]
`;

/** A stack that runs images from elsewhere and declares no registry. */
const EXTERNAL = text`
  config:
    pulumi:disable-default-providers: ["*"]
    releases:cluster: { context: acme-testing }
    releases:registry: { role: external, host: ghcr.io/acme }
`;

/** A stack with an AWS account; its registry comes next. */
const AWS = text`
  config:
    pulumi:disable-default-providers: ["*"]
    aws:region: eu-west-1
    releases:account: "111111111111"
    releases:cluster: { context: acme-testing }
`;

/** A stack that runs CloudFormation templates; where they are comes next. */
const CLOUDFORMATION = text`
  config:
    pulumi:disable-default-providers: ["*"]
    aws:region: eu-west-1
    releases:account: "111111111111"
`;

/** A stack config with further keys. */
function config(start: string, keys: string): string {
  return start + keys.replaceAll(/^(?=.)/gm, "  ");
}

/** A stack config beside a list, by default of one service. */
function stack(start: string, keys: string, list = ORDERS): Files {
  return { "service/shop.yaml": list, "Pulumi.testing.yaml": config(start, keys) };
}

/** Definitions of services that have nothing but a name. */
function services(count: number, name: (index: number) => string): string {
  return Array.from(
    { length: count },
    (_, index) =>
      `- { github: ${name(index)}, docker: ${name(index)}, deploy: { release: v1.0.0 } }\n`,
  ).join("");
}

const FILES: BadInput[] = [
  {
    code: "unreadable",
    shows: "A folder where a stack config is expected.",
    files: { "service/shop.yaml": ORDERS, "Pulumi.testing.yaml": folder },
    at: "Pulumi.testing.yaml:1:1",
    says: "this is no file; remove it",
  },
  {
    code: "unreadable",
    shows: "A folder where environments.yaml is expected.",
    files: { "service/shop.yaml": ORDERS, "environments.yaml": folder },
    at: "environments.yaml:1:1",
    says: "this is no file; remove it",
  },
  {
    code: "ignored-file",
    severity: "warning",
    shows: "Another ending.",
    files: { "service/shop.yaml": ORDERS, "service/catalog.yml": ORDERS },
    at: "service/catalog.yml:1:1",
    says: "only *.yaml is read, so this file has no effect; rename it",
  },
  {
    code: "ignored-file",
    severity: "warning",
    shows: "Capitals.",
    files: { "service/shop.yaml": ORDERS, "service/catalog.YAML": ORDERS },
    at: "service/catalog.YAML:1:1",
    says: "only *.yaml is read, so this file has no effect; rename it",
  },
  {
    code: "ignored-file",
    severity: "warning",
    shows: "A link to a folder, which could lead back to itself.",
    files: { "service/shop/shop.yaml": ORDERS, "service/store": link("shop") },
    at: "service/store:1:1",
    says: "a link to a folder isn't followed; move the files here",
  },
  {
    code: "folder-named-yaml",
    files: { "service/shop.yaml": ORDERS, "service/catalog.yaml/catalog.yaml": ORDERS },
    at: "service/catalog.yaml:1:1",
    says: "a folder with a file's name; rename it, or make it the file that it claims to be",
  },
  {
    code: "link-leaves-repository",
    shows: "A list file.",
    files: {
      "../elsewhere.yaml": ORDERS,
      "service/shop.yaml": ORDERS,
      "service/catalog.yaml": link("../../elsewhere.yaml"),
    },
    at: "service/catalog.yaml:1:1",
    says: "the link leaves the repository, so a review wouldn't show what it names; copy the file",
  },
  {
    code: "link-leaves-repository",
    shows: "A folder of list files.",
    files: {
      "../elsewhere/catalog.yaml": ORDERS,
      "service/shop.yaml": ORDERS,
      infrastructure: link("../elsewhere"),
    },
    at: "infrastructure:1:1",
    says: "the link leaves the repository, so a review wouldn't show what it names; copy the file",
  },
  {
    code: "link-leaves-repository",
    shows: "A stack config, to a file whose path starts like the repository's.",
    files: {
      "../repository-of-another/stack.yaml": STACK,
      "service/shop.yaml": ORDERS,
      "Pulumi.testing.yaml": link("../repository-of-another/stack.yaml"),
    },
    at: "Pulumi.testing.yaml:1:1",
    says: "the link leaves the repository, so a review wouldn't show what it names; copy the file",
  },
  {
    code: "broken-link",
    shows: "A target that isn't there.",
    files: { "service/shop.yaml": ORDERS, "service/catalog.yaml": link("moved.yaml") },
    at: "service/catalog.yaml:1:1",
    says: "the link leads nowhere; remove it",
  },
  {
    code: "broken-link",
    shows: "A link to itself.",
    files: { "service/shop.yaml": ORDERS, "service/catalog.yaml": link("catalog.yaml") },
    at: "service/catalog.yaml:1:1",
    says: "the link leads nowhere; remove it",
  },
  {
    code: "file-too-large",
    shows: "10 MB of garbage.",
    files: () => ({
      "service/shop.yaml": ORDERS,
      "service/garbage.yaml": new Uint8Array(10_000_000).map((_, index) => (index * 7919) % 256),
    }),
    at: "service/garbage.yaml:1:1",
    says: "the file is larger than 1048576 bytes; split it",
  },
  {
    code: "file-too-large",
    shows: "One byte too many.",
    files: () => ({
      "service/shop.yaml": ORDERS,
      "service/long.yaml": ORDERS.padEnd(1024 * 1024 + 1),
    }),
    at: "service/long.yaml:1:1",
    says: "the file is larger than 1048576 bytes; split it",
  },
  {
    code: "invalid-utf8",
    shows: "Latin-1, as old editors write it.",
    files: {
      "service/shop.yaml": Buffer.from("- github: orders\n  team: caf\xe9\n", "latin1"),
    },
    at: "service/shop.yaml:2:12",
    says: "the file is not UTF-8 text; save it as UTF-8",
  },
  {
    code: "invalid-utf8",
    shows: "UTF-16.",
    files: { "service/shop.yaml": Buffer.from("\uFEFF- github: orders\n", "utf16le") },
    at: "service/shop.yaml:1:1",
    says: "the file is not UTF-8 text; save it as UTF-8",
  },
  {
    code: "byte-order-mark",
    files: { "service/shop.yaml": `\uFEFF${ORDERS}` },
    at: "service/shop.yaml:1:1",
    says: "the file starts with a byte order mark; save it as UTF-8 without one",
  },
  {
    code: "empty-file",
    shows: "Nothing at all.",
    files: { "service/shop.yaml": "" },
    at: "service/shop.yaml:1:1",
    says: "the file is empty; remove it, or write what belongs in it",
  },
  {
    code: "empty-file",
    shows: "Only a comment.",
    files: { "service/shop.yaml": "# Nothing yet.\n" },
    at: "service/shop.yaml:1:1",
    says: "the file is empty; remove it, or write what belongs in it",
  },
  {
    code: "empty-file",
    shows: "An empty document.",
    files: { "service/shop.yaml": "---\n" },
    at: "service/shop.yaml:1:1",
    says: "the file holds no data; remove it, or write what belongs in it",
  },
  {
    code: "no-list",
    shows: "No folder for it.",
    files: { "README.md": "Releases\n" },
    at: "service:1:1",
    says: "there is no release list; write one in service/ or infrastructure/, as *.yaml",
  },
  {
    code: "no-list",
    shows: "A dot file isn't read.",
    files: { "service/.shop.yaml": ORDERS },
    at: "service:1:1",
    says: "there is no release list; write one in service/ or infrastructure/, as *.yaml",
  },
];

const YAML: BadInput[] = [
  {
    code: "yaml-syntax",
    shows: "A bracket that isn't closed.",
    files: {
      "service/shop.yaml": text`
        - github: orders
          docker: orders
          deploy: { release: v1.2.0
      `,
    },
    at: "service/shop.yaml:4:1",
    says: "Flow map in block collection must be sufficiently indented and end with a }",
  },
  {
    code: "yaml-syntax",
    shows: "A tag that YAML doesn't know.",
    files: {
      "service/shop.yaml": text`
        - github: orders
          docker: orders
          deploy: { release: !version v1.2.0 }
      `,
    },
    at: "service/shop.yaml:3:22",
    says: "Unresolved tag: !version",
  },
  {
    code: "yaml-syntax",
    shows: "A mapping as a key.",
    files: {
      "service/shop.yaml": text`
        - github: orders
          docker: orders
          deploy: { release: v1.2.0 }
          values: { { a: b }: c }
      `,
    },
    at: "service/shop.yaml:4:13",
    says: "With stringKeys, all keys must be strings",
  },
  {
    code: "yaml-syntax",
    shows: "Nesting that no list needs.",
    files: () => ({ "service/shop.yaml": `- github: ${"[".repeat(300)}\n` }),
    at: "service/shop.yaml:1:267",
    says: "more than 256 levels of nesting; this is no release list",
  },
  {
    code: "tab-indent",
    files: {
      "service/shop.yaml": text`
        - github: orders
          docker: orders
          deploy:
          \trelease: v1.2.0
      `,
    },
    at: "service/shop.yaml:4:3",
    says: "a tab indents this line; YAML indents with spaces",
  },
  {
    code: "several-documents",
    files: {
      "service/shop.yaml": text`
        - github: orders
          docker: orders
          deploy: { release: v1.2.0 }
        ---
        - github: catalog
          docker: catalog
          deploy: { release: v2.3.4 }
      `,
    },
    at: "service/shop.yaml:4:1",
    says: "a second document starts here; one file holds one document. Remove the ---",
  },
  {
    code: "duplicate-key",
    files: {
      "service/shop.yaml": text`
        - github: orders
          docker: orders
          deploy:
            release: v1.2.0
          deploy:
            release: v1.2.1
      `,
    },
    at: "service/shop.yaml:5:3",
    says: `"deploy" stands twice, first in line 3; keep one`,
  },
  {
    code: "alias-bomb",
    shows: "Nine lines that mean a billion values.",
    files: {
      "service/shop.yaml": text`
        - &a [lol, lol, lol, lol, lol, lol, lol, lol, lol]
        - &b [*a, *a, *a, *a, *a, *a, *a, *a, *a]
        - &c [*b, *b, *b, *b, *b, *b, *b, *b, *b]
        - &d [*c, *c, *c, *c, *c, *c, *c, *c, *c]
        - &e [*d, *d, *d, *d, *d, *d, *d, *d, *d]
        - &f [*e, *e, *e, *e, *e, *e, *e, *e, *e]
        - &g [*f, *f, *f, *f, *f, *f, *f, *f, *f]
        - &h [*g, *g, *g, *g, *g, *g, *g, *g, *g]
        - &i [*h, *h, *h, *h, *h, *h, *h, *h, *h]
      `,
    },
    at: "service/shop.yaml:1:1",
    says: "its aliases expand to too much data; write the values out",
  },
  {
    code: "alias-bomb",
    shows: "A value that contains itself.",
    files: {
      "service/shop.yaml": text`
        - github: orders
          docker: orders
          deploy: { release: v1.2.0 }
          values: &values { sidecar: *values }
      `,
    },
    at: "service/shop.yaml:4:30",
    says: `"*values" stands inside what it names; write the value out`,
  },
  {
    code: "reserved-name",
    shows: "The key that sets an object's prototype.",
    files: {
      "service/shop.yaml": text`
        - github: orders
          docker: orders
          deploy: { release: v1.2.0 }
          values: { __proto__: { admin: true } }
      `,
    },
    at: "service/shop.yaml:4:13",
    says: `"__proto__" can't be a key; rename it`,
  },
  {
    code: "reserved-name",
    shows: "A name that every object has.",
    files: {
      "service/shop.yaml": text`
        - github: constructor
          docker: constructor
          deploy: { release: v1.2.0 }
      `,
    },
    at: "service/shop.yaml:2:3",
    says: `definition 1 (constructor): "constructor" can't be a service's name; give another one with "name"`,
  },
  {
    code: "reserved-name",
    shows: "A repository whose name can't be a service's.",
    files: {
      "infrastructure/shop.yaml": text`
        - github: _network
          provider: cloudformation
          deploy: { release: v1.2.0 }
      `,
    },
    at: "infrastructure/shop.yaml:1:3",
    says: `definition 1 (_network): "_network" can't be a service's name; give another one with "name"`,
  },
];

const SHAPE: BadInput[] = [
  {
    code: "unknown-key",
    shows: "A misspelled key of a definition.",
    files: {
      "service/shop.yaml": text`
        - github: orders
          docker: orders
          deploy: { release: v1.2.0 }
          namspace: shop
      `,
    },
    at: "service/shop.yaml:4:3",
    says: `definition 1 (orders): "namspace" is no known key; did you mean "namespace"?`,
  },
  {
    code: "unknown-key",
    shows: "A key with no near one.",
    files: {
      "service/shop.yaml": text`
        - github: orders
          docker: orders
          deploy: { release: v1.2.0, canary: 10 }
      `,
    },
    at: "service/shop.yaml:3:30",
    says: `definition 1 (orders): "canary" is no known key in "deploy"; known are release, branch, range, suspend, preview`,
  },
  {
    code: "unknown-key",
    shows: "A key of a stack config.",
    files: stack(
      STACK,
      text`
        releases:verions: { orders: v1.2.0 }
      `,
    ),
    at: "Pulumi.testing.yaml:3:3",
    says: `"verions" is no known key; did you mean "versions"?`,
  },
  {
    code: "unknown-key",
    shows: "A key of a stack config without its namespace.",
    files: stack(
      EXTERNAL,
      text`
        versions: { orders: v1.2.0 }
      `,
    ),
    at: "Pulumi.testing.yaml:5:3",
    says: `"versions" has no namespace; did you mean "releases:versions"?`,
  },
  {
    code: "missing-key",
    shows: "A definition without deploy.",
    files: {
      "service/shop.yaml": text`
        - github: orders
          docker: orders
      `,
    },
    at: "service/shop.yaml:1:3",
    says: `definition 1 (orders): "deploy" is missing; expected a mapping`,
  },
  {
    code: "missing-key",
    shows: "A text that is empty counts as absent.",
    files: {
      "service/shop.yaml": text`
        - github: ""
          docker: orders
          deploy: { release: v1.2.0 }
      `,
    },
    at: "service/shop.yaml:1:11",
    says: `definition 1 (orders): "github" is missing; expected a text`,
  },
  {
    code: "missing-key",
    shows: "A stack that runs images and doesn't say where.",
    files: stack(
      STACK,
      text`
        releases:registry: { role: external, host: ghcr.io/acme }
      `,
    ),
    at: "Pulumi.testing.yaml:2:3",
    says: `"cluster" is missing; name the kubeconfig context that services run in`,
  },
  {
    code: "missing-key",
    shows: "A stack that runs images and doesn't say where they come from.",
    files: stack(
      STACK,
      text`
        releases:cluster: { context: acme-testing }
      `,
    ),
    at: "Pulumi.testing.yaml:2:3",
    says: `"registry" is missing; say where the images are`,
  },
  {
    code: "missing-key",
    shows: "A registry in no account and no region.",
    files: stack(
      STACK,
      text`
        releases:cluster: { context: acme-testing }
        releases:registry: { role: source, prefix: releases/ }
      `,
    ),
    at: "Pulumi.testing.yaml:2:3",
    says: `"account" is missing; give the AWS account that this stack may touch`,
    also: [
      {
        code: "missing-key",
        at: "Pulumi.testing.yaml:2:3",
        says: `"aws:region" is missing; give the AWS region of this stack`,
      },
    ],
  },
  {
    code: "missing-key",
    shows: "A registry elsewhere that has no host.",
    files: stack(
      STACK,
      text`
        releases:cluster: { context: acme-testing }
        releases:registry: { role: external }
      `,
    ),
    at: "Pulumi.testing.yaml:4:3",
    says: `"registry.host" is missing; say where the images are, such as ghcr.io/acme`,
  },
  {
    code: "missing-key",
    shows: "Templates without a bucket.",
    files: {
      "infrastructure/shop.yaml": TEMPLATES,
      "Pulumi.testing.yaml": CLOUDFORMATION,
    },
    at: "Pulumi.testing.yaml:2:3",
    says: `"templates" is missing; provider: cloudformation entries need a bucket`,
  },
  {
    code: "missing-key",
    shows: "Webhooks of nobody's repositories.",
    files: stack(
      EXTERNAL,
      text`
        releases:webhook: { url: "https://hooks.acme.example" }
        releases:webhookSecret: { secure: "v1:..." }
      `,
    ),
    at: "Pulumi.testing.yaml:2:3",
    says: `"github" is missing; give the owner of the repositories`,
  },
  {
    code: "invalid-type",
    shows: "A release that YAML takes for the number 1.1.",
    files: {
      "service/shop.yaml": text`
        - github: orders
          docker: orders
          deploy: { release: 1.10 }
      `,
    },
    at: "service/shop.yaml:3:22",
    says: `definition 1 (orders): "deploy.release" is the number 1.10; expected a text; quote it: "1.10"`,
  },
  {
    code: "invalid-type",
    shows: "An account that YAML takes for a number.",
    files: stack(
      STACK,
      text`
        releases:account: 012345678901
      `,
    ),
    at: "Pulumi.testing.yaml:3:21",
    says: `"account" is the number 012345678901; expected a text; quote it: "012345678901"`,
  },
  {
    code: "invalid-type",
    shows: "A definition without its keys.",
    files: { "service/shop.yaml": "- orders\n" },
    at: "service/shop.yaml:1:3",
    says: `definition 1: it is the text "orders"; expected a mapping`,
  },
  {
    code: "invalid-type",
    shows: "A key without a value.",
    files: {
      "service/shop.yaml": text`
        - github: orders
          docker: orders
          deploy:
      `,
    },
    at: "service/shop.yaml:3:10",
    says: `definition 1 (orders): "deploy" is empty; expected a mapping`,
  },
  {
    code: "invalid-type",
    shows: "A stack config whose config isn't a mapping.",
    files: { "service/shop.yaml": ORDERS, "Pulumi.testing.yaml": "config: [releases]\n" },
    at: "Pulumi.testing.yaml:1:9",
    says: `"config" must be a mapping of keys such as "releases:account"`,
  },
  {
    code: "invalid-value",
    files: {
      "service/shop.yaml": text`
        - github: orders
          docker: orders
          deploy: { release: v1.2.0 }
          timeoutSeconds: 7200
      `,
    },
    at: "service/shop.yaml:4:19",
    says: `definition 1 (orders): "timeoutSeconds" is the number 7200; expected at most 3600 seconds`,
  },
  {
    code: "invalid-value",
    shows: "A way that no version comes by.",
    files: {
      "service/shop.yaml": ORDERS,
      "environments.yaml": text`
        environments:
          testing: { accepts: [release, nightly] }
      `,
    },
    at: "environments.yaml:2:33",
    says: `"environments.testing.accepts.1" is "nightly"; expected one of release, prerelease, range, branch, commit, preview`,
  },
  {
    code: "empty-value",
    files: stack(
      STACK,
      text`
        releases:github: { owner: "" }
      `,
    ),
    at: "Pulumi.testing.yaml:3:29",
    says: `"github.owner" is ""; expected a text that isn't empty`,
  },
  {
    code: "key-without-effect",
    shows: "A namespace for an entry that runs in no cluster.",
    files: {
      "infrastructure/shop.yaml": text`
        - github: network
          provider: cloudformation
          deploy: { release: v0.5.8 }
          namespace: shop
      `,
    },
    at: "infrastructure/shop.yaml:4:3",
    says: `definition 1 (network): "namespace" is for services with an image; remove it`,
  },
  {
    code: "key-without-effect",
    shows: "A template for a service that has none.",
    files: {
      "service/shop.yaml": text`
        - github: orders
          docker: orders
          deploy: { release: v1.2.0 }
          template: index.yaml
      `,
    },
    at: "service/shop.yaml:4:3",
    says: `definition 1 (orders): "template" is for provider: cloudformation; remove it`,
  },
  {
    code: "key-without-effect",
    shows: "A webhook's secret without a webhook.",
    severity: "warning",
    files: stack(
      EXTERNAL,
      text`
        releases:webhookSecret: { secure: "v1:..." }
      `,
    ),
    at: "Pulumi.testing.yaml:5:3",
    says: `"webhookSecret" has no effect without "webhook.url"; remove it`,
  },
  {
    code: "not-a-sequence",
    files: {
      "service/shop.yaml": text`
        github: orders
        docker: orders
        deploy: { release: v1.2.0 }
      `,
    },
    at: "service/shop.yaml:1:1",
    says: "a release list is a sequence of definitions; start each one with a dash",
  },
  {
    code: "empty-list",
    files: { "service/shop.yaml": "[]\n" },
    at: "service/shop.yaml:1:1",
    says: "the list is empty; remove the file, or define a service",
  },
];

const DEFINITIONS: BadInput[] = [
  {
    code: "invalid-github",
    shows: "An owner doesn't belong here.",
    files: {
      "service/shop.yaml": text`
        - github: acme/orders
          docker: orders
          deploy: { release: v1.2.0 }
      `,
    },
    at: "service/shop.yaml:1:11",
    says: `definition 1 (orders): "github" is "acme/orders"; expected a repository's name without its owner: at most 100 letters, digits, ".", "_" and "-", no leading dot, no ".git" at its end`,
  },
  {
    code: "invalid-docker",
    shows: "A tag doesn't belong here.",
    files: {
      "service/shop.yaml": text`
        - github: orders
          docker: orders:latest
          deploy: { release: v1.2.0 }
      `,
    },
    at: "service/shop.yaml:2:11",
    says: `definition 1 (orders:latest): "docker" is "orders:latest"; expected an image repository without host and tag: lower-case letters and digits, separated by ".", "_", "__", "-" or "/"`,
  },
  {
    code: "invalid-provider",
    files: {
      "infrastructure/shop.yaml": text`
        - github: network
          provider: terraform
          deploy: { release: v0.5.8 }
      `,
    },
    at: "infrastructure/shop.yaml:2:13",
    says: `definition 1 (network): "provider" is "terraform"; expected "cloudformation"`,
  },
  {
    code: "invalid-release",
    shows: "Without its v.",
    files: {
      "service/shop.yaml": text`
        - github: orders
          docker: orders
          deploy: { release: 1.2.0 }
      `,
    },
    at: "service/shop.yaml:3:22",
    says: `definition 1 (orders): "deploy.release" is "1.2.0"; expected vMAJOR.MINOR.PATCH with an optional -suffix and no +build, such as "v1.2.0"`,
  },
  {
    code: "invalid-release",
    shows: "In quotes, and still no release.",
    files: {
      "service/shop.yaml": text`
        - github: orders
          docker: orders
          deploy: { release: "1.10" }
      `,
    },
    at: "service/shop.yaml:3:22",
    says: `definition 1 (orders): "deploy.release" is "1.10"; expected vMAJOR.MINOR.PATCH with an optional -suffix and no +build, such as "v1.2.0"`,
  },
  {
    code: "invalid-range",
    files: {
      "service/shop.yaml": text`
        - github: orders
          docker: orders
          deploy: { range: newest }
      `,
    },
    at: "service/shop.yaml:3:20",
    says: `definition 1 (orders): "deploy.range" is "newest"; expected a semver range, such as "^1.2" or ">=0.5"`,
  },
  {
    code: "invalid-name",
    shows: "A space.",
    files: {
      "service/shop.yaml": text`
        - name: our orders
          github: orders
          docker: orders
          deploy: { release: v1.2.0 }
      `,
    },
    at: "service/shop.yaml:1:9",
    says: `definition 1 (our orders): "name" is "our orders"; expected letters, digits, dots, dashes, underscores and slashes`,
  },
  {
    code: "invalid-name",
    shows: "A name that every JavaScript object has.",
    files: {
      "service/shop.yaml": text`
        - name: constructor
          github: orders
          docker: orders
          deploy: { release: v1.2.0 }
      `,
    },
    at: "service/shop.yaml:1:9",
    says: `definition 1 (constructor): "name" is "constructor"; expected letters, digits, dots, dashes, underscores and slashes`,
  },
  {
    code: "invalid-name",
    shows: "The name of an object's prototype.",
    files: {
      "service/shop.yaml": text`
        - name: __proto__
          github: orders
          docker: orders
          deploy: { release: v1.2.0 }
      `,
    },
    at: "service/shop.yaml:1:9",
    says: `definition 1 (__proto__): "name" is "__proto__"; expected letters, digits, dots, dashes, underscores and slashes`,
  },
  {
    code: "invalid-name",
    shows: "The same as a key of a stack config.",
    files: stack(
      STACK,
      text`
        releases:versions: { constructor: v1.2.0 }
      `,
    ),
    at: "Pulumi.testing.yaml:3:24",
    says: `"constructor" can't be a name here; expected letters, digits, dots, dashes, underscores and slashes`,
  },
  {
    code: "invalid-name",
    shows: "A name that CloudFormation can't give to a stack.",
    files: {
      "infrastructure/shop.yaml": text`
        - github: 3d-network
          provider: cloudformation
          deploy: { release: v0.5.8 }
      `,
      "Pulumi.testing.yaml": config(
        CLOUDFORMATION,
        "releases:templates: { bucket: acme-templates }\n",
      ),
    },
    at: "Pulumi.testing.yaml:5:3",
    says: `"3d-network" can't be a CloudFormation stack's name: a letter, then letters, digits and dashes, at most 128; give it another "name"`,
  },
  {
    code: "invalid-namespace",
    files: {
      "service/shop.yaml": text`
        - github: orders
          docker: orders
          deploy: { release: v1.2.0 }
          namespace: Shop
      `,
    },
    at: "service/shop.yaml:4:14",
    says: `definition 1 (orders): "namespace" is "Shop"; expected a DNS label: at most 63 lower-case letters, digits and dashes`,
  },
  {
    code: "invalid-chart",
    shows: "A name without the repository that has it.",
    files: {
      "service/shop.yaml": text`
        - github: orders
          docker: orders
          deploy: { release: v1.2.0 }
          chart: { name: orders, version: 1.4.0 }
      `,
    },
    at: "service/shop.yaml:4:12",
    says: `definition 1 (orders): "chart.name" is "orders"; a chart that isn't oci://... or ./... needs "chart.repository"`,
  },
  {
    code: "invalid-chart",
    shows: "A repository of a chart that is a folder.",
    files: {
      "service/shop.yaml": text`
        - github: orders
          docker: orders
          deploy: { release: v1.2.0 }
          chart: { name: ./charts/orders, version: 1.4.0, repository: "https://charts.acme.example" }
      `,
    },
    at: "service/shop.yaml:4:51",
    says: `definition 1 (orders): "chart.repository" has no effect on "./charts/orders"; remove it`,
  },
  {
    code: "invalid-chart",
    shows: "A digest of a chart that is a folder.",
    files: {
      "service/shop.yaml": text`
        - github: orders
          docker: orders
          deploy: { release: v1.2.0 }
          chart:
            name: ./charts/orders
            version: 1.4.0
            digest: sha256:${"0".repeat(64)}
      `,
    },
    at: "service/shop.yaml:7:5",
    says: `definition 1 (orders): "chart.digest" needs a chart from an OCI registry, "oci://..."; remove it`,
  },
  {
    code: "invalid-chart",
    shows: "A folder outside of the repository.",
    files: {
      "service/shop.yaml": text`
        - github: orders
          docker: orders
          deploy: { release: v1.2.0 }
          chart: { name: ./../orders, version: 1.4.0 }
      `,
    },
    at: "service/shop.yaml:4:18",
    says: `definition 1 (orders): "chart.name" is "./../orders"; expected "oci://host/path/name", a name with "repository", or a folder of this repository that starts with "./"`,
  },
  {
    code: "invalid-chart-version",
    files: {
      "service/shop.yaml": text`
        - github: orders
          docker: orders
          deploy: { release: v1.2.0 }
          chart: { name: "oci://ghcr.io/acme/charts/orders", version: ^1.4 }
      `,
    },
    at: "service/shop.yaml:4:63",
    says: `definition 1 (orders): "chart.version" is "^1.4"; expected an exact chart version, such as "1.4.0"; ranges and "latest" would float between two previews`,
  },
  {
    code: "invalid-digest",
    shows: "A pin whose digest is a digit short.",
    files: stack(
      STACK,
      text`
        releases:versions: { orders: "v1.2.0@sha256:${"0".repeat(63)}" }
      `,
    ),
    at: "Pulumi.testing.yaml:3:32",
    says: `"versions.orders" is "v1.2.0@sha256:000000000000000000000000000000000000000000000000000000000000000"; expected "sha256:" and 64 hex digits in lower case behind the @`,
  },
  {
    code: "invalid-digest",
    shows: "A chart's digest with capitals.",
    files: {
      "service/shop.yaml": text`
        - github: orders
          docker: orders
          deploy: { release: v1.2.0 }
          chart:
            name: oci://ghcr.io/acme/charts/orders
            version: 1.4.0
            digest: sha256:${"A".repeat(64)}
      `,
    },
    at: "service/shop.yaml:7:13",
    says: `definition 1 (orders): "chart.digest" is "sha256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"; expected "sha256:" and 64 hex digits in lower case`,
  },
  {
    code: "invalid-value-path",
    files: {
      "service/shop.yaml": text`
        - github: orders
          docker: orders
          deploy: { release: v1.2.0 }
          imageValues: { repository: "containers[0].image", tag: image.tag }
      `,
    },
    at: "service/shop.yaml:4:30",
    says: `definition 1 (orders): "imageValues.repository" is "containers[0].image"; expected keys joined by dots, such as "image.tag"`,
  },
  {
    code: "invalid-tag-pattern",
    files: {
      "service/shop.yaml": text`
        - github: orders
          docker: orders
          deploy: { release: v1.2.0 }
          tags: { image: release }
      `,
    },
    at: "service/shop.yaml:4:18",
    says: `definition 1 (orders): "tags.image" is "release"; expected a tag that holds {version} once, such as "v{version}"`,
  },
  {
    code: "invalid-template",
    files: {
      "infrastructure/shop.yaml": text`
        - github: network
          provider: cloudformation
          deploy: { release: v0.5.8 }
          template: ../dns/index.yaml
      `,
    },
    at: "infrastructure/shop.yaml:4:13",
    says: `definition 1 (network): "template" is "../dns/index.yaml"; expected a file of the template folder, such as "index.yaml"`,
  },
  {
    code: "missing-strategy",
    shows: "Nothing that says a version.",
    files: {
      "service/shop.yaml": text`
        - github: orders
          docker: orders
          deploy: {}
      `,
    },
    at: "service/shop.yaml:3:3",
    says: `definition 1 (orders): "deploy" has no strategy; give one of release, branch, range or suspend: true`,
  },
  {
    code: "missing-strategy",
    shows: "A preview is no strategy.",
    files: {
      "service/shop.yaml": text`
        - github: orders
          docker: orders
          deploy: { preview: true }
      `,
    },
    at: "service/shop.yaml:3:3",
    says: `definition 1 (orders): "deploy" has no strategy; give one of release, branch, range or suspend: true; preview may only stand beside release or branch`,
  },
  {
    code: "several-strategies",
    files: {
      "service/shop.yaml": text`
        - github: orders
          docker: orders
          deploy: { release: v1.2.0, branch: main }
      `,
    },
    at: "service/shop.yaml:3:3",
    says: `definition 1 (orders): "deploy" has 2 strategies, release and branch; keep one`,
  },
  {
    code: "preview-not-possible",
    shows: "Beside a range.",
    files: {
      "service/shop.yaml": text`
        - github: orders
          docker: orders
          deploy: { range: ^1.2, preview: true }
      `,
    },
    at: "service/shop.yaml:3:26",
    says: `definition 1 (orders): "deploy.preview" may only stand beside release or branch; remove it`,
  },
  {
    code: "preview-not-possible",
    shows: "Of an infrastructure entry.",
    files: {
      "infrastructure/shop.yaml": text`
        - github: network
          provider: cloudformation
          deploy: { release: v0.5.8, preview: true }
      `,
    },
    at: "infrastructure/shop.yaml:3:30",
    says: `definition 1 (network): a provider entry has no previews; remove "deploy.preview"`,
  },
  {
    code: "missing-docker",
    files: {
      "service/shop.yaml": text`
        - github: orders
          deploy: { release: v1.2.0 }
      `,
    },
    at: "service/shop.yaml:1:3",
    says: `definition 1 (orders): "docker" or "provider" is missing; give the image repository`,
  },
  {
    code: "values-set-image",
    files: {
      "service/shop.yaml": text`
        - github: orders
          docker: orders
          deploy: { release: v1.2.0 }
          values: { image: { tag: v1.1.0, pullPolicy: Always } }
      `,
    },
    at: "service/shop.yaml:4:22",
    says: `definition 1 (orders): "values.image.tag" is where the image goes; the pin decides it. Remove it`,
  },
];

const LIST: BadInput[] = [
  {
    code: "duplicate-name",
    files: {
      "service/shop.yaml": ORDERS,
      "service/store.yaml": text`
        - github: orders
          docker: store/orders
          name: orders
          deploy: { release: v1.2.0 }
      `,
    },
    at: "service/store.yaml:1:3",
    says: `definition 1 (orders): "orders" is defined twice, first in service/shop.yaml (definition 1); rename one with "name"`,
  },
  {
    code: "shared-image-repository",
    shows: "Two services.",
    files: {
      "service/shop.yaml": ORDERS,
      "service/store.yaml": text`
        - name: store-orders
          github: orders
          docker: orders
          deploy: { release: v1.2.0 }
      `,
    },
    at: "service/store.yaml:3:3",
    says: `definition 1 (store-orders): the image repository "orders" belongs to "orders" in service/shop.yaml (definition 1); an image repository has one owner`,
  },
  {
    code: "shared-image-repository",
    shows: "A service and another one's alias.",
    files: {
      "service/shop.yaml": text`
        - github: orders
          docker: orders
          deploy: { release: v1.2.0 }
        - github: catalog
          docker: catalog
          deploy: { release: v2.3.4 }
          aliases: [orders]
      `,
    },
    at: "service/shop.yaml:7:3",
    says: `definition 2 (catalog): the image repository "orders" belongs to "orders" in service/shop.yaml (definition 1); an image repository has one owner`,
  },
  {
    code: "shared-image-repository",
    shows: "An alias of itself.",
    files: {
      "service/shop.yaml": text`
        - github: orders
          docker: orders
          deploy: { release: v1.2.0 }
          aliases: [orders]
      `,
    },
    at: "service/shop.yaml:2:3",
    says: `definition 1 (orders): the image repository "orders" belongs to itself; an image repository has one owner`,
  },
  {
    code: "shared-helm-release",
    shows: "Names that differ only in what Helm doesn't allow.",
    files: {
      "service/shop.yaml": text`
        - github: orders
          docker: shop/orders
          deploy: { release: v1.2.0 }
        - github: shop-orders
          docker: shop-orders
          deploy: { release: v1.2.0 }
      `,
    },
    at: "service/shop.yaml:4:3",
    says: `definition 2 (shop-orders): "shop-orders" and "shop/orders" in service/shop.yaml (definition 1) would both be the Helm release "shop-orders"; rename one with "name"`,
  },
  {
    code: "shared-helm-release",
    shows: "Two stacks that deploy one service to one cluster.",
    files: {
      "service/shop.yaml": ORDERS,
      "Pulumi.blue.yaml": EXTERNAL,
      "Pulumi.green.yaml": EXTERNAL,
    },
    at: "Pulumi.green.yaml:3:3",
    says: "the Helm release default/orders of acme-testing is also declared by Pulumi.blue.yaml; one stack may own it",
  },
  {
    code: "name-too-long",
    files: {
      "service/shop.yaml": text`
        - github: orders
          docker: company/department/team/platform/shop/backend/services/orders
          deploy: { release: v1.2.0 }
      `,
    },
    at: "service/shop.yaml:1:3",
    says: `definition 1 (company/department/team/platform/shop/backend/services/orders): the Helm release "company-department-team-platform-shop-backend-services-orders" has 61 characters; 53 are allowed. Give a shorter "name"`,
  },
  {
    code: "unknown-requirement",
    files: {
      "service/shop.yaml": text`
        - github: orders
          docker: orders
          deploy: { release: v1.2.0 }
          requires: { catalog: ">=2.3" }
      `,
    },
    at: "service/shop.yaml:4:15",
    says: `definition 1 (orders): requires "catalog", which isn't in the list; add it or remove the requirement`,
  },
  {
    code: "circular-requirement",
    shows: "Two services.",
    files: {
      "service/shop.yaml": text`
        - github: orders
          docker: orders
          deploy: { release: v1.2.0 }
          requires: { catalog: ">=2.3" }
        - github: catalog
          docker: catalog
          deploy: { release: v2.3.4 }
          requires: { orders: ">=1.2" }
      `,
    },
    at: "service/shop.yaml:4:15",
    says: "definition 1 (orders): its requirements go in a circle: orders -> catalog -> orders; remove one of them",
  },
  {
    code: "circular-requirement",
    shows: "A service on itself.",
    files: {
      "service/shop.yaml": text`
        - github: orders
          docker: orders
          deploy: { release: v1.2.0 }
          requires: { orders: ">=1.2" }
      `,
    },
    at: "service/shop.yaml:4:15",
    says: "definition 1 (orders): its requirements go in a circle: orders -> orders; remove one of them",
  },
];

const PATH: BadInput[] = [
  {
    code: "unknown-environment",
    shows: "Of a definition.",
    files: {
      "service/shop.yaml": text`
        - github: orders
          docker: orders
          deploy: { release: v1.2.0 }
          environments: [testing, live]
      `,
      "environments.yaml": text`
        environments:
          testing: { accepts: [release] }
          production: { accepts: [release], from: testing }
      `,
    },
    at: "service/shop.yaml:4:27",
    says: `definition 1 (orders): "live" isn't in environments.yaml; known are testing, production`,
  },
  {
    code: "unknown-environment",
    shows: "Of another environment.",
    files: {
      "service/shop.yaml": ORDERS,
      "environments.yaml": text`
        environments:
          testing: { accepts: [release] }
          production: { accepts: [release], from: staging }
      `,
    },
    at: "environments.yaml:3:43",
    says: `"production" comes from "staging", which isn't here; known are testing, production`,
  },
  {
    code: "unknown-environment",
    shows: "Of a stack config.",
    files: {
      "service/shop.yaml": ORDERS,
      "environments.yaml": text`
        environments:
          testing: { accepts: [release] }
      `,
      "Pulumi.blue.yaml": config(EXTERNAL, "releases:environment: live\n"),
    },
    at: "Pulumi.blue.yaml:5:3",
    says: `"live" isn't in environments.yaml; known are testing`,
  },
  {
    code: "circular-path",
    shows: "Through itself.",
    files: {
      "service/shop.yaml": ORDERS,
      "environments.yaml": text`
        environments:
          testing: { accepts: [release], from: testing }
      `,
    },
    at: "environments.yaml:2:40",
    says: "the promotion path goes in a circle: testing -> testing",
  },
  {
    code: "circular-path",
    shows: "Through another; each of them is named.",
    files: {
      "service/shop.yaml": ORDERS,
      "environments.yaml": text`
        environments:
          testing: { accepts: [release], from: production }
          production: { accepts: [release], from: testing }
      `,
    },
    at: "environments.yaml:2:40",
    says: "the promotion path goes in a circle: testing -> production -> testing",
    also: [
      {
        code: "circular-path",
        at: "environments.yaml:3:43",
        says: "the promotion path goes in a circle: production -> testing -> production",
      },
    ],
  },
  {
    code: "soak-without-from",
    files: {
      "service/shop.yaml": ORDERS,
      "environments.yaml": text`
        environments:
          testing: { accepts: [release], soak: 1h }
      `,
    },
    at: "environments.yaml:2:40",
    says: `"testing" has "soak" and no "from"; say where versions soak`,
  },
  {
    code: "invalid-duration",
    files: {
      "service/shop.yaml": ORDERS,
      "environments.yaml": text`
        environments:
          testing: { accepts: [release] }
          production: { accepts: [release], from: testing, soak: 24 hours }
      `,
    },
    at: "environments.yaml:3:58",
    says: `"environments.production.soak" is "24 hours"; expected a whole number and s, m, h or d, such as "24h"`,
  },
  {
    code: "invalid-date",
    files: {
      "service/shop.yaml": ORDERS,
      "environments.yaml": text`
        environments:
          production:
            accepts: [release]
            freeze:
              - { from: 2026-02-30, until: 2026-03-02, reason: stocktaking }
      `,
    },
    at: "environments.yaml:5:17",
    says: `"environments.production.freeze.0.from" is "2026-02-30"; expected a date, such as 2026-12-19, or a time with its zone, such as 2026-12-19T17:00:00Z`,
  },
  {
    code: "empty-freeze",
    files: {
      "service/shop.yaml": ORDERS,
      "environments.yaml": text`
        environments:
          production:
            accepts: [release]
            freeze:
              - { from: 2027-01-04, until: 2026-12-19, reason: year end }
      `,
    },
    at: "environments.yaml:5:36",
    says: "the freeze ends at 2026-12-19, which isn't after its start at 2027-01-04; turn them round",
  },
];

const STACKS: BadInput[] = [
  {
    code: "plain-secret",
    shows: "The webhooks' own.",
    files: stack(
      EXTERNAL,
      text`
        releases:github: { owner: acme }
        releases:webhook: { url: "https://hooks.acme.example" }
        releases:webhookSecret: hunter2
      `,
    ),
    at: "Pulumi.testing.yaml:7:27",
    says: `"releases:webhookSecret" is a secret in plain text; rotate it, then pulumi config set --secret releases:webhookSecret`,
  },
  {
    code: "plain-secret",
    shows: "A provider's.",
    files: stack(
      EXTERNAL,
      text`
        github:token: ghp_0123456789
      `,
    ),
    at: "Pulumi.testing.yaml:5:17",
    says: `"github:token" is a secret in plain text; rotate it, then pulumi config set --secret github:token`,
  },
  {
    code: "encrypted-value",
    files: stack(
      EXTERNAL,
      text`
        releases:versions: { orders: { secure: "v1:..." } }
      `,
    ),
    at: "Pulumi.testing.yaml:5:22",
    says: `"releases:versions" is encrypted; only webhookSecret and template parameters may be, reviewers must see the rest`,
  },
  {
    code: "default-providers",
    severity: "warning",
    files: {
      "service/shop.yaml": ORDERS,
      "Pulumi.testing.yaml": text`
        config:
          releases:cluster: { context: acme-testing }
          releases:registry: { role: external, host: ghcr.io/acme }
      `,
    },
    at: "Pulumi.testing.yaml:1:1",
    says: `default providers are on; add pulumi:disable-default-providers: ["*"], so that none is used by mistake`,
  },
  {
    code: "invalid-account",
    shows: "A digit too few, as when a leading zero was lost.",
    files: stack(
      STACK,
      text`
        releases:account: "12345678901"
      `,
    ),
    at: "Pulumi.testing.yaml:3:21",
    says: `"account" is "12345678901"; expected an AWS account's 12 digits in quotes, such as "012345678901"`,
  },
  {
    code: "invalid-region",
    shows: "Of the stack.",
    files: stack(
      STACK,
      text`
        aws:region: Ireland
        releases:account: "111111111111"
      `,
    ),
    at: "Pulumi.testing.yaml:3:15",
    says: `"aws:region" is "Ireland"; expected an AWS region, such as eu-west-1`,
  },
  {
    code: "invalid-region",
    shows: "Of a replica.",
    files: stack(
      STACK,
      text`
        releases:registry:
          role: source
          replicas:
            - { account: "222222222222", region: eu-west-1a }
      `,
    ),
    at: "Pulumi.testing.yaml:6:44",
    says: `"registry.replicas.0.region" is "eu-west-1a"; expected an AWS region, such as eu-west-1`,
  },
  {
    code: "invalid-prefix",
    files: stack(
      STACK,
      text`
        releases:registry: { role: source, prefix: releases }
      `,
    ),
    at: "Pulumi.testing.yaml:3:46",
    says: `"registry.prefix" is "releases"; expected a repository prefix that ends in a slash, such as "releases/", so that it can't catch a neighbour`,
  },
  {
    code: "invalid-mutable-tag",
    files: stack(
      STACK,
      text`
        releases:registry: { role: source, mutableTags: ["*-*-*"] }
      `,
    ),
    at: "Pulumi.testing.yaml:3:52",
    says: `"registry.mutableTags.0" is "*-*-*"; expected 1 to 128 letters, digits, ".", "_", "-" and at most two "*"`,
  },
  {
    code: "invalid-host",
    files: stack(
      STACK,
      text`
        releases:registry: { role: external, host: "https://ghcr.io/acme" }
      `,
    ),
    at: "Pulumi.testing.yaml:3:46",
    says: `"registry.host" is "https://ghcr.io/acme"; expected a registry's host with an optional path, such as "ghcr.io/acme"`,
  },
  {
    code: "invalid-webhook-url",
    files: stack(
      STACK,
      text`
        releases:webhook: { url: "https://ci:hunter2@hooks.acme.example" }
      `,
    ),
    at: "Pulumi.testing.yaml:3:28",
    says: `"webhook.url" is "https://ci:hunter2@hooks.acme.example"; expected an https address without credentials`,
  },
  {
    code: "invalid-bucket",
    files: stack(
      STACK,
      text`
        releases:templates: { bucket: "s3://acme-templates" }
      `,
    ),
    at: "Pulumi.testing.yaml:3:33",
    says: `"templates.bucket" is "s3://acme-templates"; expected an S3 bucket's name`,
  },
  {
    code: "invalid-pin",
    files: stack(
      STACK,
      text`
        releases:versions: { orders: latest }
      `,
    ),
    at: "Pulumi.testing.yaml:3:32",
    says: `"versions.orders" is "latest"; expected a release such as "v1.2.3", or with its digest "v1.2.3@sha256:<64 hex digits>"`,
  },
  {
    code: "commit-without-digest",
    files: stack(
      STACK,
      text`
        releases:versions: { orders: ${"c0ffee00".repeat(5)} }
      `,
    ),
    at: "Pulumi.testing.yaml:3:32",
    says: `"versions.orders" is "c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00"; expected a commit with its digest, "<40 hex digits>@sha256:<64 hex digits>"`,
  },
  {
    code: "unknown-service",
    shows: "A pin.",
    files: stack(
      EXTERNAL,
      text`
        releases:versions: { order: v1.2.0 }
      `,
    ),
    at: "Pulumi.testing.yaml:5:24",
    says: `"versions.order" names a service that isn't in the list; remove it, or add the service`,
  },
  {
    code: "unknown-service",
    shows: "A name that the stack selects.",
    files: stack(
      EXTERNAL,
      text`
        releases:select: { names: [orders, payments] }
      `,
    ),
    at: "Pulumi.testing.yaml:5:38",
    says: `"select.names" has "payments", which isn't in the list; remove it`,
  },
  {
    code: "unknown-service",
    shows: "A team that has no service.",
    files: stack(
      EXTERNAL,
      text`
        releases:select: { team: shop }
      `,
    ),
    at: "Pulumi.testing.yaml:5:28",
    says: `"select.team" is "shop", and no service of the list has that team`,
  },
  {
    code: "pin-without-effect",
    shows: "A service that doesn't run in this environment.",
    severity: "warning",
    files: stack(
      EXTERNAL,
      text`
        releases:versions: { catalog: v2.3.4 }
      `,
      text`
        - github: orders
          docker: orders
          deploy: { release: v1.2.0 }
        - github: catalog
          docker: catalog
          deploy: { release: v2.3.4 }
          environments: [staging]
      `,
    ),
    at: "Pulumi.testing.yaml:5:24",
    says: `"versions.catalog" has no effect: testing doesn't run "catalog"`,
  },
  {
    code: "pin-without-effect",
    shows: "A service of another stack.",
    severity: "warning",
    files: stack(
      EXTERNAL,
      text`
        releases:select: { names: [orders] }
        releases:charts: { catalog: 1.4.0 }
      `,
      text`
        - github: orders
          docker: orders
          deploy: { release: v1.2.0 }
        - github: catalog
          docker: catalog
          deploy: { release: v2.3.4 }
      `,
    ),
    at: "Pulumi.testing.yaml:6:22",
    says: `"charts.catalog" has no effect: testing doesn't run "catalog"`,
  },
  {
    code: "missing-pin",
    shows: "A branch.",
    files: stack(
      EXTERNAL,
      "",
      text`
        - github: orders
          docker: orders
          deploy: { branch: main }
      `,
    ),
    at: "Pulumi.testing.yaml:2:3",
    says: `"orders" follows a branch, and what that means today must be pinned, but testing has none; set versions.orders to what runs there`,
  },
  {
    code: "missing-pin",
    shows: "A suspended service.",
    files: stack(
      EXTERNAL,
      text`
        releases:versions: {}
      `,
      text`
        - github: orders
          docker: orders
          deploy: { suspend: true }
      `,
    ),
    at: "Pulumi.testing.yaml:5:3",
    says: `"orders" is suspended and stays at its pin, but testing has none; set versions.orders to what runs there`,
  },
  {
    code: "hold-without-pin",
    files: stack(
      EXTERNAL,
      text`
        releases:holds: { orders: { reason: v1.2.1 doubled the latency } }
      `,
    ),
    at: "Pulumi.testing.yaml:5:21",
    says: `"orders" is held and has no pin; a hold keeps a pin. Set versions.orders, such as "v1.2.0"`,
  },
  {
    code: "invalid-chart-pin",
    shows: "A chart that is a folder of this repository.",
    files: stack(
      EXTERNAL,
      text`
        releases:charts: { orders: 1.4.0 }
      `,
    ),
    at: "Pulumi.testing.yaml:5:22",
    says: `"orders" uses the chart ./charts/service, which has the one version of its folder; remove it`,
  },
  {
    code: "invalid-chart-pin",
    shows: "An entry without a chart.",
    files: {
      "infrastructure/shop.yaml": text`
        - github: network
          provider: cloudformation
          deploy: { release: v0.5.8 }
      `,
      "Pulumi.testing.yaml": config(
        CLOUDFORMATION,
        text`
        releases:templates: { bucket: acme-templates }
        releases:charts: { network: 1.4.0 }
      `,
      ),
    },
    at: "Pulumi.testing.yaml:6:22",
    says: `"network" has no chart: it is an infrastructure entry. Remove it`,
  },
  {
    code: "invalid-chart-pin",
    shows: "A digest where there is none.",
    files: stack(
      EXTERNAL,
      text`
        releases:charts: { orders: "1.5.0@sha256:${"0".repeat(64)}" }
      `,
      text`
        - github: orders
          docker: orders
          deploy: { release: v1.2.0 }
          chart: { name: orders, version: 1.4.0, repository: "https://charts.acme.example" }
      `,
    ),
    at: "Pulumi.testing.yaml:5:22",
    says: `"orders" uses the chart orders, which isn't in an OCI registry and has no digest; leave the digest out`,
  },
  {
    code: "missing-webhook-secret",
    files: stack(
      EXTERNAL,
      text`
        releases:github: { owner: acme }
        releases:webhook: { url: "https://hooks.acme.example" }
      `,
    ),
    at: "Pulumi.testing.yaml:6:3",
    says: `"webhook" has no secret; pulumi config set --secret releases:webhookSecret`,
  },
  {
    code: "registry-role",
    shows: "Replicas of a replica.",
    files: stack(
      AWS,
      text`
        releases:registry:
          role: replica
          prefix: releases/
          replicas:
            - { account: "222222222222", region: eu-west-1 }
      `,
    ),
    at: "Pulumi.testing.yaml:9:5",
    says: `"registry.replicas" is for role source; this one is replica`,
  },
  {
    code: "registry-role",
    shows: "A source of the source.",
    files: stack(
      AWS,
      text`
        releases:registry:
          role: source
          prefix: releases/
          source: { account: "222222222222", region: eu-west-1 }
      `,
    ),
    at: "Pulumi.testing.yaml:9:5",
    says: `"registry.source" is for role replica; this one is source`,
  },
  {
    code: "registry-role",
    shows: "A host of a registry in AWS.",
    files: stack(
      AWS,
      text`
        releases:registry: { role: source, prefix: releases/, host: ghcr.io/acme }
      `,
    ),
    at: "Pulumi.testing.yaml:6:57",
    says: `"registry.host" is for role external; this one is source`,
  },
  {
    code: "replica-is-source",
    shows: "A source that replicates to itself.",
    files: stack(
      AWS,
      text`
        releases:registry:
          role: source
          prefix: releases/
          replicas:
            - { account: "222222222222", region: eu-west-1 }
            - { account: "111111111111", region: eu-west-1 }
      `,
    ),
    at: "Pulumi.testing.yaml:11:9",
    says: "111111111111 eu-west-1 is the source itself; remove it",
  },
  {
    code: "replica-is-source",
    shows: "A replica that receives from itself.",
    files: stack(
      AWS,
      text`
        releases:registry:
          role: replica
          prefix: releases/
          source: { account: "111111111111", region: eu-west-1 }
      `,
    ),
    at: "Pulumi.testing.yaml:9:5",
    says: "111111111111 eu-west-1 can't replicate from itself",
  },
  {
    code: "duplicate-replica",
    files: stack(
      AWS,
      text`
        releases:registry:
          role: source
          prefix: releases/
          replicas:
            - { account: "222222222222", region: eu-west-1 }
            - { account: "222222222222", region: eu-west-1 }
      `,
    ),
    at: "Pulumi.testing.yaml:11:9",
    says: "222222222222 eu-west-1 stands twice; keep one",
  },
  {
    code: "too-many-replicas",
    files: () => {
      const replicas = Array.from(
        { length: 26 },
        (_, index) => `    - { account: "${200000000000 + index}", region: eu-west-1 }\n`,
      );
      return stack(
        AWS,
        `releases:registry:\n  role: source\n  prefix: releases/\n  replicas:\n${replicas.join("")}`,
      );
    },
    at: "Pulumi.testing.yaml:9:5",
    says: "26 replicas; ECR allows 25",
  },
  {
    code: "too-many-filters",
    shows: "101 repositories, each of them a filter.",
    files: () =>
      stack(
        AWS,
        text`
          releases:registry:
            role: source
            replicas:
              - { account: "222222222222", region: eu-west-1 }
        `,
        services(101, (index) => `service-${1000 + index}`),
      ),
    at: "Pulumi.testing.yaml:8:5",
    says: "101 repositories without a common prefix; ECR allows 100 filters. Set registry.prefix",
    also: [
      {
        code: "replication-without-prefix",
        severity: "warning",
        at: "Pulumi.testing.yaml:8:5",
        says: `ECR filters are prefixes: "api" also replicates "api-internal". Set registry.prefix to be sure`,
      },
    ],
  },
  {
    code: "filter-catches-neighbour",
    files: stack(
      AWS,
      text`
        releases:select: { names: [orders] }
        releases:registry:
          role: source
          replicas:
            - { account: "222222222222", region: eu-west-1 }
      `,
      text`
        - github: orders
          docker: orders
          deploy: { release: v1.2.0 }
        - github: orders-internal
          docker: orders-internal
          deploy: { release: v0.1.0 }
      `,
    ),
    at: "Pulumi.testing.yaml:9:5",
    says: `the filter "orders" would also replicate "orders-internal", which this stack doesn't own; set registry.prefix`,
    also: [
      {
        code: "replication-without-prefix",
        severity: "warning",
        at: "Pulumi.testing.yaml:9:5",
        says: `ECR filters are prefixes: "api" also replicates "api-internal". Set registry.prefix to be sure`,
      },
    ],
  },
  {
    code: "replication-without-prefix",
    severity: "warning",
    files: stack(
      AWS,
      text`
        releases:registry:
          role: source
          replicas:
            - { account: "222222222222", region: eu-west-1 }
      `,
    ),
    at: "Pulumi.testing.yaml:8:5",
    says: `ECR filters are prefixes: "api" also replicates "api-internal". Set registry.prefix to be sure`,
  },
  {
    code: "registry-policy-too-long",
    shows: "200 repositories, each of them in the policy.",
    files: () =>
      stack(
        AWS,
        text`
          releases:registry:
            role: replica
            source: { account: "222222222222", region: eu-west-1 }
        `,
        services(200, (index) => `service-${1000 + index}`),
      ),
    at: "Pulumi.testing.yaml:8:5",
    says: "the registry policy would have 12389 characters, and ECR allows 10240; set registry.prefix",
  },
  {
    code: "too-many-mutable-tags",
    files: stack(
      AWS,
      text`
        releases:registry:
          role: source
          prefix: releases/
          mutableTags: [latest, main, staging, testing, "*-daily", "*-test"]
      `,
    ),
    at: "Pulumi.testing.yaml:9:5",
    says: "6 mutable tags; ECR allows 5 exclusion filters",
  },
  {
    code: "mutable-release-tag",
    shows: "Every tag that starts with a v.",
    files: stack(
      AWS,
      text`
        releases:registry: { role: source, prefix: releases/, mutableTags: [latest, "v*"] }
      `,
    ),
    at: "Pulumi.testing.yaml:6:79",
    says: `"v*" matches release tags (v{version}), which must never move; narrow it`,
  },
  {
    code: "mutable-release-tag",
    shows: "A service whose release tags have no v.",
    files: stack(
      AWS,
      text`
        releases:registry: { role: source, prefix: releases/, mutableTags: ["1*"] }
      `,
      text`
        - github: orders
          docker: orders
          deploy: { release: v1.2.0 }
          tags: { image: "{version}" }
      `,
    ),
    at: "Pulumi.testing.yaml:6:71",
    says: `"1*" matches release tags ({version}), which must never move; narrow it`,
  },
  {
    code: "repository-name-length",
    files: stack(
      AWS,
      text`
        releases:registry: { role: source }
      `,
      text`
        - github: x
          docker: x
          deploy: { release: v1.2.0 }
      `,
    ),
    at: "Pulumi.testing.yaml:6:22",
    says: `"x" has 1 characters; ECR takes 2 to 256`,
  },
  {
    code: "shared-cloudformation-stack",
    files: {
      "infrastructure/shop.yaml": text`
        - github: shop.network
          provider: cloudformation
          deploy: { release: v0.5.8 }
        - github: shop-network
          provider: cloudformation
          deploy: { release: v0.5.8 }
      `,
      "Pulumi.testing.yaml": config(
        CLOUDFORMATION,
        "releases:templates: { bucket: acme-templates }\n",
      ),
    },
    at: "Pulumi.testing.yaml:5:3",
    says: `"shop.network" and "shop-network" would both be the CloudFormation stack "shop-network"; rename one`,
  },
  {
    code: "parameter-taken",
    files: {
      "infrastructure/shop.yaml": TEMPLATES,
      "Pulumi.testing.yaml": config(
        CLOUDFORMATION,
        text`
        releases:templates:
          bucket: acme-templates
          parameters: { NetworkVersion: v0.5.7 }
      `,
      ),
    },
    at: "Pulumi.testing.yaml:7:19",
    says: `"NetworkVersion" is the version of "network", which its pin decides; remove it`,
  },
];

/** Two services, for two stacks that own one each. */
const TWO = text`
  - github: orders
    docker: orders
    deploy: { release: v1.2.0 }
  - github: catalog
    docker: catalog
    deploy: { release: v2.3.4 }
`;

const TOGETHER: BadInput[] = [
  {
    code: "two-replication-owners",
    files: {
      "service/shop.yaml": TWO,
      "Pulumi.blue.yaml": config(
        AWS,
        text`
        releases:select: { names: [orders] }
        releases:registry:
          role: source
          prefix: releases/
          replicas: [{ account: "222222222222", region: eu-west-1 }]
      `,
      ),
      "Pulumi.green.yaml": config(
        AWS,
        text`
        releases:select: { names: [catalog] }
        releases:registry:
          role: source
          prefix: releases/
          replicas: [{ account: "222222222222", region: eu-west-1 }]
      `,
      ),
    },
    at: "Pulumi.green.yaml:10:5",
    says: "the replication of 111111111111 eu-west-1 is also declared by Pulumi.blue.yaml; one stack may own it",
  },
  {
    code: "two-policy-owners",
    files: {
      "service/shop.yaml": TWO,
      "Pulumi.blue.yaml": config(
        AWS,
        text`
        releases:select: { names: [orders] }
        releases:registry:
          role: replica
          prefix: releases/
          source: { account: "222222222222", region: eu-west-1 }
      `,
      ),
      "Pulumi.green.yaml": config(
        AWS,
        text`
        releases:select: { names: [catalog] }
        releases:registry:
          role: replica
          prefix: releases/
          source: { account: "222222222222", region: eu-west-1 }
      `,
      ),
    },
    at: "Pulumi.green.yaml:10:5",
    says: "the registry policy of 111111111111 eu-west-1 is also declared by Pulumi.blue.yaml; one stack may own it",
  },
  {
    code: "repository-declared-twice",
    files: {
      "service/shop.yaml": ORDERS,
      "Pulumi.blue.yaml": text`
        config:
          pulumi:disable-default-providers: ["*"]
          aws:region: eu-west-1
          releases:account: "111111111111"
          releases:cluster: { context: acme-blue }
          releases:registry: { role: source, prefix: releases/ }
      `,
      "Pulumi.green.yaml": text`
        config:
          pulumi:disable-default-providers: ["*"]
          aws:region: eu-west-1
          releases:account: "111111111111"
          releases:cluster: { context: acme-green }
          releases:registry: { role: source, prefix: releases/ }
      `,
    },
    at: "Pulumi.green.yaml:6:3",
    says: `the repository "releases/orders" of 111111111111 eu-west-1 is also declared by Pulumi.blue.yaml; one stack may own it`,
  },
  {
    code: "shared-webhook",
    files: {
      "service/shop.yaml": text`
        - github: shop
          docker: orders
          deploy: { release: v1.2.0 }
        - github: shop
          docker: catalog
          deploy: { release: v1.2.0 }
      `,
      "Pulumi.blue.yaml": config(
        EXTERNAL,
        text`
        releases:select: { names: [orders] }
        releases:github: { owner: acme }
        releases:webhook: { url: "https://hooks.acme.example" }
        releases:webhookSecret: { secure: "v1:..." }
      `,
      ),
      "Pulumi.green.yaml": config(
        EXTERNAL,
        text`
        releases:select: { names: [catalog] }
        releases:github: { owner: acme }
        releases:webhook: { url: "https://hooks.acme.example" }
        releases:webhookSecret: { secure: "v1:..." }
      `,
      ),
    },
    at: "Pulumi.green.yaml:7:23",
    says: "a webhook of shop to the same url is also declared by Pulumi.blue.yaml; one stack may own it",
  },
];

/** Bad input and what is said about it: at least one entry for every code. */
export const BAD_INPUT: readonly BadInput[] = [
  ...FILES,
  ...YAML,
  ...SHAPE,
  ...DEFINITIONS,
  ...LIST,
  ...PATH,
  ...STACKS,
  ...TOGETHER,
];
