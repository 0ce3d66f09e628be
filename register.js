"use strict";

// Lets Node.js run the TypeScript sources as they are: no build step, so no stale build. Types are
// checked by `npm run types`, never at run time. Only our own files are translated; lines stay where
// they are, so that stack traces are true without source maps.
//
// Translations are kept in node_modules/.cache/releases. The name of each is a hash of the source and
// of the translator, so a changed source has another name. Code from there runs with this user's
// rights, so nothing is taken from a folder or file that another user owns or may enter. Without
// such a folder, as in a read-only checkout, every start translates.

const { createHash, randomBytes } = require("node:crypto");
const fs = require("node:fs");
const nodeModule = require("node:module");
const path = require("node:path");

const OPTIONS = {
  transforms: ["typescript", "imports"],
  disableESTransforms: true,
  preserveDynamicImport: true,
};
const TRANSLATOR = `sucrase ${require("sucrase/package.json").version} ${JSON.stringify(OPTIONS)}`;

const NODE_MODULES = `${path.sep}node_modules${path.sep}`;
const cache = openCache(path.join(__dirname, "node_modules"));
const nextLoader = require.extensions[".ts"] ?? require.extensions[".js"];

require.extensions[".ts"] = (module, file) => {
  if (isOurs(file)) module._compile(translated(file), file, "commonjs");
  else nextLoader(module, file);
};

// Node.js 22 and above also keep the compiled code, that of packages too. Their default is a folder
// in the temporary folder, which everybody may write.
if (cache !== undefined) nodeModule.enableCompileCache?.(path.join(cache, "compiled"));

/** Whether a file is translated here: all but packages, of which this program may be one itself. */
function isOurs(file) {
  const root = __dirname + path.sep;
  return !(file.startsWith(root) ? file.slice(__dirname.length) : file).includes(NODE_MODULES);
}

/** Returns a source as JavaScript. */
function translated(file) {
  const source = fs.readFileSync(file);
  const name = hash(TRANSLATOR, source);
  const kept = cache === undefined ? undefined : readKept(path.join(cache, name), name);
  if (kept !== undefined) return kept;
  const { transform } = require("sucrase");
  const { code } = transform(source.toString(), { ...OPTIONS, filePath: file });
  if (cache !== undefined) keep(path.join(cache, name), name, code);
  return code;
}

/** Returns the folder of translations, made where it is missing; undefined when it can't be trusted. */
function openCache(modules) {
  const folder = path.join(modules, ".cache", "releases");
  try {
    if (!fs.existsSync(folder) && fs.existsSync(modules)) {
      fs.mkdirSync(path.dirname(folder), { recursive: true });
      fs.mkdirSync(folder, { mode: 0o700 });
    }
  } catch {
    // Another process may have been faster; else there is no folder now.
  }
  return isPrivate(() => fs.lstatSync(folder)) ? folder : undefined;
}

/** Whether a file or folder is this user's, and nobody else can read or write it. */
function isPrivate(read) {
  try {
    const stat = read();
    // Windows has neither owners nor modes here.
    if (process.getuid === undefined) return !stat.isSymbolicLink();
    return !stat.isSymbolicLink() && stat.uid === process.getuid() && (stat.mode & 0o077) === 0;
  } catch {
    return false;
  }
}

/** Returns a kept translation; undefined when there is none, or when it isn't whole. */
function readKept(file, name) {
  let content;
  try {
    const handle = fs.openSync(file, "r");
    try {
      if (!isPrivate(() => fs.fstatSync(handle))) return undefined;
      content = fs.readFileSync(handle, "utf8");
    } finally {
      fs.closeSync(handle);
    }
  } catch {
    return undefined;
  }
  const end = content.indexOf("\n");
  const code = content.slice(end + 1);
  return content.slice(0, end) === hash(name, code) ? code : undefined;
}

/** Keeps a translation for the next start. Several processes may do so at once; one of them wins. */
function keep(file, name, code) {
  const draft = `${file}.${randomBytes(6).toString("hex")}`;
  try {
    fs.writeFileSync(draft, `${hash(name, code)}\n${code}`, { flag: "wx", mode: 0o600 });
    fs.renameSync(draft, file);
  } catch {
    // Without room or rights the next start translates again.
    fs.rmSync(draft, { force: true });
  }
}

function hash(...parts) {
  const made = createHash("sha256");
  for (const part of parts) made.update(part).update("\0");
  return made.digest("hex");
}
