import { text } from "../../support/text";
import { EXTERNAL, config, stack, type BadInput } from "./parts";

const SHA = "c0ffee00".repeat(5);
const DIGEST = `sha256:${"5e5a8404".repeat(8)}`;

const path = (entry: string): string => `environments:\n  testing: ${entry}\n`;

/** Gates that need neither network nor clock nor history. */
export const GATES: readonly BadInput[] = [
  {
    code: "not-accepted",
    files: {
      ...stack(
        EXTERNAL,
        text`
          releases:versions: { orders: "${SHA}@${DIGEST}" }
        `,
      ),
      "environments.yaml": path("{ accepts: [release] }"),
    },
    at: "Pulumi.testing.yaml:5:24",
    says: `"orders": ${SHA} is a commit, and testing accepts release`,
  },
  {
    code: "prerelease-not-accepted",
    files: {
      ...stack(
        EXTERNAL,
        text`
          releases:versions: { orders: v1.2.0-rc.1 }
        `,
      ),
      "environments.yaml": path("{ accepts: [release] }"),
    },
    at: "Pulumi.testing.yaml:5:24",
    says: `"orders": v1.2.0-rc.1 is a pre-release, and testing accepts release; promote it, and it becomes v1.2.0`,
  },
  {
    code: "digest-required",
    shows: "A pin.",
    files: {
      ...stack(
        EXTERNAL,
        text`
          releases:versions: { orders: v1.2.0 }
        `,
      ),
      "environments.yaml": path("{ accepts: [release], digest: required }"),
    },
    at: "Pulumi.testing.yaml:5:24",
    says: `"orders": testing requires digests; pin it as v1.2.0@sha256:...`,
  },
  {
    code: "digest-required",
    shows: "No pin, so that the definition decides, which has none.",
    files: {
      ...stack(EXTERNAL, ""),
      "environments.yaml": path("{ accepts: [release], digest: required }"),
    },
    at: "Pulumi.testing.yaml:2:3",
    says: `"orders": testing requires digests; pin it as v1.2.0@sha256:...`,
  },
  {
    code: "requirement-not-met",
    files: {
      "service/shop.yaml": text`
        - github: orders
          docker: orders
          deploy: { release: v1.2.0 }
          requires: { catalog: ">=2.1", mailer: ^1 }
        - github: catalog
          docker: catalog
          deploy: { release: v2.0.4 }
        - github: mailer
          docker: mailer
          deploy: { release: v1.0.0 }
          environments: [staging]
      `,
      "environments.yaml": text`
        environments:
          testing: { accepts: [release] }
          staging: { accepts: [release], from: testing }
      `,
      "Pulumi.testing.yaml": config(EXTERNAL, ""),
    },
    at: "Pulumi.testing.yaml:2:3",
    says: `"orders": it requires catalog >=2.1, and v2.0.4 runs there; it requires mailer ^1, which doesn't run in testing`,
  },
];
