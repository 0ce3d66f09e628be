import { text } from "../../support/text";
import { ORDERS, type BadInput } from "./parts";

/** What makes of these findings warnings. */
const KAYRON = text`
  environments: {}
  compatibility: kayron
`;

/** Lists that Kayron takes, with `compatibility: kayron` in environments.yaml. */
export const KAYRON_LISTS: readonly BadInput[] = [
  {
    code: "unknown-key",
    shows: "A key that Kayron ignores, with compatibility: kayron.",
    files: {
      "environments.yaml": KAYRON,
      "service/shop.yaml": text`
        - github: orders
          docker: orders
          owner: shop
          deploy: { release: v1.2.0, canary: true }
      `,
    },
    at: "service/shop.yaml:3:3",
    says: `definition 1 (orders): unknown key "owner" has no effect; known are github, docker, provider, deploy, name, environments, chart, namespace, values, imageValues, timeoutSeconds, tags, aliases, assets, requires, template, team`,
    severity: "warning",
    also: [
      {
        code: "unknown-key",
        at: "service/shop.yaml:4:30",
        says: `definition 1 (orders): unknown key "canary" has no effect; known are release, branch, range, suspend, preview`,
        severity: "warning",
      },
    ],
  },
  {
    code: "several-documents",
    shows: "A second document, with compatibility: kayron.",
    files: { "environments.yaml": KAYRON, "service/shop.yaml": `${ORDERS}---\n${ORDERS}` },
    at: "service/shop.yaml:4:1",
    says: "a second document starts here, and has no effect; move it to a file of its own",
    severity: "warning",
  },
  {
    code: "several-documents",
    shows: "A first document without data, with compatibility: kayron.",
    files: {
      "environments.yaml": KAYRON,
      "service/shop.yaml": ORDERS,
      "service/store.yaml": `---\n---\n${ORDERS}`,
    },
    at: "service/store.yaml:2:1",
    says: "a second document starts here, and has no effect; move it to a file of its own",
    severity: "warning",
    also: [
      {
        code: "empty-file",
        at: "service/store.yaml:1:1",
        says: "the file holds no data; remove it, or write what belongs in it",
        severity: "warning",
      },
    ],
  },
  {
    code: "duplicate-key",
    shows: "In a second document, with compatibility: kayron.",
    files: { "environments.yaml": KAYRON, "service/shop.yaml": `${ORDERS}---\na: 1\na: 2\n` },
    at: "service/shop.yaml:6:1",
    says: `"a" is defined twice (first on line 5); keep one`,
  },
  {
    code: "duplicate-name",
    shows: "The same image twice, with compatibility: kayron.",
    files: {
      "environments.yaml": KAYRON,
      "service/shop.yaml": ORDERS,
      "service/store.yaml": text`
        - github: orders
          docker: orders
          deploy: { release: v1.3.0 }
      `,
    },
    at: "service/store.yaml:1:3",
    says: `definition 1 (orders): "orders" is defined already, in service/shop.yaml (definition 1); this one has no effect, remove it`,
    severity: "warning",
  },
  {
    code: "duplicate-name",
    shows: "Another image of the same name, with compatibility: kayron.",
    files: {
      "environments.yaml": KAYRON,
      "service/shop.yaml": text`
        - github: orders
          docker: orders
          deploy: { release: v1.2.0 }
        - github: orders
          provider: cloudformation
          deploy: { release: v0.5.8 }
      `,
    },
    at: "service/shop.yaml:4:3",
    says: `definition 2 (orders): "orders" is defined twice, first in service/shop.yaml (definition 1); rename one with "name"`,
  },
];
