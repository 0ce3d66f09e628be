import { text } from "../../support/text";
import { EXTERNAL, ORDERS, type BadInput } from "./parts";

/** Definitions that are right by themselves and wrong together. */
export const LIST: readonly BadInput[] = [
  {
    code: "invalid-name",
    shows: "A digit in front, which a Kubernetes Service can't have.",
    files: {
      "service/shop.yaml": text`
        - github: 3scale
          docker: 3scale
          deploy: { release: v1.2.0 }
        - github: 7zip
          docker: 7zip
          deploy: { release: v1.2.0 }
          values: { service: { enabled: false } }
        - github: 9p
          docker: 9p
          deploy: { release: v1.2.0 }
          chart: { name: "oci://ghcr.io/acme/charts/9p", version: v1.4.0 }
      `,
    },
    at: "service/shop.yaml:1:3",
    says: `definition 1 (3scale): the Service of the Helm release "3scale" would begin with a digit, which Kubernetes refuses (RFC 1035); give another "name"`,
  },
  {
    code: "duplicate-name",
    shows: "Two images.",
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
    shows: "A Helm release.",
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
    says: "definition 1 (orders): its requirements form a cycle: orders -> catalog -> orders; remove one of them",
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
    says: "definition 1 (orders): its requirements form a cycle: orders -> orders; remove one of them",
  },
];
