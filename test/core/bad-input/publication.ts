import { text } from "../../support/text";
import type { BadInput } from "./parts";

/** What is wrong with releases.yaml, in the repository of a service. */
export const PUBLICATION: readonly BadInput[] = [
  {
    code: "fixed-branch-tag",
    files: {
      "releases.yaml": text`
        source: acme/orders
        mutableTags: [main]
        services:
          orders:
            images: [ghcr.io/acme/orders]
            branches: { develop: develop }
      `,
    },
    at: "releases.yaml:6:26",
    says: `the tag "develop" follows the branch develop, and "mutableTags" has no pattern of it; add it there, in the list's stack config as well`,
  },
];
