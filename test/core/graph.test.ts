import assert from "node:assert/strict";
import * as fc from "fast-check";
import { cycles, inDependencyOrder } from "../../src/core/graph";

type Graph = Readonly<Record<string, readonly string[]>>;

const arrows = (graph: Graph) => (node: string) => graph[node] ?? [];

describe("cycles", () => {
  const EXPECTED: [what: string, graph: Graph, cycles: string[][]][] = [
    ["nothing", {}, []],
    ["a chain", { a: ["b"], b: ["c"], c: [] }, []],
    ["two ways to one node", { a: ["b", "c"], b: ["d"], c: ["d"], d: [] }, []],
    ["a node that leads to itself", { a: ["a"] }, [["a"]]],
    ["a cycle that the start isn't on", { a: ["b"], b: ["c"], c: ["b"] }, [["b", "c"]]],
    [
      "two cycles through one node",
      { a: ["b", "c"], b: ["a"], c: ["a"] },
      [
        ["a", "b"],
        ["a", "c"],
      ],
    ],
  ];
  for (const [what, graph, expected] of EXPECTED) {
    it(`finds ${expected.length} in ${what}`, () => {
      assert.deepEqual(cycles(Object.keys(graph), arrows(graph)), expected);
    });
  }

  it("finds one of a hundred thousand nodes", () => {
    const count = 100_000;
    const nodes = Array.from({ length: count }, (_, index) => index);
    const [found] = cycles(nodes, (node) => [(node + 1) % count]);
    assert.equal(found?.length, count);
  });
});

describe("inDependencyOrder", () => {
  const EXPECTED: [what: string, graph: Graph, order: string[]][] = [
    ["nodes without arrows as they are", { b: [], a: [], c: [] }, ["b", "a", "c"]],
    ["a node after what it leads to", { a: ["c"], b: [], c: [] }, ["c", "a", "b"]],
    ["every node of a cycle once", { a: ["b"], b: ["c"], c: ["a"] }, ["c", "b", "a"]],
  ];
  for (const [what, graph, expected] of EXPECTED) {
    it(`has ${what}`, () => {
      assert.deepEqual(inDependencyOrder(Object.keys(graph), arrows(graph)), expected);
    });
  }

  it("has each node once, after all that it leads to, where there is no cycle", () => {
    const node = fc.nat({ max: 20 });
    fc.assert(
      fc.property(fc.array(fc.tuple(node, node)), (pairs) => {
        const nodes = Array.from({ length: 21 }, (_, index) => index);
        // Arrows to smaller numbers form no cycle.
        const next = (from: number): number[] =>
          pairs.flatMap(([a, b]) => (a === from && b < from ? [b] : []));
        assert.deepEqual(cycles(nodes, next), []);
        const order = inDependencyOrder(nodes, next);
        assert.deepEqual(
          [...order].sort((a, b) => a - b),
          nodes,
        );
        for (const [at, node] of order.entries()) {
          for (const before of next(node)) assert.ok(order.indexOf(before) < at);
        }
      }),
    );
  });
});
