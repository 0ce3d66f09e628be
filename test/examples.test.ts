import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { parseAllDocuments } from "yaml";
import { PROGRAM } from "../src/app/open";
import { readSources } from "../src/core/read";
import { checkRepository, parseRepository } from "../src/core/repository";

const folder = (name: string): string => path.join(PROGRAM, "examples", name);

describe("the examples", () => {
  for (const name of fs.readdirSync(path.join(PROGRAM, "examples"))) {
    it(`have nothing to find in ${name}`, () => {
      const repository = parseRepository(readSources(folder(name), PROGRAM));
      assert.deepEqual(checkRepository(repository), []);
      assert.ok(repository.definitions > 0);
    });
  }

  it("have every shard for the Kubernetes operator, alike but for its name", () => {
    const file = path.join(folder("shards"), "kubernetes-operator.yaml");
    const stacks = parseAllDocuments(fs.readFileSync(file, "utf8"))
      .map((document) => document.toJS() as Manifest)
      .filter(({ kind }) => kind === "Stack");
    const { stacks: shards } = parseRepository(readSources(folder("shards"), PROGRAM));
    assert.deepEqual(
      stacks.map(({ metadata, spec }) => [metadata.name, spec["stack"]]),
      [...shards.keys()].map((stack) => [stack, `acme/releases/${stack}`]),
    );
    const [first, ...others] = stacks.map(({ spec }) => ({ ...spec, stack: "" }));
    for (const other of others) assert.deepEqual(other, first);
  });
});

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: Readonly<Record<string, unknown>>;
}
