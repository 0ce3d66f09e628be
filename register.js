"use strict";

// Lets Node.js run the TypeScript sources as they are: no build step, so no stale build. Types are
// checked by `npm run types`, never at run time. Only our own files are transformed; lines stay where
// they are, so that stack traces are true without source maps.
const { addHook } = require("pirates");
const { transform } = require("sucrase");

const options = {
  transforms: ["typescript", "imports"],
  disableESTransforms: true,
  preserveDynamicImport: true,
};

addHook((code, filePath) => transform(code, { ...options, filePath }).code, {
  exts: [".ts"],
  ignoreNodeModules: true,
});
