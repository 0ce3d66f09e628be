import assert from "node:assert/strict";
import { expanded, literal, Variables } from "../../../src/core/compose/variables";

describe("Variables", () => {
  it("names a variable after its service and its key, each by a name of its own", () => {
    const variables = new Variables();
    assert.equal(variables.add("a-b", "C", "x"), "${A_B_C}");
    assert.equal(variables.add("a", "B.C", "y"), "${A_B_C_2}");
    assert.equal(variables.add("9to5", "KEY", "z"), "${_9TO5_KEY}");
    assert.deepEqual(
      variables.all.map(({ name, service, source }) => [name, service, source]),
      [
        ["A_B_C", "a-b", "C, x"],
        ["A_B_C_2", "a", "B.C, y"],
        ["_9TO5_KEY", "9to5", "KEY, z"],
      ],
    );
  });
});

describe("literal and expanded", () => {
  it("double each dollar sign that Compose would read", () => {
    assert.equal(literal("$HOME ${X} $$"), "$$HOME $${X} $$$$");
  });

  // https://github.com/kubernetes/kubernetes/blob/master/third_party/forked/golang/expansion/expand_test.go
  for (const [given, wanted] of [
    ["$(VAR_A)", "A"],
    ["___$(VAR_B)___", "___${B}___"],
    ["$(VAR_A)-$(VAR_DNE)", "A-$$(VAR_DNE)"],
    ["$$(VAR_A)", "$$(VAR_A)"],
    ["$$$(VAR_A)", "$$A"],
    ["$VAR_A", "$$VAR_A"],
    ["$(VAR_A", "$$(VAR_A"],
    ["$$", "$$"],
    ["$(EMPTY)", ""],
    ["$()", "$$()"],
    ["cost: 5$", "cost: 5$$"],
  ] as const) {
    it(`reads ${given} as Kubernetes does`, () => {
      const known = new Map([
        ["VAR_A", "A"],
        ["VAR_B", "${B}"],
        ["EMPTY", ""],
      ]);
      assert.equal(expanded(given, known), wanted);
    });
  }
});
