import { text } from "../../support/text";
import { EXTERNAL, ORDERS, config, stack, type BadInput } from "./parts";

/** The promotion path. */
export const PATH: readonly BadInput[] = [
  {
    code: "stack-named-like-environment",
    files: {
      ...stack(EXTERNAL, "releases:environment: staging\n"),
      "environments.yaml": text`
        environments:
          testing: { accepts: [release] }
          staging: { from: testing, accepts: [release] }
      `,
    },
    at: "Pulumi.testing.yaml:5:25",
    says: "the stack testing is one of staging, and environments.yaml has an environment of its name, which --to testing means; rename the stack",
  },
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
    says: `"production" comes from "staging", which isn't in this file; known are testing, production`,
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
    says: `the promotion path forms a cycle: testing -> testing; remove one "from"`,
  },
  {
    code: "circular-path",
    shows: "Through another.",
    files: {
      "service/shop.yaml": ORDERS,
      "environments.yaml": text`
        environments:
          testing: { accepts: [release], from: production }
          production: { accepts: [release], from: testing }
      `,
    },
    at: "environments.yaml:2:40",
    says: `the promotion path forms a cycle: testing -> production -> testing; remove one "from"`,
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
    says: `"testing" has "soak" but no "from"; add the environment where versions soak`,
  },
  {
    code: "checks-without-from",
    files: {
      "service/shop.yaml": ORDERS,
      "environments.yaml": text`
        environments:
          testing: { accepts: [release], checks: [smoke] }
      `,
    },
    at: "environments.yaml:2:42",
    says: `"testing" has "checks" but no "from"; give them to the environment that takes versions from it`,
  },
  {
    code: "enters-without-from",
    files: {
      "service/shop.yaml": ORDERS,
      "environments.yaml": text`
        environments:
          testing: { accepts: [release], enters: [orders] }
      `,
    },
    at: "environments.yaml:2:42",
    says: `"testing" has "enters" but no "from", so every service may enter; remove it`,
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
    code: "invalid-identity",
    shows: "A glob, where a pattern is ^...$.",
    files: {
      "service/shop.yaml": ORDERS,
      "environments.yaml": text`
        environments:
          production:
            accepts: [release]
            verify:
              mode: require
              identities:
                - { issuer: https://token.actions.githubusercontent.com, ref: refs/tags/v* }
      `,
    },
    at: "environments.yaml:7:71",
    says: `"environments.production.verify.identities.0.ref" is "refs/tags/v*"; expected an exact text, or an anchored pattern; this is neither; write a pattern as ^...$`,
  },
  {
    code: "invalid-identity",
    shows: "An issuer that no certificate has.",
    files: {
      "service/shop.yaml": ORDERS,
      "environments.yaml": text`
        environments:
          production:
            accepts: [release]
            verify:
              mode: require
              identities:
                - { issuer: token.actions.githubusercontent.com }
      `,
    },
    at: "environments.yaml:7:21",
    says: `"environments.production.verify.identities.0.issuer" is "token.actions.githubusercontent.com"; expected GitHub's issuer as certificates name it, https://token.actions.githubusercontent.com`,
  },
  {
    code: "invalid-identity",
    shows: "Without an issuer anybody's certificate would count.",
    files: {
      "service/shop.yaml": ORDERS,
      "environments.yaml": text`
        environments:
          production: { accepts: [release], verify: { mode: require, identities: [{ repository: acme/orders }] } }
      `,
    },
    at: "environments.yaml:2:75",
    says: `"environments.production.verify.identities.0" is a mapping; expected an issuer, or a key: without it anybody's certificate would count`,
  },
  {
    code: "invalid-path",
    files: {
      "service/shop.yaml": ORDERS,
      "environments.yaml": text`
        environments:
          production: { accepts: [release], verify: { mode: warn, root: ../root.jsonl } }
      `,
    },
    at: "environments.yaml:2:65",
    says: `"environments.production.verify.root" is "../root.jsonl"; expected a file of this repository by its path, such as trust/root.jsonl`,
  },
  {
    code: "key-without-effect",
    shows: "An age that nothing asks for.",
    files: {
      "service/shop.yaml": ORDERS,
      "environments.yaml": text`
        environments:
          testing: { accepts: [release], minimumAge: 3d }
      `,
    },
    at: "environments.yaml:2:34",
    severity: "warning",
    says: `"minimumAge" of "testing" has no effect: no range is followed there; add range to "accepts", or remove it`,
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
    says: "the freeze ends at 2026-12-19, which isn't after its start at 2027-01-04; swap them",
  },
];
