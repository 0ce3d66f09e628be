"use strict";

const tseslint = require("typescript-eslint");

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

module.exports = tseslint.config(
  { ignores: ["node_modules/", "dist/", "templates/", "test/fixtures/"] },
  { linterOptions: { reportUnusedDisableDirectives: "error" } },
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: __dirname } },
    rules: {
      "@typescript-eslint/no-unnecessary-condition": "error",
      "@typescript-eslint/consistent-type-imports": ["error", { disallowTypeAnnotations: false }],
      "@typescript-eslint/no-unused-vars": [
        "error",
        { argsIgnorePattern: "^_", ignoreRestSiblings: true, varsIgnorePattern: "^_" },
      ],
      eqeqeq: "error",
      "no-restricted-syntax": [
        "error",
        {
          selector:
            "CallExpression[callee.property.name='apply'] NewExpression[callee.type='MemberExpression']",
          message: "A resource made inside apply is missing from previews: loop over plain data.",
        },
        {
          selector:
            "CallExpression[callee.property.name='apply'] NewExpression[callee.name=/^(ImageRegistry|ServiceReleases|ReleaseWebhooks|DeliveryRoles|RepositoryGuards)$/]",
          message: "A component made inside apply is missing from previews: loop over plain data.",
        },
        { selector: "ExportDefaultDeclaration", message: "Export by name." },
      ],
    },
  },
  ...Object.keys(MAY_IMPORT).map((room) => ({ files: [`${room}/**/*.ts`], rules: arrowsOf(room) })),
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
    rules: { "@typescript-eslint/no-require-imports": "off" },
  },
  {
    files: ["test/**/*.ts"],
    rules: {
      // Mocha's describe and it return promises to nobody.
      "@typescript-eslint/no-floating-promises": "off",
    },
  },
);
