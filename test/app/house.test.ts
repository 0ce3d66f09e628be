import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { PROGRAM } from "../../src/app/open";

/** Returns the TypeScript files of a folder of the program, by path. */
function filesOf(folder: string): Map<string, string> {
  const names = fs.readdirSync(path.join(PROGRAM, folder), { recursive: true, encoding: "utf8" });
  const files = names.filter((name) => name.endsWith(".ts")).map((name) => `${folder}/${name}`);
  return new Map(files.map((file) => [file, fs.readFileSync(path.join(PROGRAM, file), "utf8")]));
}

/** Returns a text without comments. A `//` after a colon is a part of an address. */
const codeOf = (text: string): string =>
  text.replaceAll(/\/\*[^]*?\*\//g, "").replaceAll(/(?<!:)\/\/.*$/gm, "");

/** Returns whether a file has nothing but exports of other files, or none at all. */
function onlyPassesOn(text: string): boolean {
  const passedOn = /export\s+(?:type\s+)?(?:\*(?:\s+as\s+\w+)?|\{[^}]*\})\s*(?:from\s*"[^"]+")?;?/g;
  const imports = /import\s+(?:type\s+)?[^;]*?from\s*"[^"]+";?/g;
  return codeOf(text).replaceAll(imports, "").replaceAll(passedOn, "").trim() === "";
}

/** Files of src/app that use cases are made of, and that are tested with them. */
const PARTS = [
  "ask-all",
  "each-of",
  "edit-stacks",
  "environment-state",
  "github-pages",
  "landing",
  "list-edit",
  "named",
  "open",
  "real-world",
  "reporter",
  "stacks-differ",
  "world",
  "promotion/admission",
  "promotion/broken-glass",
  "promotion/move-judge",
  "promotion/promotion-ends",
  "promotion/ready",
  "promotion/ref-change",
  "promotion/service-past",
  "promotion/upstreams",
  "prune/keep-rules",
  "prune/kept",
  "publish/build-signatures",
  "publish/chart-plan",
  "publish/github-release",
  "publish/publications",
  "publish/published-charts",
  "report/stack-change",
  "resolve/followed-source",
  "verify/lint-evidence",
  "verify/pinned-bytes",
  "verify/recorded-evidence",
  "verify/sides",
  "verify/signatures",
  "verify/trust",
  "verify/unverified-moves",
  "verify/verification",
];

describe("the house", () => {
  it("has use cases that neither print nor exit", () => {
    const found = [...filesOf("src/app")].flatMap(([file, text]) =>
      [...codeOf(text).matchAll(/\bIo\b|\bExitCode\b|\b(?:process|console)\b/g)].map(
        ([name]) => `${file} names ${name}`,
      ),
    );
    assert.deepEqual(found, []);
  });

  it("has no file that only passes on what others export", () => {
    const found = [...filesOf("src")].filter(([, text]) => onlyPassesOn(text));
    assert.deepEqual(
      found.map(([file]) => file),
      [],
    );
  });

  it("knows such a file", () => {
    for (const text of [
      'export * from "./a";\n',
      'export type { A } from "./a";\nexport { b, c as d } from "./b";\n',
      '/** A door. */\nimport { a } from "./a";\nexport { a };\n',
    ]) {
      assert.equal(onlyPassesOn(text), true, text);
    }
    assert.equal(onlyPassesOn('export { a } from "./a";\nexport const b = 1;\n'), false);
  });

  it("has a test for every use case", () => {
    const tested = filesOf("test/app");
    const cases = [...filesOf("src/app").keys()].map((file) => file.slice("src/app/".length, -3));
    assert.deepEqual(
      cases.filter((name) => !PARTS.includes(name) && !tested.has(`test/app/${name}.test.ts`)),
      [],
    );
  });
});
