"use strict";

/** The rooms of the house, and which of them each may import. Every room may import src/core. */
const MAY_IMPORT = {
  "src/core": [],
  components: [],
  stacks: ["components"],
  "src/adapters": ["stacks"],
  "src/app": ["src/adapters"],
  "src/format": ["src/app", "src/adapters"],
  "src/ci": ["src/format", "src/app", "src/adapters"],
  "src/receiver": ["src/ci", "src/format", "src/app", "src/adapters"],
  "src/cli": ["src/receiver", "src/ci", "src/format", "src/app", "src/adapters"],
  bootstrap: ["stacks"],
  policy: ["stacks"],
  tools: [
    "src/cli",
    "src/ci",
    "src/format",
    "src/app",
    "src/adapters",
    "stacks",
    "bootstrap",
    "test",
  ],
};

/** Packages that a room leaves to others. Deep imports alone keep the program's start short. */
const PACKAGES = {
  "src/core": [
    {
      group: ["@pulumi/*", "node:*", "!node:crypto", "!node:path", "!node:util"],
      message: "src/core is pure.",
    },
  ],
  "src/app": [{ group: ["@pulumi/*"], message: "src/adapters/pulumi knows Pulumi." }],
  components: [{ group: ["yaml", "semver"], message: "components hold resources and no parsing." }],
  stacks: [{ group: ["yaml", "semver"], message: "src/core parses." }],
  bootstrap: [{ group: ["yaml", "semver"], message: "src/core parses." }],
};

const WHOLE_PROVIDERS = ["@pulumi/aws", "@pulumi/kubernetes", "@pulumi/github"].map((name) => ({
  name,
  message: "Import the one resource (for example @pulumi/aws/ecr/repository).",
}));

/** Returns the rule that keeps the files of a room to its arrows. */
function arrowsOf(room, packages = PACKAGES[room] ?? []) {
  const closed = [...Object.keys(MAY_IMPORT), "test"].filter(
    (other) => ![room, "src/core", ...MAY_IMPORT[room]].includes(other),
  );
  const folders = closed.map((other) => other.replace("src/", "(?:src/)?")).join("|");
  const message = `${room} may import ${["src/core", ...MAY_IMPORT[room]].join(", ")} alone.`;
  return {
    "no-restricted-imports": [
      "error",
      {
        paths: WHOLE_PROVIDERS,
        patterns: [{ regex: `^(?:\\.\\./)+(?:${folders})(?:/|$)`, message }, ...packages],
      },
    ],
  };
}

/** What typescript-eslint recommends where types are known, and a few more. */
const RULES = {
  "no-array-constructor": "error",
  "no-unused-expressions": "error",
  "no-unused-vars": [
    "error",
    { argsIgnorePattern: "^_", ignoreRestSiblings: true, varsIgnorePattern: "^_" },
  ],
  "typescript/await-thenable": "error",
  "typescript/ban-ts-comment": "error",
  "typescript/consistent-type-imports": ["error", { disallowTypeAnnotations: false }],
  "typescript/no-array-delete": "error",
  "typescript/no-base-to-string": "error",
  "typescript/no-duplicate-enum-values": "error",
  "typescript/no-duplicate-type-constituents": "error",
  "typescript/no-empty-object-type": "error",
  "typescript/no-explicit-any": "error",
  "typescript/no-extra-non-null-assertion": "error",
  "typescript/no-floating-promises": "error",
  "typescript/no-for-in-array": "error",
  "typescript/no-implied-eval": "error",
  "typescript/no-misused-new": "error",
  "typescript/no-misused-promises": "error",
  "typescript/no-namespace": "error",
  "typescript/no-non-null-asserted-optional-chain": "error",
  "typescript/no-redundant-type-constituents": "error",
  "typescript/no-require-imports": "error",
  "typescript/no-this-alias": "error",
  "typescript/no-unnecessary-condition": "error",
  "typescript/no-unnecessary-type-assertion": "error",
  "typescript/no-unnecessary-type-constraint": "error",
  "typescript/no-unsafe-argument": "error",
  "typescript/no-unsafe-assignment": "error",
  "typescript/no-unsafe-call": "error",
  "typescript/no-unsafe-declaration-merging": "error",
  "typescript/no-unsafe-enum-comparison": "error",
  "typescript/no-unsafe-function-type": "error",
  "typescript/no-unsafe-member-access": "error",
  "typescript/no-unsafe-return": "error",
  "typescript/no-unsafe-unary-minus": "error",
  "typescript/no-wrapper-object-types": "error",
  "typescript/only-throw-error": "error",
  "typescript/prefer-as-const": "error",
  "typescript/prefer-namespace-keyword": "error",
  "typescript/prefer-promise-reject-errors": "error",
  "typescript/require-await": "error",
  "typescript/restrict-plus-operands": "error",
  "typescript/restrict-template-expressions": "error",
  "typescript/triple-slash-reference": "error",
  "typescript/unbound-method": "error",
  eqeqeq: "error",
  "house/no-resource-in-apply": "error",
  "import/no-default-export": "error",
};

module.exports = {
  plugins: ["typescript", "import"],
  jsPlugins: ["./tools/lint-rules.js"],
  categories: { correctness: "off" },
  options: { typeAware: true, reportUnusedDisableDirectives: "error" },
  ignorePatterns: ["dist/", "templates/", "test/fixtures/", "**/*.js", "**/*.cjs"],
  rules: RULES,
  overrides: [
    ...Object.keys(MAY_IMPORT).map((room) => ({
      files: [`${room}/**/*.ts`],
      rules: arrowsOf(room),
    })),
    {
      // src/core is pure: no Pulumi, no network, no clock, no process. One file of it reads the disk.
      files: ["src/core/**/*.ts"],
      rules: {
        "no-restricted-globals": ["error", "process", "fetch", "setTimeout", "console"],
        "no-restricted-properties": [
          "error",
          { object: "Date", property: "now", message: "The clock is an argument." },
        ],
      },
    },
    { files: ["src/core/read.ts"], rules: arrowsOf("src/core", [{ group: ["@pulumi/*"] }]) },
    {
      // Commands, adapters and a library that few need are loaded when they are used; a dynamic import would need Node's other module loader.
      files: [
        "src/cli/{context,program}.ts",
        "src/adapters/sigstore/*.ts",
        "src/app/real-world.ts",
        "src/core/freeze.ts",
        "tools/bench/*.ts",
      ],
      rules: { "typescript/no-require-imports": "off" },
    },
    {
      files: ["test/**/*.ts"],
      rules: {
        // Mocha's describe and it return promises to nobody.
        "typescript/no-floating-promises": "off",
      },
    },
  ],
};
