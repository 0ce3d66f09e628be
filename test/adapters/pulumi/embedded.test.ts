import assert from "node:assert/strict";
import { Provider } from "@pulumi/aws/provider";
import { Repository } from "@pulumi/aws/ecr/repository";
import { getRepository } from "@pulumi/aws/ecr/getRepository";
import { realWorld } from "../../../src/app/real-world";
import { openRepository } from "../../../src/app/open";
import { evaluate, record } from "../../../src/adapters/pulumi/embedded";
import { tracesOff, hintAtTrace } from "../../../stacks/traces";
import { folderOf } from "../../support/folder";
import { serviceYaml, stackConfigYaml } from "../../support/yaml";

describe("record", () => {
  it("sees every registration once all have settled, children of a chain included", async () => {
    const { resources } = await record("testing", () => {
      const provider = new Provider("aws", { region: "eu-west-1" });
      let before: Repository | undefined;
      for (let index = 0; index < 20; index++) {
        const tags = before === undefined ? {} : { before: before.name };
        before = new Repository(`r${index}`, { name: `r${index}`, tags }, { provider });
      }
    });
    assert.equal(resources.length, 21);
  });

  it("refuses a second resource of one URN, as the engine does", async () => {
    await assert.rejects(
      record("testing", () => {
        const provider = new Provider("aws", { region: "eu-west-1" });
        new Repository("api", { name: "one" }, { provider });
        new Repository("api", { name: "two" }, { provider });
      }),
      /Duplicate resource URN 'urn:pulumi:testing::releases::aws:ecr\/repository:Repository::api'/,
    );
  });

  it("refuses a program that asks the outside world", async () => {
    await assert.rejects(
      record("testing", () => {
        getRepository({ name: "api" }).catch(() => undefined);
      }),
      /the program called aws:ecr\/getRepository:getRepository/,
    );
  });
});

describe("evaluate", () => {
  it("throws a bug with its trace, though traces are off while resources are declared", async () => {
    const repository = openRepository(
      realWorld(
        folderOf({
          "service/a.yaml": serviceYaml("api"),
          "Pulumi.testing.yaml": stackConfigYaml(),
        }),
      ),
    );
    const [values] = repository.stacks.values();
    assert.ok(values);
    const [api] = repository.list;
    Object.defineProperty(api, "timeoutSeconds", { get: brokenTimeout });
    const before = process.env["RELEASES_TRACES"];
    try {
      await assert.rejects(
        evaluate(repository, values, (chart) => chart),
        (bug: Error) => {
          assert.equal(bug.message, "a bug in the program");
          assert.match(bug.stack ?? "", /brokenTimeout/);
          return true;
        },
      );
    } finally {
      if (before === undefined) Reflect.deleteProperty(process.env, "RELEASES_TRACES");
    }
  });
});

function brokenTimeout(): never {
  throw new Error("a bug in the program");
}

describe("tracesOff", () => {
  it("takes no trace until it is turned on again, and then the same as before", () => {
    const limit = Error.stackTraceLimit;
    const tracesOn = tracesOff();
    // Pulumi raises the limit for each resource.
    Error.stackTraceLimit = Number.POSITIVE_INFINITY;
    const without = new Error("without").stack ?? "";
    tracesOn();
    assert.doesNotMatch(without, /\n {4}at /);
    assert.equal(Error.stackTraceLimit, limit);
    assert.match(new Error("with").stack ?? "", /embedded\.test\.ts/);
  });

  it("leaves traces on when asked to", () => {
    process.env["RELEASES_TRACES"] = "1";
    try {
      const tracesOn = tracesOff();
      assert.match(new Error("with").stack ?? "", /embedded\.test\.ts/);
      tracesOn();
    } finally {
      Reflect.deleteProperty(process.env, "RELEASES_TRACES");
    }
  });
});

describe("hintAtTrace", () => {
  it("says how to get the trace of an error that has none", () => {
    const tracesOn = tracesOff();
    const bug = new TypeError("x is undefined");
    tracesOn();
    hintAtTrace(bug);
    assert.equal(
      bug.stack,
      "TypeError: x is undefined\nRELEASES_TRACES=1 shows where this comes from.",
    );
  });

  it("leaves an error with a trace alone, and what is no error", () => {
    const bug = new Error("x");
    const { stack } = bug;
    hintAtTrace(bug);
    hintAtTrace("x");
    assert.equal(bug.stack, stack);
  });
});
