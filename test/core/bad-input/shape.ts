import { text } from "../../support/text";
import { CLOUDFORMATION, EXTERNAL, ORDERS, STACK, TEMPLATES, stack, type BadInput } from "./parts";

/** Keys and values of the wrong kind, in all files. */
export const SHAPE: readonly BadInput[] = [
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
    says: `definition 1 (orders): unknown key "namspace"; did you mean "namespace"?`,
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
    says: `definition 1 (orders): unknown key "canary" in "deploy"; known are release, branch, range, suspend, preview`,
  },
  {
    code: "unknown-key",
    shows: "A key of a stack config.",
    files: stack(
      EXTERNAL,
      text`
        releases:verions: { orders: v1.2.0 }
      `,
    ),
    at: "Pulumi.testing.yaml:5:3",
    says: `unknown key "verions"; did you mean "versions"?`,
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
    says: `definition 1 (orders): "github" is missing; expected a repository's name, or a mapping of source and releases`,
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
    says: `"registry" is missing; give the registry of the images`,
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
    says: `"registry.host" is missing; give the host of the images, such as ghcr.io/acme`,
  },
  {
    code: "missing-key",
    shows: "Templates without a bucket.",
    files: {
      "infrastructure/shop.yaml": TEMPLATES,
      "Pulumi.testing.yaml": CLOUDFORMATION,
    },
    at: "Pulumi.testing.yaml:2:3",
    says: `"templates" is missing; services with provider: cloudformation need a bucket`,
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
      EXTERNAL,
      text`
        releases:account: 012345678901
      `,
    ),
    at: "Pulumi.testing.yaml:5:21",
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
    shows: "A number that is too high.",
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
    says: `"environments.testing.accepts.1" is "nightly"; expected one of release, prerelease, range, branch, commit, tag, preview`,
  },
  {
    code: "invalid-value",
    shows: "A reason that would end its line.",
    files: stack(
      EXTERNAL,
      text`
        releases:versions: { orders: v1.2.0 }
        releases:holds: { orders: { reason: "slow\\n::error::" } }
      `,
    ),
    at: "Pulumi.testing.yaml:6:39",
    says: String.raw`"holds.orders.reason" is "slow\n::error::"; expected one line without control characters`,
  },
  {
    code: "empty-value",
    files: stack(
      EXTERNAL,
      text`
        releases:select: { team: "" }
      `,
    ),
    at: "Pulumi.testing.yaml:5:28",
    says: `"select.team" is ""; expected a text that isn't empty`,
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
    says: `definition 1 (network): "namespace" is for services that Helm deploys; remove it`,
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
    files: { "service/shop.yaml": ORDERS, "service/store.yaml": "[]\n" },
    at: "service/store.yaml:1:1",
    severity: "warning",
    says: "the list is empty; remove the file, or define a service",
  },
];
