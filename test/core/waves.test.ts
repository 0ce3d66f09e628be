import assert from "node:assert/strict";
import * as fc from "fast-check";
import type { Environment, Environments } from "../../src/core/environments";
import { wavesOf } from "../../src/core/waves";

type Path = Readonly<Record<string, readonly string[]>>;

function environmentsOf(path: Path): Environments {
  return new Map(
    Object.entries(path).map(([name, from]): [string, Environment] => [
      name,
      { name, from, accepts: ["release"], rejected: {} },
    ]),
  );
}

function waves(path: Path, names: readonly string[] = Object.keys(path)): string[][] {
  return wavesOf(environmentsOf(path), new Set(names));
}

describe("wavesOf", () => {
  const CHAIN: Path = { testing: [], staging: ["testing"], production: ["staging"] };
  const EXPECTED: [what: string, path: Path, names: string[], waves: string[][]][] = [
    ["none", CHAIN, [], []],
    ["all of a path", CHAIN, Object.keys(CHAIN), [["testing"], ["staging"], ["production"]]],
    ["the last one", CHAIN, ["production"], [["production"]]],
    [
      "two with one between that isn't deployed",
      CHAIN,
      ["production", "testing"],
      [["testing"], ["production"]],
    ],
    ["a path that is written from its end", { b: ["a"], a: [] }, ["a", "b"], [["a"], ["b"]]],
    [
      "two ways, of which the longer decides",
      { a: [], b: ["a"], c: ["a", "b"] },
      ["a", "b", "c"],
      [["a"], ["b"], ["c"]],
    ],
    [
      "two ways, of which the longer has one that isn't deployed",
      { a: [], b: ["a"], c: ["a", "b"] },
      ["a", "c"],
      [["a"], ["c"]],
    ],
    [
      "two that have nothing to do with each other, and one after one of them",
      { a: [], b: [], c: ["b"] },
      ["a", "b", "c"],
      [["a", "b"], ["c"]],
    ],
    ["an upstream that nobody knows", { a: ["gone"] }, ["a"], [["a"]]],
  ];
  for (const [what, path, names, expected] of EXPECTED) {
    it(`orders ${what}`, () => assert.deepEqual(waves(path, names), expected));
  }

  it("puts each after all that lead to it, and as early as that allows", () => {
    const name = fc.integer({ min: 0, max: 11 });
    const arrows = fc.array(fc.tuple(name, name), { maxLength: 30 });
    fc.assert(
      fc.property(arrows, fc.uniqueArray(name), (arrows, some) => {
        const path: Record<string, string[]> = {};
        for (let to = 0; to < 12; to++) {
          const from = arrows.flatMap(([a, b]) => (b === to && a < b ? [`e${a}`] : []));
          path[`e${to}`] = [...new Set(from)];
        }
        const names = some.map((each) => `e${each}`);
        const found = waves(path, names);
        assert.deepEqual(found.flat().sort(), names.sort());
        const leadTo = (one: string): Set<string> =>
          new Set((path[one] ?? []).flatMap((each) => [each, ...leadTo(each)]));
        for (const [index, wave] of found.entries()) {
          const earlier = new Set(found.slice(0, index).flat());
          for (const one of wave) {
            const before = [...leadTo(one)].filter((each) => names.includes(each));
            assert.ok(before.every((each) => earlier.has(each)));
            assert.ok(index === 0 || before.some((each) => found[index - 1]?.includes(each)));
          }
        }
      }),
    );
  });
});
