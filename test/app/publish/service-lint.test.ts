import assert from "node:assert/strict";
import { lintService } from "../../../src/app/publish/service-lint";
import { formatIssue } from "../../../src/core/input/issue";
import { exampleFiles } from "../../support/companies";
import { TestServiceFolder } from "../../support/service-folder";
import { text } from "../../support/text";
import { errorOf, worldOf } from "../../support/world";

const world = worldOf({ files: exampleFiles("shop") });

const PUBLISHED = text`
  source: acme/orders
  mutableTags: [latest, main, "*-daily", "*-test"]
  services:
    orders:
      images: [ghcr.io/acme/orders]
      branches: { main: main }
      releases: acme/orders
`;

function issuesOf(texts: Readonly<Record<string, string>>): string[] {
  return lintService(world, new TestServiceFolder(texts)).issues.map(formatIssue);
}

// What it finds, test/core/bad-input has: an example of each code.
describe("lint of a service's repository", () => {
  it("has its services, and findings of both files in reading order", () => {
    const files = {
      "releases.yaml": PUBLISHED.replace("main: main", "main: latest"),
      ".github/workflows/release.yml": "on: { push: { tags: v* } }\n",
    };
    const { services, issues } = lintService(world, new TestServiceFolder(files));
    assert.equal(services, 1);
    assert.deepEqual(
      issues.map(({ file, code }) => `${file} ${code}`),
      [
        ...Array<string>(3).fill(".github/workflows/release.yml release-workflow"),
        "releases.yaml publication-differs",
      ],
    );
  });

  it("compares nothing of a file that can't be read, and says why", () => {
    assert.deepEqual(issuesOf({ "releases.yaml": "source: [" }).length, 1);
    assert.deepEqual(issuesOf({ "releases.yaml": PUBLISHED.replace("images:", "image:") }), [
      'releases.yaml:5:5 unknown-key unknown key "image" in "services.orders"; did you mean "images"?',
      'releases.yaml:6:5 key-without-effect "branches" is for services with images; remove it',
    ]);
    const broken = { "releases.yaml": PUBLISHED, ".github/workflows/release.yml": "on: [" };
    assert.match(
      issuesOf(broken)[0] ?? "",
      /^\.github\/workflows\/release\.yml:1:\d+ yaml-syntax /,
    );
  });

  it("compares the trust root with the list's", () => {
    const list = worldOf({
      files: {
        ...exampleFiles("shop"),
        "environments.yaml":
          "environments:\n  testing: { accepts: [release], verify: { mode: warn, root: trust/own.jsonl } }\n",
        "trust/own.jsonl": "{}\n",
      },
    });
    const said = (texts: Readonly<Record<string, string>>): string[] => {
      const { issues } = lintService(
        list,
        new TestServiceFolder({ "releases.yaml": PUBLISHED, ...texts }),
      );
      return issues.map(formatIssue).filter((issue) => issue.startsWith("trust/"));
    };
    assert.deepEqual(said({ "trust/root.jsonl": "{}\n" }), []);
    assert.deepEqual(said({ "trust/root.jsonl": "{ }\n" }), [
      "trust/root.jsonl:1:1 trust-root it isn't the trust root of the list; run releases init --service",
    ]);
    assert.deepEqual(said({}), [
      "trust/root.jsonl:1:1 trust-root there is no such file; run releases init --service",
    ]);
  });

  it("refuses a repository that nobody knows", () => {
    assert.throws(
      () => lintService(world, new TestServiceFolder({}, "")),
      errorOf(
        "usage",
        "orders has no origin on GitHub, which says whose services it has; git remote add origin adds it",
      ),
    );
  });
});
