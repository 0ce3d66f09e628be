import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as nodeModule from "node:module";
import * as path from "node:path";
import { folderOf } from "./support/folder";

const ROOT = path.join(__dirname, "..");
const SUCRASE = path.dirname(require.resolve("sucrase/package.json"));

const SOURCE = `interface Greeting {
  readonly text: string;
}
const greeting: Greeting = { text: "one" };
console.log(greeting.text);
if (process.argv.includes("fail")) throw new Error("broken");
`;

/** A translator that writes down what it translates. */
const TRANSLATOR = `
const { transform } = require(${JSON.stringify(SUCRASE)});
exports.transform = (source, options) => {
  require("node:fs").appendFileSync(__dirname + "/log", options.filePath + "\\n");
  return transform(source, options);
};
`;

/** Returns a program of one TypeScript file, with the loader and a translator of its own. */
function programOf(source = SOURCE): string {
  return folderOf({
    "register.js": fs.readFileSync(path.join(ROOT, "register.js")),
    "main.ts": source,
    "node_modules/sucrase/index.js": TRANSLATOR,
    "node_modules/sucrase/package.json": '{ "version": "1.0.0" }',
    "node_modules/sucrase/log": "",
  });
}

/** Runs a program; returns what it prints, and how many files were translated for it. */
function run(program: string, ...args: string[]): { out: string; translated: number } {
  const log = path.join(program, "node_modules/sucrase/log");
  const before = translatedIn(log);
  const { stdout, stderr } = spawnSync(process.execPath, argumentsOf(program, args), {
    encoding: "utf8",
  });
  return { out: stdout + stderr, translated: translatedIn(log) - before };
}

function argumentsOf(program: string, args: readonly string[] = []): string[] {
  return ["--require", path.join(program, "register.js"), path.join(program, "main.ts"), ...args];
}

function translatedIn(log: string): number {
  return fs.readFileSync(log, "utf8").split("\n").length - 1;
}

function cacheOf(program: string): string {
  return path.join(program, "node_modules/.cache/releases");
}

/** Returns the kept translations of a program, without what Node.js keeps of its own. */
function keptIn(program: string): string[] {
  const entries = fs.readdirSync(cacheOf(program), { withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map(({ name }) => path.join(cacheOf(program), name));
}

/** Returns a program that ran once, and its one kept translation. */
function warm(): { program: string; kept: string } {
  const program = programOf();
  run(program);
  const [kept = "", ...others] = keptIn(program);
  assert.deepEqual(others, []);
  return { program, kept };
}

const ONE = { out: "one\n", translated: 1 };
const ONE_KEPT = { out: "one\n", translated: 0 };

describe("register.js", () => {
  it("translates a source once", () => {
    const program = programOf();
    assert.deepEqual(run(program), ONE);
    assert.deepEqual(run(program), ONE_KEPT);
    assert.match(path.basename(keptIn(program).join()), /^[0-9a-f]{64}$/);
  });

  it("translates a changed source again, and knows the old one when it comes back", () => {
    const { program } = warm();
    fs.writeFileSync(path.join(program, "main.ts"), SOURCE.replace("one", "two"));
    assert.deepEqual(run(program), { out: "two\n", translated: 1 });
    fs.writeFileSync(path.join(program, "main.ts"), SOURCE);
    assert.deepEqual(run(program), ONE_KEPT);
  });

  it("translates again with another version of the translator", () => {
    const { program } = warm();
    const manifest = path.join(program, "node_modules/sucrase/package.json");
    fs.writeFileSync(manifest, '{ "version": "1.0.1" }');
    assert.deepEqual(run(program), ONE);
  });

  it("keeps the lines of errors, translated or kept", () => {
    const program = programOf();
    for (let time = 0; time < 2; time++) {
      assert.match(run(program, "fail").out, /main\.ts:6\n[^]*Error: broken\n.*main\.ts:6:\d+\)/);
    }
  });

  it("gives a syntax error the file's name, and keeps nothing of it", () => {
    const program = programOf("const a: = 1;\n");
    assert.match(run(program).out, /main\.ts/);
    assert.deepEqual(keptIn(program), []);
  });

  const damages: Record<string, (content: string) => string> = {
    "was cut off": (content) => content.slice(0, content.length / 2),
    "is empty": () => "",
    "was changed": (content) => content.replace("one", "bad"),
    "has no line for its hash": (content) => content.slice(content.indexOf("\n") + 1),
  };
  for (const [what, damage] of Object.entries(damages)) {
    it(`translates again where the kept file ${what}, and mends it`, () => {
      const { program, kept } = warm();
      fs.writeFileSync(kept, damage(fs.readFileSync(kept, "utf8")));
      assert.deepEqual(run(program), ONE);
      assert.deepEqual(run(program), ONE_KEPT);
    });
  }

  it("doesn't take the translation of one source for another's", () => {
    const { program, kept } = warm();
    fs.writeFileSync(path.join(program, "main.ts"), SOURCE.replace("one", "two"));
    run(program);
    const other = keptIn(program).find((file) => file !== kept) ?? "";
    fs.copyFileSync(other, kept);
    fs.writeFileSync(path.join(program, "main.ts"), SOURCE);
    assert.deepEqual(run(program), ONE);
  });

  const untrusted: Record<string, (cache: string, kept: string) => void> = {
    "a folder that everybody may write": (cache) => fs.chmodSync(cache, 0o777),
    "a folder that a group may enter": (cache) => fs.chmodSync(cache, 0o750),
    "a file that everybody may write": (_, kept) => fs.chmodSync(kept, 0o666),
    "a link to a folder": (cache) => {
      fs.renameSync(cache, `${cache}-elsewhere`);
      fs.symlinkSync(`${cache}-elsewhere`, cache);
    },
    ...(process.getuid?.() === 0 && {
      "another user's folder": (cache: string) => fs.chownSync(cache, 12_345, 12_345),
      "another user's file": (_: string, kept: string) => fs.chownSync(kept, 12_345, 12_345),
    }),
  };
  for (const [what, change] of Object.entries(untrusted)) {
    it(`loads nothing from ${what}`, function () {
      if (process.platform === "win32") this.skip();
      const { program, kept } = warm();
      change(cacheOf(program), kept);
      const compiled = path.join(cacheOf(program), "compiled");
      fs.rmSync(compiled, { recursive: true, force: true });
      assert.deepEqual(run(program), ONE);
      if (!what.includes("file")) assert.ok(!fs.existsSync(compiled));
    });
  }

  it("works where no folder can be made, and leaves no file", () => {
    const program = programOf();
    fs.writeFileSync(path.join(program, "node_modules/.cache"), "");
    assert.deepEqual(run(program), ONE);
    assert.deepEqual(run(program), ONE);
    assert.deepEqual(fs.readdirSync(path.join(program, "node_modules")).sort(), [
      ".cache",
      "sucrase",
    ]);
  });

  it("works in a folder without rights to write, and takes what is kept there", function () {
    if (process.platform === "win32" || process.getuid?.() === 0) this.skip();
    const { program } = warm();
    fs.chmodSync(cacheOf(program), 0o500);
    assert.deepEqual(run(program), ONE_KEPT);
    fs.writeFileSync(path.join(program, "main.ts"), SOURCE.replace("one", "two"));
    assert.deepEqual(run(program), { out: "two\n", translated: 1 });
    fs.chmodSync(cacheOf(program), 0o700);
  });

  it("makes no node_modules of its own", () => {
    const outer = programOf();
    const program = path.join(outer, "inner");
    fs.mkdirSync(program);
    for (const file of ["register.js", "main.ts"]) {
      fs.renameSync(path.join(outer, file), path.join(program, file));
    }
    const { stdout } = spawnSync(process.execPath, argumentsOf(program), { encoding: "utf8" });
    assert.equal(stdout, "one\n");
    assert.deepEqual(fs.readdirSync(program).sort(), ["main.ts", "register.js"]);
  });

  it("translates its own files where it is a package, and no other package's", () => {
    const outer = folderOf({
      "node_modules/releases/register.js": fs.readFileSync(path.join(ROOT, "register.js")),
      "node_modules/releases/main.ts": `const a: string = "ours";\nconsole.log(a);\nrequire("other/a.ts");\n`,
      // Node.js 24 and above refuse it, and those below take it as JavaScript.
      "node_modules/other/a.ts": "exports.a = 1;\n",
      "node_modules/sucrase/index.js": TRANSLATOR,
      "node_modules/sucrase/package.json": '{ "version": "1.0.0" }',
    });
    const program = path.join(outer, "node_modules/releases");
    const { stdout } = spawnSync(process.execPath, argumentsOf(program), { encoding: "utf8" });
    const log = fs.readFileSync(path.join(outer, "node_modules/sucrase/log"), "utf8");
    assert.deepEqual({ stdout, log }, { stdout: "ours\n", log: `${program}/main.ts\n` });
  });

  it("is used by several processes at once", async () => {
    const program = programOf();
    const runs = Array.from({ length: 6 }, async () => {
      const child = spawn(process.execPath, argumentsOf(program), {
        stdio: ["ignore", "pipe", "inherit"],
      });
      let out = "";
      child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
      await once(child, "close");
      return out;
    });
    assert.deepEqual(await Promise.all(runs), Array<string>(6).fill("one\n"));
    assert.equal(keptIn(program).length, 1);
    assert.deepEqual(run(program), ONE_KEPT);
  });

  it("is private whatever the mask of new files", function () {
    if (process.platform === "win32") this.skip();
    const program = programOf();
    const mask = process.umask(0);
    try {
      assert.deepEqual(run(program), ONE);
    } finally {
      process.umask(mask);
    }
    for (const file of [cacheOf(program), ...keptIn(program)]) {
      assert.equal(fs.statSync(file).mode & 0o077, 0, file);
    }
    assert.deepEqual(run(program), ONE_KEPT);
  });

  it("keeps compiled code next to the translations, where Node.js can", () => {
    const { program } = warm();
    const can = "enableCompileCache" in nodeModule;
    assert.equal(fs.existsSync(path.join(cacheOf(program), "compiled")), can);
  });
});
