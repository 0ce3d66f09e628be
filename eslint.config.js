"use strict";

const tseslint = require("typescript-eslint");

/** The places that hold resources; everything else is plain data. */
const PULUMI = ["@pulumi/*"];

module.exports = tseslint.config(
  { ignores: ["node_modules/", "test/fixtures/"] },
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
  {
    // release/ is pure: no Pulumi, no network, no clock, no process. One file of it reads the disk.
    files: ["release/**/*.ts"],
    rules: {
      "no-restricted-imports": [
        "error",
        { patterns: [...PULUMI, "node:*", "!node:path", "!node:util"] },
      ],
      "no-restricted-globals": ["error", "process", "fetch", "setTimeout", "console"],
      "no-restricted-properties": [
        "error",
        { object: "Date", property: "now", message: "The clock is an argument." },
      ],
    },
  },
  {
    files: ["release/read.ts"],
    rules: { "no-restricted-imports": ["error", { patterns: PULUMI }] },
  },
  {
    // components/ hold resources and no parsing; only deep imports keep the program's start short.
    files: ["components/**/*.ts", "stacks/**/*.ts", "foundation/**/*.ts", "index.ts"],
    rules: {
      "no-restricted-imports": [
        "error",
        {
          paths: ["@pulumi/aws", "@pulumi/kubernetes", "@pulumi/github"].map((name) => ({
            name,
            message: "Import the one resource (for example @pulumi/aws/ecr/repository).",
          })),
          patterns: ["yaml", "semver"],
        },
      ],
    },
  },
  {
    // Commands are loaded when they run; a dynamic import would need Node's other module loader.
    files: ["cli/main.ts", "cli/promote.ts", "scripts/bench/*.ts"],
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
