import { text } from "../../support/text";
import {
  CLOUDFORMATION,
  EXTERNAL,
  ORDERS,
  AWS,
  TEMPLATES,
  config,
  services,
  stack,
  type BadInput,
} from "./parts";

/** Stack configs: accounts, secrets, webhooks, templates. */
export const STACK_KEYS: readonly BadInput[] = [
  {
    code: "project-config",
    files: {
      ...stack(EXTERNAL, ""),
      "Pulumi.yaml": text`
        name: releases
        runtime: nodejs
        config:
          releases:versions: { value: { orders: v1.2.0 } }
      `,
    },
    at: "Pulumi.yaml:4:24",
    says: `"releases:versions" decides what runs, which gates read in stack configs alone; write it into each of them`,
  },
  {
    code: "missing-key",
    shows: "A key that an environment of Pulumi ESC may have.",
    files: {
      "service/shop.yaml": ORDERS,
      "Pulumi.testing.yaml": text`
        environment: [shop/testing]
        config:
          pulumi:disable-default-providers: ["*"]
          releases:cluster: { context: acme-testing }
      `,
    },
    at: "Pulumi.testing.yaml:3:3",
    says: `"registry" is missing; give the registry of the images, unless an imported environment has it`,
    severity: "warning",
  },
  {
    code: "invalid-value",
    shows: "Stack configs in a folder that isn't read.",
    files: {
      "service/shop.yaml": ORDERS,
      "Pulumi.yaml": text`
        name: releases
        runtime: nodejs
        stackConfigDir: stacks
      `,
    },
    at: "Pulumi.yaml:3:17",
    says: `"stackConfigDir" is "stacks", but stack configs are read next to Pulumi.yaml alone; move them here, and remove it`,
  },
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
    code: "plain-secret",
    shows: "A token in an address.",
    files: stack(
      EXTERNAL,
      text`
        releases:github: { owner: acme }
        releases:webhook: { url: "https://hooks.acme.example/?token=hunter2" }
        releases:webhookSecret: { secure: "v1:..." }
      `,
    ),
    at: "Pulumi.testing.yaml:6:23",
    severity: "warning",
    says: `"webhook.url" has what looks like a secret, which plans and GitHub show; rotate it, and let the receiver check the signature by webhookSecret`,
  },
  {
    code: "encrypted-value",
    shows: "A pin.",
    files: stack(
      EXTERNAL,
      text`
        releases:versions: { orders: { secure: "v1:..." } }
      `,
    ),
    at: "Pulumi.testing.yaml:5:22",
    says: `"releases:versions" is encrypted; only webhookSecret and template parameters may be: reviewers must see the rest`,
  },
  {
    code: "encrypted-value",
    shows: "A Helm value that Pulumi takes for a secret.",
    files: stack(
      EXTERNAL,
      text`
        releases:values: { orders: { cookie: { secure: strict } } }
      `,
    ),
    at: "Pulumi.testing.yaml:5:40",
    says: `"values.orders.cookie" is encrypted to Pulumi, as its one key is "secure"; name a Kubernetes Secret, or write it into the definition`,
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
      EXTERNAL,
      text`
        releases:account: "12345678901"
      `,
    ),
    at: "Pulumi.testing.yaml:5:21",
    says: `"account" is "12345678901"; expected an AWS account's 12 digits in quotes, such as "012345678901"`,
  },
  {
    code: "invalid-region",
    shows: "Of the stack.",
    files: stack(
      EXTERNAL,
      text`
        aws:region: Ireland
        releases:account: "111111111111"
      `,
    ),
    at: "Pulumi.testing.yaml:5:15",
    says: `"aws:region" is "Ireland"; expected an AWS region, such as eu-west-1`,
  },
  {
    code: "invalid-region",
    shows: "A typo, which has the form of a region.",
    files: stack(
      EXTERNAL,
      text`
        aws:region: eu-wset-1
        releases:account: "111111111111"
      `,
    ),
    at: "Pulumi.testing.yaml:5:15",
    says: `"aws:region" is "eu-wset-1"; expected an AWS region, did you mean "eu-west-1"?`,
  },
  {
    code: "invalid-region",
    shows: "Of a replica.",
    files: stack(
      AWS,
      text`
        releases:registry:
          role: source
          replicas:
            - { account: "222222222222", region: eu-west-1a }
      `,
    ),
    at: "Pulumi.testing.yaml:9:44",
    says: `"registry.replicas.0.region" is "eu-west-1a"; expected an AWS region, did you mean "eu-west-1"?`,
  },
  {
    code: "invalid-prefix",
    files: stack(
      AWS,
      text`
        releases:registry: { role: source, prefix: releases }
      `,
    ),
    at: "Pulumi.testing.yaml:6:46",
    says: `"registry.prefix" is "releases"; expected a repository prefix that ends in a slash, such as "releases/", so that it can't catch a neighbor`,
  },
  {
    code: "invalid-mutable-tag",
    files: stack(
      AWS,
      text`
        releases:registry: { role: source, mutableTags: ["*-*-*"] }
      `,
    ),
    at: "Pulumi.testing.yaml:6:52",
    says: `"registry.mutableTags.0" is "*-*-*"; expected 1 to 128 letters, digits, ".", "_", "-" and at most two "*"`,
  },
  {
    code: "invalid-host",
    files: stack(
      AWS,
      text`
        releases:registry: { role: external, host: "https://ghcr.io/acme" }
      `,
    ),
    at: "Pulumi.testing.yaml:6:46",
    says: `"registry.host" is "https://ghcr.io/acme"; expected a registry's host with an optional path, such as "ghcr.io/acme"`,
  },
  {
    code: "invalid-webhook-url",
    shows: "A quote.",
    files: stack(
      EXTERNAL,
      text`
        releases:webhook: { url: 'https://hooks.acme.example/"' }
      `,
    ),
    at: "Pulumi.testing.yaml:5:28",
    says: `"webhook.url" is something else; expected an address as RFC 3986 writes it: no spaces, quotes or letters beyond ASCII, and a port up to 65535`,
  },
  {
    code: "invalid-webhook-url",
    shows: "A host that GitHub can't reach.",
    files: stack(
      EXTERNAL,
      text`
        releases:webhook: { url: "https://localhost:8443/releases" }
      `,
    ),
    at: "Pulumi.testing.yaml:5:28",
    says: `"webhook.url" is something else; expected a host that GitHub reaches over the public Internet: a name with a dot, or a public IPv4 address`,
  },
  {
    code: "invalid-webhook-url",
    shows: "A password.",
    files: stack(
      EXTERNAL,
      text`
        releases:webhook: { url: "https://ci:hunter2@hooks.acme.example" }
      `,
    ),
    at: "Pulumi.testing.yaml:5:28",
    says: `"webhook.url" is something else; expected an https address without credentials; the signature by webhookSecret is the proof`,
  },
  {
    code: "invalid-bucket",
    files: stack(
      EXTERNAL,
      text`
        releases:templates: { bucket: "s3://acme-templates" }
      `,
    ),
    at: "Pulumi.testing.yaml:5:33",
    says: `"templates.bucket" is "s3://acme-templates"; expected an S3 bucket's name: 3 to 63 lower-case letters, digits, dots and dashes, no address of four numbers, no two dots in a row, no beginning or ending that AWS keeps for itself`,
  },
  {
    code: "invalid-parameter",
    shows: "A dash in a name.",
    files: stack(
      EXTERNAL,
      text`
        releases:templates: { bucket: acme-templates, parameters: { my-param: x } }
      `,
    ),
    at: "Pulumi.testing.yaml:5:63",
    says: `"my-param" can't be a name here; expected 1 to 255 letters and digits, as CloudFormation takes`,
  },
  {
    code: "invalid-parameter",
    shows: "A value above 4096 bytes.",
    files: () =>
      stack(
        EXTERNAL,
        `releases:templates: { bucket: acme-templates, parameters: { Zones: ${"ä".repeat(2049)} } }\n`,
      ),
    at: "Pulumi.testing.yaml:5:70",
    says: `"templates.parameters.Zones" is something else; expected at most 4096 bytes, as CloudFormation takes`,
  },
  {
    code: "invalid-parameter",
    shows: "The versions of 200 services, and a parameter.",
    files: () =>
      stack(
        AWS,
        text`
          releases:registry: { role: external, host: ghcr.io/acme }
          releases:templates: { bucket: acme-templates, parameters: { Zone: eu }, versions: all }
        `,
        services(199, (index) => `service-${1000 + index}`) +
          "- { github: network, provider: cloudformation, deploy: { release: v0.5.8 } }\n",
      ),
    at: "Pulumi.testing.yaml:7:3",
    says: "a template would get 201 parameters; CloudFormation takes 200",
  },
  {
    code: "invalid-tag",
    shows: "A key that AWS keeps for itself.",
    files: stack(
      EXTERNAL,
      text`
        releases:templates: { bucket: acme-templates, tags: { "aws:team": shop } }
      `,
    ),
    at: "Pulumi.testing.yaml:5:69",
    says: `"templates.tags.aws:team" is "shop"; expected a tag that AWS takes: a key of 1 to 128 and a value of 1 to 256 letters, digits, spaces and "_.:/=+-@", no key that begins with "aws:"`,
  },
  {
    code: "invalid-tag",
    shows: "51 tags.",
    files: () => {
      const tags = Array.from({ length: 51 }, (_, index) => `tag-${index}: x`).join(", ");
      return stack(EXTERNAL, `releases:templates: { bucket: acme-templates, tags: { ${tags} } }\n`);
    },
    at: "Pulumi.testing.yaml:5:55",
    says: `"templates.tags" is a mapping; expected at most 50 tags`,
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
