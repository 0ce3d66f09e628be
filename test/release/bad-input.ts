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
  /** Findings that nobody can have the first one without, in the order in which they are printed. */
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
    at: "?",
    says: "?",
  },
  {
    code: "unreadable",
    shows: "A folder where environments.yaml is expected.",
    files: { "service/shop.yaml": ORDERS, "environments.yaml": folder },
    at: "?",
    says: "?",
  },
  {
    code: "ignored-file",
    shows: "Another ending.",
    files: { "service/shop.yaml": ORDERS, "service/catalog.yml": ORDERS },
    at: "?",
    says: "?",
  },
  {
    code: "ignored-file",
    shows: "Capitals.",
    files: { "service/shop.yaml": ORDERS, "service/catalog.YAML": ORDERS },
    at: "?",
    says: "?",
  },
  {
    code: "ignored-file",
    shows: "A link to a folder, which could lead back to itself.",
    files: { "service/shop/shop.yaml": ORDERS, "service/store": link("shop") },
    at: "?",
    says: "?",
  },
  {
    code: "folder-named-yaml",
    files: { "service/shop.yaml": ORDERS, "service/catalog.yaml/catalog.yaml": ORDERS },
    at: "?",
    says: "?",
  },
  {
    code: "link-leaves-repository",
    shows: "A list file.",
    files: {
      "../elsewhere.yaml": ORDERS,
      "service/shop.yaml": ORDERS,
      "service/catalog.yaml": link("../../elsewhere.yaml"),
    },
    at: "?",
    says: "?",
  },
  {
    code: "link-leaves-repository",
    shows: "A folder of list files.",
    files: {
      "../elsewhere/catalog.yaml": ORDERS,
      "service/shop.yaml": ORDERS,
      infrastructure: link("../elsewhere"),
    },
    at: "?",
    says: "?",
  },
  {
    code: "link-leaves-repository",
    shows: "A stack config, to a file whose path starts like the repository's.",
    files: {
      "../repository-of-another/stack.yaml": STACK,
      "service/shop.yaml": ORDERS,
      "Pulumi.testing.yaml": link("../repository-of-another/stack.yaml"),
    },
    at: "?",
    says: "?",
  },
  {
    code: "broken-link",
    shows: "A target that isn't there.",
    files: { "service/shop.yaml": ORDERS, "service/catalog.yaml": link("moved.yaml") },
    at: "?",
    says: "?",
  },
  {
    code: "broken-link",
    shows: "A link to itself.",
    files: { "service/shop.yaml": ORDERS, "service/catalog.yaml": link("catalog.yaml") },
    at: "?",
    says: "?",
  },
  {
    code: "file-too-large",
    shows: "10 MB of garbage.",
    files: () => ({
      "service/shop.yaml": ORDERS,
      "service/garbage.yaml": new Uint8Array(10_000_000).map((_, index) => (index * 7919) % 256),
    }),
    at: "?",
    says: "?",
  },
  {
    code: "file-too-large",
    shows: "One byte too many.",
    files: () => ({
      "service/shop.yaml": ORDERS,
      "service/long.yaml": ORDERS.padEnd(1024 * 1024 + 1),
    }),
    at: "?",
    says: "?",
  },
  {
    code: "invalid-utf8",
    shows: "Latin-1, as old editors write it.",
    files: {
      "service/shop.yaml": Buffer.from("- github: orders\n  team: caf\xe9\n", "latin1"),
    },
    at: "?",
    says: "?",
  },
  {
    code: "invalid-utf8",
    shows: "UTF-16.",
    files: { "service/shop.yaml": Buffer.from("\uFEFF- github: orders\n", "utf16le") },
    at: "?",
    says: "?",
  },
  {
    code: "byte-order-mark",
    files: { "service/shop.yaml": `\uFEFF${ORDERS}` },
    at: "?",
    says: "?",
  },
  {
    code: "empty-file",
    shows: "Nothing at all.",
    files: { "service/shop.yaml": "" },
    at: "?",
    says: "?",
  },
  {
    code: "empty-file",
    shows: "Only a comment.",
    files: { "service/shop.yaml": "# Nothing yet.\n" },
    at: "?",
    says: "?",
  },
  {
    code: "empty-file",
    shows: "An empty document.",
    files: { "service/shop.yaml": "---\n" },
    at: "?",
    says: "?",
  },
  {
    code: "no-list",
    shows: "No folder for it.",
    files: { "README.md": "Releases\n" },
    at: "?",
    says: "?",
  },
  {
    code: "no-list",
    shows: "A dot file isn't read.",
    files: { "service/.shop.yaml": ORDERS },
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
  },
  {
    code: "yaml-syntax",
    shows: "Nesting that no list needs.",
    files: () => ({ "service/shop.yaml": `- github: ${"[".repeat(300)}\n` }),
    at: "?",
    says: "?",
  },
  {
    code: "tab-indent",
    files: {
      "service/shop.yaml": text`
        - github: orders
        \tdocker: orders
      `,
    },
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
  },
  {
    code: "unknown-key",
    shows: "A key of a stack config without its namespace.",
    files: stack(
      STACK,
      text`
        versions: { orders: v1.2.0 }
      `,
    ),
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
    also: [{ code: "missing-key", at: "?", says: "?" }],
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
    at: "?",
    says: "?",
  },
  {
    code: "missing-key",
    shows: "Templates without a bucket.",
    files: {
      "infrastructure/shop.yaml": TEMPLATES,
      "Pulumi.testing.yaml": CLOUDFORMATION,
    },
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
  },
  {
    code: "invalid-type",
    shows: "A definition without its keys.",
    files: { "service/shop.yaml": "- orders\n" },
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
  },
  {
    code: "invalid-type",
    shows: "A stack config whose config isn't a mapping.",
    files: { "service/shop.yaml": ORDERS, "Pulumi.testing.yaml": "config: [releases]\n" },
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
  },
  {
    code: "empty-value",
    files: stack(
      STACK,
      text`
        releases:github: { owner: "" }
      `,
    ),
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
  },
  {
    code: "empty-list",
    files: { "service/shop.yaml": "[]\n" },
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
  },
  {
    code: "missing-docker",
    files: {
      "service/shop.yaml": text`
        - github: orders
          deploy: { release: v1.2.0 }
      `,
    },
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
  },
  {
    code: "shared-helm-release",
    shows: "Two stacks that deploy one service to one cluster.",
    files: {
      "service/shop.yaml": ORDERS,
      "Pulumi.blue.yaml": EXTERNAL,
      "Pulumi.green.yaml": EXTERNAL,
    },
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
    also: [{ code: "circular-path", at: "?", says: "?" }],
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
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
  },
  {
    code: "encrypted-value",
    files: stack(
      EXTERNAL,
      text`
        releases:versions: { orders: { secure: "v1:..." } }
      `,
    ),
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
  },
  {
    code: "invalid-prefix",
    files: stack(
      STACK,
      text`
        releases:registry: { role: source, prefix: releases }
      `,
    ),
    at: "?",
    says: "?",
  },
  {
    code: "invalid-mutable-tag",
    files: stack(
      STACK,
      text`
        releases:registry: { role: source, mutableTags: ["*-*-*"] }
      `,
    ),
    at: "?",
    says: "?",
  },
  {
    code: "invalid-host",
    files: stack(
      STACK,
      text`
        releases:registry: { role: external, host: "https://ghcr.io/acme" }
      `,
    ),
    at: "?",
    says: "?",
  },
  {
    code: "invalid-webhook-url",
    files: stack(
      STACK,
      text`
        releases:webhook: { url: "https://ci:hunter2@hooks.acme.example" }
      `,
    ),
    at: "?",
    says: "?",
  },
  {
    code: "invalid-bucket",
    files: stack(
      STACK,
      text`
        releases:templates: { bucket: "s3://acme-templates" }
      `,
    ),
    at: "?",
    says: "?",
  },
  {
    code: "invalid-pin",
    files: stack(
      STACK,
      text`
        releases:versions: { orders: latest }
      `,
    ),
    at: "?",
    says: "?",
  },
  {
    code: "commit-without-digest",
    files: stack(
      STACK,
      text`
        releases:versions: { orders: ${"c0ffee00".repeat(5)} }
      `,
    ),
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
  },
  {
    code: "hold-without-pin",
    files: stack(
      EXTERNAL,
      text`
        releases:holds: { orders: { reason: v1.2.1 doubled the latency } }
      `,
    ),
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
    also: [{ code: "too-many-filters", at: "?", says: "?" }],
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
    at: "?",
    says: "?",
    also: [{ code: "filter-catches-neighbour", at: "?", says: "?" }],
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
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
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
    at: "?",
    says: "?",
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
