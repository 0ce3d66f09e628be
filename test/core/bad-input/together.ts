import { text } from "../../support/text";
import { AWS, EXTERNAL, ORDERS, config, type BadInput } from "./parts";

/** Two services, for two stacks that own one each. */
const TWO = text`
  - github: orders
    docker: orders
    deploy: { release: v1.2.0 }
  - github: catalog
    docker: catalog
    deploy: { release: v2.3.4 }
`;

/** Stacks that are right by themselves and wrong together. */
export const TOGETHER: readonly BadInput[] = [
  {
    code: "text-order",
    files: {
      "service/shop.yaml": ORDERS,
      "Pulumi.staging.yaml": config(
        EXTERNAL,
        text`
          releases:versions: { orders: v1.2.0-rc9 }
        `,
      ),
      "Pulumi.testing.yaml": config(
        EXTERNAL.replace("acme-testing", "acme-elsewhere"),
        text`
          releases:versions: { orders: v1.2.0-rc10 }
        `,
      ),
    },
    at: "Pulumi.testing.yaml:5:32",
    says: `"orders" is v1.2.0-rc10 in testing and v1.2.0-rc9 in staging: as texts "rc10" comes before "rc9", and so would "rc.10"; count after a dot from the next release on, such as v1.2.1-rc.1`,
  },
  {
    code: "unowned-service",
    files: {
      "service/shop.yaml": `${TWO}${text`
        - github: mailer
          docker: mailer
          deploy: { release: v1.0.0 }
        - github: lab
          docker: lab
          deploy: { release: v1.0.0 }
          environments: [elsewhere]
      `}`,
      "Pulumi.blue.yaml": config(
        EXTERNAL,
        text`
          releases:environment: testing
          releases:select: { names: [orders] }
        `,
      ),
      "Pulumi.green.yaml": config(
        EXTERNAL,
        text`
          releases:environment: testing
          releases:select: { names: [catalog] }
        `,
      ),
    },
    at: "Pulumi.blue.yaml:6:3",
    severity: "warning",
    says: "no stack of testing owns mailer; add them to the select of a stack, or leave testing out of their environments",
  },
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
    code: "two-push-queues",
    files: {
      "service/shop.yaml": TWO,
      "Pulumi.blue.yaml": config(
        AWS,
        text`
          releases:select: { names: [orders] }
          releases:registry: { role: source, prefix: acme/shop/, pushes: true }
        `,
      ),
      "Pulumi.green.yaml": config(
        AWS,
        text`
          releases:select: { names: [catalog] }
          releases:registry: { role: source, prefix: acme-shop/, pushes: true }
        `,
      ),
    },
    at: "Pulumi.green.yaml:7:58",
    says: "the queue acme-shop-pushes of 111111111111 eu-west-1 is also declared by Pulumi.blue.yaml; one stack may own it",
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
    says: `the repository "releases/orders" of 111111111111 eu-west-1 is also declared by Pulumi.blue.yaml; one stack may own it, which the others name: { role: shared, owner: blue }`,
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
