import assert from "node:assert/strict";
import { publishedFrom, servicesIn } from "../../../src/app/publish/service-repository";
import { exampleFiles } from "../../support/companies";
import { repositoryOf } from "../../support/repository";
import { TestServiceFolder } from "../../support/service-folder";
import { errorOf } from "../../support/world";

const files = repositoryOf(exampleFiles("files"));

function namesOf(texts: Readonly<Record<string, string>>, ...named: string[]): string[] {
  const folder = new TestServiceFolder(texts, "acme/runtime");
  return publishedFrom(files, folder, named).publications.services.map(({ name }) => name);
}

describe("publishedFrom", () => {
  it("has the services of the repository, those that are named, and those that were there", () => {
    assert.deepEqual(namesOf({}), ["runenv-python"]);
    assert.deepEqual(namesOf({}, "runtime"), ["runenv-python", "runtime"]);
    const before = { "releases.yaml": "services: { runtime: {}, removed: {} }\n" };
    assert.deepEqual(namesOf(before), ["runenv-python", "runtime"]);
  });

  it("takes nothing of a list that has errors", () => {
    const list = { ...exampleFiles("files"), "service/x.yaml": "- { github: x, docker: x }\n" };
    const folder = new TestServiceFolder({}, "acme/runtime");
    assert.throws(
      () => publishedFrom(repositoryOf(list), folder, []),
      errorOf("findings", "the list has errors"),
    );
  });
});

describe("servicesIn", () => {
  it("has the names in a releases.yaml, whatever else is in it", () => {
    const of = (text?: string) =>
      servicesIn(new TestServiceFolder(text === undefined ? {} : { "releases.yaml": text }));
    assert.deepEqual(of(), []);
    assert.deepEqual(of("services: [a]\n"), []);
    assert.deepEqual(of("services: ["), []);
    assert.deepEqual(of("services: { a: 1, b: {} }\n"), ["a", "b"]);
  });
});
