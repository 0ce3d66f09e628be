import { text } from "../../support/text";
import { EXTERNAL, ORDERS, services, stack, type BadInput } from "./parts";

/** YAML that is none, or that says more than it seems to. */
export const YAML: readonly BadInput[] = [
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
    says: "more than 256 levels of nesting; this is not a release list",
  },
  {
    code: "merge-conflict",
    files: {
      "service/shop.yaml": text`
        - github: orders
          docker: orders
        <<<<<<< HEAD
          deploy: { release: v1.2.0 }
        =======
          deploy: { release: v1.2.1 }
        >>>>>>> hotfix
      `,
    },
    at: "service/shop.yaml:3:1",
    says: "git's conflict markers are in the file; keep one side, and remove the markers",
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
    shows: "Two lists.",
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
    shows: "In a definition.",
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
    says: `"deploy" is defined twice (first on line 3); keep one`,
  },
  {
    code: "merge-key",
    shows: "A merge of something else than a mapping.",
    files: {
      "service/shop.yaml": text`
        - github: orders
          docker: orders
          deploy: { release: v1.2.0 }
          values: { <<: [port, 8081] }
      `,
    },
    at: "service/shop.yaml:4:13",
    says: `"<<" merges mappings; give it a mapping, an alias of one, or a sequence of these`,
  },
  {
    code: "merge-key",
    shows: "A key in front of a merge that has it as well.",
    files: {
      "service/shop.yaml": text`
        - github: orders
          docker: orders
          deploy: { release: v1.2.0 }
          values:
            web: &web { replicas: 2 }
            api: { replicas: 3, <<: *web }
      `,
    },
    at: "service/shop.yaml:6:12",
    says: `"replicas" is in front of "<<", which merges another one: Helm takes that, and Pulumi this; write "<<" first`,
  },
  {
    code: "merge-key",
    shows: "A merge key in quotes.",
    files: {
      "service/shop.yaml": text`
        - github: orders
          docker: orders
          deploy: { release: v1.2.0 }
          values: { "<<": { replicas: 2 } }
      `,
    },
    at: "service/shop.yaml:4:13",
    says: `"<<" in quotes is a merge key to Pulumi, and a text to Helm; rename it, or leave the quotes out`,
  },
  {
    code: "ambiguous-value",
    shows: "A number of YAML 1.1, in Helm values.",
    files: {
      "service/shop.yaml": text`
        - github: orders
          docker: orders
          deploy: { release: v1.2.0 }
          values: { defaultMode: 0400 }
      `,
    },
    at: "service/shop.yaml:4:26",
    says: `definition 1 (orders): "values.defaultMode" is 0400, which is 256 to Helm and Pulumi, and 400 to this program; write 256 or 400`,
  },
  {
    code: "ambiguous-value",
    shows: "A boolean of YAML 1.1.",
    files: {
      "service/shop.yaml": text`
        - github: orders
          docker: orders
          deploy: { release: v1.2.0 }
          values: { ingress: no }
      `,
    },
    at: "service/shop.yaml:4:22",
    says: `definition 1 (orders): "values.ingress" is no, which is false to Helm, and "no" to Pulumi and this program; write false or "no"`,
  },
  {
    code: "ambiguous-value",
    shows: "A key that is a boolean to Helm.",
    files: {
      "service/shop.yaml": text`
        - github: orders
          docker: orders
          deploy: { release: v1.2.0 }
          values: { "on": { y: 1 } }
      `,
    },
    at: "service/shop.yaml:4:21",
    says: `definition 1 (orders): "values.on.y" has the key y, which is "true" to Helm, and "y" to Pulumi and this program; write "true" or "y"`,
  },
  {
    code: "ambiguous-value",
    shows: "A date without quotes, which Pulumi reads as a time.",
    files: stack(
      EXTERNAL,
      text`
        releases:versions: { orders: v1.2.0 }
        releases:holds: { orders: { reason: load test, until: 2027-12-31 } }
      `,
    ),
    at: "Pulumi.testing.yaml:6:57",
    says: `"holds.orders.until" is 2027-12-31, which is a time to Pulumi, and "2027-12-31" to this program; write "2027-12-31"`,
  },
  {
    code: "alias-bomb",
    shows: "More aliases than a list needs.",
    files: () => ({
      "service/shop.yaml": `${ORDERS}  values: { a: &a 1, b: [${"*a, ".repeat(1001)}] }\n`,
    }),
    at: "service/shop.yaml:4:4026",
    says: "more than 1000 aliases; write the values out",
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
    says: `"*values" refers to a value that contains it; write the value out`,
  },
  {
    code: "too-large",
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
    at: "service/shop.yaml:6:7",
    says: "more than 100000 values up to here, with what aliases repeat; split the file",
  },
  {
    code: "too-large",
    shows: "A list of 9 MiB.",
    files: () =>
      Object.fromEntries(
        Array.from({ length: 9 }, (_, index) => [
          `service/${index}.yaml`,
          services(1, () => `orders-${index}`).padEnd(1024 * 1024),
        ]),
      ),
    at: "service/8.yaml:1:1",
    says: "the list has more than 8388608 bytes up to this file; keep a part of it in a repository of its own",
  },
  {
    code: "too-large",
    shows: "Aliases of many files that mean a million values.",
    files: () =>
      Object.fromEntries(
        Array.from({ length: 11 }, (_, index) => [
          `service/${10 + index}.yaml`,
          services(1, () => `orders-${index}`).replace(
            " }\n",
            `, chart: { name: "oci://ghcr.io/acme/x", version: 1.0.0 }, values: { a: &a [${"1, ".repeat(999)}], b: [${"*a, ".repeat(98)}] } }\n`,
          ),
        ]),
      ),
    at: "service/20.yaml:1:1",
    says: "the list has more than 1000000 values up to this file; keep a part of it in a repository of its own",
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
