"use strict";

/** Components of ours that declare resources. */
const COMPONENTS = new Set([
  "DeliveryRoles",
  "ImageRegistry",
  "ReleaseWebhooks",
  "RepositoryGuards",
  "ServiceReleases",
]);

/** Rules of this house, for the linter. */
module.exports = {
  meta: { name: "house" },
  rules: {
    /** A resource that is made once an output is known is missing from previews. */
    "no-resource-in-apply": {
      create: (context) => ({
        "CallExpression[callee.property.name='apply'] NewExpression"(node) {
          const { type, name } = node.callee;
          if (type !== "MemberExpression" && !COMPONENTS.has(name)) return;
          const message =
            "A resource made inside apply is missing from previews: loop over plain data.";
          context.report({ node, message });
        },
      }),
    },
  },
};
